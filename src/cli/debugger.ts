/** Opens the live debugger, which `inspect` and `--inspect` of other commands share. */

import { type Command, Option } from 'commander';
import { type Debugger, forwardToStately, openInspector } from '../inspector/index.js';
import { parseListeningPort } from './address.js';
import { messageOf, UsageError } from './errors.js';
import { LineFile } from './files.js';
import type { Io } from './io.js';
import { print } from './output.js';
import { debuggerRecordingHeader, recordDebugger } from './recording/debugger.js';
import { entriesOfTraffic } from './recording/shown-traffic.js';

/** How the debugger is opened. */
export interface DebuggerOptions {
  /** The port of its page; 0: any free port. */
  readonly port: number;
  readonly isJson: boolean;
  /** The file to record all entries to. */
  readonly record?: string | undefined;
  /** The time of the entries in milliseconds; the clock unless given. */
  readonly now?: (() => number) | undefined;
  /** How many entries the page can go back. */
  readonly maxHistory?: number | undefined;
  readonly title?: string | undefined;
  /** When what is shown began, in milliseconds since 1970; now unless given. */
  readonly startedAt?: number | undefined;
  /** The address of the page of another debugger, which shows everything in the place of one here. */
  readonly join?: string | undefined;
  /** What this process is called there. */
  readonly processName?: string | undefined;
  /** The server of Stately's inspector that gets all entries as well; true: at its default address. */
  readonly stately?: string | true | undefined;
}

/**
 * Opens the debugger and prints the address of its page.
 *
 * @throws (rejects) UsageError if `record` cannot be written, ListenError if the port is taken, ConnectError if there is nothing
 * to join, and as `forwardToStately` does
 */
export async function openDebugger(options: DebuggerOptions, io: Io): Promise<Debugger> {
  const { isJson, record, stately, startedAt = Date.now(), ...shown } = options;
  const recording =
    record === undefined ? undefined : new LineFile(record, debuggerRecordingHeader(startedAt), io);
  const opened = await openInspector({
    ...shown,
    wallTime: () => startedAt,
    readRecording: entriesOfTraffic,
  });
  const inspector = stately === undefined ? opened : await forwarding(opened, stately);
  if (recording !== undefined) {
    recording.begin();
    recordDebugger(inspector, recording);
  }
  const { url } = inspector;
  print(io, isJson, { debugger: url }, `debugger at ${url}`);
  return inspector;
}

/** The same debugger; until it closes, Stately's inspector gets everything too. */
async function forwarding(opened: Debugger, stately: string | true): Promise<Debugger> {
  try {
    const forwarded = await forwardToStately(opened.hub, { url: stately === true ? undefined : stately });
    const close = (): Promise<void> => {
      forwarded.close();
      return opened.close();
    };
    return { ...opened, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** The options of {@link withPageOptions}. */
export interface PageOptions {
  readonly inspect?: number | true;
  readonly join?: string;
}

/** The options of {@link withInspectOptions}. */
export interface InspectOptions extends PageOptions {
  readonly allowSend?: true;
}

/**
 * Adds `--inspect`, `--join` and `--allow-send`, for a command with sessions of its own.
 *
 * @param command the command
 * @returns the same command
 */
export function withInspectOptions(command: Command): Command {
  return withPageOptions(command).addOption(
    new Option('--allow-send', 'with --inspect or --join: requests can be sent from the page'),
  );
}

/**
 * Adds `--inspect` and `--join`, for any command with something to show.
 *
 * @param command the command; none of its arguments is optional
 * @returns the same command
 */
export function withPageOptions(command: Command): Command {
  const inspect = new Option(
    '--inspect [port]',
    'open the live debugger, a local web page; without a port: any free one',
  );
  const parseOptions = command.parseOptions.bind(command);
  command.parseOptions = (argv) => {
    const parsed = parseOptions(argv);
    const port = command.getOptionValue('inspect');
    const missing = command.registeredArguments[parsed.operands.length];
    if (typeof port === 'number' && missing !== undefined)
      throw new UsageError(
        `Missing required argument '${missing.name()}'; --inspect took ${port} as the port of its page: ${LAST}`,
      );
    return parsed;
  };
  return withJoinOption(command.addOption(inspect.argParser(parsePagePort)));
}

/** What follows `--inspect` is its port. */
const LAST = 'write --inspect after all arguments';

/** @throws UsageError for what is no port */
function parsePagePort(text: string): number {
  try {
    return parseListeningPort(text);
  } catch (error) {
    throw new UsageError(`${messageOf(error)} for --inspect; without a port, ${LAST}`);
  }
}

/** Adds `--join`. */
export function withJoinOption(command: Command): Command {
  return command.addOption(
    new Option('--join <url>', 'show everything on the page of a debugger that is open already')
      .argParser(parsePageUrl)
      .conflicts('inspect'),
  );
}

/** @throws UsageError for what is no address of a page */
function parsePageUrl(text: string): string {
  if (URL.canParse(text) && new URL(text).protocol === 'http:') return text;
  throw new UsageError(
    `Expected the address of the page of a debugger (http://127.0.0.1:8080/), got ${JSON.stringify(text)}`,
  );
}

/**
 * Opens the debugger that the options ask for.
 *
 * @param processName what the command is called on the page of another debugger
 * @returns undefined where they ask for none
 * @throws (rejects) as {@link openDebugger} does, and UsageError for `--allow-send` alone
 */
export async function debuggerFor(
  { inspect, join, allowSend }: InspectOptions,
  processName: string,
  isJson: boolean,
  io: Io,
): Promise<Debugger | undefined> {
  if (inspect === undefined && join === undefined) {
    if (allowSend === true) throw new UsageError('--allow-send needs --inspect or --join');
    return undefined;
  }
  return openDebugger({ port: typeof inspect === 'number' ? inspect : 0, isJson, join, processName }, io);
}
