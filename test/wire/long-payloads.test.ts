import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Message } from '../../src/index.js';
import { parseJson, pureJson, StpDecoder, stringifyJson, writeStp } from '../../src/wire/index.js';
import { encodeInPieces, encodeStp, maxEncodedLength } from '../../src/wire/stp.js';
import { byteByByte, decodeChunks } from '../support/stp.js';

afterEach(() => void vi.restoreAllMocks());

const KIB = 1024;

/** A frame as section 1 of the protocol has it, byte by byte. */
function frameOf(payload: Buffer): Buffer {
  return Buffer.from(`:<${payload.toString('latin1').replaceAll(':', ':=')}:>`, 'latin1');
}

/** Bytes with a colon now and then, of which many follow one another; never few. */
const longPayload = fc
  .array(
    fc.oneof(
      fc.constantFrom(':', '::', ':=:>', ':<', '=', ';', '\u00ba', '\u0000'),
      fc.integer({ min: 1, max: 120 }).map((length) => 'x'.repeat(length)),
    ),
    { minLength: 5, maxLength: 60 },
  )
  .map((parts) => Buffer.from(parts.join('').padEnd(300, 'a:b'), 'latin1'));

describe('a long frame', () => {
  test('escapes each colon, wherever it stands, and changes no byte beside itself', () => {
    fc.assert(
      fc.property(longPayload, fc.nat(8), (payload, offset) => {
        const expected = frameOf(payload);
        expect(encodeStp(payload).equals(expected)).toBe(true);
        const target = Buffer.alloc(offset + maxEncodedLength(payload.length) + 8, '.');
        const end = writeStp(payload, target, offset);
        expect(target.subarray(offset, end).equals(expected)).toBe(true);
        expect(target.subarray(0, offset).toString() + target.subarray(end).toString()).toMatch(/^\.+$/);
        // a frame may end where its memory ends
        const exact = Buffer.alloc(expected.length);
        expect(writeStp(payload, exact, 0)).toBe(expected.length);
      }),
      { numRuns: 300 },
    );
  });

  test('comes out as it went in, in chunks of any length and up to any limit', () => {
    fc.assert(
      fc.property(longPayload, fc.integer({ min: 1, max: 700 }), fc.nat(3), (payload, length, spare) => {
        const stream = Buffer.concat([frameOf(payload), frameOf(payload)]);
        const chunks: Buffer[] = [];
        for (let at = 0; at < stream.length; at += length) chunks.push(stream.subarray(at, at + length));
        const { frames, drops } = decodeChunks(chunks, payload.length + spare);
        expect([frames.length, drops]).toEqual([2, []]);
        expect(frames.every((frame) => frame.equals(payload))).toBe(true);
        expect(decodeChunks(chunks, payload.length - 1).frames).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('that breaks in its midst is dropped with as many bytes in one chunk as byte by byte', () => {
    fc.assert(
      fc.property(longPayload, fc.constantFrom(':x', '::', ':<'), (payload, broken) => {
        const frame = frameOf(payload);
        const stream = Buffer.concat([frame.subarray(0, -2), Buffer.from(broken), frame]);
        const reports = (chunks: Iterable<Uint8Array>) => {
          const byReason: Record<string, number> = {};
          for (const { reason, byteLength } of decodeChunks(chunks).drops)
            byReason[reason] = (byReason[reason] ?? 0) + byteLength;
          return byReason;
        };
        expect(reports([stream])).toEqual(reports(byteByByte(stream)));
      }),
      { numRuns: 100 },
    );
  });

  test('is escaped in parts where it is very long, and a part without colons is not copied', () => {
    const part = 128 * KIB;
    const payload = Buffer.alloc(4 * part + 10, 'x');
    payload[5] = payload[part - 1] = payload[2 * part] = payload[4 * part] = 0x3a;
    const pieces = encodeInPieces(payload);
    expect(Buffer.concat(pieces).equals(frameOf(payload))).toBe(true);
    expect(encodeStp(payload).equals(frameOf(payload))).toBe(true);
    expect(pieces.map(({ buffer }) => buffer === payload.buffer)).toEqual([false, true, false, true, false]);
    expect(
      Buffer.concat(encodeInPieces(Buffer.alloc(part, ':'))).equals(frameOf(Buffer.alloc(part, ':'))),
    ).toBe(true);
  });

  test('may come with thousands of others in one chunk', () => {
    const payloads = Array.from({ length: 3_000 }, (_, i) => Buffer.from(`${i}:${'x'.repeat(i % 400)}`));
    payloads.splice(1_500, 0, Buffer.alloc(300 * KIB, 'abcdefghij:klmno'));
    const { frames, drops } = decodeChunks([Buffer.concat(payloads.map(frameOf))]);
    expect([frames.length, drops]).toEqual([payloads.length, []]);
    expect(frames.every((frame, i) => frame.equals(payloads[i] as Buffer))).toBe(true);
  });

  test('that begins in a small chunk and ends in a large one takes no memory of its own any more', () => {
    const decoder = new StpDecoder({ frame: () => {} });
    const stream = frameOf(Buffer.alloc(40 * KIB, 'ab:'));
    decoder.push(stream.subarray(0, 100));
    expect(decoder.heldByteLength).toBe(KIB);
    decoder.push(stream.subarray(100, -1));
    expect(decoder.heldByteLength).toBeLessThanOrEqual(80 * KIB);
    decoder.push(stream.subarray(-1));
    expect(decoder.heldByteLength).toBe(0);
  });
});

describe('a long text', () => {
  test('is written as the engine writes it, whatever is in it', () => {
    const piece = fc.constantFrom(
      '"',
      '\\',
      '\n',
      '\t',
      '\r',
      '\u0001',
      '\u007f',
      'ä',
      '€',
      '😀',
      '\ud800',
      '\udc00',
      ' ',
      'x',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 3 }), fc.nat(250), (pieces, place) => {
        const text = `${'plain text '.repeat(23).slice(0, place)}${pieces.join('')}${'and more '.repeat(23)}`;
        expect(stringifyJson(text)).toBe(JSON.stringify(text));
      }),
      { numRuns: 500 },
    );
  });

  test.each(['é', '€', '😀', '\u007f', ''])('with %j in it has its own bytes and their checksum', (last) => {
    for (let spare = 0; spare < 8; spare++) {
      const data = `${'x'.repeat(170)}${last}${'y'.repeat(spare)}`;
      const message = new Message({ serviceId: 10, dataId: 1, data });
      expect(pureJson.decode(pureJson.encode(message)).data).toBe(data);
      expect(pureJson.encode(message).subarray(0, -4).toString()).toBe(
        `{"data_id": 1, "service_id": 10, "status": 0, "data": ${JSON.stringify(data)}}`,
      );
    }
  });

  test('that the engine writes faster than it reads is not tried', () => {
    const parse = vi.spyOn(JSON, 'parse');
    for (const text of ['ä'.repeat(300), `${'x'.repeat(300)}\n`, 'x'.repeat(100)]) stringifyJson(text);
    expect(parse.mock.calls).toEqual([]);
  });
});

describe('a long document', () => {
  test.each([
    ['objects', Array.from({ length: 300 }, (_, id) => ({ id, name: `sensor ${id}`, ok: true }))],
    ['fractions of many digits', Array.from({ length: 300 }, (_, i) => Math.sqrt(i + 1) / 1e3)],
    ['numbers beyond integers', Array.from({ length: 300 }, (_, i) => i * 1e300)],
    ['digits in strings', Array.from({ length: 300 }, (_, i) => `${10n ** 20n + BigInt(i)}`)],
  ])('of %s is read by the engine, in one go', (_, value) => {
    const text = JSON.stringify(value);
    const parse = vi.spyOn(JSON, 'parse');
    expect(parseJson(text)).toEqual(value);
    expect(parse.mock.calls).toEqual([[text]]);
  });

  test('with an integer beyond 2^53 among others is read exactly', () => {
    const text = `[${'1.5,'.repeat(300)}9007199254740993, {"a": [-9007199254740993]}]`;
    expect((parseJson(text) as unknown[]).slice(-2)).toEqual([
      9007199254740993n,
      { a: [-9007199254740993n] },
    ]);
  });

  test.each([
    ['['.repeat(200), ']'.repeat(200)],
    ['[          '.repeat(200), ']'.repeat(200)],
    ['{"a long name": '.repeat(200), `1${'}'.repeat(200)}`],
    [`[${'"some text", '.repeat(500)}${'[ "x", 1234567, '.repeat(150)}1`, ']'.repeat(151)],
  ])('that is nested too deep is refused, as dense or as sparse as it is: %#', (open, close) => {
    expect(() => parseJson(open + close)).toThrow('at most 128 nested');
    expect(JSON.stringify(parseJson(open + close, 1_000))).toBe(JSON.stringify(JSON.parse(open + close)));
  });
});

test('messages of different ids in turns are each read as they are', () => {
  const messages = [1, 2, 1, 11, 1, 12].map(
    (dataId) => new Message({ serviceId: dataId * 10, dataId, data: 'x' }),
  );
  const read = messages.map((message) => pureJson.decode(pureJson.encode(message)));
  expect(read.map(({ dataId, serviceId }) => [dataId, serviceId])).toEqual(
    messages.map(({ dataId, serviceId }) => [dataId, serviceId]),
  );
});
