/** What `decode` finds, and the readers of the forms that it reads, each of which takes the bytes as they come. */

import { cleanName } from '../../session/journal/logging.js';
import type { Codec } from '../../wire/codec.js';
import { IncompleteInputError, InputError } from '../errors.js';
import { LogLines } from './dump-lines.js';
import type { Unread } from './format.js';
import { type Side, type StreamItem, StreamReader } from './stream-reader.js';
import { TextLines, TextPieces, utf8Of } from './text-lines.js';
import { TrafficReader } from './traffic.js';

/** An item, and where it was found. */
export interface Found {
  readonly item: StreamItem;
  /** Who sent it, as far as a recording or a log says so. */
  readonly from?: Side | undefined;
  /** How a log marks it. */
  readonly direction?: 'TX' | 'RX' | undefined;
  /** When, as the log or the recording has it. */
  readonly time?: string | undefined;
  /** Milliseconds since the recording began. */
  readonly ms?: number | undefined;
  /** The number of the connection in a recording. */
  readonly connection?: number | undefined;
  /** The name of the channel in a log. */
  readonly channel?: string | undefined;
}

/** Gets what was found, as soon as it has come. */
export type OnFound = (found: Found) => void;

/** Gets what a person should know besides. */
export type OnRemark = (text: string) => void;

/** Reads one form. */
export interface FormReader {
  /** Takes the next bytes. */
  push(bytes: Buffer): void;
  /**
   * Takes note of the end.
   *
   * @throws InputError where nothing could be read, IncompleteInputError where something in the middle could not
   */
  end(): void;
}

/** Reads a recording. A missing end is no failure; a hole is one, but only after everything else. */
export class RecordingReader implements FormReader {
  readonly #lines: TextLines;
  readonly #traffic: TrafficReader;
  readonly #onRemark: OnRemark;
  #hasItems = false;

  constructor(onFound: OnFound, onRemark: OnRemark) {
    this.#onRemark = onRemark;
    this.#traffic = new TrafficReader(({ item, from, atMs: ms, connection }) => {
      this.#hasItems = true;
      const time = isoTimeOf(this.#traffic.startedAt + ms);
      onFound({ item, from, time, ms, connection });
    });
    this.#lines = new TextLines((line, isWhole) =>
      this.#traffic.line(this.#lines.isText ? line : utf8Of(line), isWhole),
    );
  }

  push(bytes: Buffer): void {
    this.#lines.push(bytes);
  }

  end(): void {
    this.#lines.end();
    let hole: Unread | undefined;
    this.#traffic.end((unread) => {
      if (unread.isEnd) this.#onRemark(unread.text);
      else hole = unread;
    });
    const { failure } = this.#traffic;
    if (!this.#hasItems) this.#onRemark('Nothing passed while this was recorded');
    if (failure !== undefined) this.#onRemark(failure);
    if (hole !== undefined) throw new IncompleteInputError(hole.text);
  }
}

/** A time in the form of ISO 8601; undefined where there is none, or none that a calendar has. */
function isoTimeOf(epochMs: number): string | undefined {
  const date = new Date(epochMs);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

const ARROW = /\b(TX|RX) *(?:->|<-)/;
/** What the original's log has before a line: the time, the level, the name of the logger with that of the channel, the role. */
const HEAD = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}): +\w+ - tcp_socket(?:\.(.+?))? - comm-(client|server)?/;

/** Reads the dumps of a log. */
export class DumpReader implements FormReader {
  readonly #text: TextLines;
  readonly #lines: LogLines;
  readonly #onRemark: OnRemark;
  #hole: Unread | undefined;
  /** Whether a dump was found, whole or not. */
  hasDump = false;
  #hasWholeDump = false;

