/** Rows 11 to 19 and 45: frames whose content is no message, or an odd one. */

import { Message } from '../../src/index.js';
import { createPureJson, encodeStp, structJson } from '../../src/wire/index.js';
import { frameOf, nested, raw, read, sealed, type Tokens, type Tuple, textOf } from '../support/bytes.js';
import { ASCTIME } from '../support/socket-puppet.js';
import type { BadInputCase } from './support-bad-input.js';

const GOOD = frameOf(10, 0);
const fine: Pick<BadInputCase, 'answers' | 'ran'> = {
  answers: [[11, 0, 0, ASCTIME]],
  ran: [[10, 0, 0, null]],
};
/** Writes JSON to data 7; the store of the test takes anything. */
const write = (data: string): Buffer => read({ service_id: '20', data_id: '7', data });
const execute = (data: string): Buffer => read({ service_id: '30', data_id: '7', data });
const written = (...data: unknown[]): Pick<BadInputCase, 'answers' | 'ran'> => ({
  answers: data.map((): Tuple => [21, 7, 0, null]),
  ran: data.map((each): Tuple => [20, 7, 0, each]),
});
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
/** A request with some bytes in the place of its data's text. */
const readWithData = (data: Buffer): Buffer => {
  const [before = '', after = ''] = textOf({ data: '"?"' }).split('?');
  return sealed(Buffer.concat([raw(before), data, raw(after)]));
};

/** Row 18: each wrong value in the place of each of the three numbers. */
const NO_IDS: readonly (readonly [letter: string, what: string, token: string])[] = [
  ['a', 'a boolean', 'true'],
  ['b', 'a string', '"10"'],
  ['c', 'a fraction', '1.5'],
  ['d', 'a negative number', '-1'],
  ['e', 'more than 2^53 - 1', '9007199254740992'],
  ['f', 'far more than 2^53 - 1', '1700000000123456789000'],
  ['g', 'null', 'null'],
  ['h', 'an array or an object', '[10]'],
  ['i', 'NaN', 'NaN'],
  ['l', 'more than 2^53 - 1, written with an exponent', '1e16'],
];
const NEEDED_FIELDS = ['data_id', 'service_id'] as const;
const NUMBERS = ['data_id', 'service_id', 'status'] as const;
const replaced = (field: keyof Tokens, token: string | null): Buffer => read({ [field]: token });

