/**
 * F7: a peer that does not read, and peers that do but slowly. The socket counts as Node's does: a write counts as
 * waiting until the peer has read the whole of it.
 */

import { describe, expect, test } from 'vitest';
import type { SessionOptions } from '../../src/index.js';
import { frameOf, repeated } from '../support/bytes.js';
import { Demand } from '../support/demand.js';
import { SECRET, SocketPuppet } from '../support/socket-puppet.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const SLOW_CONSUMER = 'slow-consumer';

/** Expects a peer that does not read to be cut off after 10 s. */
async function expectCutOff(puppet: SocketPuppet): Promise<void> {
  await puppet.passes(9_999);
  expect(puppet.closedBecause).toBe(null);
  await puppet.passes(1);
  expect(puppet.closedBecause).toBe(SLOW_CONSUMER);
}

describe('F7: a peer that never reads', () => {
  test('F7: before trust has 4 KiB and one answer waiting for it, is not read from, and is cut off after 10 s', async () => {
    const puppet = new SocketPuppet('server', { secret: SECRET });
    puppet.socket.stopReading();
    await puppet.sends(repeated(100_000, frameOf(10, 0)));

    expect(puppet.bufferedBytes).toBeGreaterThan(4 * KIB);
    expect(puppet.bufferedBytes).toBeLessThanOrEqual(4 * KIB + 2 * frameOf(11, 0, null, 3).length);
    expect(puppet.socket.isReading).toBe(false);
    await expectCutOff(puppet);
  });

  test.each([
    ['asks 1,000 things: it is read from, in case it waits for that', 1_000, true],
    ['asks 20,000 things: it is not read from', 20_000, false],
  ])('F7: after trust has 8 MiB and one answer waiting for it, and is cut off after 10 s; it %s', async (_, count, isRead) => {
    const puppet = new SocketPuppet('server', { secret: SECRET });
    let ran = 0;
    puppet.session.onExecute(0, () => {
      ran++;
      return 'y'.repeat(3 * MIB);
    });
    await puppet.authenticate();
    puppet.socket.stopReading();
    await puppet.sends(repeated(count, frameOf(30, 0)));

    expect(puppet.bufferedBytes).toBeGreaterThan(8 * MIB);
    expect(puppet.bufferedBytes).toBeLessThan(8 * MIB + 3 * MIB + KIB);
    expect([ran, puppet.socket.isReading]).toEqual([3, isRead]);
    // what is read before reading pauses is bounded, too
    expect(puppet.session.counters.messagesReceived).toBeLessThan(10_010);
    await expectCutOff(puppet);
  });

  test('F7: has no more of our own requests waiting for it than a MiB and one', async () => {
    const puppet = new SocketPuppet();
    puppet.socket.stopReading();
    for (let n = 0; n < 50; n++) puppet.session.write(n, 'x'.repeat(300 * KIB)).catch(() => {});
    await puppet.settle();
    expect(puppet.bufferedBytes).toBeLessThan(MIB + 301 * KIB);
    await puppet.close();
  });

  test('F7: is not cut off for less than the limit, until nothing at all has got out for a minute', async () => {
    const puppet = new SocketPuppet();
    puppet.session.onExecute(0, () => 'y'.repeat(7 * MIB));
    puppet.socket.stopReading();
    await puppet.sends(frameOf(30, 0));
    await puppet.passes(59_999);
    expect([puppet.closedBecause, puppet.socket.isReading]).toEqual([null, true]);
    await puppet.passes(1);
    expect(puppet.closedBecause).toBe('output-stalled');
  });
});