  constructor(codec: Codec, onFound: OnFound, onRemark: OnRemark) {
    this.#onRemark = onRemark;
    this.#text = new TextLines((line) => this.#lines.push(line));
    this.#lines = new LogLines(({ number, text, dump }) => {
      if (dump === null) return;
      this.hasDump = true;
      const { length, bytes } = dump;
      if (bytes.length !== length) {
        const sizes = `expected ${length} bytes, got ${bytes.length}`;
        this.#hole ??= { text: `Line ${number}: ${sizes}; is the dump cut off?`, isEnd: true };
        return;
      }
      this.#hasWholeDump = true;
      if (this.#hole !== undefined) this.#hole = { ...this.#hole, isEnd: false };
      const place = this.#placeIn(text);
      new StreamReader(codec, (item) => onFound({ ...place, item })).payload(bytes);
    });
  }

  push(bytes: Buffer): void {
    this.#text.push(bytes);
  }

  /** Takes the last line, which may have no end. */
  flush(): void {
    this.#text.end();
    this.#lines.end();
  }

  end(): void {
    this.flush();
    const hole = this.#hole;
    if (hole === undefined) return;
    if (!this.#hasWholeDump) throw new InputError(hole.text);
    if (!hole.isEnd) throw new IncompleteInputError(hole.text);
    this.#onRemark(hole.text);
  }

  #placeIn(line: string): Omit<Found, 'item'> {
    const direction = ARROW.exec(line)?.[1] as 'TX' | 'RX' | undefined;
    const [, time, name, role] = HEAD.exec(line) ?? [];
    const channel = name === undefined ? undefined : cleanName(this.#text.isText ? name : utf8Of(name));
    return { direction, from: senderOf(direction, role), time, channel: channel ?? undefined };
  }
}

/** The log of a client has what the client sent as TX, that of a server what the server sent. */
function senderOf(direction: 'TX' | 'RX' | undefined, role: string | undefined): Side | undefined {
  if (direction === undefined || role === undefined) return undefined;
  return (role === 'client') === (direction === 'TX') ? 'client' : 'server';
}

/** What a text has: printable characters of ASCII, and line breaks. */
const BINARY = /[^\t\n\r\x20-\x7e]/;

/** Reads a raw stream. */
export class RawReader implements FormReader {
  readonly #stream: StreamReader;
  /** Whether a frame was found that is no part of a text: a message, or one with other bytes. */
  isCertain = false;
  #hasFrame = false;
  #byteLength = 0;

  constructor(codec: Codec, onFound: OnFound) {
    // noise alone is not a stream of this protocol, so it waits for the first frame
    const noise: Found[] = [];
    this.#stream = new StreamReader(codec, (item) => {
      if (item.kind === 'noise' && !this.#hasFrame) return void noise.push({ item });
      for (const found of noise.splice(0)) onFound(found);
      this.#hasFrame = true;
      this.isCertain ||=
        item.kind === 'message' || (item.kind === 'refused' && BINARY.test(item.payload.toString('latin1')));
      onFound({ item });
    });
  }

  push(bytes: Uint8Array): void {
    this.#byteLength += bytes.length;
    this.#stream.push(bytes);
  }

  end(): void {
    this.#stream.end();
    if (this.#hasFrame) return;
    throw new InputError(
      this.#byteLength === 0
        ? 'Nothing to decode: the input is empty'
        : `Nothing to decode: no hex dump, frame or recording in ${this.#byteLength} bytes`,
    );
  }
}

/** Reads a raw stream that is written as hex. */
export class HexReader implements FormReader {
  readonly #pieces = new TextPieces();
  readonly #raw: RawReader;
  #half = '';
  #digits = 0;
  #isHex = true;

  constructor(codec: Codec, onFound: OnFound) {
    this.#raw = new RawReader(codec, onFound);
  }

  /** Whether a frame was found. */
  get isCertain(): boolean {
    return this.#raw.isCertain;
  }

  /** Whether there was nothing but hex yet. */
  get isLikely(): boolean {
    return this.#isHex && this.#digits > 0;
  }

  push(bytes: Buffer): void {
    if (this.#isHex) this.#take(this.#pieces.next(bytes));
  }

  /** Takes what may have waited for more bytes. */
  flush(): void {
    if (this.#isHex) this.#take(this.#pieces.end());
  }

  end(): void {
    this.flush();
    const text = this.#isHex
      ? `Odd number of hex digits (${this.#digits}); is the dump cut off?`
      : `Only the first ${this.#digits} hex digits were decoded: something else follows them`;
    const isWhole = this.#isHex && this.#half === '';
    if (!isWhole && !this.isCertain) throw new InputError(text);
    this.#raw.end();
    if (!isWhole) throw new IncompleteInputError(text);
  }

  #take(text: string): void {
    const hex = /^[\da-f\s]*/i.exec(text)?.[0] ?? '';
    this.#isHex = hex.length === text.length;
    const digits = hex.replace(/\s/g, '');
    this.#digits += digits.length;
    const all = this.#half + digits;
    const even = all.length - (all.length % 2);
    this.#half = all.slice(even);
    this.#raw.push(Buffer.from(all.slice(0, even), 'hex'));
  }
}
