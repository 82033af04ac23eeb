/**
 * Framing (protocol.md section 1): payloads become frames on an endless stream, and a stream becomes payloads.
 *
 * Two laws explain this file. The decoder's state is a row of the table in section 1 and nothing else, so a
 * stream may be cut at any byte. And what a peer sends can make the decoder drop, never throw: each dropped byte
 * is reported to the handler.
 */

import { bufferOf } from '../base/bytes.js';
import type { FramingDropReason } from '../protocol/reasons.js';
import { COLON, copyRun, type Runs, runsOf } from './colon-runs.js';

/** `:<` starts a frame. */
export const FRAME_START = 0x3c;
/** `:=` is one literal colon of the payload. */
export const LITERAL_COLON = 0x3d;
/** `:>` ends a frame. */
export const FRAME_END = 0x3e;

/** Bytes of a control sequence. */
export const CONTROL_LENGTH = 2;
/** Bytes that framing adds to a payload without colons. */
export const FRAME_OVERHEAD = 2 * CONTROL_LENGTH;

/** 16 MiB, the default limit of a frame: Python peers send whole files, and nothing larger has been seen. */
export const DEFAULT_MAX_FRAME_LENGTH = 16 * 1024 * 1024;

/**
 * Encodes a payload as one frame.
 *
 * @param payload the bytes to frame; any byte value, any length
 * @returns a new buffer that holds the frame
 *
 * @example
 * ```ts
 * import { encodeStp } from 'socket-protocol/wire';
 *
 * console.log(encodeStp(Buffer.from('a:b')).toString()); // :<a:=b:>
 * ```
 */
export function encodeStp(payload: Uint8Array): Buffer {
  const [first, ...others] = encodeInPieces(bufferOf(payload));
  return others.length === 0 ? (first as Buffer) : Buffer.concat([first as Buffer, ...others]);
}

/** Of a payload that is longer, parts of this length are escaped one after the other. */
const PART_LENGTH = 128 * 1024;
/** Where a part is escaped: how long it becomes is known afterwards, and to count its colons first would take nearly as long. */
let partScratch: Buffer | null = null;

/**
 * Encodes a payload as one frame, in pieces: of a long payload, a part without colons is not copied.
 *
 * @param payload the bytes to frame, which must not change as long as the pieces are needed
 * @returns the frame's bytes, in order
 */
export function encodeInPieces(payload: Buffer): Buffer[] {
  partScratch ??= Buffer.allocUnsafeSlow(maxEncodedLength(PART_LENGTH));
  const pieces: Buffer[] = [];
  let from = 0;
  do {
    const part = payload.subarray(from, from + PART_LENGTH);
    const isFirst = from === 0;
    from += PART_LENGTH;
    const isLast = from >= payload.length;
    if (!isFirst && !isLast && !part.includes(COLON)) {
      pieces.push(part);
      continue;
    }
    let to = isFirst ? writeControl(FRAME_START, partScratch, 0) : 0;
    to = writeEscaped(part, partScratch, to);
    if (isLast) to = writeControl(FRAME_END, partScratch, to);
    const piece = Buffer.allocUnsafe(to);
    partScratch.copy(piece, 0, 0, to);
    pieces.push(piece);
  } while (from < payload.length);
  return pieces;
}

/** A payload that is not bytes yet: it can be written straight into its frame. */
export interface LazyPayload {
  /** How many bytes it is. */
  readonly length: number;
  /** Those bytes. */
  toBytes(): Buffer;
  /** Does what {@link writeStp} does with them. */
  writeFrame(target: Buffer, offset: number): number;
}

/**
 * Writes a payload as one frame into `target`, which must have room for {@link maxEncodedLength} bytes.
 *
 * @param payload the bytes to frame
 * @param target where the frame goes
 * @param offset the index in `target` of the frame's first byte
 * @returns the index after the frame's last byte
 */
