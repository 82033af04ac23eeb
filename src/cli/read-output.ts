/** Lines for a reader: while the output is not read, lines that would only fill the memory are left out and counted. */

import type { Io } from './io.js';
import { type WarningIo, warn } from './output.js';

/** How many bytes may wait for a reader: some thousand lines, so that one who pauses misses nothing. */
export const MAX_UNREAD_BYTES = 1024 * 1024;

/** Prints to standard output as long as that is read. */
export class ReadOutput {
  readonly #io: Pick<Io, 'stdout' | 'unread'> & WarningIo;
  readonly #lineOf: (leftOut: number) => string;
  #leftOut = 0;

  /**
   * @param io has the output, and knows what of it is unread
   * @param lineOf the line that says how many were left out, with its line break
   */
  constructor(io: Pick<Io, 'stdout' | 'unread'> & WarningIo, lineOf: (leftOut: number) => string) {
    this.#io = io;
    this.#lineOf = lineOf;
  }

  /**
   * Prints a line, or counts it where too much waits to be read.
   *
   * @param text the line, with its line break
   */
  print(text: string): void {
    const { unread, stdout } = this.#io;
    if (this.#leftOut === 0 && (unread === undefined || unread.bytes < MAX_UNREAD_BYTES)) return stdout(text);
    if (this.#leftOut++ === 0) unread?.onRead(() => this.#tell());
  }

  /** Nothing more comes; what was left out, and is not told yet because nobody reads, is told on standard error. */
  end(): void {
    if (this.#leftOut > 0) warn(this.#io, `Left out ${textOfLeftOut(this.#leftOut)}`);
    this.#leftOut = 0;
  }

  #tell(): void {
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    if (leftOut > 0) this.#io.stdout(this.#lineOf(leftOut));
  }
}

/** How many lines were left out, and why. */
export function textOfLeftOut(lines: number): string {
  return `${lines} ${lines === 1 ? 'line' : 'lines'} while nobody read the output`;
}
