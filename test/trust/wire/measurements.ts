/** How long it takes to read and write much at once, and as much in small pieces. */

import { crc32 } from 'node:zlib';
import {
  DecodeError,
  encodeStp,
  parseJson,
  pureJson,
  StpDecoder,
  stringifyJson,
} from '../../../src/wire/index.js';
import { cpuMsOf } from './bounded.js';

const KIB = 1024;
const SMALL = 64 * KIB;
const LARGE_FRAME = 4 * KIB * KIB;
const LARGE_TEXT = KIB * KIB;
/**
 * What is hostile may always take so long: below it memory that the machine hands out for the first time is what is
 * measured, which large pieces need and small ones do not. What grows by the square is far above.
 */
const HOSTILE_LEAST_NS_PER_BYTE = 10;

/** What takes so long once need not be measured again. */
const GIVE_UP_MS = 5_000;
/** What has not ended by then is stopped. */
const HANG_MS = 30_000;

/** The time for `byteLength` bytes in one piece and in pieces of 64 KiB. */
export interface Measured {
  readonly name: string;
  readonly byteLength: number;
  readonly largeMs: number;
  readonly smallMs: number;
  /** How much longer a byte takes in the one piece. */
  readonly ratio: number;
}

/** Honest frames of 4 MiB, in the chunks that hurt. */
export function measureFrames(): Measured[] {
  const payload = (length: number): Buffer => Buffer.alloc(length, 'abcdefgh"ijkl:mn');
  return [1, 64].map((chunkLength) =>
    measured(`a frame in chunks of ${chunkLength} B`, LARGE_FRAME, chunkLength === 1 ? 4 : 12, (length) => {
      const stream = encodeStp(payload(length));
      return () => {
        if (feed(stream, chunkLength) !== 1) throw new Error('expected the frame to arrive');
      };
    }),
  );
}

/** @returns how many frames arrived */
function feed(stream: Buffer, chunkLength: number): number {
  let frames = 0;
  const decoder = new StpDecoder({ frame: () => frames++ });
  const single = Buffer.alloc(1);
  for (let at = 0; at < stream.length; at += chunkLength) {
    if (chunkLength === 1) single[0] = stream[at] as number;
    decoder.push(chunkLength === 1 ? single : stream.subarray(at, at + chunkLength));
  }
  return frames;
}

/** Streams that make a decoder start over as often as they can. */
export function measureHostileStreams(): Measured[] {
  const patterns = [':', ':<', ':<a:x', ':<:=', '::<x', ':=:>', ':<:>', `:<${'x'.repeat(60)}`];
  return patterns.flatMap((pattern) =>
    [64, LARGE_TEXT].map((chunkLength) =>
      measuredHostile(
        `a stream of ${JSON.stringify(pattern.slice(0, 8))} in chunks of ${chunkLength} B`,
        (length) => {
          const stream = Buffer.alloc(length, pattern);
          return () => feed(stream, chunkLength);
        },
      ),
    ),
  );
}

/** Each fills so many characters; all are wrong in the end, or large. */
const TEXTS: Readonly<Record<string, (length: number) => string>> = {
  'a string that does not end': (length) => `"${'a'.repeat(length)}`,
  'NaN, then a string that does not end': (length) => `[NaN,"${'a'.repeat(length)}`,
  'open brackets': (length) => '['.repeat(length),
  'open objects': (length) => '{"a":'.repeat(length / 5),
  'brackets closed, then opened': (length) => ']'.repeat(length / 2) + '['.repeat(length / 2),
  digits: (length) => '1'.repeat(length),
  'digits of a fraction': (length) => `0.${'1'.repeat(length)}`,
  'digits of an exponent': (length) => `1e${'1'.repeat(length)}`,
  'digits that are no number in the end': (length) => `${'1'.repeat(length)}x`,
  'backslash and quote': (length) => `"${'\\"'.repeat(length / 2)}`,
  backslashes: (length) => `"${'\\'.repeat(length)}`,
  'backslashes before a bracket': (length) => `[${'\\'.repeat(length)}`,
  quotes: (length) => '"'.repeat(length),
  'many keys': (length) =>
    `{${Array.from({ length: Math.floor(length / 16) }, (_, i) => `"k${String(i).padStart(9, '0')}":1`)}}`,
  'many keys and NaN': (length) =>
    `{${Array.from({ length: Math.floor(length / 16) }, (_, i) => `"k${String(i).padStart(9, '0')}":1`)},"z":NaN}`,
  'one key many times': (length) => `{${'"k":1,'.repeat(length / 6)}"z":NaN}`,
  'keys like integers': (length) =>
    `{${Array.from({ length: Math.floor(length / 16) }, (_, i) => `"${i * 7919}":NaN`)}}`,
  'integers beyond 2^53': (length) => `[${'9007199254740993,'.repeat(length / 17)}1]`,
  'integers of 4,300 digits': (length) => `[${`${'7'.repeat(4_300)},`.repeat(length / 4_301)}1]`,
  'NaN many times': (length) => `[${'NaN,'.repeat(length / 4)}1]`,
  'short strings and NaN': (length) => `[${'"ab",'.repeat(length / 5)}NaN]`,
  spaces: (length) => `${' '.repeat(length)}x`,
  'spaces between': (length) => `[${'1          ,'.repeat(length / 12)}NaN]`,
  surrogates: (length) => `"${'\\ud800'.repeat(length / 6)}"`,
  'replacement characters': (length) => `"${'\ufffd'.repeat(length / 3)}"`,
};

