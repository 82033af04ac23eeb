/** What only an observer hears of: requests that timed out, links that are gone, bytes outside of frames. */

import { describe, expect, test } from 'vitest';
import type { Observation, ObservedLoss, ObservedTimeout } from '../../../src/index.js';
import { Pair, type PairOptions, watch } from '../../support/pair.js';

async function observed(options: PairOptions = {}): Promise<{ pair: Pair; seen: Observation[] }> {
  const seen: Observation[] = [];
  const observe = (observation: Observation): void => void seen.push(observation);
  const pair = await Pair.connected({ ...options, client: { ...options.client, observe } });
  return { pair, seen };
}

const timeouts = (seen: readonly Observation[]): ObservedTimeout[] =>
  seen.filter((each) => each.type === 'timed-out');
const losses = (seen: readonly Observation[]): ObservedLoss[] =>
  seen.filter((each) => each.type === 'link-lost');

describe('an observer hears', () => {
  test('which request timed out, how long it waited, and how many of its ids were before it', async () => {
    const { pair, seen } = await observed();
    pair.server.onRead(7, () => new Promise(() => {}));
    watch(pair.client.read(7, { timeout: 9_000 }));
    watch(pair.client.read(7, { timeout: 2_000 }));
    await pair.clock.advanceAsync(2_000);
    expect(timeouts(seen)).toEqual([
      {
        type: 'timed-out',
        serviceId: 10,
        dataId: 7,
        names: { service: 'read data request', data: '7' },
        waitedMs: 2_000,
        timeoutMs: 2_000,
        isWritten: true,
        reason: 'no-answer',
        ahead: 1,
      },
    ]);
    await pair.close();
  });

  test('that a request timed out before it was written, and why', async () => {
    const { pair, seen } = await observed();
    pair.serverComm.refusesConnections = true;
    pair.client.reconnect();
    watch(pair.client.read(7, { timeout: 500 }));
    await pair.clock.advanceAsync(500);
    expect(timeouts(seen)).toMatchObject([{ isWritten: false, reason: 'not-connected', ahead: 0 }]);
    await pair.close();
  });

  test('of a link that is gone, with what waited and whose wish it was, before the note of it', async () => {
    const { pair, seen } = await observed();
    pair.server.onRead(7, () => new Promise(() => {}));
    watch(pair.client.read(7, { timeout: 1_000 }));
    await pair.clock.advanceAsync(1_000);
    // it does not wait any more, nor does one that only listens
    watch(pair.client.receive(40, 1, 60_000));
    watch(pair.client.read(8, { timeout: 60_000 }));
    watch(pair.client.read(7, { timeout: 60_000 }));
    pair.server.onRead(8, () => new Promise(() => {}));
    pair.clientComm.cut();
    await pair.settle();
    expect(losses(seen)).toEqual([
      {
        type: 'link-lost',
        reason: 'network-error',
        isOwnWish: false,
        requestsUnanswered: 1,
        requestsQueued: 1,
      },
    ]);
    const place = seen.findIndex(({ type }) => type === 'link-lost');
    expect(seen[place + 1]).toMatchObject({ type: 'note', code: 'disconnected' });
    await pair.clock.advanceAsync(10_000);
    expect(pair.client.isConnected()).toBe(true);
    await pair.close();
    expect(losses(seen).at(-1)).toMatchObject({ reason: 'session-closed', isOwnWish: true });
  });

  test('of bytes outside of frames, with the first 64 of them', async () => {
    const { pair, seen } = await observed();
    pair.serverComm.sendRaw(Buffer.from('boot v1.2 ok\n'.repeat(10)));
    await pair.settle();
    expect(seen.filter((each) => each.type === 'dropped')).toMatchObject([
      { reason: 'noise', byteLength: 130, payload: Buffer.from('boot v1.2 ok\n'.repeat(10).slice(0, 64)) },
    ]);
    await pair.close();
  });
});
