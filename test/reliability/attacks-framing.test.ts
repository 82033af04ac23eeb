import { afterEach, describe, expect, test, vi } from 'vitest';
import { encodeStp, StpDecoder } from '../../src/wire/index.js';
import { byteByByte } from '../support/stp.js';
import { Bench, keepStore, SECRET } from './support-bench.js';
import { dataOfLength, frameOf, raw, read, readOfLength, repeated } from './support-bytes.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const BAD_FRAME = raw(':<:>');

afterEach(() => vi.restoreAllMocks());

/** A trusted server session that answers reads. */
async function trusted(options: ConstructorParameters<typeof Bench>[1] = {}): Promise<Bench> {
  const bench = new Bench('server', { secret: SECRET, ...options });
  keepStore(bench.session, bench.ran);
  await bench.authenticate();
  return bench;
}

describe('F1: a frame that never ends', () => {
  test('F1: is given up at 4 KiB before trust, and nothing after it is looked at', async () => {
    const bench = new Bench('server', { secret: SECRET });
    await bench.sends(Buffer.concat([raw(':<'), Buffer.alloc(4 * KIB, 'x')]));
    expect(bench.closedBecause).toBe(null);
    await bench.sends(Buffer.concat([raw('x'), frameOf(10, 0)]));

    expect(bench.closedBecause).toBe('frame-too-long');
    expect([bench.dropped, bench.heard, bench.socket.destroyed]).toEqual([{ 'too-long': 1 }, [], true]);
  });

  test('F1: is given up at 16 MiB after trust', async () => {
    const bench = await trusted();
    const chunk = Buffer.alloc(MIB, 'x');
    await bench.sends(raw(':<'));
    for (let sent = 0; sent < 16; sent++) await bench.sends(chunk);
    expect(bench.closedBecause).toBe(null);
    await bench.sends(raw('x'));
    expect(bench.closedBecause).toBe('frame-too-long');
  });

  test('F1: costs no more memory than the limit, however it comes', () => {
    const limit = 100_000;
    for (const chunkLength of [1, 7_000, 300_000]) {
      const decoder = new StpDecoder({ frame: () => {} }, { maxFrameLength: limit });
      const chunk = Buffer.alloc(chunkLength, 'x');
      let most = 0;
      decoder.push(raw(':<'));
      for (let sent = 0; sent < 2 * limit; sent += chunkLength) {
        decoder.push(chunk);
        most = Math.max(most, decoder.heldByteLength);
      }
      expect(most).toBeLessThanOrEqual(limit);
      expect(decoder.heldByteLength).toBe(0);
    }
  });

  test('F1: is told from frames that follow each other without a gap', async () => {
    const bench = await trusted();
    const frame = frameOf(10, 0);
    await bench.sends(frame.subarray(0, 40));
    for (let second = 0; second < 100; second++) {
      await bench.passes(1_000);
      await bench.sends(Buffer.concat([frame.subarray(40), frame.subarray(0, 40)]));
    }
    expect([bench.closedBecause, bench.ran.length]).toEqual([null, 100]);

    await bench.passes(30_000);
    expect(bench.closedBecause).toBe('frame-timeout');
  });
});

describe('F2: a frame in chunks of one byte', () => {
  test('F2: is copied no more than twice its length, and needs a buffer per doubling', () => {
    const payload = Buffer.alloc(256 * KIB, 'abcdefg:');
    const stream = encodeStp(payload);
    const frames: number[] = [];
    const decoder = new StpDecoder({ frame: ({ length }) => frames.push(length) });
    const allocated = vi.spyOn(Buffer, 'allocUnsafeSlow');
    let copied = 0;
    const copy = Buffer.prototype.copy;
    vi.spyOn(Buffer.prototype, 'copy').mockImplementation(function (this: Buffer, ...args) {
      const bytes = copy.apply(this, args);
      copied += bytes;
      return bytes;
    });

    for (const byte of byteByByte(stream)) decoder.push(byte);

    expect(frames).toEqual([payload.length]);
    expect(copied).toBeLessThanOrEqual(2 * payload.length);
    expect(allocated.mock.calls.length).toBeLessThanOrEqual(2 + Math.log2(payload.length / KIB));
  });

  test('F2: joins nothing on its way through the socket', async () => {
    const bench = await trusted();
    const stream = readOfLength(8 * KIB);
    const concat = vi.spyOn(Buffer, 'concat');
    for (const byte of byteByByte(stream)) bench.socket.arrive(byte);
    expect(concat).not.toHaveBeenCalled();
    await bench.settle();
    expect(bench.ran).toEqual([[10, 0, 0, dataOfLength(8 * KIB)]]);
  });
});

