/**
 * F7: a peer that does not read, and peers that do but slowly. The socket counts as Node's does: a write counts as
 * waiting until the peer has read the whole of it.
 */

import { describe, expect, test } from 'vitest';
import { Bench, SECRET } from './support-bench.js';
import { frameOf, repeated } from './support-bytes.js';
import { Demand } from './support-demand.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const SLOW_CONSUMER = 'slow-consumer';

describe('F7: a peer that never reads', () => {
  test('F7: before trust has 4 KiB and one answer waiting for it, is not read from, and is cut off after 10 s', async () => {
    const bench = new Bench('server', { secret: SECRET });
    bench.socket.stopReading();
    await bench.sends(repeated(100_000, frameOf(10, 0)));

    expect(bench.bufferedBytes).toBeGreaterThan(4 * KIB);
    expect(bench.bufferedBytes).toBeLessThanOrEqual(4 * KIB + 2 * frameOf(11, 0, null, 3).length);
    expect(bench.socket.isReading).toBe(false);
    await bench.passes(9_999);
    expect(bench.closedBecause).toBe(null);
    await bench.passes(1);
    expect(bench.closedBecause).toBe(SLOW_CONSUMER);
  });

  test('F7: after trust has 8 MiB and one answer waiting for it, is not read from, and is cut off after 10 s', async () => {
    const bench = new Bench('server', { secret: SECRET });
    bench.session.onExecute(0, () => 'y'.repeat(3 * MIB));
    await bench.authenticate();
    bench.socket.stopReading();
    await bench.sends(repeated(1_000, frameOf(30, 0)));

    expect(bench.bufferedBytes).toBeGreaterThan(8 * MIB);
    expect(bench.bufferedBytes).toBeLessThan(8 * MIB + 3 * MIB + KIB);
    expect(bench.socket.isReading).toBe(false);
    await bench.passes(9_999);
    expect(bench.closedBecause).toBe(null);
    await bench.passes(1);
    expect(bench.closedBecause).toBe(SLOW_CONSUMER);
  });

  test('F7: has no more of our own requests waiting for it than a MiB and one', async () => {
    const bench = new Bench();
    bench.socket.stopReading();
    for (let n = 0; n < 50; n++) bench.session.write(n, 'x'.repeat(300 * KIB)).catch(() => {});
    await bench.settle();
    expect(bench.bufferedBytes).toBeLessThan(MIB + 301 * KIB);
    await bench.close();
  });

  test('F7: is not cut off for less than the limit', async () => {
    const bench = new Bench();
    bench.session.onExecute(0, () => 'y'.repeat(7 * MIB));
    bench.socket.stopReading();
    await bench.sends(frameOf(30, 0));
    await bench.passes(600_000);
    expect([bench.closedBecause, bench.socket.isReading]).toEqual([null, true]);
  });
});

describe('F7: a peer that reads', () => {
  /** A bench with a limit of 100,000 bytes and handlers that answer 70,000 on demand. */
  async function asked(count: number): Promise<[Bench, (index: number) => Promise<void>]> {
    const bench = new Bench('server', { maxOutputBytes: 100_000 });
    const demand = new Demand();
    bench.session.onExecute(null, demand.handler);
    bench.socket.stopReading();
    await bench.sends(Buffer.concat(Array.from({ length: count }, (_, n) => frameOf(30, n))));
    const answer = async (index: number): Promise<void> => {
      demand.answer(index, 'y'.repeat(70_000));
      await bench.settle();
    };
    return [bench, answer];
  }

  test('F7: in time is read from again, and gets all its answers', async () => {
    const bench = new Bench('server', { maxOutputBytes: 100_000 });
    bench.session.onExecute(0, () => 'y'.repeat(70_000));
    bench.socket.stopReading();
    await bench.sends(repeated(50, frameOf(30, 0)));
    expect(bench.socket.isReading).toBe(false);

    await bench.passes(9_999);
    bench.socket.startReading();
    await bench.passes(60_000);

    expect([bench.heard.length, bench.socket.isReading, bench.closedBecause]).toEqual([50, true, null]);
  });

  test('F7: before trust is read from again as well', async () => {
    const bench = new Bench('server', { secret: SECRET });
    bench.socket.stopReading();
    await bench.sends(repeated(1_000, frameOf(10, 0)));
    expect(bench.socket.isReading).toBe(false);

    await bench.passes(1_000);
    bench.socket.startReading();
    await bench.settle();

    expect([bench.heard.length, bench.socket.isReading]).toEqual([1_000, true]);
  });

  test('F7: is read from again also where its limit is less than what is joined to one write', async () => {
    const bench = new Bench('server', { maxOutputBytes: 100 });
    bench.session.onRead(null, () => 'fine');
    await bench.sends(Buffer.concat(Array.from({ length: 100 }, (_, n) => frameOf(10, n))));
    await bench.settle();
    while (bench.heard.length < 100 && bench.socket.isReading) await bench.settle();
    expect([bench.heard.length, bench.socket.isReading]).toEqual([100, true]);
  });

  test('F7: is not cut off for a stream of answers, each of which it reads before the next', async () => {
    const [bench, answer] = await asked(60);
    for (let second = 0; second < 60; second += 2) {
      await answer(second);
      await answer(second + 1);
      await bench.passes(1_000);
      bench.socket.startReading();
      await bench.settle();
      bench.socket.stopReading();
    }
    expect([bench.heard.length, bench.closedBecause]).toEqual([60, null]);
  });

  test('F7: is not cut off for having too much waiting twice, where it had less in between', async () => {
    const [bench, answer] = await asked(3);
    await answer(0);
    await answer(1);
    await bench.passes(5_000);
    bench.socket.readSome(100_000);
    await bench.settle();
    expect(bench.bufferedBytes).toBeLessThan(100_000);
    await bench.passes(4_000);
    await answer(2);
    expect(bench.bufferedBytes).toBeGreaterThan(100_000);

    await bench.passes(1_000);
    expect(bench.closedBecause).toBe(null);
  });

  test('F7: is not cut off in the middle of one large answer that it reads all the time', async () => {
    const bench = new Bench('server', { maxOutputBytes: 1_000_000 });
    bench.session.onExecute(0, () => 'y'.repeat(1_500_000));
    bench.socket.stopReading();
    await bench.sends(frameOf(30, 0));
    for (let second = 0; second < 20; second++) {
      bench.socket.readSome(100_000);
      await bench.passes(1_000);
    }
    expect([bench.closedBecause, bench.heard.length]).toEqual([null, 1]);
  });

  test('F7: is not cut off for a frame that it could not finish because it was not read from', async () => {
    const [bench, answer] = await asked(2);
    const frame = frameOf(8, 0);
    await bench.sends(frame.subarray(0, 40));
    await answer(0);
    await answer(1);
    expect(bench.socket.isReading).toBe(false);
    bench.socket.arrive(frame.subarray(40));

    await bench.passes(5_000);
    bench.socket.readSome(100_000);
    await bench.passes(26_000);
    expect(bench.closedBecause).toBe(null);
    bench.socket.startReading();
    await bench.settle();
    expect(bench.heard.at(-1)).toMatchObject({ serviceId: 9 });
  });
});