export const CODEC_CASES: readonly BadInputCase[] = [
  ...(
    [
      ['a', 'a byte that is no UTF-8', readWithData(bytes('ff'))],
      ['b', 'an overlong slash', readWithData(bytes('c0af'))],
      ['c', 'a surrogate in UTF-8', readWithData(bytes('eda080'))],
      ['d', 'a sequence that is cut off', sealed(Buffer.concat([raw('"'), bytes('e282')]))],
      ['e', 'a byte-order mark', sealed(`\ufeff${textOf()}`)],
      ['f', 'UTF-16', sealed(Buffer.from(`\ufeff${textOf()}`, 'utf16le'))],
    ] as const
  ).map(
    ([letter, what, frame]): BadInputCase => ({
      id: `#11${letter}`,
      title: `a text with ${what} is dropped`,
      state: 'no secret',
      input: [frame, GOOD],
      drops: { encoding: 1 },
      ...fine,
    }),
  ),
  {
    id: '#12',
    title: 'what is not JSON is dropped',
    state: 'no secret',
    input: [
      ...['{', 'nope!', '{"data_id": 0,}', "{'data_id': 0}", '{"data_id": 01}', '"\u0001"'].map(sealed),
      ...[`${textOf()} {}`, textOf({ data: '.5' }), textOf({ data: '0x10' }), textOf({ data: '-' })].map(
        sealed,
      ),
      GOOD,
    ],
    drops: { json: 10 },
    ...fine,
  },
  {
    id: '#13a',
    title: 'NaN and the infinities arrive as themselves',
    state: 'no secret',
    input: [write('[NaN, Infinity, -Infinity]')],
    ...written([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]),
  },
  {
    id: '#13b',
    title: 'NaN is sent where the option for it is on',
    state: 'no secret',
    options: { codec: createPureJson({ allowNan: true }) },
    input: [execute('NaN')],
    answers: [[31, 7, 0, Number.NaN]],
    ran: [[30, 7, 0, Number.NaN]],
  },
  {
    id: '#14',
    title: 'JSON that is no object is dropped',
    state: 'no secret',
    input: [...['null ', '[1, 2]', '"text"', '10.25', 'false'].map(sealed), GOOD],
    drops: { shape: 5 },
    ...fine,
  },
  {
    id: '#15a',
    title: 'data nested 8 deep is read before trust',
    state: 'untrusted',
    input: [read({ data: nested(8) })],
    drops: { untrusted: 1 },
    answers: [[11, 0, 3, null]],
  },
  {
    id: '#15b',
    title: 'data nested 9 deep is dropped before trust',
    state: 'untrusted',
    input: [read({ data: nested(9) })],
    drops: { depth: 1 },
  },
  {
    id: '#15c',
    title: 'data nested 128 deep is read after trust',
    state: 'trusted',
    input: [write(nested(128))],
    ...written(JSON.parse(nested(128))),
  },
  {
    id: '#15d',
    title: 'data nested 129 deep is dropped, and so are a million brackets that are never closed',
    state: 'trusted',
    input: [write(nested(129)), sealed('['.repeat(1_000_000)), GOOD],
    drops: { depth: 2 },
    ...fine,
  },
  {
    id: '#16a',
    title: 'an integer of 4,300 digits arrives whole',
    state: 'no secret',
    input: [write('7'.repeat(4_300))],
    ...written(BigInt('7'.repeat(4_300))),
  },
  {
    id: '#16b',
    title: 'an integer of more digits is dropped',
    state: 'no secret',
    input: [write('7'.repeat(4_301)), write(`[-${'7'.repeat(4_301)}]`), GOOD],
    drops: { number: 2 },
    ...fine,
  },
  {
    id: '#16c',
    title: 'a fraction of more digits is a number like any other',
    state: 'no secret',
    input: [write(`0.${'5'.repeat(4_400)}`)],
    ...written(5 / 9),
  },
  ...NEEDED_FIELDS.map(
    (field, i): BadInputCase => ({
      id: `#17${'ab'[i]}`,
      title: `a message without ${field} is dropped`,
      state: 'no secret',
      input: [replaced(field, null), GOOD],
      drops: { shape: 1 },
      ...fine,
    }),
  ),
  {
    id: '#17c',
    title: 'a message without status is dispatched as okay',
    state: 'no secret',
    input: [replaced('status', null)],
    ...fine,
  },
  {
    id: '#17d',
    title: 'a message without data is dispatched with none',
    state: 'no secret',
    input: [sealed('{"data_id": 7, "service_id": 30, "status": 0}')],
    answers: [[31, 7, 0, null]],
    ran: [[30, 7, 0, null]],
  },
  ...NO_IDS.map(
    ([letter, what, token]): BadInputCase => ({
      id: `#18${letter}`,
      title: `${what} in the place of an id or a status is dropped`,
      state: 'no secret',
      input: [...NUMBERS.map((field) => replaced(field, token)), GOOD],
      drops: { shape: 3 },
      ...fine,
    }),
  ),
  {
    id: '#18j',
    title: '2^53 - 1 is an id, and is answered',
    state: 'no secret',
    input: [replaced('data_id', '9007199254740991')],
    answers: [[11, 9007199254740991, 4, null]],
    ran: [[10, 9007199254740991, 0, null]],
  },
  {
    id: '#18k',
    title: '1.0 and 1e1 are the integers 1 and 10, as JSON.parse reads them',
    state: 'no secret',
    input: [read({ data_id: '1.0', service_id: '1e1' })],
    answers: [[11, 1, 4, null]],
    ran: [[10, 1, 0, null]],
  },
  {
    id: '#19a',
    title: 'keys that nobody knows are ignored',
    state: 'no secret',
    input: [sealed(textOf().replace('{', '{"extra": [1], "constructor": {"name": "x"}, "toString": 1, '))],
    ...fine,
  },
  {
    id: '#19b',
    title: 'a key __proto__ is a key like any other and lends no field',
    state: 'no secret',
    input: [
      sealed(`{"__proto__": ${textOf()}}`),
      sealed(textOf({ data_id: null }).replace('{', '{"__proto__": {"data_id": 0}, ')),
      sealed(textOf({ data_id: null, data: 'NaN' }).replace('{', '{"__proto__": {"data_id": 0}, ')),
      execute('{"__proto__": {"polluted": true}}'),
    ],
    drops: { shape: 3 },
    answers: [[31, 7, 0, JSON.parse('{"__proto__": {"polluted": true}}')]],
    ran: [[30, 7, 0, JSON.parse('{"__proto__": {"polluted": true}}')]],
  },
  {
    id: '#19c',
    title: 'of equal keys the last one counts',
    state: 'no secret',
    input: [
      sealed(textOf({ service_id: '30' }).replace('}', ', "service_id": 10, "data": 1, "data": 2}')),
      sealed(textOf().replace('}', ', "status": "0"}')),
    ],
    drops: { shape: 1 },
    answers: [[11, 0, 0, ASCTIME]],
    ran: [[10, 0, 0, 2]],
  },
  {
    id: '#45a',
    title: 'a frame of struct_json is dropped for its checksum where pure_json is spoken',
    state: 'no secret',
    input: [encodeStp(structJson.encode(new Message({ serviceId: 10, dataId: 0 }))), GOOD],
    drops: { checksum: 1 },
    ...fine,
  },
  {
    id: '#45b',
    title: 'a frame of struct_json is answered where it is spoken',
    state: 'no secret',
    options: { codec: structJson },
    input: [GOOD, encodeStp(structJson.encode(new Message({ serviceId: 10, dataId: 0 })))],
    drops: { checksum: 1 },
    ...fine,
  },
];
