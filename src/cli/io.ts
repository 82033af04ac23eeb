/** What the command line needs of the world around it, so that a test can bring its own. */

import type { Readable, Writable } from 'node:stream';

/** The streams, the environment and the signals that commands run with. */
export interface Io {
  /** Writes text to standard output. */
  stdout(text: string): void;
  /** Writes text to standard error. */
  stderr(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether standard output shows colours (see `showsColours`); off by default. */
  readonly colours?: boolean;
  /** Aborted on Ctrl-C, on SIGTERM and when the reader of a pipe goes away ({@link OUTPUT_CLOSED}). */
  readonly interrupted: AbortSignal;
  /** Calls back on SIGHUP until the returned function is called; without a listener that signal ends the program. */
  onHangUp?(listener: () => void): () => void;
  /** Shows the progress of long work on a terminal; null removes it. */
  progress?(text: string | null): void;
  /** Milliseconds since some fixed moment; a test brings its own. */
  now?(): number;
  /** The keyboard and screen of the shell. */
  readonly terminal?: { readonly input: Readable; readonly output: Writable; readonly isTerminal: boolean };
}

/** The reason of `interrupted` when the reader of a pipe closed it: it has what it wanted, so this is no failure. */
export const OUTPUT_CLOSED: unique symbol = Symbol('output closed');
