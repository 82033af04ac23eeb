import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Message } from '../../src/index.js';
import {
  crc32,
  createPureJson,
  createStructJson,
  DecodeError,
  parseJson,
  pureJson,
  stringifyJson,
  structJson,
} from '../../src/wire/index.js';

/** A pure_json payload around a text, with the right checksum. */
function sealed(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text as string);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return Buffer.concat([bytes, sum]);
}

function reasonOf(decode: () => unknown): string {
  try {
    decode();
  } catch (error) {
    if (error instanceof DecodeError) return error.reason;
    throw error;
  }
  return 'none';
}

const envelope = (fields: string): string => `{${fields}}`;
const GOOD = '"data_id": 1, "service_id": 10, "status": 0, "data": null';

describe('a codec', () => {
  test.each([pureJson, structJson])('gives back any JSON: $name', (codec) => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(0xffff_ffff), (data, id) => {
        const plain = JSON.parse(JSON.stringify(data)) as unknown; // -0 is 0 in JSON
        const message = new Message({ serviceId: id, dataId: id, status: id, data: plain });
        expect(codec.decode(codec.encode(message))).toEqual(message);
      }),
    );
  });

  test.each([pureJson, structJson])('gives back big integers and lone surrogates: $name', (codec) => {
    const data = [2n ** 64n, -(2n ** 63n), '\ud800 alone', 'ä€😀'];
    const message = new Message({ serviceId: 1, dataId: 2, data });
    expect(codec.decode(codec.encode(message))).toEqual(message);
  });

  test.each([-1, 1.5, Number.NaN, 2 ** 53, '1', true, null])('refuses to send the id %s', (id) => {
    const message = new Message({ serviceId: id as number, dataId: 0 });
    expect(() => pureJson.encode(message)).toThrow(RangeError);
    expect(() => structJson.encode(new Message({ serviceId: 2 ** 32, dataId: 0 }))).toThrow(/4294967295/);
  });
});

describe('a string that does not end', () => {
  test('costs no more than its length', () => {
    // ten times over would be enough to see an exponent: 2^40 steps do not end
    for (const rest of ['a'.repeat(40), '\\"'.repeat(40), 'a\\'.repeat(40), `${'a'.repeat(100_000)}\n"`]) {
      expect(reasonOf(() => pureJson.decode(sealed(`{"data": "${rest}`)))).toBe('json');
    }
  });
});

describe('a payload', () => {
  test.each([
    ['short', Buffer.alloc(0)],
    ['short', Buffer.from('abcd')],
    ['checksum', Buffer.from(`${envelope(GOOD)}abcd`)],
    ['encoding', sealed(Buffer.from([0x22, 0xff, 0x22]))],
    ['encoding', sealed(`\ufeff${envelope(GOOD)}`)],
    ['json', sealed('{')],
    ['json', sealed('nope')],
    ['json', sealed('{"data_id": 1,}')],
    ['json', sealed('"\u0001"')],
    ['shape', sealed('null')],
    ['shape', sealed('[1]')],
    ['shape', sealed('"text"')],
    ['shape', sealed('{}')],
    ['shape', sealed(envelope('"data_id": 1, "status": 0, "data": null'))],
    ['shape', sealed(envelope('"data_id": 1, "service_id": 10, "status": null, "data": null'))],
    ['shape', sealed(envelope('"data_id": true, "service_id": 10, "status": 0, "data": null'))],
    ['shape', sealed(envelope('"data_id": "1", "service_id": 10, "status": 0, "data": null'))],
    ['shape', sealed(envelope('"data_id": 1, "service_id": 1.5, "status": 0, "data": null'))],
    ['shape', sealed(envelope('"data_id": 1, "service_id": 10, "status": -1, "data": null'))],
    ['shape', sealed(envelope('"data_id": 9007199254740992, "service_id": 10, "status": 0, "data": null'))],
    ['depth', sealed(envelope(GOOD.replace('null', '['.repeat(129) + ']'.repeat(129))))],
    ['number', sealed(envelope(GOOD.replace('null', '1'.repeat(4301))))],
    ['none', sealed(envelope(GOOD))],
    ['none', sealed(envelope('"data_id": 1, "service_id": 10'))],
    ['none', sealed(envelope(GOOD.replace('null', '['.repeat(128) + ']'.repeat(128))))],
    ['none', sealed(envelope(GOOD.replace('null', '1'.repeat(4300))))],
    ['none', sealed(` { "status":0,"extra":1,"service_id":10,"data":{},"data_id":1 } `)],
  ])('is refused for the reason %s: %#', (reason, payload) => {
    expect(reasonOf(() => pureJson.decode(payload))).toBe(reason);
  });

  test('of struct_json is refused where it is short or its XOR is wrong', () => {
    expect(reasonOf(() => structJson.decode(Buffer.alloc(13)))).toBe('short');
    const payload = structJson.encode(new Message({ serviceId: 1, dataId: 2 }));
    payload[0] = 1;
    expect(reasonOf(() => structJson.decode(payload))).toBe('checksum');
  });

  test('names a key __proto__ like any other, also where the exact reader reads it', () => {
    for (const text of ['{"__proto__": {"polluted": 1}}', '{"__proto__": {"polluted": NaN}}']) {
      const value = parseJson(text) as object;
      expect(Object.keys(value)).toEqual(['__proto__']);
      expect('polluted' in value).toBe(false);
    }
  });
});

