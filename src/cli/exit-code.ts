/** Turns an error into a message and an exit code. */

import { CommanderError } from 'commander';
import { BusError, SocketProtocolError, StatusError, ValidationError } from '../protocol/errors.js';
import { STATUS_AUTH_REQUIRED } from '../protocol/ids.js';
import type { BusReason } from '../protocol/reasons.js';
import { QUOTES_HINT } from './arguments.js';
import {
  CommandError,
  CutShortError,
  errorFields,
  messageOf,
  oneLine,
  ToldError,
  UsageError,
} from './errors.js';
import { hintFor } from './hints.js';
import { type Io, OUTPUT_CLOSED } from './io.js';
import { type Fields, jsonLine } from './output.js';

/** What the program exits with. */
export const EXIT = Object.freeze({
  /** It did what it was asked to. Ctrl-C and SIGTERM are how `serve`, `monitor` and others are asked to end. */
  okay: 0,
  /**
   * The peer answered with another status, a part of the input could not be read, what had begun had to be cut when a command
   * ended, or something failed that has no code of its own.
   */
  status: 1,
  /** Arguments and options, and files that are not there or not what is expected. */
  usage: 2,
  noConnection: 3,
  authentication: 4,
  timeout: 5,
  /**
   * Ctrl-C or SIGTERM before the answer: a script must not take that for success; shells use 130 as well. A second signal
   * ends the process at once, by that signal.
   */
  interrupted: 130,
});

/** The exit code of each kind of error that is expected; any other is a fault of this program. */
const EXIT_CODES: Readonly<Record<string, number>> = {
  ERR_USAGE: EXIT.usage,
  ERR_OPTION: EXIT.usage,
  ERR_STATUS: EXIT.status,
  ERR_INPUT: EXIT.usage,
  ERR_INPUT_INCOMPLETE: EXIT.status,
  ERR_VALIDATION: EXIT.status,
  ERR_ANSWERS_DIFFER: EXIT.status,
  ERR_RULES_DIFFER: EXIT.status,
  ERR_NOTHING_JUDGED: EXIT.status,
  ERR_CUT_SHORT: EXIT.status,
  ERR_CONNECT: EXIT.noConnection,
  ERR_LISTEN: EXIT.noConnection,
  ERR_CONNECTION_LOST: EXIT.noConnection,
  ERR_AUTHENTICATION: EXIT.authentication,
  ERR_NO_SUCH_PEER: EXIT.noConnection,
  ERR_TOO_MANY_REQUESTS: EXIT.status,
  ERR_TIMEOUT: EXIT.timeout,
};

/** The same for a message bus, by the reason; any other is a bus that is not there. */
const BUS_EXIT_CODES: Readonly<Partial<Record<BusReason, number>>> = {
  'bus-timeout': EXIT.timeout,
  'bus-unauthorized': EXIT.authentication,
  'bus-bad-subject': EXIT.usage,
  'bus-too-large': EXIT.usage,
  'bus-bad-message': EXIT.status,
  'bus-failure': EXIT.status,
};

/**
 * Prints an error on standard error: a line for people, or with `--json` a line of JSON.
 *
 * @param error whatever was thrown
 * @param io an interruption prints nothing
 * @returns the exit code
 */
export function exitCodeOf(error: unknown, io: Io): number {
  if (error instanceof CommanderError) return exitCodeOfParser(error, io);
  // the other errors of a command that was interrupted are those of the interruption
  if (io.interrupted.aborted && !(error instanceof CutShortError))
    return io.interrupted.reason === OUTPUT_CLOSED ? EXIT.okay : EXIT.interrupted;
  if (error instanceof ToldError) {
    // programs find what failed at the end of standard error, whatever the output had
    if (error.where === 'output' && io.isJson === true) tellError(error.cause, io);
    return codeOf(error) ?? EXIT.status;
  }
  tellError(error, io);
  return codeOf(error) ?? EXIT.status;
}

/** What an error is about, where that is not plain: a text to put before its own, and fields for programs. */
export interface About {
  readonly text: string;
  readonly fields: Fields;
}

const PLAIN: About = { text: '', fields: {} };

/**
 * Prints an error as {@link exitCodeOf} does, and goes on.
 *
 * @param error whatever was thrown
 * @param about what it is about
 */
export function tellError(error: unknown, io: Io, about: About = PLAIN): void {
  const exitCode = codeOf(error);
  const text = `${about.text}${messageOf(error)}${io.isJson === true ? '' : hintOn(error)}`;
  // only the caret of a usage error needs lines of its own
  const forPeople = exitCode === EXIT.usage ? text : oneLine(text);
  const fields = { ...about.fields, ...errorFields(error) };
  io.stderr(io.isJson === true ? jsonLine(fields) : `socket-protocol: ${forPeople}\n`);
  if (exitCode === undefined && io.env['SOCKET_PROTOCOL_DEBUG'] && error instanceof Error)
    io.stderr(`${error.stack}\n`);
}

/** What to do, where the text of the original does not say it. */
function hintOn(error: unknown): string {
  const wantsSecret = error instanceof StatusError && error.status === STATUS_AUTH_REQUIRED;
  return wantsSecret ? '; the secret comes from --secret-file or SOCKET_PROTOCOL_SECRET' : hintFor(error);
}

/** The exit code of an error that is expected. */
function codeOf(error: unknown): number | undefined {
  if (error instanceof ToldError) return codeOf(error.cause);
  return isOurs(error) ? exitCodeOfOurs(error) : undefined;
}

function isOurs(error: unknown): error is SocketProtocolError | CommandError {
  return error instanceof SocketProtocolError || error instanceof CommandError;
}

function exitCodeOfOurs(error: SocketProtocolError | CommandError): number | undefined {
  // what does not fit a contract was typed here, or came from the peer
  if (error instanceof ValidationError && error.side === 'input') return EXIT.usage;
  if (error instanceof BusError) return BUS_EXIT_CODES[error.reason] ?? EXIT.noConnection;
  return EXIT_CODES[error.code];
}

/** What was typed behind it must not be shown. */
const SECRET_OPTION = /^unknown option '--secret(?:=.*)?'/s;
const NO_SECRET =
  'There is no --secret, because every list of processes shows arguments: use --secret-file FILE, --secret-file - for standard input, or the variable SOCKET_PROTOCOL_SECRET';

/** Commands whose last argument is JSON, which a blank cuts in two. */
const TAKES_DATA = /^too many arguments for '(?:write|execute|request)'/;

/** What Commander puts before its messages. */
const PARSER_PREFIX = /^error: /;

function exitCodeOfParser({ code, exitCode, message }: CommanderError, io: Io): number {
  if (exitCode === 0) return EXIT.okay;
  // no command was given, so the help has been printed
  if (code === 'commander.help') return EXIT.usage;
  const text = oneLine(message.replace(PARSER_PREFIX, ''));
  const hint =
    code === 'commander.unknownCommand'
      ? '; see socket-protocol help'
      : code === 'commander.excessArguments' && TAKES_DATA.test(text)
        ? `; ${QUOTES_HINT}`
        : '';
  const said = hint === '' ? text : text.replace(/\.$/, '');
  const shown = SECRET_OPTION.test(text)
    ? NO_SECRET
    : `${said.charAt(0).toUpperCase()}${said.slice(1)}${hint}`;
  return exitCodeOf(new UsageError(shown), io);
}
