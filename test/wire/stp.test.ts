import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeStp, maxEncodedLength, StpDecoder, type StpDrop, writeStp } from '../../src/wire/index.js';
import { byteByByte, decodeAll, decodeChunks } from '../support/stp.js';

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('noise', () => {
  test.each([
    ['noise:<a:>', 'noise'],
    ['x:y:<a:>', 'x:y'],
    [':x:<a:>', ':x'],
    ['::<a:>', ':'],
    [':::<a:>', '::'],
    [':<a:>::<b:>', ':'],
    [':<a:>:x:<b:>', ':x'],
    [':<a:>yy:<b:>', 'yy'],
    [':<a:>y', 'y'],
    ['only noise', 'only noise'],
    ['0123456789ABCDEFGH:<a:>', '0123456789ABCDEF'],
  ])('of %j is shown up to a limit, where somebody asks for it', (stream, expected) => {
    const samples: (string | undefined)[] = [];
    const handler = {
      frame: () => {},
      dropped: ({ sample }: StpDrop) =>
        void samples.push(sample === undefined ? undefined : Buffer.from(sample).toString()),
    };
    new StpDecoder(handler, { maxSampleLength: 16 }).push(Buffer.from(stream));
    new StpDecoder(handler).push(Buffer.from(stream));
    expect(samples).toEqual([expected, undefined]);
  });
});

test('noise is shown from where it begins, wherever in its chunk that is', () => {
  const samples: string[] = [];
  const handler = {
    frame: () => {},
    dropped: ({ sample }: StpDrop) => void samples.push(Buffer.from(sample ?? []).toString()),
  };
  new StpDecoder(handler, { maxSampleLength: 16 }).push(ascii('zz:<a:>::<b:>:x:<c:>q:y:<d:>w'));
  expect(samples).toEqual(['zz', ':', ':x', 'q:y', 'w']);
});