describe('F7: a peer that reads', () => {
  /** A puppet with a limit of 100,000 bytes and handlers that answer 70,000 on demand. */
  async function asked(
    count: number,
    options: SessionOptions = {},
  ): Promise<[SocketPuppet, (index: number) => Promise<void>]> {
    const puppet = new SocketPuppet('server', { maxOutputBytes: 100_000, ...options });
    const demand = new Demand();
    puppet.session.onExecute(null, demand.handler);
    puppet.socket.stopReading();
    await puppet.sends(Buffer.concat(Array.from({ length: count }, (_, n) => frameOf(30, n))));
    const answer = async (index: number): Promise<void> => {
      demand.answer(index, 'y'.repeat(70_000));
      await puppet.settle();
    };
    return [puppet, answer];
  }

  test('F7: in time is read from again, and gets all its answers', async () => {
    const puppet = new SocketPuppet('server', { maxOutputBytes: 100_000, maxWaitingCallbacks: 10 });
    puppet.session.onExecute(0, () => 'y'.repeat(70_000));
    puppet.socket.stopReading();
    await puppet.sends(repeated(50, frameOf(30, 0)));
    expect(puppet.socket.isReading).toBe(false);

    await puppet.passes(9_999);
    puppet.socket.startReading();
    await puppet.passes(60_000);

    expect([puppet.heard.length, puppet.socket.isReading, puppet.closedBecause]).toEqual([50, true, null]);
  });

  test('F7: before trust is read from again as well', async () => {
    const puppet = new SocketPuppet('server', { secret: SECRET });
    puppet.socket.stopReading();
    await puppet.sends(repeated(1_000, frameOf(10, 0)));
    expect(puppet.socket.isReading).toBe(false);

    await puppet.passes(1_000);
    puppet.socket.startReading();
    await puppet.settle();

    expect([puppet.heard.length, puppet.socket.isReading]).toEqual([1_000, true]);
  });

  test('F7: is read from again also where its limit is less than what is joined to one write', async () => {
    const puppet = new SocketPuppet('server', { maxOutputBytes: 100 });
    puppet.session.onRead(null, () => 'fine');
    await puppet.sends(Buffer.concat(Array.from({ length: 100 }, (_, n) => frameOf(10, n))));
    await puppet.settle();
    while (puppet.heard.length < 100 && puppet.socket.isReading) await puppet.settle();
    expect([puppet.heard.length, puppet.socket.isReading]).toEqual([100, true]);
  });

  test('F7: is not cut off for a stream of answers, each of which it reads before the next', async () => {
    const [puppet, answer] = await asked(60);
    for (let second = 0; second < 60; second += 2) {
      await answer(second);
      await answer(second + 1);
      await puppet.passes(1_000);
      puppet.socket.startReading();
      await puppet.settle();
      puppet.socket.stopReading();
    }
    expect([puppet.heard.length, puppet.closedBecause]).toEqual([60, null]);
  });

  test('F7: is not cut off for having too much waiting twice, where it had less in between', async () => {
    const [puppet, answer] = await asked(3);
    await answer(0);
    await answer(1);
    await puppet.passes(5_000);
    puppet.socket.readSome(100_000);
    await puppet.settle();
    expect(puppet.bufferedBytes).toBeLessThan(100_000);
    await puppet.passes(4_000);
    await answer(2);
    expect(puppet.bufferedBytes).toBeGreaterThan(100_000);

    await puppet.passes(1_000);
    expect(puppet.closedBecause).toBe(null);
  });

  test('F7: is not cut off in the middle of one large answer that it reads all the time', async () => {
    const puppet = new SocketPuppet('server', { maxOutputBytes: 1_000_000 });
    puppet.session.onExecute(0, () => 'y'.repeat(1_500_000));
    puppet.socket.stopReading();
    await puppet.sends(frameOf(30, 0));
    for (let second = 0; second < 20; second++) {
      puppet.socket.readSome(100_000);
      await puppet.passes(1_000);
    }
    expect([puppet.closedBecause, puppet.heard.length]).toEqual([null, 1]);
  });

  test('F7: is not cut off for a frame that it could not finish because it was not read from', async () => {
    const [puppet, answer] = await asked(2, { maxWaitingCallbacks: 1 });
    await answer(0);
    await answer(1);
    const frame = frameOf(8, 0);
    await puppet.sends(Buffer.concat([frameOf(30, 2), frame.subarray(0, 40)]));
    expect(puppet.socket.isReading).toBe(false);
    puppet.socket.arrive(frame.subarray(40));

    await puppet.passes(5_000);
    puppet.socket.readSome(100_000);
    await puppet.passes(26_000);
    expect(puppet.closedBecause).toBe(null);
    puppet.socket.startReading();
    await puppet.settle();
    expect(puppet.heard.at(-1)).toMatchObject({ serviceId: 9 });
  });
});