describe('F3: a colon bomb', () => {
  test('F3: counts by its payload, whose length on the wire is at most twice that', async () => {
    for (const [colons, closes] of [
      [4 * KIB, false],
      [4 * KIB + 1, true],
    ] as const) {
      const bench = new Bench('server', { secret: SECRET });
      const bomb = encodeStp(Buffer.alloc(colons, ':'));
      expect(bomb.length).toBe(2 * colons + 4);
      await bench.sends(bomb);
      expect(bench.closedBecause !== null).toBe(closes);
      expect(bench.dropped).toEqual(closes ? { 'too-long': 1 } : { checksum: 1 });
    }
  });

  test('F3: that comes back in an answer counts by its length on the wire', async () => {
    const bench = await trusted({ maxOutputBytes: 64 * KIB });
    bench.socket.stopReading();
    await bench.sends(frameOf(30, 0, ':'.repeat(40 * KIB)));
    expect(bench.socket.writableLength).toBeGreaterThan(80 * KIB);
    expect(bench.socket.isReading).toBe(false);
    await bench.passes(10_000);
    expect(bench.closedBecause).toBe('slow-consumer');
  });
});

describe('F4: a peer that sends nonsense', () => {
  test('F4: is counted anew when it has proven itself', async () => {
    const bench = new Bench('server', { secret: SECRET });
    await bench.sends(repeated(7, BAD_FRAME));
    await bench.authenticate();
    await bench.sends(repeated(99, BAD_FRAME));
    expect(bench.closedBecause).toBe(null);
    await bench.sends(BAD_FRAME);
    expect(bench.closedBecause).toBe('too-many-bad-frames');
  });

  test('F4: is not forgiven for good frames in between, nor charged for good frames that may not pass', async () => {
    const bench = new Bench('server', { secret: SECRET });
    await bench.sends(repeated(1_000, frameOf(10, 0)));
    for (let n = 0; n < 7; n++) await bench.sends(Buffer.concat([BAD_FRAME, frameOf(8, 0)]));
    expect(bench.closedBecause).toBe(null);
    await bench.sends(BAD_FRAME);
    expect(bench.closedBecause).toBe('too-many-bad-frames');
  });

  test('F4: is counted by the minute after trust, minute after minute', async () => {
    const bench = await trusted();
    for (let minute = 0; minute < 5; minute++) {
      await bench.sends(Buffer.concat([repeated(99, BAD_FRAME), Buffer.alloc(MIB, 'x')]));
      await bench.passes(60_000);
    }
    expect([bench.closedBecause, bench.dropped]).toEqual([null, { short: 5 * 99, noise: 5 }]);
  });

  test('F4: gets no second helping at the turn of a minute', async () => {
    const bench = await trusted();
    await bench.passes(59_900);
    await bench.sends(repeated(99, BAD_FRAME));
    await bench.passes(200);
    await bench.sends(repeated(99, BAD_FRAME));
    expect(bench.closedBecause).toBe('too-many-bad-frames');
  });

  test('F4: is put up with where the limits are lifted', async () => {
    const endless = Number.POSITIVE_INFINITY;
    const limits = { maxUntrustedBadFrames: endless, maxUntrustedNoiseBytes: endless };
    const bench = new Bench('server', { secret: SECRET, ...limits });
    await bench.sends(Buffer.concat([repeated(1_000, BAD_FRAME), Buffer.alloc(MIB, 'x'), read()]));
    expect(bench.heard).toMatchObject([{ serviceId: 11, status: 3 }]);
  });
});

describe('F5: another protocol', () => {
  const beginnings = [
    ['TLS', Buffer.from([0x16, 0x03, 0x01])],
    ['SSH', raw('SSH-2.0')],
    ...['GET /', 'HEAD /', 'POST /', 'PUT /', 'DELETE /', 'OPTIONS *', 'PRI * HTTP/2', 'HTTP/1.1'].map(
      (text) => ['HTTP', raw(text)] as const,
    ),
  ] as const;

  test.each(beginnings)('F5: %s (%s) is recognized, wherever the stream is cut', async (name, beginning) => {
    for (let cut = 0; cut < beginning.length; cut++) {
      const bench = new Bench();
      await bench.sends(beginning.subarray(0, cut));
      await bench.sends(beginning.subarray(cut));
      expect(bench.closedBecause).toBe(`peer-speaks-${name.toLowerCase()}`);
      expect(bench.dropped['wrong-protocol']).toBe(1);
    }
  });

  test.each([
    ['what only begins like one', [raw('GETTING THERE')]],
    ['one behind a first frame', [frameOf(10, 0), raw('GET / HTTP/1.1')]],
    ['one behind a byte of noise', [raw('\n'), raw('SSH-2.0')]],
    ['one inside a frame', [raw(':<GET / HTTP/1.1')]],
  ])('F5: %s is none', async (_, chunks) => {
    const bench = new Bench();
    for (const chunk of chunks) await bench.sends(chunk);
    expect(bench.closedBecause).toBe(null);
    expect(bench.dropped['wrong-protocol']).toBeUndefined();
  });

  test('F5: a client recognizes it as well', async () => {
    const bench = new Bench('client');
    await bench.sends(raw('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(bench.closedBecause).toBe('peer-speaks-http');
  });
});
