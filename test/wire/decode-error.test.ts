import { describe, expect, test } from 'vitest';
import { Message } from '../../src/index.js';
import {
  createPureJson,
  createStructJson,
  DecodeError,
  parseJson,
  pureJson,
  stringifyJson,
  structJson,
} from '../../src/wire/index.js';
import { textOf, withChecksum } from '../support/bytes.js';

function errorOf(decode: () => unknown): DecodeError {
  try {
    decode();
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
  throw new Error('expected a DecodeError');
}

describe('what could not be read', () => {
  test('is an error without a stack trace, and other errors keep theirs', () => {
    expect(errorOf(() => pureJson.decode(Buffer.alloc(0))).stack?.split('\n')).toHaveLength(1);
    expect(new Error('another').stack?.split('\n').length).toBeGreaterThan(1);
  });

  test.each([
    ['', 0],
    ['[1, 2', 5],
    ['[1, }', 4],
    ['{"a": 1,, }', 8],
    ['{"a" 1}', 5],
    ['{a: 1}', 1],
    ['[NaN, "x]', 6],
    ['nul', 0],
    ['  1 2', 4],
    ['[NaN] x', 6],
  ])('says where: %j at %d', (text, position) => {
    expect(errorOf(() => parseJson(text))).toMatchObject({ code: 'ERR_DECODE', reason: 'json', position });
  });

  test('says where no more where it is something else', () => {
    expect(errorOf(() => pureJson.decode(withChecksum('[]'))).position).toBe(undefined);
  });

  test.each([
    ['data_id', { data_id: null }, 'data_id to be an integer from 0 to 9007199254740991, got none'],
    ['data_id', { data_id: 'true' }, 'got true'],
    [
      'service_id',
      { service_id: '"text"' },
      'service_id to be an integer from 0 to 9007199254740991, got a string',
    ],
    ['status', { status: '[]' }, 'status to be an integer from 0 to 9007199254740991, got an array'],
    ['status', { status: '{}' }, 'got an object'],
    ['status', { status: 'null' }, 'got null'],
    ['status', { status: '1.5' }, 'got 1.5'],
  ] as const)('names the field %s, and shows no text of the peer', (_, tokens, text) => {
    expect(errorOf(() => pureJson.decode(withChecksum(textOf(tokens)))).message).toContain(text);
  });

  test('says how short a payload is, and what its checksum should be', () => {
    expect(errorOf(() => pureJson.decode(Buffer.alloc(4))).message).toContain('got 4 bytes');
    expect(errorOf(() => structJson.decode(Buffer.alloc(13))).message).toContain('at least 14 bytes, got 13');
    const payload = withChecksum('null');
    payload.writeUInt32BE(0xab, payload.length - 4);
    expect(errorOf(() => pureJson.decode(payload)).message).toMatch(/CRC-32 [0-9a-f]{8} .* got 000000ab/);
  });
});

describe('a codec with its default settings', () => {
  test.each([pureJson, structJson, createPureJson(), createStructJson()])('sends no NaN: $name', (codec) => {
    const message = new Message({ serviceId: 1, dataId: 2, data: [Number.NaN] });
    expect(() => codec.encode(message)).toThrow('the option allowNan sends it');
    expect(() => stringifyJson(message.data)).toThrow('the option allowNan sends it');
  });

  test('knows its options by name', () => {
    expect(() => createPureJson({ allowNaN: true } as object)).toThrow(/allowNaN/);
    expect(() => createStructJson({ maxdepth: 3 } as object)).toThrow(/maxdepth/);
    expect(() => createStructJson({ allowNan: 1 as unknown as boolean })).toThrow(/allowNan/);
  });
});

describe('data', () => {
  test.each([
    [() => Symbol('s'), 'data to be JSON, got a function'],
    [{ a: { b: [1, () => 1] } }, 'data.a.b[1] to be JSON, got a function'],
    [[new Set([1])], 'data[0] to be JSON, got a Set'],
    [{ m: new Map() }, 'data.m to be JSON, got a Map'],
    [{ x: Number.POSITIVE_INFINITY }, 'data.x to be a finite number, got Infinity'],
  ])('that cannot be sent is named by its place: %#', (data, text) => {
    expect(() => stringifyJson(data)).toThrow(text);
  });

  test.each([
    [{ toJSON: (key: string) => `key ${key}` }, '"key "'],
    [{ a: { toJSON: (key: string) => [key, 1n] } }, '{"a":["a",1]}'],
    [[{ toJSON: (key: string) => [key, 1n] }], '[["0",1]]'],
    [{ toJSON: 7, a: 1n }, '{"toJSON":7,"a":1}'],
    [[undefined, 1n], '[null,1]'],
    [{ a: undefined, b: 1n }, '{"b":1}'],
    [2 ** 53, '9007199254740992.0'],
    [-(2 ** 60), '-1152921504606847000.0'],
    [1e21, '1e+21'],
    [2 ** 53 - 1, '9007199254740991'],
    [1.5, '1.5'],
    [{ a: { b: 2 ** 53 } }, '{"a":{"b":9007199254740992.0}}'],
    [Object.assign([1], { toJSON: () => 'an array of its own' }), '"an array of its own"'],
    [Object.create({ toJSON: () => 'inherited' }) as unknown, '"inherited"'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [{ __proto__: null, a: 1 }, '{"a":1}'],
  ])('is written as JSON, exactly: %#', (data, text) => {
    expect(stringifyJson(data)).toBe(text);
  });

  test('may hold the same object twice, and not within itself', () => {
    const shared = { n: 1n };
    expect(stringifyJson([shared, shared])).toBe('[{"n":1},{"n":1}]');
    const circular: Record<string, unknown> = { n: 1n };
    circular['self'] = { circular };
    expect(() => stringifyJson(circular)).toThrow('data.self.circular to be JSON, got a circular structure');
  });

  test('is nested as deep as the limit, in both ways of writing and reading it', () => {
    const nested = (depth: number, innermost: unknown): unknown =>
      depth === 0
        ? innermost
        : depth % 2 === 0
          ? [nested(depth - 1, innermost)]
          : { a: nested(depth - 1, innermost) };
    for (const innermost of [1, 1n]) {
      for (const maxDepth of [1, 2, 5]) {
        const text = stringifyJson(nested(maxDepth, innermost), { maxDepth });
        expect(stringifyJson(parseJson(text, maxDepth), { maxDepth })).toBe(text);
        expect(() => stringifyJson(nested(maxDepth + 1, innermost), { maxDepth })).toThrow(TypeError);
        const deeper = stringifyJson(nested(maxDepth + 1, innermost));
        expect(errorOf(() => parseJson(deeper, maxDepth)).reason).toBe('depth');
        expect(errorOf(() => parseJson(deeper.replace('1', 'NaN'), maxDepth)).reason).toBe('depth');
        expect(errorOf(() => parseJson(`${' '.repeat(9)}${deeper}`, maxDepth)).reason).toBe('depth');
      }
    }
  });

  test.each([
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740993', -9007199254740993n],
    ['1e400', Number.POSITIVE_INFINITY],
    ['-1e400', Number.NEGATIVE_INFINITY],
    ['1e16', 1e16],
    ['9007199254740993.0', 9007199254740992],
    ['1.5', 1.5],
    ['-0', -0],
    ['NaN', Number.NaN],
    ['[-Infinity]', [Number.NEGATIVE_INFINITY]],
    ['{"a": Infinity, "b": [true, false, null]}', { a: Number.POSITIVE_INFINITY, b: [true, false, null] }],
    [' [ NaN , 1 ] ', [Number.NaN, 1]],
    ['{ "a" : NaN }', { a: Number.NaN }],
    ['[[], {}, NaN]', [[], {}, Number.NaN]],
    ['["\\\\\\"", NaN]', ['\\"', Number.NaN]],
  ])('is read exactly: %s', (text, value) => {
    expect(parseJson(text)).toEqual(value);
  });

  test('is nested as deep as the limit in a message of any form', () => {
    const codec = createPureJson({ maxDepth: 3 });
    for (const [data, isRead] of [
      ['[[[1]]]', true],
      ['[[[[1]]]]', false],
      ['[{"a": [NaN]}]', true],
      ['[{"a": [[NaN]]}]', false],
    ] as const) {
      for (const text of [
        textOf({ data }),
        `{"data": ${data}, "status": 0, "service_id": 10, "data_id": 0}`,
        `${textOf({ data })} `,
      ]) {
        const payload = withChecksum(text);
        if (isRead) expect(codec.decode(payload)).toMatchObject({ serviceId: 10 });
        else expect(errorOf(() => codec.decode(payload)).reason).toBe('depth');
        // a lower limit is for a peer that is not trusted, a higher one for nobody
        expect(errorOf(() => codec.decode(payload, 2)).reason).toBe('depth');
        if (!isRead) expect(errorOf(() => codec.decode(payload, 9)).reason).toBe('depth');
      }
    }
  });

  test('is no integer of more than 4,300 digits, with a sign or without', () => {
    for (const sign of ['', '-']) {
      expect(parseJson(`${sign}${'1'.repeat(4_300)}`)).toBe(BigInt(`${sign}${'1'.repeat(4_300)}`));
      expect(errorOf(() => parseJson(`${sign}${'1'.repeat(4_301)}`)).reason).toBe('number');
    }
  });
});