export function writeStp(payload: Uint8Array, target: Uint8Array, offset: number): number {
  const begun = writeControl(FRAME_START, target, offset);
  return writeControl(FRAME_END, target, writeEscaped(payload, target, begun));
}

/** Writes two bytes of framing; returns the index after them. */
export function writeControl(byte: number, target: Uint8Array, offset: number): number {
  target[offset] = COLON;
  target[offset + 1] = byte;
  return offset + CONTROL_LENGTH;
}

function writeEscaped(payload: Uint8Array, target: Uint8Array, offset: number): number {
  const end = payload.length;
  const source = runsOf(bufferOf(payload), end);
  const room = runsOf(bufferOf(target), end);
  let from = 0;
  let to = offset;
  for (;;) {
    const length = copyRun(source, from, end, room, to);
    from += length;
    to += length;
    if (from === end) return to;
    from++;
    to = writeControl(LITERAL_COLON, target, to);
  }
}

/**
 * The most bytes that a payload can take as a frame: every byte of it may be a colon.
 *
 * @param payloadLength the payload's length in bytes
 */
export function maxEncodedLength(payloadLength: number): number {
  return 2 * payloadLength + FRAME_OVERHEAD;
}

/** A protocol that comes to a port by mistake or by a scan. */
export type OtherProtocol = 'TLS' | 'SSH' | 'HTTP';

/** Bytes that were dropped, and why. */
export interface StpDrop {
  readonly reason: FramingDropReason;
  /** How many payload bytes (or, for noise, stream bytes) are gone. */
  readonly byteLength: number;
  /** For `wrong-protocol`: which. */
  readonly protocol?: OtherProtocol;
  /** For `noise`, where the decoder was asked for it: the first bytes, valid until the handler returns. */
  readonly sample?: Uint8Array;
}

/** What a {@link StpDecoder} reports. */
export interface StpHandler {
  /** A whole payload. The bytes are the decoder's own and valid until the handler returns: copy what must last. */
  frame(payload: Buffer): void;
  /** Bytes were dropped. */
  dropped?(drop: StpDrop): void;
}

/** Settings of a {@link StpDecoder}. */
export interface StpDecoderOptions {
  /** The longest payload in bytes; a longer frame is dropped. 16 MiB unless set. */
  readonly maxFrameLength?: number;
  /** How many bytes of noise a drop shows at most: 0 unless set. */
  readonly maxSampleLength?: number;
}

/** How the streams of other protocols begin. */
const OTHER_PROTOCOLS: readonly (readonly [beginning: Buffer, protocol: OtherProtocol])[] = [
  [Buffer.from([0x16, 0x03]), 'TLS'],
  // an alert: how a TLS server answers anything that is not TLS
  [Buffer.from([0x15, 0x03]), 'TLS'],
  [Buffer.from('SSH-'), 'SSH'],
  ...['GET ', 'HEAD ', 'POST ', 'PUT ', 'DELETE ', 'OPTIONS ', 'PRI * HTTP', 'HTTP/'].map(
    (beginning): [Buffer, OtherProtocol] => [Buffer.from(beginning), 'HTTP'],
  ),
];
const LONGEST_BEGINNING = Math.max(...OTHER_PROTOCOLS.map(([beginning]) => beginning.length));

const IDLE = 0;
const SYNC = 1;
const COLLECTING = 2;
const ESCAPE = 3;
type DecoderState = typeof IDLE | typeof SYNC | typeof COLLECTING | typeof ESCAPE;

/**
 * Most frames begin and end in one chunk: they are unescaped here, which lets an idle connection own no buffer. Node reads chunks
 * of 64 KiB; there is room for one and as much of the chunk before.
 */
const SCRATCH_LENGTH = 128 * 1024;
const SMALLEST_OWN_LENGTH = 1024;
const ROOM_TO_DOUBLE_FROM = 16 * 1024;
const EMPTY = Buffer.alloc(0);
const NO_ROOM = runsOf(EMPTY, 0);
let idleScratch: Scratch | null = null;

