import type { Readable, Writable } from 'node:stream';
import type { Logger } from '../session/journal/logging.js';

/** The world of the command line, so that a test can bring its own. */
export interface Io {
  /** Writes text to standard output. */
  stdout(text: string): void;
  /** Writes text to standard error. */
  stderr(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether standard output shows colours, as `showsColours` knows; no unless set. */
  readonly colours?: boolean;
  /** Aborted when the person wants to stop: Ctrl-C, SIGTERM, a pipe that was closed ({@link OUTPUT_CLOSED}). */
  readonly interrupted: AbortSignal;
  /** Shows how far long work is, where a person looks on; null: it is done. */
  progress?(text: string | null): void;
  /** The time since whenever, in milliseconds; a test brings its own. */
  now?(): number;
  /** Where a person types, for the shell. */
  readonly terminal?: { readonly input: Readable; readonly output: Writable; readonly isTerminal: boolean };
}

/** What the program exits with. */
export const EXIT = Object.freeze({
  okay: 0,
  /** The peer answered with another status, or something happened that has no code of its own. */
  status: 1,
  usage: 2,
  noConnection: 3,
  authentication: 4,
  timeout: 5,
  /** Ctrl-C before the answer: a script must not take that for success; 130 is what shells use. */
  interrupted: 130,
});

/** Why `interrupted` is aborted where the reader of a pipe has what it wanted: that is no failure. */
export const OUTPUT_CLOSED = 'the reader of the output has closed it';

/**
 * A logger that writes one line per entry: `LEVEL name: text`.
 *
 * @param write where a line goes
 */
export function lineLogger(write: (line: string) => void): Logger {
  const at =
    (level: string) =>
    (text: string): void =>
      write(`${level.padEnd(7)} ${text}\n`);
  return { debug: at('DEBUG'), info: at('INFO'), warn: at('WARNING'), error: at('ERROR') };
}

/** Resolves when the person wants to stop, at once where that has been. */
export function untilInterrupted({ interrupted }: Io): Promise<void> {
  return new Promise((resolve) => {
    if (interrupted.aborted) resolve();
    interrupted.addEventListener('abort', () => resolve(), { once: true });
  });
}
