/**
 * JSON as nobody honest writes it: texts that do not end, nest too deep, hold numbers too long, or come close to any of
 * that. As bytes, for some of it is no text at all.
 */

import type { Random } from '../random.js';

const bytesOf = (text: string): Buffer => Buffer.from(text, 'utf8');

const NUMBERS: readonly string[] = [
  ...[
    '0',
    '-0',
    '1',
    '-1',
    '1.0',
    '1.5',
    '-1.5e-7',
    '1e400',
    '-1E+400',
    '5e-325',
    '1e-400',
    '0e999',
    '1e',
    '1e+',
  ],
  ...[
    '01',
    '-',
    '--1',
    '+1',
    '.5',
    '1.',
    '1.e5',
    '0x10',
    '1_000',
    'NaN',
    '-NaN',
    'nan',
    'Infinity',
    '-Infinity',
  ],
  ...['+Infinity', 'Infinit', 'infinity', '9007199254740991', '9007199254740992', '-9007199254740993'],
  ...['9007199254740993.0', '18446744073709551616', '1.7976931348623157e308', '1.7976931348623159e308'],
  ...['9'.repeat(309), `1${'0'.repeat(400)}`, `0.${'1'.repeat(100)}`, `${'1'.repeat(50)}e${'1'.repeat(50)}`],
];

const STRINGS: readonly string[] = [
  ...['""', '"', '"a', '"\\', '"\\"', '"\\\\"', '"\\\\\\"', `"${'\\"'.repeat(40)}`, `"${'\\'.repeat(41)}`],
  ...[`"${'a'.repeat(120)}`, `"${'\\\\'.repeat(30)}"`, '"\\u"', '"\\u12"', '"\\u12g4"', '"\\x41"', "'a'"],
  ...['"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '"\\ud83d"', '"\\u0000"', '"\u0000"', '"\u001f"'],
  ...[
    '"\u007f"',
    '"\u2028\u2029"',
    '"\ufffd"',
    '"\ufeff"',
    '":<:=:>::"',
    '"ä€😀"',
    '"\n"',
    '"\\/\\b\\f\\n\\r\\t"',
  ],
];

const COMPOUNDS: readonly string[] = [
  ...[
    '[]',
    '{}',
    '[',
    '{',
    ']',
    '}',
    '[1,]',
    '[,1]',
    '[1 2]',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{a:1}',
    '{1:1}',
    '[}',
    '{]',
  ],
  ...[
    '{"__proto__":{"x":1}}',
    '{"__proto__":NaN}',
    '{"constructor":{"prototype":{"x":1}}}',
    '{"toString":1}',
  ],
  ...[
    '{"a":1,"a":2}',
    '{"1":1,"0":0}',
    '{"4294967295":1}',
    '{"":0}',
    '{"data":1,"data":NaN}',
    '{"toJSON":1}',
  ],
  ...[
    'tru',
    'true',
    'True',
    'null',
    'nul',
    'None',
    'undefined',
    '/*c*/1',
    '1//',
    ' \t\r\n1 ',
    '\u00a01',
    '\v1',
    '',
  ],
];

/** Of these levels some are just allowed, some are one too many. */
const DEPTHS: readonly number[] = [1, 2, 8, 64, 126, 127, 128, 129, 130, 131, 200];
const nested = (open: string, inner: string, close: string): string[] =>
  DEPTHS.flatMap((depth) => [
    open.repeat(depth),
    close.repeat(depth) + open.repeat(depth),
    `${open.repeat(depth)}${inner}${close.repeat(depth)}`,
  ]);

const NESTED: readonly string[] = [
  ...nested('[', '', ']'),
  ...nested('{"a":', '1', '}'),
  ...nested('[{"":', 'NaN', '}]'),
  ...nested('[', `"${'['.repeat(200)}\\""`, ']'),
];

/** Not UTF-8, or not where it may stand. */
const NO_TEXT: readonly Buffer[] = [
  ...[
    'ff',
    'c080',
    'eda080',
    'f4908080',
    'e282',
    '80',
    'f8888080',
    'efbbbf',
    'fffe',
    'efbbbf30',
    '22ff22',
    '22c322',
  ],
].map((hex) => Buffer.from(hex, 'hex'));

const SHORT: readonly Buffer[] = [...[NUMBERS, STRINGS, COMPOUNDS, NESTED].flat().map(bytesOf), ...NO_TEXT];

const LONG: readonly Buffer[] = [
  ...[4_299, 4_300, 4_301, 20_000].flatMap((digits) => ['1'.repeat(digits), `-${'7'.repeat(digits)}`]),
  ...['[', '{"a":', '[{"a":', ']', '[]', '"', '\\', '\\"', ' ', '-', '1,', '[1],', '"a":1,'].map((each) =>
    each.repeat(3_000),
  ),
  `"${'\\'.repeat(9_001)}"`,
  `"${'a\\'.repeat(4_000)}`,
  `[${'1e400,'.repeat(1_000)}1]`,
  `{${'"k":9007199254740993,'.repeat(400)}"z":0}`,
].map(bytesOf);

/** What a grammar that was dropped on the floor leaves behind. */
const TOKENS: readonly Buffer[] = [
  ...[
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '"',
    '\\',
    '\\"',
    ' ',
    '0',
    '1',
    '-',
    '.',
    'e',
    'E+',
    'true',
    'null',
    'NaN',
    'Infinity',
  ],
  ...[
    '"a"',
    '"data"',
    '"data_id"',
    '"service_id"',
    '"status"',
    '"__proto__"',
    '9007199254740993',
    '\\ud800',
    '\\u',
    '\n',
  ],
].map(bytesOf);

/** A value of `data`, or what stands in its place. */
export function hostileValue(random: Random): Buffer {
  return random.of(SHORT);
}

/** As {@link hostileValue}, some thousand bytes long. */
export function longHostileValue(random: Random): Buffer {
  return random.of(LONG);
}

/** One token of JSON, or a piece of one. */
export function token(random: Random): Buffer {
  return random.of(TOKENS);
}
