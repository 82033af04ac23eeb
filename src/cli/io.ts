/** What the command line needs of the world around it, so that a test can bring its own. */

import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../base/clock.js';
import type { Bus } from '../bus/bus.js';

/** The streams, the environment and the signals that commands run with. */
export interface Io {
  /** Writes text to standard output. */
  stdout(text: string): void;
  /** Writes text to standard error. */
  stderr(text: string): void;
  /** How many characters a line of the terminal has; undefined: there is none. */
  readonly columns?: number | undefined;
  /** Whether programs read along: then what goes to standard error is lines of JSON, too. */
  readonly isJson?: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether standard output shows colours (see `showsColours`); off by default. */
  readonly colours?: boolean;
  /** The same for standard error. */
  readonly errorColours?: boolean;
  /** Opens standard input, which then does not block: who calls it reads it to its end, or destroys it. */
  stdin?(): Readable;
  /** What `--secret-file -` has read from standard input. */
  readonly secretInput?: Buffer;
  /** Resolves when what was written to standard output has gone out, as far as its reader keeps up; needed before more. */
  drained?(): Promise<void>;
  /** Aborted on Ctrl-C, on SIGTERM and when the reader of a pipe goes away ({@link OUTPUT_CLOSED}). */
  readonly interrupted: AbortSignal;
  /** Does what Ctrl-C does, where the terminal gives that key to the program. */
  interrupt?(): void;
  /** Calls back on SIGHUP until the returned function is called; without a listener that signal ends the program. */
  onHangUp?(listener: () => void): () => void;
  /** Shows the progress of long work on a terminal; null removes it. */
  progress?(text: string | null): void;
  /** Milliseconds since some fixed moment; a test brings its own. */
  now?(): number;
  /** The clock of commands that wait, and of their sessions; a test brings its own. */
  readonly clock?: Clock;
  /** What was printed to standard output and nobody has read yet. */
  readonly unread?: {
    readonly bytes: number;
    /** Calls back once, when all of it has been read. */
    onRead(listener: () => void): void;
  };
  /** Connects to the message bus in place of NATS; a test brings its own. */
  connectBus?(servers: readonly string[]): Promise<Bus>;
  /** The keyboard and screen of the shell. */
  readonly terminal?: { readonly input: Readable; readonly output: Writable; readonly isTerminal: boolean };
}

/** The reason of `interrupted` when the reader of a pipe closed it: it has what it wanted, so this is no failure. */
export const OUTPUT_CLOSED: unique symbol = Symbol('output closed');
