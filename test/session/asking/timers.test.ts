/** Timers follow what waits, and nothing else. */

import { describe, expect, test } from 'vitest';
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

describe.each([
  ['a session', {}],
  ['a session that is inspected', { inspect: () => {} }],
])('the process of %s stands still', (_, both) => {
  /** Answers 50 ms after it was asked. */
  async function asking(): Promise<Pair> {
    const pair = await Pair.connected({ both });
    const { clock, server } = pair;
    server.onRead(0, () => new Promise((resolve) => clock.setTimeout(() => resolve('x'), 50)));
    server.onRead(1, () => new Promise(() => {}));
    return pair;
  }

  test.each([
    401, 420, 1_200, 60_000,
  ])('for %s ms, and what it had just asked still has its time', async (ms) => {
    const pair = await asking();
    await pair.clock.advanceAsync(990);
    const [answered, unanswered] = [0, 1].map((dataId) => watch(pair.client.read(dataId, { timeout: 400 })));
    pair.clock.standStill(ms);
    await pair.clock.advanceAsync(50);
    expect([answered?.state, unanswered?.state]).toEqual(['resolved', 'pending']);
    await pair.clock.advanceAsync(349);
    expect(unanswered?.state).toBe('pending');
    await pair.clock.advanceAsync(1);
    expect(unanswered?.state).toBe('rejected');
    expect(await pair.close()).toBe(0);
  });

  test('and what it asked earlier has what was left, what it asks later no more than its own', async () => {
    const pair = await asking();
    const read = (timeout: number) => watch(pair.client.read(1, { timeout }));
    const earlier = read(400);
    await pair.clock.advanceAsync(300);
    pair.clock.standStill(1_000);
    const [later, short] = [read(400), read(50)];
    const states = async (ms: number) => {
      await pair.clock.advanceAsync(ms);
      return [earlier, later, short].map(({ state }) => state);
    };
    expect(await states(49)).toEqual(['pending', 'pending', 'pending']);
    expect(await states(1)).toEqual(['pending', 'pending', 'rejected']);
    expect(await states(49)).toEqual(['pending', 'pending', 'rejected']);
    expect(await states(1)).toEqual(['rejected', 'pending', 'rejected']);
    expect(await states(299)).toEqual(['rejected', 'pending', 'rejected']);
    expect(await states(1)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(await pair.close()).toBe(0);
  });

  test('again and again, and it finds out all the same that nobody answers', async () => {
    const pair = await asking();
    const read = watch(pair.client.read(1, { timeout: 400 }));
    let tookMs = 0;
    for (; read.state === 'pending'; tookMs += 150) {
      pair.clock.standStill(149);
      await pair.clock.advanceAsync(1);
    }
    // the time-out, the longest standstill, and the one in which that was over
    expect(tookMs).toBe(600);
    expect(await pair.close()).toBe(0);
  });
});