describe('data', () => {
  const circular: unknown[] = [];
  circular.push({ circular });

  test.each([
    ['undefined', undefined, /undefined/],
    ['a function', () => 1, /a function/],
    ['a symbol inside', { a: [Symbol('s')] }, /data\.a\[0\]/],
    ['a circle', circular, /circular/],
    ['NaN', { a: Number.NaN }, /data\.a .*NaN/],
    ['a Map', { a: new Map() }, /data\.a .*Map/],
  ])('that JSON cannot carry is refused and named: %s', (_, value, message) => {
    expect(() => stringifyJson(value)).toThrow(TypeError);
    expect(() => stringifyJson(value)).toThrow(message);
  });

  test('is written as JSON.stringify writes it, where that can', () => {
    const values = [
      { a: undefined, b: 1 },
      [undefined],
      new Date(0),
      { toJSON: () => 'x' },
      Object.create(null),
      new Array(2),
    ];
    for (const value of values) expect(stringifyJson(value)).toBe(JSON.stringify(value));
  });

  test('is written exactly where JSON.stringify cannot', () => {
    expect(stringifyJson({ a: [10n ** 20n, 'x'], b: undefined })).toBe('{"a":[100000000000000000000,"x"]}');
    expect(stringifyJson([Number.NaN, -Infinity], { allowNan: true })).toBe('[NaN,-Infinity]');
    expect(
      createPureJson({ allowNan: true })
        .encode(new Message({ serviceId: 0, dataId: 0, data: Infinity }))
        .toString('latin1'),
    ).toContain('Infinity');
  });

  test.each([
    0,
    1_001,
    1.5,
    Number.POSITIVE_INFINITY,
  ])('cannot have the limit %d on its depth', (maxDepth) => {
    const text = `Option maxDepth: expected an integer from 1 to 1000, got ${maxDepth}`;
    expect(() => createPureJson({ maxDepth })).toThrow(text);
    expect(() => createStructJson({ maxDepth })).toThrow(text);
  });

  test('nested as deep as a limit can be is written and read', () => {
    const codec = createPureJson({ maxDepth: 1_000 });
    let data: unknown = 1;
    for (let depth = 0; depth < 999; depth++) data = depth % 2 === 0 ? [data, 2n ** 70n] : { data };
    const payload = codec.encode(new Message({ serviceId: 1, dataId: 2, data }));
    expect(codec.decode(payload).data).toEqual(data);
  });

  test('nested deeper than the limit is refused in both directions', () => {
    const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
    expect(stringifyJson(deep(128))).toHaveLength(257);
    expect(() => stringifyJson(deep(129))).toThrow(TypeError);
    expect(reasonOf(() => parseJson('['.repeat(1_000_000)))).toBe('depth');
    expect(parseJson(`"${'['.repeat(1_000)}\\""`)).toHaveLength(1_001);
  });

  test('agrees with JSON.parse on every JSON text that needs no exact reading', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(stringifyJson(parseJson(`[NaN, ${text}]`), { allowNan: true })).toBe(
          `[NaN,${JSON.stringify(JSON.parse(text))}]`,
        );
      }),
    );
  });
});
