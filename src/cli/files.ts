/** Reads and writes the files that a person names. */

import { appendFileSync, closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import { InputError, UsageError } from './errors.js';
import type { Io } from './io.js';

const STDIN = 0 as const;

/**
 * Reads a file or standard input.
 *
 * @param file a path, or `-` for standard input
 * @throws UsageError for one that cannot be read
 */
export function readInput(file: string): Buffer {
  return read(file === '-' ? STDIN : file);
}

/**
 * Reads a file that should be small; stops where it is not, as with a device that has no end.
 *
 * @param path a path, whatever it looks like
 * @param most the most bytes that it may have
 * @param option the option that names it, for the error
 * @throws UsageError for one that cannot be read, or that is larger
 */
export function readSmallFile(path: string, most: number, option?: string): Buffer {
  const by = option === undefined ? '' : ` (${option})`;
  const bytes = Buffer.alloc(most + 1);
  let length = 0;
  try {
    const file = openSync(path, 'r');
    try {
      for (let read = -1; read !== 0 && length < bytes.length; length += read)
        read = readSync(file, bytes, length, bytes.length - length, null);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw new UsageError(`Could not read ${JSON.stringify(path)}${by}: ${fileFault(error)}`);
  }
  if (length > most)
    throw new UsageError(`The file ${JSON.stringify(path)}${by} has more than ${most} bytes`);
  return bytes.subarray(0, length);
}

function read(from: string | typeof STDIN): Buffer {
  try {
    return readFileSync(from);
  } catch (error) {
    const name = from === STDIN ? 'standard input' : JSON.stringify(from);
    throw new UsageError(`Could not read ${name}: ${fileFault(error)}`);
  }
}

/**
 * Reads the text of a recording.
 *
 * @throws UsageError for a file that cannot be read, InputError for an empty one
 */
export function readRecordingText(file: string): string {
  const text = textOf(readInput(file));
  if (text === '') throw new InputError(`The recording ${JSON.stringify(file)} is empty`);
  return text;
}

/** The bytes that other systems put before a text to say how it is encoded; PowerShell's `>` writes UTF-16. */
const MARKS: readonly (readonly [encoding: string, ...mark: readonly number[]])[] = [
  ['utf-8', 0xef, 0xbb, 0xbf],
  ['utf-16le', 0xff, 0xfe],
  ['utf-16be', 0xfe, 0xff],
];

/** The encoding that the mark before a text names; undefined where there is no mark. */
export function markedEncodingOf(bytes: Uint8Array): string | undefined {
  return MARKS.find(([, ...mark]) => mark.every((byte, index) => bytes[index] === byte))?.[0];
}

/** The text of a file without the mark before it; UTF-8 unless the mark says something else. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder(markedEncodingOf(bytes) ?? 'utf-8').decode(bytes);
}

/** A file of lines; when writing fails, one warning says so and the program goes on. */
export class LineFile {
  readonly #file: string;
  readonly #firstLine: string;
  readonly #io: Io;
  #isBroken = false;

  /**
   * Checks that the file can be written, and leaves its content alone until {@link begin}.
   *
   * @throws UsageError if it cannot be written
   */
  constructor(file: string, firstLine: string, io: Io) {
    this.#file = file;
    this.#firstLine = firstLine;
    this.#io = io;
    try {
      closeSync(openSync(file, 'a'));
    } catch (error) {
      throw new UsageError(`Could not write ${JSON.stringify(file)}: ${fileFault(error)}`);
    }
  }

  /** Replaces the content of the file with the first line. */
  begin(): void {
    this.#write(() => writeFileSync(this.#file, this.#firstLine));
  }

  /** Adds a line at the end. */
  append(line: string): void {
    this.#write(() => appendFileSync(this.#file, line));
  }

  #write(write: () => void): void {
    if (this.#isBroken) return;
    try {
      write();
    } catch (error) {
      this.#isBroken = true;
      const file = JSON.stringify(this.#file);
      this.#io.stderr(`socket-protocol: Stopped recording, could not write ${file}: ${fileFault(error)}\n`);
    }
  }
}

/**
 * What the system says about a file that cannot be used: `no such file or directory`.
 *
 * @param error what `node:fs` threw
 */
export function fileFault(error: unknown): string {
  const { errno, code } = error as NodeJS.ErrnoException;
  const [, text] = (errno === undefined ? undefined : getSystemErrorMap().get(errno)) ?? [];
  return text ?? code ?? 'unknown error';
}