/** Of short payloads the views are kept, by their length: to make one takes nearly as long as to read such a message. */
const LONGEST_KEPT_VIEW = 256;

/** Where a decoder unescapes what begins and ends in one chunk. */
interface Scratch extends Runs {
  readonly views: (Buffer | null)[];
}

function newScratch(): Scratch {
  return { ...roomOf(SCRATCH_LENGTH), views: new Array<null>(LONGEST_KEPT_VIEW + 1).fill(null) };
}

/** A view of the beginning of some room. */
function viewOf(room: Runs, length: number, { bytes, views }: Scratch): Buffer {
  if (length > LONGEST_KEPT_VIEW || room.bytes !== bytes) return room.bytes.subarray(0, length);
  return (views[length] ??= bytes.subarray(0, length));
}

function roomOf(byteLength: number): Runs {
  return runsOf(Buffer.allocUnsafeSlow(byteLength), byteLength);
}

/**
 * Turns a stream of chunks into payloads. It holds at most one unfinished payload, in one buffer that doubles up
 * to the limit; the length of the chunks does not matter.
 *
 * @example
 * ```ts
 * import { StpDecoder } from 'socket-protocol/wire';
 *
 * const decoder = new StpDecoder({
 *   frame: (payload) => console.log(payload.toString()),
 *   dropped: ({ reason, byteLength }) => console.log(reason, byteLength),
 * });
 * decoder.push(Buffer.from('noise:<a:'));
 * decoder.push(Buffer.from('=b:>')); // noise 5, then a:b
 * ```
 */
export class StpDecoder {
  /** The longest payload in bytes; may be changed at any time and counts from the next byte on. */
  maxFrameLength: number;
  readonly #handler: StpHandler;
  /** How many bytes of noise a drop shows at most; may be changed at any time. */
  maxSampleLength: number;
  #state: DecoderState = IDLE;
  /** The unfinished payload; the decoder's own only between two chunks that a frame spans. */
  #room: Runs = NO_ROOM;
  #length = 0;
  #resets = 0;
  #isStopped = false;
  /** The first bytes of a stream that does not begin with a colon; null once they have been checked. */
  #beginning: Buffer | null = EMPTY;
  #pushing = false;

  constructor(handler: StpHandler, options: StpDecoderOptions = {}) {
    this.#handler = handler;
    this.maxFrameLength = options.maxFrameLength ?? DEFAULT_MAX_FRAME_LENGTH;
    this.maxSampleLength = options.maxSampleLength ?? 0;
  }

  /** How many bytes of memory the decoder itself holds between two chunks. */
  get heldByteLength(): number {
    return this.#room.bytes.length;
  }

  /** Whether a frame has begun and not ended. */
  get isInsideFrame(): boolean {
    return this.#state === COLLECTING || this.#state === ESCAPE;
  }

