/** Opens the live debugger, which `inspect` and `proxy --inspect` share. */

import { type Debugger, forwardToStately, openInspector } from '../inspector/index.js';
import { LineFile } from './files.js';
import type { Io } from './io.js';
import { print } from './output.js';
import { DEBUGGER_RECORDING_HEADER, recordDebugger } from './recording/debugger.js';

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
  /** The server of Stately's inspector that gets all entries as well; true: at its default address. */
  readonly stately?: string | true | undefined;
}

/**
 * Opens the debugger and prints the address of its page.
 *
 * @throws (rejects) UsageError if `record` cannot be written, ListenError if the port is taken, and as
 * `forwardToStately` does
 */
export async function openDebugger(options: DebuggerOptions, io: Io): Promise<Debugger> {
  const { isJson, record, stately, ...shown } = options;
  const recording = record === undefined ? undefined : new LineFile(record, DEBUGGER_RECORDING_HEADER, io);
  const opened = await openInspector(shown);
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
