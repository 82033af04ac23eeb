/**
 * The table of protocol.md section 1, read one byte at a time: what the decoder of the library is compared to.
 *
 * It is slow and knows nothing of chunks. A byte of a control sequence outside of a frame is noise; a frame that one
 * more byte would make longer than the limit is dropped together with that byte.
 */

import type { FramingDropReason } from '../../../src/protocol/reasons.js';

/** Every reason for which bytes are gone, in the order of {@link DropTally}'s arrays. */
export const DROP_REASONS: readonly FramingDropReason[] = [
  'noise',
  'restarted',
  'broken-escape',
  'too-long',
  'unfinished',
];
const [NOISE, RESTARTED, BROKEN_ESCAPE, TOO_LONG, UNFINISHED] = [0, 1, 2, 3, 4] as const;

/** What was dropped: for each reason how many bytes, and how often. */
export class DropTally {
  readonly byteLengths: number[] = [0, 0, 0, 0, 0];
  readonly counts: number[] = [0, 0, 0, 0, 0];

  clear(): void {
    this.byteLengths.fill(0);
    this.counts.fill(0);
  }

  add(reason: number, byteLength: number): void {
    this.byteLengths[reason] = (this.byteLengths[reason] as number) + byteLength;
    this.counts[reason] = (this.counts[reason] as number) + 1;
  }

  /** Where this differs from another; null: nowhere. How often noise was told depends on the chunks and does not count. */
  difference(other: DropTally): string | null {
    for (let i = 0; i < DROP_REASONS.length; i++) {
      const isSame =
        this.byteLengths[i] === other.byteLengths[i] && (i === NOISE || this.counts[i] === other.counts[i]);
      if (!isSame) return `${DROP_REASONS[i]}: expected ${other.#text(i)}, got ${this.#text(i)}`;
    }
    return null;
  }

  #text(i: number): string {
    return i === NOISE ? `${this.byteLengths[i]} B` : `${this.byteLengths[i]} B in ${this.counts[i]} drops`;
  }
}

const IDLE = 0;
const SYNC = 1;
const COLLECTING = 2;
const ESCAPE = 3;

/** The columns `3A 3C 3D 3E other` of a row. */
const COLUMNS = 5;
function columnOf(byte: number): number {
  return byte === 0x3a ? 0 : byte >= 0x3c && byte <= 0x3e ? byte - 0x3b : 4;
}

/** Reads whole streams. */
export class ReferenceDecoder {
  /** All payloads of the last stream, one after the other. */
  readonly payloads: Buffer;
  /** Where each payload ends in {@link payloads}. */
  readonly ends: number[] = [];
  readonly drops = new DropTally();
  /** How often each cell of the table was met, over all streams: row by row. */
  readonly cells: number[] = new Array<number>(4 * COLUMNS).fill(0);
  #start = 0;
  #length = 0;
  #maxFrameLength = 0;

  /** @param capacity bytes of the longest stream */
  constructor(capacity: number) {
    this.payloads = Buffer.alloc(capacity);
  }

  /** Reads a stream from its first byte to its last, and ends it there. */
  read(stream: Uint8Array, maxFrameLength: number): void {
    this.ends.length = 0;
    this.drops.clear();
    this.#start = 0;
    this.#length = 0;
    this.#maxFrameLength = maxFrameLength;
    let state = IDLE;
    for (let i = 0; i < stream.length; i++) {
      const byte = stream[i] as number;
      const column = columnOf(byte);
      const cell = state * COLUMNS + column;
      this.cells[cell] = (this.cells[cell] as number) + 1;
      state = this.#next(state, column, byte);
    }
    if (state === COLLECTING || state === ESCAPE) this.drops.add(UNFINISHED, this.#length);
  }

  #next(state: number, column: number, byte: number): number {
    switch (state) {
      case IDLE:
        if (column === 0) return SYNC;
        this.drops.add(NOISE, 1);
        return IDLE;
      case SYNC:
        if (column === 0) this.drops.add(NOISE, 1);
        if (column === 0) return SYNC;
        if (column === 1) return this.#collect();
        this.drops.add(NOISE, 2);
        return IDLE;
      case COLLECTING:
        return column === 0 ? ESCAPE : this.#append(byte);
      default:
        return this.#afterEscape(column);
    }
  }

  #afterEscape(column: number): number {
    switch (column) {
      case 0:
        this.drops.add(BROKEN_ESCAPE, this.#length);
        return SYNC;
      case 1:
        this.drops.add(RESTARTED, this.#length);
        return this.#collect();
      case 2:
        return this.#append(0x3a);
      case 3:
        this.#start += this.#length;
        this.ends.push(this.#start);
        return IDLE;
      default:
        this.drops.add(BROKEN_ESCAPE, this.#length);
        return IDLE;
    }
  }

  #collect(): number {
    this.#length = 0;
    return COLLECTING;
  }

  #append(byte: number): number {
    if (this.#length + 1 > this.#maxFrameLength) {
      this.drops.add(TOO_LONG, this.#length + 1);
      return IDLE;
    }
    this.payloads[this.#start + this.#length++] = byte;
    return COLLECTING;
  }
}

const OTHER_PROTOCOLS: readonly Buffer[] = [
  Buffer.from([0x16, 0x03]),
  Buffer.from('GET '),
  Buffer.from('SSH-'),
];

/**
 * How often a decoder says that a stream is one of another protocol (row #2): once where it begins as one, and never where
 * it begins with a colon. Null: the row leaves it open.
 */
export function otherProtocolReports(stream: Uint8Array): number | null {
  if (OTHER_PROTOCOLS.some((beginning) => beginning.every((byte, i) => stream[i] === byte))) return 1;
  return stream.length === 0 || stream[0] === 0x3a ? 0 : null;
}
