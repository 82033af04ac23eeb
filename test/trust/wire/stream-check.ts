/**
 * One stream, from a seed: what the decoder and the codecs make of it, checked against the table of protocol.md
 * section 1 and against the law that nothing but a `DecodeError` is ever thrown at a peer's bytes.
 */

import { crc32 } from 'node:zlib';
import { Message } from '../../../src/protocol/message.js';
import {
  type Codec,
  DecodeError,
  pureJson,
  StpDecoder,
  type StpDrop,
  structJson,
} from '../../../src/wire/index.js';
import { Random } from '../random.js';
import { DROP_REASONS, DropTally, otherProtocolReports, ReferenceDecoder } from './reference-decoder.js';
import { chunkStyle, frameLimit, MAX_STREAM_LENGTH, StreamMaker } from './streams.js';

/** The decoder may hold so many bytes more than the longest frame. */
const HELD_MARGIN = 64;

/** Runs cases, one after the other and all through the same decoder, as a careless user would. */
export class StreamCheck {
  /** What came of the payloads, for whoever watches that the streams are worth their time. */
  readonly outcomes = { frames: 0, messages: 0, refusals: new Map<string, number>() };
  readonly #maker = new StreamMaker();
  readonly #reference = new ReferenceDecoder(MAX_STREAM_LENGTH);
  readonly #drops = new DropTally();
  #decoder = this.#newDecoder();
  #frames = 0;
  #otherProtocols = 0;
  #stops = false;
  #problem: string | null = null;

  /** @returns what is wrong, or null */
  run(seed: number): string | null {
    const random = new Random(seed);
    const stream = this.#maker.make(random);
    const limit = frameLimit(random);
    const otherProtocols = otherProtocolReports(stream);
    this.#reference.read(stream, limit);
    this.#problem = null;
    this.#frames = 0;
    this.#otherProtocols = 0;
    this.#drops.clear();
    this.#stops = random.chance(0.1);
    try {
      this.#feed(stream, limit, random);
    } catch (error) {
      this.#problem = `push threw ${error}`;
    }
    if (otherProtocols !== null && otherProtocols !== this.#otherProtocols)
      this.#blame(`expected ${otherProtocols} reports of another protocol, got ${this.#otherProtocols}`);
    if (this.#problem !== null) this.forget();
    return this.#problem;
  }

  /** Starts anew with a decoder that knows nothing of what went before. */
  forget(): void {
    this.#decoder = this.#newDecoder();
  }

  /** The case in words, for a replay. */
  describe(seed: number): string[] {
    const random = new Random(seed);
    const stream = Buffer.from(this.#maker.make(random));
    const limit = frameLimit(random);
    this.#reference.read(stream, limit);
    const { ends, drops } = this.#reference;
    return [
      `stream of ${stream.length} B, frames of at most ${limit} B: ${stream.toString('hex')}`,
      `as text: ${JSON.stringify(stream.toString('latin1'))}`,
      `the table gives ${ends.length} frames and drops ${DROP_REASONS.map((each, i) => `${each} ${drops.byteLengths[i]} B`).join(', ')}`,
    ];
  }

  #newDecoder(): StpDecoder {
    return new StpDecoder({
      frame: (payload) => this.#takeFrame(payload),
      dropped: (drop) => this.#takeDrop(drop),
    });
  }

  #feed(stream: Buffer, limit: number, random: Random): void {
    const nextLength = chunkStyle(random);
    const isOverwritten = random.chance(0.1);
    const decoder = this.#decoder;
    decoder.maxFrameLength = limit;
    for (let at = 0; at < stream.length; ) {
      const end = Math.min(stream.length, at + nextLength(random, stream.length - at));
      const chunk = stream.subarray(at, end);
      const taken = decoder.push(chunk);
      if (taken !== chunk.length && !this.#stops) this.#blame(`push took ${taken} of ${chunk.length} bytes`);
      if (isOverwritten) chunk.fill(0x3a, 0, taken); // a chunk is not kept
      at += taken;
      if (decoder.heldByteLength > limit + HELD_MARGIN)
        this.#blame(`held ${decoder.heldByteLength} bytes, frames of at most ${limit}`);
    }
    decoder.reset();
    const { ends, drops } = this.#reference;
    if (this.#frames !== ends.length) this.#blame(`expected ${ends.length} frames, got ${this.#frames}`);
    const difference = this.#drops.difference(drops);
    if (difference !== null) this.#blame(`dropped ${difference}`);
  }

  #takeFrame(payload: Buffer): void {
    const { ends, payloads } = this.#reference;
    const start = this.#frames === 0 ? 0 : (ends[this.#frames - 1] ?? 0);
    const end = ends[this.#frames++] ?? 0;
    if (payload.length !== end - start || payload.compare(payloads, start, end) !== 0)
      this.#blame(`frame ${this.#frames} is not the table's`);
    this.outcomes.frames++;
    // to the codec that it looks made for, and every eighth to the other one as well
    const isText = payload[0] === 0x7b;
    const isForBoth = this.#frames % 8 === 0;
    if (isText || isForBoth) this.#decode(pureJson, payload, isCrcRight(payload));
    if (!isText || isForBoth) this.#decode(structJson, payload, isXorRight(payload));
    if (this.#stops) this.#decoder.stop();
  }

  /** The codec's verdict on the checksum must be ours, and what it says besides a message is a `DecodeError`. */
  #decode(codec: Codec, payload: Buffer, isSealed: boolean): void {
    const reason = this.#reasonOf(() => codec.decode(payload));
    if (reason === null) this.outcomes.messages++;
    else this.outcomes.refusals.set(reason, (this.outcomes.refusals.get(reason) ?? 0) + 1);
    if (reason !== 'short' && (reason !== 'checksum') !== isSealed)
      this.#blame(
        `${codec.name}: the checksum is ${isSealed ? 'right' : 'wrong'}, got ${reason ?? 'a message'}`,
      );
    if (reason === 'checksum' && this.#frames % 8 === 0)
      this.#reasonOf(() => codec.decodeUnverified?.(payload) ?? new Message({ serviceId: 0, dataId: 0 }));
  }

  /** Why it is no message; null: it is one. */
  #reasonOf(decode: () => Message): string | null {
    try {
      if (!isWhole(decode())) this.#blame(`frame ${this.#frames} makes half a message`);
      return null;
    } catch (error) {
      if (error instanceof DecodeError) return error.reason;
      this.#blame(`frame ${this.#frames} makes a codec throw ${error}`);
      return 'none';
    }
  }

  #takeDrop({ reason, byteLength }: StpDrop): void {
    const i = DROP_REASONS.indexOf(reason);
    if (i >= 0) this.#drops.add(i, byteLength);
    else if (reason === 'wrong-protocol' && byteLength === 0) this.#otherProtocols++;
    else this.#blame(`dropped ${byteLength} bytes for the unknown reason ${reason}`);
  }

  #blame(problem: string): void {
    this.#problem ??= problem;
  }
}

function isWhole(message: Message): boolean {
  const { status, serviceId, dataId, data } = message;
  return message instanceof Message && [status, serviceId, dataId].every(isId) && data !== undefined;
}

function isId(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

const CRC_LENGTH = 4;

function isCrcRight(payload: Buffer): boolean {
  const end = payload.length - CRC_LENGTH;
  return end > 0 && crc32(payload.subarray(0, end)) === payload.readUInt32BE(end);
}

function isXorRight(payload: Buffer): boolean {
  let sum = 0;
  for (let i = 0; i < payload.length; i++) sum ^= payload[i] as number;
  return sum === 0;
}
