import { describe, expect, test } from 'vitest';
import { decodePayload, encodePayload } from '../../../src/gateway/format/payload.js';
import { Message } from '../../../src/index.js';
import { pureJson } from '../../../src/wire/index.js';

const IDS = { serviceId: 20, dataId: 7 };

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const written = (data: unknown): string =>
  Buffer.from(encodePayload(new Message({ ...IDS, data }))).toString();

const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -0.5,
  1e300,
  'text with "quotes", \\ and ü',
  '\u0000\ud83d\ude00',
  [],
  {},
  [1, [2, { a: null }]],
  { __proto__: null, nested: { status: 'not of the message' } },
  1700000000123456789n,
  'x'.repeat(70_000),
];

describe('a message as bytes on a bus', () => {
  test('is the text of pure_json without its checksum', () => {
    for (const data of VALUES) {
      const message = new Message({ ...IDS, status: 4, data });
      expect(Buffer.from(encodePayload(message))).toEqual(pureJson.encode(message).subarray(0, -4));
    }
    expect(written({ on: true })).toBe('{"data_id": 7, "service_id": 20, "status": 0, "data": {"on":true}}');
  });

  test.each(VALUES.map((data) => [typeof data, data]))('comes back as it was: %s', (_, data) => {
    const message = new Message({ ...IDS, status: 3, data });
    expect(decodePayload(encodePayload(message), IDS)).toEqual(message);
    // a view of other memory, and no Buffer
    const view = new Uint8Array([0, ...encodePayload(message), 0]).subarray(1, -1);
    expect(decodePayload(view, IDS)).toEqual(message);
  });

  test('may have its fields in any order, and others', () => {
    const text = '{"more": [1], "data": 5, "status": 2, "service_id": 20, "data_id": 7}';
    expect(decodePayload(bytes(text), IDS)).toMatchObject({ status: 2, data: 5, ...IDS });
  });

  test('may leave out its ids, its status and its data', () => {
    expect(decodePayload(bytes('{}'), IDS)).toMatchObject({ status: 0, data: null, ...IDS });
    expect(decodePayload(bytes('{"data": [1]}'), IDS)).toMatchObject({ status: 0, data: [1], ...IDS });
    expect(decodePayload(bytes('{"data_id": 7, "status": 1}'), IDS)).toMatchObject({
      status: 1,
      data: null,
      ...IDS,
    });
  });

  test('is one without data where there are no bytes', () => {
    expect(decodePayload(new Uint8Array(), IDS)).toEqual(new Message({ ...IDS, status: 0, data: null }));
  });

  test('writes NaN only where that is allowed, and reads it always', () => {
    const message = new Message({ ...IDS, data: [Number.NaN, Number.POSITIVE_INFINITY] });
    expect(() => encodePayload(message)).toThrow(TypeError);
    const payload = encodePayload(message, { allowNan: true });
    expect(Buffer.from(payload).toString()).toContain('[NaN, Infinity]'.replace(', ', ','));
    expect(decodePayload(payload, IDS).data).toEqual([Number.NaN, Number.POSITIVE_INFINITY]);
  });

  test.each([
    ['of another service', '{"service_id": 21, "data_id": 7}', 'service_id 20 and data_id 7'],
    ['of other data', '{"data_id": 8}', 'got 20 and 8'],
    ['with an id that is none', '{"data_id": "7"}', 'data_id'],
    ['with an id of null', '{"service_id": null}', 'service_id'],
    ['with a status that is none', '{"status": -1}', 'status'],
    ['that is no object', '[1]', 'an object'],
    ['that is no JSON', '{"data": secret}', 'not a message'],
    ['that ends too soon', '{"data_id": 7, "service_id": 20, "status": 0, "data": ', 'not a message'],
    ['with its checksum', `{"data_id": 7, "service_id": 20, "status": 0, "data": 1}abcd`, 'not a message'],
    ['that is nested too deeply', `{"data": ${'['.repeat(200)}${']'.repeat(200)}}`, 'nested'],
    ['with a byte-order mark', '\ufeff{}', 'byte-order mark'],
  ])('is refused: one %s', (_, text, detail) => {
    const decode = (): Message => decodePayload(bytes(text), IDS);
    expect(decode).toThrow(expect.objectContaining({ code: 'ERR_BUS', reason: 'bus-bad-message' }));
    expect(decode).toThrow(detail);
    expect(decode).not.toThrow('secret');
  });

  test('is refused where it is not UTF-8', () => {
    expect(() => decodePayload(Buffer.from('{"data": "\xff"}', 'latin1'), IDS)).toThrow('UTF-8');
  });

  test.each([
    ['a function', () => {}],
    ['a Map', new Map()],
  ])('cannot carry %s', (_, data) => {
    expect(() => written(data)).toThrow(TypeError);
  });
});