describe('a frame', () => {
  test('escapes each colon of its payload', () => {
    expect(encodeStp(ascii('a:b')).toString()).toBe(':<a:=b:>');
    expect(encodeStp(ascii(':::')).toString()).toBe(':<:=:=:=:>');
    expect(encodeStp(ascii('')).toString()).toBe(':<:>');
  });

  test('takes as much room as is said, and no byte beside it', () => {
    for (const payload of [ascii(''), ascii('ab'), ascii(':::'), Buffer.alloc(200, 'ab:')]) {
      const frame = encodeStp(payload);
      expect(maxEncodedLength(payload.length)).toBe(2 * payload.length + 4);
      const target = Buffer.alloc(maxEncodedLength(payload.length) + 20, '.');
      const end = writeStp(payload, target, 10);
      expect(target.subarray(10, end)).toEqual(frame);
      expect(target.subarray(0, 10).toString() + target.subarray(end).toString()).toMatch(/^\.+$/);
    }
    expect(encodeStp(Buffer.alloc(50, ':'))).toHaveLength(maxEncodedLength(50));
  });

  test('of any bytes comes out as it went in, whole, byte by byte, with a tail and cut anywhere', () => {
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .array(fc.constantFrom(0x3a, 0x3c, 0x3d, 0x3e, 0x61), { maxLength: 200 })
        .map((bytes) => Uint8Array.from(bytes)),
    );
    fc.assert(
      fc.property(
        fc.array(payload, { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat(2000)),
        (payloads, cuts) => {
          const stream = Buffer.concat(payloads.map((each) => encodeStp(each)));
          const expected = payloads.map((each) => Buffer.from(each).toString('hex'));
          const hex = (chunks: Iterable<Uint8Array>) =>
            decodeChunks(chunks).frames.map((frame) => frame.toString('hex'));
          expect(hex([stream])).toEqual(expected);
          expect(hex(byteByByte(stream))).toEqual(expected);
          expect(hex([stream, ascii('tail:')])).toEqual(expected);
          const places = [...new Set(cuts.map((cut) => cut % (stream.length + 1)))].sort((a, b) => a - b);
          const chunks = [0, ...places].map((from, i) => stream.subarray(from, places[i] ?? stream.length));
          expect(hex(chunks)).toEqual(expected);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('of 4 MiB that arrives in chunks of one byte is decoded in under two seconds', () => {
    const payload = Buffer.alloc(4 * 1024 * 1024, 'abcdefg:');
    const stream = encodeStp(payload);
    const begin = performance.now();
    const { frames } = decodeChunks(byteByByte(stream));
    expect(performance.now() - begin).toBeLessThan(2_000);
    expect(frames[0]?.equals(payload)).toBe(true);
  });
});

describe('the table of the decoder', () => {
  test.each([
    ['noise outside of a frame is dropped', 'ab<=>:<x:>', ['x'], [['noise', 5]]],
    ['a colon and a byte that starts nothing are noise', ':a:=:>:<x:>', ['x'], [['noise', 6]]],
    ['a second colon before the start is tolerated', '::<x:>', ['x'], [['noise', 1]]],
    ['a start inside a frame begins anew', ':<ab:<x:>', ['x'], [['restarted', 2]]],
    [
      'a colon and a meaningless byte drop the frame',
      ':<ab:cd:>:<x:>',
      ['x'],
      [
        ['broken-escape', 2],
        ['noise', 3],
      ],
    ],
    ['two colons drop the frame and may begin the next', ':<ab::<x:>', ['x'], [['broken-escape', 2]]],
    ['control bytes without their colon are payload', ':<<=>:>', ['<=>'], []],
  ] as const)('%s', (_, stream, frames, drops) => {
    for (const chunks of [[ascii(stream)], [...byteByByte(ascii(stream))]]) {
      const decoded = decodeChunks(chunks);
      expect(decoded.frames.map(String)).toEqual(frames);
      const byReason = new Map<string, number>();
      for (const { reason, byteLength } of decoded.drops)
        byReason.set(reason, (byReason.get(reason) ?? 0) + byteLength);
      expect([...byReason]).toEqual(drops);
    }
  });

  test('throws nothing and invents nothing, whatever comes', () => {
    const bytes = fc.array(fc.constantFrom(0x3a, 0x3c, 0x3d, 0x3e, 0x78), { maxLength: 100 });
    fc.assert(
      fc.property(bytes, (stream) => {
        const { frames } = decodeAll(Uint8Array.from(stream));
        for (const frame of frames) {
          expect(Buffer.from(stream).includes(encodeStp(frame))).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the limit of a frame', () => {
  const limit = 100;

  test.each([
    ['without colons', Buffer.alloc(limit, 'a')],
    ['of colons only', Buffer.alloc(limit, ':')],
    ['of both', Buffer.alloc(limit, 'ab:')],
  ])('lets a payload %s of exactly that length pass, and drops a longer one', (_, payload) => {
    const longer = Buffer.concat([payload, payload.subarray(0, 1)]);
    for (const chunked of [(stream: Buffer) => [stream], byteByByte]) {
      expect(decodeChunks(chunked(encodeStp(payload)), limit).frames).toHaveLength(1);
      const { frames, drops } = decodeChunks(
        chunked(Buffer.concat([encodeStp(longer), encodeStp(ascii('next'))])),
        limit,
      );
      expect(frames.map(String)).toEqual(['next']);
      expect(drops.map(({ reason }) => reason)).toContain('too-long');
    }
  });

  test('bounds the memory of a frame that never ends', () => {
    const decoder = new StpDecoder({ frame: () => {} }, { maxFrameLength: 10_000 });
    decoder.push(ascii(':<'));
    for (let i = 0; i < 1_000; i++) decoder.push(Buffer.alloc(1_000, 'x'));
    expect(decoder.heldByteLength).toBeLessThanOrEqual(10_000);
  });
});

describe('a decoder', () => {
  test('owns no buffer between frames', () => {
    const decoder = new StpDecoder({ frame: () => {} });
    decoder.push(encodeStp(Buffer.alloc(200_000)));
    expect(decoder.heldByteLength).toBe(0);
  });

  test('forgets the unfinished frame when it is reset, and says so', () => {
    const seen: string[] = [];
    const decoder = new StpDecoder({
      frame: (payload) => seen.push(String(payload)),
      dropped: ({ reason, byteLength }) => seen.push(`${reason} ${byteLength}`),
    });
    decoder.push(ascii(':<abc'));
    decoder.reset();
    decoder.push(ascii('d:>:<x:>'));
    expect(seen).toEqual(['unfinished 3', 'noise 3', 'x']);
  });

  test('leaves the rest of a chunk alone when its handler resets it', () => {
    const seen: string[] = [];
    const decoder: StpDecoder = new StpDecoder({
      frame: (payload) => {
        seen.push(String(payload));
        decoder.reset();
      },
    });
    decoder.push(ascii(':<a:>:<b:>'));
    expect(seen).toEqual(['a']);
  });

  test('takes no more of a chunk than its handler wants', () => {
    const seen: string[] = [];
    const decoder: StpDecoder = new StpDecoder({
      frame: (payload) => {
        seen.push(String(payload));
        decoder.stop();
      },
    });
    const stream = ascii(':<a:>:<b:>:<c');
    const taken = decoder.push(stream);
    expect([taken, seen]).toEqual([5, ['a']]);
    expect(decoder.push(stream.subarray(taken))).toBe(5);
    expect(decoder.push(stream.subarray(10))).toBe(3);
    expect(seen).toEqual(['a', 'b']);
  });

  test('may be fed by the handler of another one', () => {
    const inner: string[] = [];
    const second = new StpDecoder({ frame: (payload) => inner.push(String(payload)) });
    const outer: string[] = [];
    const first = new StpDecoder({
      frame: (payload) => {
        second.push(ascii(':<inner:>'));
        outer.push(String(payload));
      },
    });
    first.push(ascii(':<outer:>'));
    expect([outer, inner]).toEqual([['outer'], ['inner']]);
  });

  test('refuses to be fed by its own handler', () => {
    const decoder: StpDecoder = new StpDecoder({ frame: () => decoder.push(ascii('x')) });
    expect(() => decoder.push(ascii(':<a:>'))).toThrow(/own handler/);
  });
});
