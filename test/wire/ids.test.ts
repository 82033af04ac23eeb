import { describe, expect, test, vi } from 'vitest';
import { Message } from '../../src/index.js';
import { pureJson, structJson } from '../../src/wire/index.js';
import { textOf, withChecksum } from '../support/bytes.js';

const IDS = { serviceId: 1, dataId: 2, status: 3 };

describe.each([
  [pureJson, 2 ** 53 - 1],
  [structJson, 2 ** 32 - 1],
])('the ids of a message: %#', (codec, max) => {
  test.each(['serviceId', 'dataId', 'status'] as const)('are whole numbers up to a limit: %s', (field) => {
    for (const good of [0, 1, max]) {
      const message = new Message({ ...IDS, [field]: good });
      expect(codec.decode(codec.encode(message))).toMatchObject({ ...IDS, [field]: good });
    }
    for (const bad of [-1, 0.5, max + 1, Number.NaN, '1', true]) {
      expect(() => codec.encode(new Message({ ...IDS, [field]: bad as number }))).toThrow(
        `expected ${field} to be an integer from 0 to ${max}`,
      );
    }
  });

  test('are told apart, however many messages there are', () => {
    for (let n = 0; n < 300; n++) {
      for (const ids of [
        { serviceId: n, dataId: 0, status: 0 },
        { serviceId: 0, dataId: n, status: 0 },
        { serviceId: 0, dataId: 0, status: n },
        { serviceId: n, dataId: 300 - n, status: n % 7 },
      ]) {
        expect(codec.decode(codec.encode(new Message(ids)))).toMatchObject(ids);
      }
    }
  });
});

describe('a message as Python writes it', () => {
  /** What the engine's reader gets to see while a payload is decoded. */
  function parsedFor(text: string): { texts: unknown[]; message: Message } {
    const parse = vi.spyOn(JSON, 'parse');
    const message = pureJson.decode(withChecksum(text));
    const texts = parse.mock.calls.map(([each]) => each);
    parse.mockRestore();
    return { texts, message };
  }

  test.each([
    [textOf(), { serviceId: 10, dataId: 0, status: 0, data: null }],
    [textOf({ data_id: '7', data: '["x"]' }), { dataId: 7, data: ['x'] }],
    [textOf({ service_id: '120', status: '5' }), { serviceId: 120, status: 5 }],
    [textOf({ service_id: '0', data: '{}' }), { serviceId: 0, data: {} }],
    [textOf({ data_id: '999999999999999' }), { dataId: 999_999_999_999_999 }],
  ])('is read without building an object of all of it: %#', (text, fields) => {
    const { texts, message } = parsedFor(text);
    expect(texts).toEqual([text.slice(text.indexOf('"data": ') + '"data": '.length, -1)]);
    expect(message).toMatchObject(fields);
  });

  test.each([
    ['{"data_id":0, "service_id": 10, "status": 0, "data": null}', {}],
    ['{"data_id": 0,"service_id": 10, "status": 0, "data": null}', {}],
    ['{"data_id": 0, "service_id": 10,"status": 0, "data": null}', {}],
    ['{"data_id": 0, "service_id": 10, "status": 0,"data": null}', {}],
    ['{"service_id": 10, "data_id": 0, "status": 0, "data": null}', {}],
    ['{"data_id": 0, "service_id": 10, "status": 0, "data": null} ', {}],
    ['{"data_id": 0, "service_id": 10, "status": 0, "data": null, "more": 1}', {}],
    ['{"data_id": 0, "service_id": 10, "status": 0, "data": 1, "data": null}', {}],
    [textOf({ data_id: '1000000000000000' }), { dataId: 1_000_000_000_000_000 }],
    [textOf({ data_id: '9007199254740991' }), { dataId: 2 ** 53 - 1 }],
  ])('is read as well where it looks another way: %#', (text, fields) => {
    expect(parsedFor(text).message).toMatchObject({
      serviceId: 10,
      dataId: 0,
      status: 0,
      data: null,
      ...fields,
    });
  });

  test.each(['00', '01', '-1', '+1', '1.0', '1e0', '', ' ', '1 2', 'a'])('has no id like %j', (id) => {
    for (const field of ['data_id', 'service_id', 'status'] as const) {
      const text = textOf({ [field]: id });
      // 1.0 and 1e0 are the integer 1 in JSON
      if (id === '1.0' || id === '1e0') expect(pureJson.decode(withChecksum(text))).toBeInstanceOf(Message);
      else expect(() => pureJson.decode(withChecksum(text))).toThrow();
    }
  });
});

describe('the checksum', () => {
  test.each([
    0, 1, 155, 158, 159, 160, 161, 400, 450, 511, 512, 513, 1_000, 5_000,
  ])('of a text with %d more characters is right, plain and beyond ASCII', (length) => {
    for (const text of ['x'.repeat(length), 'ä'.repeat(length), '😀'.repeat(length)]) {
      const message = new Message({ ...IDS, data: text });
      for (const codec of [pureJson, structJson]) {
        const payload = codec.encode(message);
        expect(codec.decode(payload)).toEqual(message);
        payload[3] = (payload[3] ?? 0) ^ 1;
        expect(() => codec.decode(payload)).toThrow();
      }
    }
  });
});
