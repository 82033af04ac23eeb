/** Files that a person names: what is wrong with one is said in one line. */

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
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
  readonly #io: Io;
  #isBroken = false;

  /** @throws UsageError where it cannot be written */
  constructor(file: string, firstLine: string, io: Io) {
    this.#file = file;
    this.#io = io;
    try {
      writeFileSync(file, firstLine);
    } catch (error) {
      throw new UsageError(`expected a file to write, got ${JSON.stringify(file)}: ${codeOf(error)}`);
    }
  }

  append(line: string): void {
    if (this.#isBroken) return;
    try {
      appendFileSync(this.#file, line);
    } catch (error) {
      this.#isBroken = true;
      this.#io.stderr(`socket-protocol: the recording ends here: ${this.#file}: ${codeOf(error)}\n`);
    }
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'it cannot be used';
}
