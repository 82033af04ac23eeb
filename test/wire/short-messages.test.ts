/** Short messages are written into their frames and read byte by byte; whatever comes of it is what the long way makes. */

import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Message } from '../../src/index.js';
import { lazyEncoderOf } from '../../src/wire/codec.js';
import { type Codec, crc32, createPureJson, encodeStp, pureJson, structJson } from '../../src/wire/index.js';
import { maxEncodedLength } from '../../src/wire/stp.js';

const encodeLazily = lazyEncoderOf(pureJson) ?? expect.fail('pure_json has no lazy encoder');

/** A text with much of what is special: colons, quotes, escapes, controls, more than ASCII. */
const text = fc.oneof(
  fc.string({ maxLength: 300, unit: 'binary-ascii' }),
  fc.string({
    maxLength: 40,
    unit: fc.constantFrom(':', '"', '\\', '\n', 'a', '\x7f', 'ä', '\ufffd', '\ufeff'),
  }),
  fc.string({ maxLength: 300, unit: fc.constantFrom(':', 'b', '=', '<', '>') }),
);
const data = fc.oneof(text, fc.jsonValue());
const id = fc.oneof(fc.nat(300), fc.nat(Number.MAX_SAFE_INTEGER));
const message = fc
  .record({ serviceId: id, dataId: id, status: id, data })
  .map((fields) => new Message<unknown>(fields));

/** What a codec makes of a payload, or why nothing. */
function outcomeOf(decode: () => Message): unknown {
  try {
    const { serviceId, dataId, status, data: made } = decode();
    return [serviceId, dataId, status, made];
  } catch (error) {
    return String(error);
  }
}

function sealed(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return Buffer.concat([bytes, sum]);
}

describe('a message that is written into its frame', () => {
  test('is byte for byte the frame of its payload, and as long', () => {
    fc.assert(
      fc.property(message, fc.nat(40), (each, offset) => {
        const payload = pureJson.encode(each);
        const lazy = encodeLazily(each);
        expect(lazy.length).toBe(payload.length);
        if (ArrayBuffer.isView(lazy)) {
          expect(lazy).toEqual(payload);
          return;
        }
        const target = Buffer.alloc(offset + maxEncodedLength(payload.length));
        const end = lazy.writeFrame(target, offset);
        expect(target.subarray(offset, end)).toEqual(encodeStp(payload));
        expect(lazy.toBytes()).toEqual(payload);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    '',
    'a:b',
    'x'.repeat(200),
    'größe',
    '"',
    '\n',
    null,
    12.5,
    { a: [1, ':'] },
  ])('is so where it is short and ASCII: %j', (each) => {
    const isBytes = ArrayBuffer.isView(encodeLazily(new Message({ serviceId: 1, dataId: 2, data: each })));
    expect(isBytes).toBe(each === 'größe');
  });

  test('has its checksum escaped where there is a colon in it', () => {
    const sums = new Set<number>();
    for (let n = 0; n < 2_000; n++) {
      const lazy = encodeLazily(new Message({ serviceId: 1, dataId: 2, data: `${n}` }));
      if (ArrayBuffer.isView(lazy)) return expect.fail('it is short');
      const bytes = lazy.toBytes();
      const target = Buffer.alloc(maxEncodedLength(bytes.length));
      expect(target.subarray(0, lazy.writeFrame(target, 0))).toEqual(encodeStp(bytes));
      for (const [place, byte] of bytes.subarray(-4).entries()) if (byte === 0x3a) sums.add(place);
    }
    expect(sums).toEqual(new Set([0, 1, 2, 3]));
  });

  test('is refused for the same reasons', () => {
    for (const fields of [{ dataId: -1 }, { status: 1.5 }, { data: Number.NaN }, { data: () => 1 }]) {
      const bad = new Message<unknown>({ serviceId: 1, dataId: 2, ...fields });
      const thrown = outcomeOf(() => pureJson.encode(bad) as never);
      expect(outcomeOf(() => encodeLazily(bad) as never)).toBe(thrown);
      expect(thrown).toMatch(/expected/);
    }
  });

  test('comes from a codec of the library, and from no copy of one', () => {
    expect(lazyEncoderOf(createPureJson())).not.toBeNull();
    const copy: Codec = { ...pureJson };
    expect([lazyEncoderOf(copy), lazyEncoderOf(structJson)]).toEqual([null, null]);
  });
});

describe('a short message that is read', () => {
  /** The long way, which does not look at the checksum. */
  const longWay = (payload: Buffer): unknown =>
    outcomeOf(() => pureJson.decodeUnverified?.(payload) as Message);

  test('is what the long way makes of it', () => {
    fc.assert(
      fc.property(message, (each) => {
        const payload = pureJson.encode(each);
        expect(outcomeOf(() => pureJson.decode(payload))).toEqual(longWay(payload));
      }),
      { numRuns: 500 },
    );
  });

  test('is refused as the long way refuses it, whatever bytes were changed', () => {
    const change = fc.record({
      at: fc.nat(300),
      byte: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('"}:\\{'))),
    });
    fc.assert(
      fc.property(message, fc.array(change, { minLength: 1, maxLength: 3 }), (each, changes) => {
        const bytes = pureJson.encode(each).subarray(0, -4);
        for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
        const payload = sealed(bytes);
        expect(outcomeOf(() => pureJson.decode(payload))).toEqual(longWay(payload));
      }),
      { numRuns: 1_000 },
    );
  });

  test('is refused where any bit of it was flipped', () => {
    const payload = pureJson.encode(new Message({ serviceId: 20, dataId: 5, data: 'a:b' }));
    for (let bit = 0; bit < payload.length * 8; bit++) {
      const flipped = Buffer.from(payload);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(outcomeOf(() => pureJson.decode(flipped))).toMatch(/^DecodeError: expected the CRC-32/);
    }
  });

  test('is cut at any length', () => {
    const text = pureJson.encode(new Message({ serviceId: 20, dataId: 5, data: 'x' })).subarray(0, -4);
    for (let length = 1; length < text.length; length++) {
      const payload = sealed(text.subarray(0, length));
      expect(outcomeOf(() => pureJson.decode(payload))).toMatch(/^DecodeError: /);
    }
  });

  test('needs no reader of JSON for a text', () => {
    const payload = pureJson.encode(new Message({ serviceId: 20, dataId: 5, data: '[a:b]' }));
    const parse = vi.spyOn(JSON, 'parse');
    expect(pureJson.decode(payload).data).toBe('[a:b]');
    expect(parse.mock.calls).toEqual([]);
    parse.mockRestore();
  });
});
