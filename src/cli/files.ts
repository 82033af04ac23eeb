/** Reads and writes the files that a person names. */

import {
  accessSync,
  appendFileSync,
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  openSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { Readable } from 'node:stream';
import { getSystemErrorMap } from 'node:util';
import { InputError, UsageError } from './errors.js';
import type { Io } from './io.js';
import { warn } from './output.js';

/** What stands for standard input in the place of a file. */
export const STANDARD_INPUT = '-';

/** The most that a table of answers or rights may have: more than anybody writes. */
export const MAX_TABLE_BYTES = 16 * 1024 * 1024;

/** How much of a file is read at once. */
const CHUNK_BYTES = 256 * 1024;
const MIN_CHUNK_BYTES = 4 * 1024;

/**
 * The pieces of a file or of standard input, as they come. A pipe gives its pieces when they are written, however slowly:
 * nothing here waits for it with a synchronous read, which fails where the pipe does not block.
 *
 * @param file a path, or `-` for standard input
 * @throws (rejects) UsageError for one that cannot be read, and the reason of an interruption
 */
export async function* inputChunks(
  file: string,
  { stdin, interrupted }: Pick<Io, 'stdin' | 'interrupted'>,
): AsyncGenerator<Buffer> {
  interrupted.throwIfAborted();
  const isStandard = file === STANDARD_INPUT;
  if (isStandard && stdin === undefined) return;
  if (!isStandard && isOrdinary(file)) return yield* chunksOfFile(file, interrupted);
  const stream: Readable = isStandard ? (stdin as () => Readable)() : createReadStream(file);
  const stop = (): void => void stream.destroy();
  interrupted.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of stream) yield chunk as Buffer;
    interrupted.throwIfAborted();
  } catch (error) {
    interrupted.throwIfAborted();
    throw unreadable(file, error);
  } finally {
    interrupted.removeEventListener('abort', stop);
  }
}

/** Whether a path is that of a file which is there as a whole: a pipe has to be waited for. */
function isOrdinary(file: string): boolean {
  try {
    return statSync(file).isFile();
  } catch {
    return false; // opening it says why
  }
}

function* chunksOfFile(file: string, interrupted: AbortSignal): Generator<Buffer> {
  try {
    const opened = openSync(file, 'r');
    try {
      // a small file needs no large buffer; what a system makes up when it is read has no size
      const chunkBytes = Math.min(Math.max(fstatSync(opened).size, MIN_CHUNK_BYTES), CHUNK_BYTES);
      for (;;) {
        interrupted.throwIfAborted();
        const chunk = Buffer.allocUnsafe(chunkBytes);
        const length = readSync(opened, chunk);
        if (length === 0) return;
        yield chunk.subarray(0, length);
      }
    } finally {
      closeSync(opened);
    }
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** The error of a file that cannot be read; any other is returned as it is. */
function unreadable(file: string, error: unknown): unknown {
  if ((error as NodeJS.ErrnoException | null)?.errno === undefined) return error;
  return new UsageError(`Could not read ${nameOf(file)}: ${fileFault(error)}`);
}

/**
 * Reads a file or standard input as a whole.
 *
 * @param file a path, or `-` for standard input
 * @param most the most bytes that it may have
 * @throws (rejects) UsageError for one that cannot be read, or that is larger, and the reason of an interruption
 */
export async function readInput(
  file: string,
  io: Pick<Io, 'stdin' | 'interrupted'>,
  most = Number.POSITIVE_INFINITY,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of inputChunks(file, io)) {
    length += chunk.length;
    if (length > most) throw new UsageError(`${capital(nameOf(file))} has more than ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A file in an error. */
function nameOf(file: string): string {
  return file === STANDARD_INPUT ? 'standard input' : JSON.stringify(file);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
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

/** What Node holds in one text. */
const MAX_TEXT_BYTES = 512 * 1024 * 1024 - 1024;

/**
 * Reads the text of a recording.
 *
 * @throws (rejects) UsageError for a file that cannot be read, InputError for an empty one
 */
export async function readRecordingText(
  file: string,
  io: Pick<Io, 'stdin' | 'interrupted'>,
): Promise<string> {
  const text = textOf(await readInput(file, io, MAX_TEXT_BYTES));
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

/** The text of a file, as {@link textOf}; null where its bytes are no text. */
export function markedTextOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder(markedEncodingOf(bytes) ?? 'utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/**
 * Checks a folder that will be written to; one that is not there yet is made when it is needed.
 *
 * @throws UsageError for what is no folder, or cannot be written to
 */
export function parseFolder(path: string): string {
  if (path === '') throw new UsageError('The name of the folder is empty');
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) accessSync(path, constants.W_OK);
    if (found === undefined || found.isDirectory()) return path;
  } catch (error) {
    throw new UsageError(`Could not write to ${JSON.stringify(path)}: ${fileFault(error)}`);
  }
  throw new UsageError(`Could not write to ${JSON.stringify(path)}: it is no folder`);
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
      warn(this.#io, `Stopped recording, could not write ${file}: ${fileFault(error)}`);
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
  if (code === 'EISDIR') return 'it is a folder';
  const [, text] = (errno === undefined ? undefined : getSystemErrorMap().get(errno)) ?? [];
  return text ?? code ?? 'unknown error';
}
