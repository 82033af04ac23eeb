/**
 * Streams that a decoder meets once in a million years, made a hundred thousand a second: valid frames of both codecs
 * with faults in them, noise, colons, and frames whose checksum is right and whose JSON is hostile.
 */

import { crc32 } from 'node:zlib';
import { Message } from '../../../src/protocol/message.js';
import { createPureJson, createStructJson, DEFAULT_MAX_FRAME_LENGTH } from '../../../src/wire/index.js';
import type { Random } from '../random.js';
import { ByteScratch } from './byte-scratch.js';
import { hostileValue, longHostileValue, token } from './hostile-json.js';

/** No stream is longer, in bytes. */
export const MAX_STREAM_LENGTH = 128 * 1024;

const COLON_HEAVY: readonly number[] = [0x3a, 0x3a, 0x3a, 0x3c, 0x3c, 0x3d, 0x3e, 0x61, 0x7b, 0x22];

/** How streams of other protocols begin, and how they nearly do. */
const BEGINNINGS: readonly Buffer[] = [
  '\x16\x03\x01',
  'GET / HTTP/1.1\r\n',
  'SSH-2.0-x',
  '\x16',
  'GET',
  'SSH',
  'SSH:<',
].map((text) => Buffer.from(text));

const MESSAGES: readonly Message<unknown>[] = [
  null,
  true,
  0,
  -1.5,
  'a',
  'a:b::c',
  ':'.repeat(60),
  'Sun Feb  2 00:00:44 2025',
  'ä€😀 \ud800',
  [],
  [1, [2, [3]]],
  { a: { b: [null, false] } },
  { time: 1_700_000_000_123_456_789n },
  [Number.NaN, Number.POSITIVE_INFINITY],
  'x'.repeat(200),
].flatMap((data, i) => [
  new Message({ serviceId: 10 * i, dataId: i, data }),
  new Message({ serviceId: 0xffff_ffff, dataId: i, status: i % 7, data }),
]);

const CODECS = [createPureJson({ allowNan: true }), createStructJson({ allowNan: true })];
const PAYLOADS: readonly Buffer[] = CODECS.flatMap((codec) =>
  MESSAGES.map((message) => codec.encode(message)),
);
const TEXTS: readonly Buffer[] = PAYLOADS.slice(0, MESSAGES.length).map((payload) => payload.subarray(0, -4));
const ENVELOPE_START = Buffer.from('{"data_id": 1, "service_id": 10, "status": 0, "data": ');
const ENVELOPE_END = Buffer.from('}');

/** Makes streams; each is valid until the next is made. */
export class StreamMaker {
  readonly #stream = new ByteScratch(MAX_STREAM_LENGTH);
  readonly #text = new ByteScratch(MAX_STREAM_LENGTH / 4);
  readonly #payload = new ByteScratch(MAX_STREAM_LENGTH / 4 + 16);

  make(random: Random): Buffer {
    this.#stream.clear();
    const kind = random.below(100);
    if (random.chance(0.02)) this.#stream.append(random.of(BEGINNINGS));
    if (kind < 35) this.#mutatedFrames(random);
    else if (kind < 45) this.#stream.appendNoise(random, random.between(1, 120));
    else if (kind < 62) this.#stream.appendSome(random, COLON_HEAVY, random.between(1, 100));
    else this.#hostileFrames(random);
    return this.#stream.view;
  }

  #mutatedFrames(random: Random): void {
    const frames = random.between(1, 3);
    for (let i = 0; i < frames; i++) {
      if (random.chance(0.2)) this.#stream.appendSome(random, COLON_HEAVY, random.below(6));
      this.#stream.appendFrame(random.of(PAYLOADS));
    }
    for (let i = random.below(5); i > 0; i--) this.#stream.mutate(random);
  }

  /** The checksum is right, so that what is wrong reaches the JSON reader. */
  #hostileFrames(random: Random): void {
    const frames = random.between(1, 2);
    for (let i = 0; i < frames; i++) {
      const isStruct = random.chance(0.3);
      this.#hostileText(random, isStruct);
      this.#payload.clear();
      if (isStruct) this.#sealStruct(random);
      else this.#sealPure();
      this.#stream.appendFrame(this.#payload.view);
    }
    if (random.chance(0.1)) this.#stream.mutate(random);
  }

  #hostileText(random: Random, isStruct: boolean): void {
    const text = this.#text;
    text.clear();
    const kind = random.below(1_000);
    if (kind < 200) {
      text.append(random.of(TEXTS));
      for (let i = random.between(1, 4); i > 0; i--) text.mutate(random);
    } else if (kind < 400) {
      for (let i = random.between(1, 20); i > 0; i--) text.append(token(random));
    } else {
      const isWrapped = !isStruct && random.chance(0.8);
      if (isWrapped) text.append(ENVELOPE_START);
      text.append(kind < 998 ? hostileValue(random) : longHostileValue(random));
      if (isWrapped) text.append(ENVELOPE_END);
      if (random.chance(0.2)) text.mutate(random);
    }
  }

  #sealPure(): void {
    this.#payload.append(this.#text.view);
    this.#payload.pushUint32(crc32(this.#text.view));
  }

  #sealStruct(random: Random): void {
    for (let i = 0; i < 3; i++)
      this.#payload.pushUint32(random.chance(0.5) ? random.below(64) : random.uint32());
    this.#payload.append(this.#text.view);
    let sum = 0;
    for (const byte of this.#payload.view) sum ^= byte;
    this.#payload.push(sum);
  }
}

const LIMITS: readonly number[] = [0, 1, 2, 10, 47, 48, 49, 50, 64, 100, 1_000, 1_023, 1_024, 1_025, 1_100];

/** A limit for the frames of a stream: half of the time one that no frame reaches. */
export function frameLimit(random: Random): number {
  const kind = random.below(10);
  return kind < 5 ? DEFAULT_MAX_FRAME_LENGTH : kind < 7 ? 4_096 : random.of(LIMITS);
}

/** How long the next chunk is, where chunks are as a socket, a slow link or an attacker cuts them. */
export type ChunkStyle = (random: Random, left: number) => number;

const WHOLE: ChunkStyle = (_, left) => left;
const SOME_CUTS: ChunkStyle = (random, left) => random.between(1, left);
const SMALL: ChunkStyle = (random) => random.between(1, 12);
const BYTE_BY_BYTE: ChunkStyle = () => 1;

/** A way to cut a stream. */
export function chunkStyle(random: Random): ChunkStyle {
  const kind = random.below(100);
  return kind < 25 ? WHOLE : kind < 75 ? SOME_CUTS : kind < 95 ? SMALL : BYTE_BY_BYTE;
}
