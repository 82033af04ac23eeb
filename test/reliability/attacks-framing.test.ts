import { afterEach, describe, expect, test, vi } from 'vitest';
import { encodeStp, StpDecoder } from '../../src/wire/index.js';
import { dataOfLength, frameOf, raw, read, readOfLength, repeated } from '../support/bytes.js';
import { keepStore, SECRET, SocketPuppet } from '../support/socket-puppet.js';
import { byteByByte } from '../support/stp.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const BAD_FRAME = raw(':<:>');

afterEach(() => vi.restoreAllMocks());

/** A trusted server session that answers reads. */
async function trusted(options: ConstructorParameters<typeof SocketPuppet>[1] = {}): Promise<SocketPuppet> {
  const puppet = new SocketPuppet('server', { secret: SECRET, ...options });
  keepStore(puppet.session, puppet.ran);
  await puppet.authenticate();
  return puppet;
}

describe('F1: a frame that never ends', () => {
  test('F1: is given up at 4 KiB before trust, and nothing after it is looked at', async () => {
    const puppet = new SocketPuppet('server', { secret: SECRET });
    await puppet.sends(Buffer.concat([raw(':<'), Buffer.alloc(4 * KIB, 'x')]));
    expect(puppet.closedBecause).toBe(null);
    await puppet.sends(Buffer.concat([raw('x'), frameOf(10, 0)]));

    expect(puppet.closedBecause).toBe('frame-too-long');
    expect([puppet.dropped, puppet.heard, puppet.socket.destroyed]).toEqual([{ 'too-long': 1 }, [], true]);
  });

  test('F1: is given up at 16 MiB after trust', async () => {
    const puppet = await trusted();
    const chunk = Buffer.alloc(MIB, 'x');
    await puppet.sends(raw(':<'));
    for (let sent = 0; sent < 16; sent++) await puppet.sends(chunk);
    expect(puppet.closedBecause).toBe(null);
    await puppet.sends(raw('x'));
    expect(puppet.closedBecause).toBe('frame-too-long');
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

  test('F1: is not confused with frames that follow each other without a gap', async () => {
    const puppet = await trusted();
    const frame = frameOf(10, 0);
    await puppet.sends(frame.subarray(0, 40));
    for (let second = 0; second < 100; second++) {
      await puppet.passes(1_000);
      await puppet.sends(Buffer.concat([frame.subarray(40), frame.subarray(0, 40)]));
    }
    expect([puppet.closedBecause, puppet.ran.length]).toEqual([null, 100]);

    await puppet.passes(30_000);
    expect(puppet.closedBecause).toBe('frame-timeout');
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
    const puppet = await trusted();
    const stream = readOfLength(8 * KIB);
    const concat = vi.spyOn(Buffer, 'concat');
    for (const byte of byteByByte(stream)) puppet.socket.arrive(byte);
    expect(concat).not.toHaveBeenCalled();
    await puppet.settle();
    expect(puppet.ran).toEqual([[10, 0, 0, dataOfLength(8 * KIB)]]);
  });
});

describe('F3: a colon bomb', () => {
  test('F3: counts by its payload, whose length on the wire is at most twice that', async () => {
    for (const [colons, closes] of [
      [4 * KIB, false],
      [4 * KIB + 1, true],
    ] as const) {
      const puppet = new SocketPuppet('server', { secret: SECRET });
      const bomb = encodeStp(Buffer.alloc(colons, ':'));
      expect(bomb.length).toBe(2 * colons + 4);
      await puppet.sends(bomb);
      expect(puppet.closedBecause !== null).toBe(closes);
      expect(puppet.dropped).toEqual(closes ? { 'too-long': 1 } : { checksum: 1 });
    }
  });

  test('F3: that comes back in an answer counts by its length on the wire', async () => {
    const puppet = await trusted({ maxOutputBytes: 64 * KIB });
    puppet.socket.stopReading();
    await puppet.sends(frameOf(30, 0, ':'.repeat(40 * KIB)));
    expect(puppet.socket.writableLength).toBeGreaterThan(80 * KIB);
    await puppet.passes(10_000);
    expect(puppet.closedBecause).toBe('slow-consumer');
  });
});

describe('F4: a peer that sends nonsense', () => {
  test('F4: is counted anew when it has proven itself', async () => {
    const puppet = new SocketPuppet('server', { secret: SECRET });
    await puppet.sends(repeated(7, BAD_FRAME));
    await puppet.authenticate();
    await puppet.sends(repeated(99, BAD_FRAME));
    expect(puppet.closedBecause).toBe(null);
    await puppet.sends(BAD_FRAME);
    expect(puppet.closedBecause).toBe('too-many-bad-frames');
  });

  test('F4: is not forgiven for good frames in between, nor charged for good frames that may not pass', async () => {
    const puppet = new SocketPuppet('server', { secret: SECRET });
    await puppet.sends(repeated(1_000, frameOf(10, 0)));
    for (let n = 0; n < 7; n++) await puppet.sends(Buffer.concat([BAD_FRAME, frameOf(8, 0)]));
    expect(puppet.closedBecause).toBe(null);
    await puppet.sends(BAD_FRAME);
    expect(puppet.closedBecause).toBe('too-many-bad-frames');
  });

  test('F4: is counted by the minute after trust, minute after minute', async () => {
    const puppet = await trusted();
    for (let minute = 0; minute < 5; minute++) {
      await puppet.sends(Buffer.concat([repeated(99, BAD_FRAME), Buffer.alloc(MIB, 'x')]));
      await puppet.passes(60_000);
    }
    expect([puppet.closedBecause, puppet.dropped]).toEqual([null, { short: 5 * 99, noise: 5 }]);
  });

  test('F4: gets no second helping at the turn of a minute', async () => {
    const puppet = await trusted();
    await puppet.passes(59_900);
    await puppet.sends(repeated(99, BAD_FRAME));
    await puppet.passes(200);
    await puppet.sends(repeated(99, BAD_FRAME));
    expect(puppet.closedBecause).toBe('too-many-bad-frames');
  });

  test('F4: is put up with where the limits are lifted', async () => {
    const endless = Number.POSITIVE_INFINITY;
    const limits = { maxUntrustedBadFrames: endless, maxUntrustedNoiseBytes: endless };
    const puppet = new SocketPuppet('server', { secret: SECRET, ...limits });
    await puppet.sends(Buffer.concat([repeated(1_000, BAD_FRAME), Buffer.alloc(MIB, 'x'), read()]));
    expect(puppet.heard).toMatchObject([{ serviceId: 11, status: 3 }]);
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
      const puppet = new SocketPuppet();
      await puppet.sends(beginning.subarray(0, cut));
      await puppet.sends(beginning.subarray(cut));
      expect(puppet.closedBecause).toBe(`peer-speaks-${name.toLowerCase()}`);
      expect(puppet.dropped['wrong-protocol']).toBe(1);
    }
  });

  test.each([
    ['what only begins like one', [raw('GETTING THERE')]],
    ['one behind a first frame', [frameOf(10, 0), raw('GET / HTTP/1.1')]],
    ['one behind a byte of noise', [raw('\n'), raw('SSH-2.0')]],
    ['one inside a frame', [raw(':<GET / HTTP/1.1')]],
  ])('F5: %s is none', async (_, chunks) => {
    const puppet = new SocketPuppet();
    for (const chunk of chunks) await puppet.sends(chunk);
    expect(puppet.closedBecause).toBe(null);
    expect(puppet.dropped['wrong-protocol']).toBeUndefined();
  });

  test('F5: a client recognizes it as well', async () => {
    const puppet = new SocketPuppet('client');
    await puppet.sends(raw('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(puppet.closedBecause).toBe('peer-speaks-http');
  });
});
