/** Messages that find no room: `send` says so, and nobody has to catch anything. */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { Pair, watch } from '../../support/pair.js';

const unhandled: unknown[] = [];
const note = (error: unknown): number => unhandled.push(error);

beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});
afterEach(() => void process.off('unhandledRejection', note));

/** Rejections that nobody handles are told after the microtasks. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test('FC-12 10,050 messages that nobody awaits while there is no connection: those past the limit are false, and counted', async () => {
  const drops: string[] = [];
  const pair = new Pair();
  pair.serverComm.refusesConnections = true;
  pair.client.on('dropped', ({ reason }) => drops.push(reason));
  const sent = Array.from({ length: 10_050 }, (_, n) => watch(pair.client.send(50, n % 7, n, 0, 1_000)));
  await turn();
  expect(sent.filter(({ state }) => state === 'pending')).toHaveLength(10_000);
  expect(sent.slice(10_000).map(({ value }) => value)).toEqual(Array(50).fill(false));
  expect(pair.client.counters).toMatchObject({ messagesNotSent: 50, dropped: { 'too-many-pending': 50 } });
  expect(drops).toEqual(Array(50).fill('too-many-pending'));
  await pair.clock.advanceAsync(1_000);
  expect(sent.filter(({ value }) => value === false)).toHaveLength(10_050);
  expect(pair.client.counters.messagesNotSent).toBe(10_050);
  await turn();
  expect(unhandled).toEqual([]);
  expect(await pair.close()).toBe(0);
});

test('FC-12 bytes past maxQueuedBytes are false as well', async () => {
  const pair = new Pair({ client: { maxQueuedBytes: 1_000 } });
  pair.serverComm.refusesConnections = true;
  void pair.client.send(50, 0, 'x'.repeat(800));
  expect(await pair.client.send(50, 0, 'x'.repeat(800))).toBe(false);
  expect(pair.client.counters.dropped).toEqual({ 'too-many-queued-bytes': 1 });
  expect(await pair.close()).toBe(0);
});

test('FC-12 messages after close, and those that close takes with it, are false and counted', async () => {
  const pair = new Pair();
  pair.serverComm.refusesConnections = true;
  const before = watch(pair.client.send(50, 0));
  await pair.client.close();
  const after = watch(pair.client.send(50, 0));
  await turn();
  expect([before.value, after.value]).toEqual([false, false]);
  expect(pair.client.counters.messagesNotSent).toBe(2);
  expect(unhandled).toEqual([]);
  await pair.close();
});

test('data that cannot be sent rejects, also where nothing can be sent: that is a mistake of the program', async () => {
  const pair = new Pair({ client: { maxPendingRequests: 1 } });
  pair.serverComm.refusesConnections = true;
  void pair.client.send(50, 0);
  await expect(pair.client.send(50, 0, () => {})).rejects.toThrow(TypeError);
  await expect(pair.client.send(50, 0, 'x'.repeat(17 * 2 ** 20))).rejects.toThrow(RangeError);
  await pair.client.close();
  await expect(pair.client.send(50, 0, () => {})).rejects.toThrow(TypeError);
  await pair.close();
});
