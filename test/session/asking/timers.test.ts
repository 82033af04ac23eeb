/** Timers follow what waits, and nothing else. */

import { expect, test } from 'vitest';
import { Pair, watch } from '../../support/pair.js';

test('FC-19 requests with a time-out of its own each leave no timer when they are answered', async () => {
  const pair = await Pair.connected();
  pair.server.onRead(0, () => 'x');
  const before = pair.clock.pending;
  for (let round = 0; round < 100; round++) {
    const reads = Array.from({ length: 10 }, (_, n) =>
      pair.client.read(0, { timeout: 20_000 - round * 10 - n }),
    );
    await pair.settle();
    expect(await Promise.all(reads)).toHaveLength(10);
    expect(pair.clock.pending).toBeLessThanOrEqual(before + 1);
  }
  expect(await pair.close()).toBe(0);
});

test('FC-19 messages and receives with a time-out of its own each share that timer', async () => {
  const pair = await Pair.connected();
  const before = pair.clock.pending;
  const received = Array.from({ length: 50 }, (_, n) => watch(pair.client.receive(50, n, 1_000 + n)));
  for (let n = 0; n < 50; n++) expect(await pair.server.send(50, n, n, 0, 2_000 + n)).toBe(true);
  await pair.settle();
  expect(received.map(({ state }) => state)).toEqual(received.map(() => 'resolved'));
  expect(pair.clock.pending).toBeLessThanOrEqual(before + 2);
  expect(await pair.close()).toBe(0);
});

test('each of many requests times out at its own time', async () => {
  const pair = await Pair.connected({ server: { bufferUnhandled: true } });
  pair.server.onRead(0, () => new Promise(() => {}));
  const reads = Array.from({ length: 20 }, (_, n) => watch(pair.client.read(0, { timeout: 1_000 - n * 10 })));
  for (let over = 1; over <= 20; over++) {
    await pair.clock.advanceAsync(over === 1 ? 810 : 10);
    expect(reads.filter(({ state }) => state === 'rejected')).toHaveLength(over);
  }
  expect(await pair.close()).toBe(0);
});
