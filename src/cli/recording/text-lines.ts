/** Splits what comes in pieces into lines, whatever system wrote it: UTF-8 or UTF-16, with a mark or without, LF or CRLF. */

import { markedEncodingOf } from '../files.js';

/** As long as the dump of the longest frame: three characters for each of 16 MiB. */
export const MAX_LINE_LENGTH = 52 * 1024 * 1024;

/** The bytes of two characters of UTF-16 without a mark: letters of ASCII have a zero beside them. */
const UTF_16: readonly (readonly [encoding: string, isThis: (bytes: Uint8Array) => boolean])[] = [
  ['utf-16le', ([a = 0, b = 1, c = 0, d = 1]) => isAscii(a) && b === 0 && isAscii(c) && d === 0],
  ['utf-16be', ([a = 1, b = 0, c = 1, d = 0]) => a === 0 && isAscii(b) && c === 0 && isAscii(d)],
];
/** Enough to see how a text is encoded. */
const SEEN_BYTES = 4;

function isAscii(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** The text of bytes that come in pieces. */
export class TextPieces {
  #head: Uint8Array | null = new Uint8Array();
  #isText = false;
  #decode: (bytes?: Uint8Array) => string = () => '';

  /** Whether the text says how it is encoded; one that does not is read byte by byte, as Latin-1. */
  get isText(): boolean {
    return this.#isText;
  }

  /** The text of the next bytes, as far as it is certain. */
  next(bytes: Uint8Array): string {
    if (this.#head === null) return this.#decode(bytes);
    this.#head = Buffer.concat([this.#head, bytes]);
    return this.#head.length < SEEN_BYTES ? '' : this.#first(this.#head);
  }

  /** The rest of the text. */
  end(): string {
    return (this.#head === null ? '' : this.#first(this.#head)) + this.#decode();
  }

  #first(head: Uint8Array): string {
    this.#head = null;
    const encoding = markedEncodingOf(head) ?? UTF_16.find(([, isThis]) => isThis(head))?.[0];
    this.#isText = encoding !== undefined;
    if (encoding === undefined) {
      this.#decode = (bytes) => (bytes === undefined ? '' : Buffer.from(bytes).toString('latin1'));
    } else {
      const decoder = new TextDecoder(encoding);
      this.#decode = (bytes) => decoder.decode(bytes, { stream: bytes !== undefined });
    }
    return this.#decode(head);
  }
}

/** Gets a line without its end, and whether it had one: the last may have been cut. */
export type OnLine = (text: string, isWhole: boolean) => void;

/** The lines of a text that comes in pieces. */
export class TextLines {
  readonly #onLine: OnLine;
  readonly #pieces = new TextPieces();
  /** The line that has no end yet, in the pieces that it came in. */
  #parts: string[] = [];
  #length = 0;

  constructor(onLine: OnLine) {
    this.#onLine = onLine;
  }

  /** As {@link TextPieces.isText}. */
  get isText(): boolean {
    return this.#pieces.isText;
  }

  /** Takes the next bytes. */
  push(bytes: Uint8Array): void {
    this.#take(this.#pieces.next(bytes));
  }

  /** Ends the text. */
  end(): void {
    this.#take(this.#pieces.end());
    if (this.#length > 0) this.#emit('', false);
  }

  #take(text: string): void {
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      this.#emit(text.slice(start, end), true);
      start = end + 1;
    }
    if (start === text.length) return;
    // what is too long is no line of a log or a recording: its beginning stands for it
    const rest = text.slice(start, start + Math.max(0, MAX_LINE_LENGTH - this.#length));
    this.#length += rest.length;
    if (rest !== '') this.#parts.push(rest);
  }

  #emit(end: string, isWhole: boolean): void {
    const line = this.#parts.length === 0 ? end : this.#parts.join('') + end;
    this.#parts = [];
    this.#length = 0;
    this.#onLine(line.endsWith('\r') ? line.slice(0, -1) : line, isWhole);
  }
}

/** A line that was read byte by byte, as the UTF-8 that it probably is. */
export function utf8Of(line: string): string {
  return Buffer.from(line, 'latin1').toString('utf8');
}
