/** Turns an error into a message and an exit code. */

import { CommanderError } from 'commander';
import { SocketProtocolError, ValidationError } from '../protocol/errors.js';
import { CommandError, CutShortError, errorFields, messageOf, oneLine } from './errors.js';
import { type Io, OUTPUT_CLOSED } from './io.js';
import { jsonLine } from './output.js';

/** What the program exits with. */
export const EXIT = Object.freeze({
  /** It did what it was asked to. Ctrl-C and SIGTERM are how `serve`, `monitor` and others are asked to end. */
  okay: 0,
  /**
   * The peer answered with another status, what had begun had to be cut when a command ended, or something failed that has
   * no code of its own.
   */
  status: 1,
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
  ERR_INPUT: EXIT.status,
  ERR_VALIDATION: EXIT.status,
  ERR_ANSWERS_DIFFER: EXIT.status,
  ERR_CUT_SHORT: EXIT.status,
  ERR_CONNECT: EXIT.noConnection,
  ERR_LISTEN: EXIT.noConnection,
  ERR_CONNECTION_LOST: EXIT.noConnection,
  ERR_AUTHENTICATION: EXIT.authentication,
  ERR_TIMEOUT: EXIT.timeout,
};

/**
 * Prints an error, on standard error for people and with `--json` on standard output for programs as well.
 *
 * @param error whatever was thrown
 * @param isJson whether the command was given `--json`
 * @param io an interruption prints nothing
 * @returns the exit code
 */
export function exitCodeOf(error: unknown, isJson: boolean, io: Io): number {
  if (error instanceof CommanderError) return exitCodeOfParser(error, io);
  // the other errors of a command that was interrupted are those of the interruption
  if (io.interrupted.aborted && !(error instanceof CutShortError))
    return io.interrupted.reason === OUTPUT_CLOSED ? EXIT.okay : EXIT.interrupted;
  const isOurs = error instanceof SocketProtocolError || error instanceof CommandError;
  const exitCode = isOurs ? exitCodeOfOurs(error) : undefined;
  const text = messageOf(error);
  // only the caret of a usage error needs lines of its own
  io.stderr(`socket-protocol: ${exitCode === EXIT.usage ? text : oneLine(text)}\n`);
  if (exitCode === undefined && io.env['SOCKET_PROTOCOL_DEBUG'] && error instanceof Error)
    io.stderr(`${error.stack}\n`);
  if (isJson) io.stdout(jsonLine(errorFields(error)));
  return exitCode ?? EXIT.status;
}

function exitCodeOfOurs(error: SocketProtocolError | CommandError): number | undefined {
  // what does not fit a contract was typed here, or came from the peer
  if (error instanceof ValidationError && error.side === 'input') return EXIT.usage;
  return EXIT_CODES[error.code];
}

/** What Commander puts before its messages. */
const PARSER_PREFIX = /^error: /;

function exitCodeOfParser({ code, exitCode, message }: CommanderError, io: Io): number {
  if (exitCode === 0) return EXIT.okay;
  // no command was given, so the help has been printed
  if (code === 'commander.help') return EXIT.usage;
  const text = oneLine(message.replace(PARSER_PREFIX, ''));
  const hint = code === 'commander.unknownCommand' ? '; see socket-protocol help' : '';
  io.stderr(`socket-protocol: ${text.charAt(0).toUpperCase()}${text.slice(1)}${hint}\n`);
  return EXIT.usage;
}
