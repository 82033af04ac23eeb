/** JSON values of every kind that a message can carry, made from chance, and when two of them are the same. */

import type { JsonValue } from '../../../src/protocol/message.js';
import type { Random } from '../random.js';

const NUMBERS: readonly number[] = [
  ...[
    0,
    1,
    -1,
    255,
    4_294_967_295,
    -2_147_483_648,
    2 ** 53 - 1,
    -(2 ** 53 - 1),
    2 ** 53,
    -(2 ** 53),
    2 ** 53 + 2,
  ],
  ...[2 ** 63, 2 ** 64, 1e15, 1e16, 1e20, 1e21, -1e21, 1e22, 1e100, Number.MAX_VALUE, -Number.MAX_VALUE],
  ...[0.1, -0.5, 1 / 3, 1e-6, 1e-7, 123456.789, 5e-324, 2.225_073_858_507_201e-308, Number.EPSILON, Math.PI],
];
const NO_NUMBERS: readonly number[] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const BIG: readonly bigint[] = [
  ...[
    2n ** 53n,
    2n ** 53n + 1n,
    -(2n ** 53n) - 1n,
    2n ** 63n,
    -(2n ** 63n),
    2n ** 64n,
    1_700_000_000_123_456_789n,
  ],
];
const CHARACTERS: readonly string[] = [
  ...[
    'a',
    'Z',
    '0',
    ' ',
    ':',
    '<',
    '=',
    '>',
    '"',
    '\\',
    '/',
    '\n',
    '\t',
    '\0',
    '\x1f',
    '\x7f',
    '\x80',
    'ä',
    'ß',
    '€',
  ],
  ...[
    '\u2028',
    '\u2029',
    '\ufeff',
    '\uffff',
    '\ufffd',
    '😀',
    '\u{10ffff}',
    '\ud800',
    '\udbff',
    '\udc00',
    '\udfff',
  ],
];
const KEYS: readonly string[] = [
  '',
  'a',
  'b',
  'data',
  'status',
  '0',
  '1',
  '10',
  '__proto__',
  'constructor',
  'toJSON',
  'ä:',
  '\ud800',
];

/** What of all JSON a value may be made of. */
export interface ValueOptions {
  /** `NaN` and the infinities. */
  readonly hasNan: boolean;
}

/** A value of at most some dozen parts. */
export function randomValue(random: Random, options: ValueOptions, depth = 0): JsonValue {
  const kind = random.below(depth < 3 ? 14 : 9);
  switch (kind) {
    case 0:
      return random.of([null, true, false]);
    case 1:
    case 2:
      return random.between(-1_000, 1_000);
    case 3:
      return randomNumber(random);
    case 4:
      return options.hasNan ? random.of(NO_NUMBERS) : random.of(NUMBERS);
    case 5:
      return randomBigint(random);
    case 6:
    case 7:
    case 8:
      return randomString(random);
    case 9:
    case 10:
      return Array.from({ length: random.below(5) }, () => randomValue(random, options, depth + 1));
    case 11:
      return nestedValue(random);
    default:
      return randomObject(random, options, depth);
  }
}

function randomNumber(random: Random): number {
  if (random.chance(0.3)) return random.of(NUMBERS);
  const value = random.bytes(8).readDoubleBE();
  return Number.isFinite(value) ? value : 0.5;
}

/** Always beyond 2^53: a smaller one arrives as a number. */
function randomBigint(random: Random): bigint {
  if (random.chance(0.5)) return random.of(BIG);
  const digits = BigInt(`0x1${random.bytes(random.between(7, 40)).toString('hex')}`);
  return random.chance(0.5) ? digits : -digits;
}

function randomString(random: Random): string {
  let text = '';
  for (let i = random.chance(0.02) ? 300 : random.below(12); i > 0; i--) {
    text += random.chance(0.7) ? random.of(CHARACTERS) : String.fromCharCode(random.below(0x1_0000));
  }
  return text;
}

function randomObject(random: Random, options: ValueOptions, depth: number): JsonValue {
  const members: { [key: string]: JsonValue } = {};
  for (let i = random.below(5); i > 0; i--) {
    const key = random.chance(0.5) ? random.of(KEYS) : randomString(random);
    const value = randomValue(random, options, depth + 1);
    // an assignment would change the prototype where the key is __proto__
    Object.defineProperty(members, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return members;
}

/** As deep as is just allowed, or nearly. */
function nestedValue(random: Random): JsonValue {
  let value: JsonValue = random.of([[], {}, 1, 2n ** 60n]);
  for (let i = random.chance(0.1) ? 123 : random.below(20); i > 0; i--) {
    value = random.chance(0.7) ? [value] : { a: value };
  }
  return value;
}

/** Whether two values are the same to a peer: `NaN` is `NaN`, -0 is 0, the order of keys means nothing. */
export function isSameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a === 'number') return Number.isNaN(a) && typeof b === 'number' && Number.isNaN(b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b) || Object.getPrototypeOf(a) !== Object.getPrototypeOf(b))
    return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return keys.every((key) => Object.hasOwn(right, key) && isSameValue(left[key], right[key]));
}

/** The ids and the status of a message, mostly small, sometimes the last that is allowed. */
export function randomId(random: Random, max: number): number {
  const kind = random.below(10);
  if (kind < 7) return random.below(64);
  return kind < 9 ? random.uint32() : max;
}

const MAX_ID_32 = 0xffff_ffff;

/** The fields of a message that both codecs can carry. */
export function randomFields(random: Random, options: ValueOptions) {
  return {
    serviceId: randomId(random, MAX_ID_32),
    dataId: randomId(random, MAX_ID_32),
    status: randomId(random, MAX_ID_32),
    data: randomValue(random, options),
  };
}