  /**
   * Takes the next bytes of the stream and delivers each payload that they complete.
   *
   * @param chunk any number of bytes; not kept
   * @returns how many bytes it took: all, unless the handler called `stop` or `reset`
   * @throws what the handler throws; the rest of the chunk is then lost
   */
  push(chunk: Uint8Array): number {
    if (this.#pushing)
      throw new Error('StpDecoder.push was called by its own handler: push after it returns');
    this.#pushing = true;
    const scratch = idleScratch ?? newScratch();
    idleScratch = null; // a decoder that a handler pushes to meanwhile takes another one
    this.#takeUnfinishedTo(scratch, chunk.length);
    this.#isStopped = false;
    try {
      return this.#consume(bufferOf(chunk), scratch);
    } finally {
      this.#keepUnfinished(scratch);
      idleScratch = scratch;
      this.#pushing = false;
    }
  }

  /** For the handler: makes `push` return after this payload, so that the rest of the chunk can wait. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Forgets an unfinished frame and starts anew, as for a new connection. May be called by the handler. */
  reset(): void {
    this.#resets++;
    const unfinished = this.isInsideFrame ? this.#length : -1;
    this.#state = IDLE;
    this.#length = 0;
    this.#beginning = EMPTY;
    if (!this.#pushing) this.#room = NO_ROOM;
    if (unfinished >= 0) this.#drop('unfinished', unfinished);
  }

  #consume(chunk: Buffer, scratch: Scratch): number {
    const source = runsOf(chunk, chunk.length);
    const resets = this.#resets;
    if (this.#beginning !== null) {
      this.#recognize(chunk);
      if (this.#resets !== resets) return chunk.length;
    }
    const end = chunk.length;
    let noise = 0;
    /** Where it began, which may be in the chunk before. */
    let noiseAt = 0;
    let at = 0;
    while (at < end) {
      switch (this.#state) {
        case IDLE: {
          const colon = chunk.indexOf(COLON, at);
          const stop = colon === -1 ? end : colon;
          if (noise === 0) noiseAt = at;
          noise += stop - at;
          if (colon === -1) {
            at = end;
          } else {
            at = colon + 1;
            this.#state = SYNC;
          }
          break;
        }
        case SYNC: {
          const byte = chunk[at++];
          if (byte === FRAME_START) {
            if (noise > 0) {
              this.#dropNoise(chunk, noiseAt, noise);
              noise = 0;
              if (this.#resets !== resets) return end;
            }
            this.#length = 0;
            this.#state = COLLECTING;
          } else if (byte === COLON) {
            if (noise === 0) noiseAt = Math.max(0, at - CONTROL_LENGTH);
            noise += 1;
          } else {
            if (noise === 0) noiseAt = Math.max(0, at - CONTROL_LENGTH);
            noise += CONTROL_LENGTH;
            this.#state = IDLE;
          }
          break;
        }
        case COLLECTING:
          at = this.#collect(source, at);
          if (this.#resets !== resets) return end;
          break;
        case ESCAPE: {
          const byte = chunk[at++];
          if (byte === LITERAL_COLON) {
            this.#state = COLLECTING;
            this.#append(COLON);
          } else if (byte === FRAME_END) {
            this.#deliver(scratch);
          } else if (byte === FRAME_START) {
            this.#state = COLLECTING;
            const restarted = this.#length;
            this.#length = 0;
            this.#drop('restarted', restarted);
          } else {
            this.#state = byte === COLON ? SYNC : IDLE;
            this.#drop('broken-escape', this.#length);
          }
          if (this.#resets !== resets) return end;
          if (this.#isStopped) return at;
          break;
        }
      }
    }
    if (noise > 0) this.#dropNoise(chunk, noiseAt, noise);
    return end;
  }

  /** Checks whether the stream is of another protocol: all of it would be noise. */
  #recognize(chunk: Uint8Array): void {
    const head = chunk.subarray(0, LONGEST_BEGINNING);
    const before = this.#beginning ?? EMPTY;
    const beginning = before.length === 0 ? head : Buffer.concat([before, head]);
    const protocol = OTHER_PROTOCOLS.find(([other]) => startsWith(beginning, other))?.[1];
    const isOpen = protocol === undefined && OTHER_PROTOCOLS.some(([other]) => startsWith(other, beginning));
    // a copy: the chunk is not ours
    this.#beginning = isOpen ? Buffer.from(beginning) : null;
    if (protocol !== undefined) {
      this.#handler.dropped?.({ reason: 'wrong-protocol', byteLength: 0, protocol });
    }
  }

  /** Appends the bytes up to the next control sequence other than `:=`, and returns the index after what it took. */
  #collect(source: Runs, start: number): number {
    const chunk = source.bytes;
    if (this.#length >= this.maxFrameLength) return this.#collectAtLimit(chunk, start);
    const room = this.#roomForMore();
    // no byte of the chunk becomes more than one of the payload
    const end = Math.min(
      chunk.length,
      start + Math.min(room.bytes.length, this.maxFrameLength) - this.#length,
    );
    let at = start;
    let to = this.#length;
    for (;;) {
      const length = copyRun(source, at, end, room, to);
      at += length;
      to += length;
      if (at === end) break;
      at++;
      if (at === end || chunk[at] !== LITERAL_COLON) {
        this.#state = ESCAPE;
        break;
      }
      at++;
      room.bytes[to++] = COLON;
    }
    this.#length = to;
    return at;
  }

  /** The frame is as long as it may be: it ends here, or it is dropped. */
  #collectAtLimit(chunk: Uint8Array, at: number): number {
    const byte = chunk[at] as number;
    if (byte === COLON) this.#state = ESCAPE;
    else this.#append(byte);
    return at + 1;
  }

  /** Appends a byte, or drops the frame where the limit forbids it. */
  #append(byte: number): void {
    const needed = this.#length + 1;
    if (needed > this.maxFrameLength) {
      this.#state = IDLE;
      this.#length = 0;
      this.#drop('too-long', needed);
    } else {
      this.#roomForMore().bytes[this.#length++] = byte;
    }
  }

  /** Room for one byte of the frame at least. */
  #roomForMore(): Runs {
    const { bytes } = this.#room;
    if (this.#length < bytes.length) return this.#room;
    const capacity = Math.max(2 * bytes.length, SMALLEST_OWN_LENGTH);
    const grown = roomOf(Math.min(capacity, this.maxFrameLength));
    bytes.copy(grown.bytes);
    return (this.#room = grown);
  }

  #deliver(scratch: Scratch): void {
    const payload = viewOf(this.#room, this.#length, scratch);
    this.#state = IDLE;
    this.#length = 0;
    this.#room = scratch; // a buffer that grew goes with its frame
    this.#handler.frame(payload);
  }

  /** Goes on in the scratch, where the chunk may need more room: a long frame is not copied for the sake of a short chunk. */
  #takeUnfinishedTo(scratch: Runs, chunkLength: number): void {
    if (this.#room !== NO_ROOM) {
      const { bytes } = this.#room;
      const needed = this.#length + chunkLength;
      if (needed <= bytes.length || needed > scratch.bytes.length || this.#length > chunkLength) return;
      bytes.copy(scratch.bytes, 0, 0, this.#length);
    }
    this.#room = scratch;
  }

  #keepUnfinished(scratch: Runs): void {
    if (!this.isInsideFrame) {
      this.#room = NO_ROOM;
    } else if (this.#room === scratch) {
      // a long frame doubles its room at once: the next chunk is likely to be as long as this one
      const wanted = this.#length < ROOM_TO_DOUBLE_FROM ? this.#length : 2 * this.#length;
      const length = Math.max(SMALLEST_OWN_LENGTH, wanted);
      this.#room = roomOf(Math.max(this.#length, Math.min(length, this.maxFrameLength)));
      scratch.bytes.copy(this.#room.bytes, 0, 0, this.#length);
    }
  }

  #dropNoise(chunk: Uint8Array, start: number, byteLength: number): void {
    if (this.maxSampleLength === 0) return this.#drop('noise', byteLength);
    const sample = chunk.subarray(start, start + Math.min(byteLength, this.maxSampleLength));
    this.#handler.dropped?.({ reason: 'noise', byteLength, sample });
  }

  #drop(reason: FramingDropReason, byteLength: number): void {
    this.#handler.dropped?.({ reason, byteLength });
  }
}

/** Makes no garbage: each connection begins with it. */
function startsWith(bytes: Uint8Array, beginning: Uint8Array): boolean {
  if (bytes.length < beginning.length) return false;
  for (let at = 0; at < beginning.length; at++) if (bytes[at] !== beginning[at]) return false;
  return true;
}