/** JSON that is hostile by its length, with a checksum that is right. */
export function measureHostileTexts(): Measured[] {
  return Object.entries(TEXTS).map(([name, fill]) =>
    measuredHostile(name, (length) => {
      const payload = payloadOf(Buffer.from(fill(length)));
      return () => {
        if (refusalOf(payload) === 'checksum') throw new Error('expected the checksum to be right');
      };
    }),
  );
}

function payloadOf(data: Buffer): Buffer {
  const text = Buffer.concat([
    Buffer.from('{"data_id":1,"service_id":10,"status":0,"data":'),
    data,
    Buffer.from('}'),
  ]);
  const payload = Buffer.concat([text, Buffer.alloc(4)]);
  payload.writeUInt32BE(crc32(text), text.length);
  return payload;
}

function refusalOf(payload: Buffer): unknown {
  try {
    pureJson.decode(payload);
    return null;
  } catch (error) {
    return error instanceof DecodeError ? error.reason : error;
  }
}

/** What is ours to write. */
export function measureWriting(): Measured[] {
  const values: Readonly<Record<string, (length: number) => unknown>> = {
    'writing big integers': (length) =>
      new Array<bigint>(Math.floor(length / 20)).fill(1_700_000_000_123_456_789n),
    'writing a long string next to NaN': (length) => ['x'.repeat(length), Number.NaN],
    'writing many keys': (length) => parseJson((TEXTS['many keys and NaN'] ?? String)(length)),
  };
  const json = Object.entries(values).map(([name, make]) =>
    measuredHostile(name, (length) => {
      const value = make(length);
      return () => stringifyJson(value, { allowNan: true });
    }),
  );
  const frames = [':', 'x', 'x:'].map((pattern) =>
    measuredHostile(`framing ${JSON.stringify(pattern)}`, (length) => {
      const payload = Buffer.alloc(length, pattern);
      return () => encodeStp(payload);
    }),
  );
  return [...json, ...frames];
}

/** @param prepare makes the work for so many bytes; only the work is measured */
function measured(
  name: string,
  byteLength: number,
  rounds: number,
  prepare: (length: number) => () => unknown,
): Measured {
  const large = prepare(byteLength);
  const small = prepare(SMALL);
  let largeMs = Number.POSITIVE_INFINITY;
  let smallMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds && (round === 0 || largeMs < GIVE_UP_MS); round++) {
    smallMs = Math.min(smallMs, msOf(small, byteLength / SMALL));
    largeMs = Math.min(largeMs, msOf(large, 1));
  }
  return { name, byteLength, largeMs, smallMs, ratio: ratioOf(largeMs, smallMs) };
}

function measuredHostile(name: string, prepare: (length: number) => () => unknown): Measured {
  const times = measured(name, LARGE_TEXT, 3, prepare);
  const leastMs = (times.byteLength * HOSTILE_LEAST_NS_PER_BYTE) / 1e6;
  return { ...times, ratio: ratioOf(Math.max(times.largeMs, leastMs), Math.max(times.smallMs, leastMs)) };
}

/** In processor time, which what else the machine does adds little to. */
function msOf(work: () => unknown, times: number): number {
  return cpuMsOf(() => {
    for (let i = 0; i < times; i++) work();
  }, HANG_MS);
}

/** Infinite where either did not end. */
function ratioOf(largeMs: number, smallMs: number): number {
  return Number.isFinite(smallMs) ? largeMs / smallMs : Number.POSITIVE_INFINITY;
}
