/**
 * A4: what is encoded and decoded is what it was, for frames of any bytes and for messages of any JSON in both codecs.
 *
 * Also: encoding is the escaping of protocol.md section 1 and nothing more, writes where it is told to and nowhere
 * else, and is the same however often it is done; and whatever a codec reads, it can write and reads the same again.
 */

import { Message } from '../../../src/protocol/message.js';
import {
  type Codec,
  createPureJson,
  createStructJson,
  DecodeError,
  encodeStp,
  maxEncodedLength,
  parseJson,
  pureJson,
  StpDecoder,
  stringifyJson,
  structJson,
  writeStp,
} from '../../../src/wire/index.js';
import { Random } from '../random.js';
import type { Reached, StageContext } from '../stage.js';
import { ByteScratch } from './byte-scratch.js';
import { Failures, grouped } from './failures.js';
import { hostileValue } from './hostile-json.js';
import { isSameValue, randomFields } from './json-values.js';

const CASES = { ci: 200_000, deep: 10_000_000, release: 10_000_000 };
const CODECS: readonly (readonly [withNan: Codec, plain: Codec])[] = [
  [createPureJson({ allowNan: true }), pureJson],
  [createStructJson({ allowNan: true }), structJson],
];

/** Runs the cases of a budget. */
export function reachA4({ budget, baseSeed, replaySeed, say }: StageContext): Reached {
  const failures = new Failures('A4');
  for (const payload of particularPayloads()) {
    const problem = orThrown(() => problemWithFrame(payload, new Random(payload.length)));
    if (problem !== null) failures.add(baseSeed, `payload ${payload.toString('hex')}: ${problem}`);
  }
  const goal = replaySeed === null ? CASES[budget] : 1;
  for (let i = 0; i < goal; i++) {
    const seed = replaySeed ?? (baseSeed + i) >>> 0;
    const problem = orThrown(() => problemOf(new Random(seed), replaySeed === null ? null : say));
    if (problem !== null) failures.add(seed, problem);
  }
  return {
    id: 'A4',
    what: 'encoding, then decoding, is identity: frames, pure_json, struct_json',
    goal: `${grouped(goal)} frames and messages, 0 differences`,
    reached: `${grouped(goal)}, ${failures.count} differences`,
    isReached: failures.count === 0,
    failures: failures.lines,
  };
}

/** The problem, or what was thrown on the way to it. */
function orThrown(problemOf: () => string | null): string | null {
  try {
    return problemOf();
  } catch (error) {
    return `threw ${error}`;
  }
}

function problemOf(random: Random, say: ((line: string) => void) | null): string | null {
  const payload = randomPayload(random);
  const fields = randomFields(random, { hasNan: random.chance(0.2) });
  const message = new Message<unknown>(fields);
  const text = hostileValue(random);
  say?.(`A4: payload ${payload.toString('hex')}`);
  say?.(`A4: message ${stringifyJson(fields, { allowNan: true })}`);
  say?.(`A4: text ${text.toString('hex')}`);
  const codecs = CODECS.map(([withNan, plain]) => problemWithMessage(message, withNan, plain));
  return problemWithFrame(payload, random) ?? codecs.find((each) => each !== null) ?? problemWithText(text);
}

/** Nothing, each byte alone, all bytes, and runs of colons and of others around the lengths where the code changes its way. */
function particularPayloads(): Buffer[] {
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const lengths = [
    1, 2, 46, 47, 48, 49, 50, 95, 96, 97, 1_023, 1_024, 1_025, 65_535, 65_536, 65_537, 200_000,
  ];
  return [
    Buffer.alloc(0),
    ...Array.from(all, (byte) => Buffer.of(byte)),
    all,
    ...lengths.flatMap((length) => [
      Buffer.alloc(length, ':'),
      Buffer.alloc(length, 'x'),
      Buffer.alloc(length, 'x:'),
      Buffer.alloc(length, all),
      Buffer.concat([Buffer.alloc(length, 'x'), Buffer.from(':')]),
      Buffer.concat([Buffer.from(':'), Buffer.alloc(length, 'x'), Buffer.from(':>')]),
    ]),
  ];
}

const COLON_HEAVY: readonly number[] = [0x3a, 0x3a, 0x3c, 0x3d, 0x3e, 0x78];
const scratch = new ByteScratch(4_096);

function randomPayload(random: Random): Buffer {
  scratch.clear();
  for (let i = random.below(4); i > 0; i--) {
    const kind = random.below(3);
    if (kind === 0) scratch.appendNoise(random, random.below(80));
    else if (kind === 1) scratch.appendSome(random, COLON_HEAVY, random.below(60));
    else scratch.appendSome(random, [random.below(256)], random.below(120));
  }
  return Buffer.from(scratch.view);
}

const frameScratch = new ByteScratch(1024 * 1024);

function problemWithFrame(payload: Buffer, random: Random): string | null {
  const frame = encodeStp(payload);
  frameScratch.clear();
  frameScratch.appendFrame(payload);
  if (!frame.equals(frameScratch.view)) return `the frame is ${frame.toString('hex')}`;
  if (frame.length > maxEncodedLength(payload.length)) return `the frame has ${frame.length} bytes`;

  const margin = 3;
  const target = Buffer.alloc(maxEncodedLength(payload.length) + 2 * margin, 0xa5);
  const end = writeStp(payload, target, margin);
  const isElsewhere = target.some((byte, i) => (i < margin || i >= end) && byte !== 0xa5);
  if (isElsewhere || !target.subarray(margin, end).equals(frame)) return 'writeStp differs from encodeStp';

  const decoded: Buffer[] = [];
  const decoder = new StpDecoder({
    frame: (bytes) => decoded.push(Buffer.from(bytes)),
    dropped: () => decoded.push(frame),
  });
  const cut = random.below(frame.length + 1);
  decoder.push(frame.subarray(0, cut));
  decoder.push(frame.subarray(cut));
  const isSame = decoded.length === 1 && decoded[0]?.equals(payload) === true && decoder.heldByteLength === 0;
  return isSame
    ? null
    : `the frame, cut at ${cut}, is decoded to ${decoded.map((each) => each.toString('hex'))}`;
}

function problemWithMessage(message: Message<unknown>, withNan: Codec, plain: Codec): string | null {
  const payload = withNan.encode(message);
  const decoded = withNan.decode(payload);
  if (!isSameValue({ ...message }, { ...decoded })) return `${plain.name} decodes another message`;
  const again = withNan.encode(decoded);
  // -0 is written as 0, and keys that look like integers move to the front: once, and never again
  if (!isSameValue({ ...decoded }, { ...withNan.decode(again) }))
    return `${plain.name} changes with each turn`;
  let strict: Buffer | null = null;
  try {
    strict = plain.encode(message);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  if (strict === null) return hasNan(message.data) ? null : `${plain.name} refuses what allowNan lets pass`;
  if (hasNan(message.data)) return `${plain.name} writes NaN without the option`;
  return strict.equals(payload) ? null : `${plain.name} writes other bytes with allowNan`;
}

function hasNan(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasNan);
}

function problemWithText(bytes: Buffer): string | null {
  const text = bytes.toString();
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
  const written = stringifyJson(value, { allowNan: true });
  return isSameValue(value, parseJson(written)) ? null : `${text} is written as ${written}`;
}
