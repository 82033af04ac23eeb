/** Files that a person names: what is wrong with one is said in one line. */

import { appendFileSync, closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { UsageError } from './arguments.js';
import type { Io } from './io.js';

/**
 * Reads a file.
 *
 * @param file a path, or `-` for standard input
 * @param what what it should be, for the error
 * @throws UsageError for one that cannot be read
 */
export function readInput(file: string, what: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw new UsageError(`expected ${what}, got ${JSON.stringify(file)}: ${codeOf(error)}`);
  }
}

/**
 * The text of a recording.
 *
 * @throws UsageError for a file that cannot be read, Error for an empty one
 */
export function textOfRecording(file: string): string {
  const text = readInput(file, 'a readable recording').toString('utf8');
  if (text === '') throw new Error('expected a recording of socket-protocol, got an empty file');
  return text;
}

/** A file of lines. One that cannot be written any more is told once, and costs nothing else. */
export class LineFile {
  readonly #file: string;
  readonly #firstLine: string;
  readonly #io: Io;
  #isBroken = false;

  /**
   * Looks whether it can be written, and leaves what is in it alone until {@link begin}.
   *
   * @throws UsageError where it cannot
   */
  constructor(file: string, firstLine: string, io: Io) {
    this.#file = file;
    this.#firstLine = firstLine;
    this.#io = io;
    try {
      closeSync(openSync(file, 'a'));
    } catch (error) {
      throw new UsageError(`expected a file to write, got ${JSON.stringify(file)}: ${codeOf(error)}`);
    }
  }

  /** Writes the first line, in place of whatever was there before. */
  begin(): void {
    this.#write(() => writeFileSync(this.#file, this.#firstLine));
  }

  /** Writes a line at the end. */
  append(line: string): void {
    this.#write(() => appendFileSync(this.#file, line));
  }

  #write(write: () => void): void {
    if (this.#isBroken) return;
    try {
      write();
    } catch (error) {
      this.#isBroken = true;
      this.#io.stderr(`socket-protocol: the recording ends here: ${this.#file}: ${codeOf(error)}\n`);
    }
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'it cannot be used';
}
