import { describe, expect, test } from 'vitest';
import { createMemoryPair, Session, STATUS_AUTH_REQUIRED } from '../../../src/index.js';
import { withInternals } from '../../../src/session/internals.js';
import { Pair, watch } from '../../support/pair.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const SECRET = 'correct horse battery staple';

describe('a line of requests', () => {
  test('is settled completely when its own ghost ends the session', async () => {
    const clock = new VirtualClock();
    const { client, server } = createMemoryPair({ clock });
    const options = { clock, lateAnswerGrace: 200 };
    const asking = new Session(server, withInternals(options, { endsWithItsLink: true }));
    const silent = new Session(client, { clock });
    silent.onRead(null, () => new Promise(() => {}));
    await clock.advanceAsync(0);

    const ghost = watch(asking.read(1, { timeout: 50 }));
    const waiting = watch(asking.read(2, { timeout: 5_000 }));
    await clock.advanceAsync(250); // the ghost is overdue: the connection is reset, and with it the session is over
    expect(asking.isClosed).toBe(true);
    expect([ghost.state, waiting.state]).toEqual(['rejected', 'rejected']);
    expect(waiting.error).toMatchObject({ code: 'ERR_CONNECTION_LOST', written: true });
  });

  test('accepts the answer to a whitelisted request before trust', async () => {
    const pair = await Pair.connected({ both: { secret: SECRET }, client: { autoAuth: false } });
    for (const session of [pair.client, pair.server]) session.addMsgToAuthWhitelist(10, 7);
    pair.server.onRead(7, () => 'open to all');
    const answer = watch(pair.client.read(7));
    await pair.settle();
    expect(answer.value).toBe('open to all');
    expect(pair.client.counters.dropped).toEqual({});
    await pair.close();
  });

  test('rejects a request whose answer is refused for want of trust, so that the next gets its own', async () => {
    const pair = await Pair.connected({ both: { secret: SECRET } });
    let release: (value: string) => void = () => {};
    pair.client.onRead(1, () => new Promise((resolve) => (release = resolve)));
    const first = watch(pair.server.read(1));
    await pair.settle();
    pair.client.send(0, 0); // the client asks for a seed: the server trusts it no longer
    await pair.settle();
    expect(pair.server.isTrusted).toBe(false);
    release('the first');
    await pair.settle();
    expect(first.error).toMatchObject({ code: 'ERR_STATUS', status: STATUS_AUTH_REQUIRED });
    expect(pair.server.counters.dropped).toEqual({ untrusted: 1 });
    await pair.close();
  });
});

describe('answers that overtake an earlier one', () => {
  test('wait for it, count as running callbacks, and are counted as lost with the connection', async () => {
    const pair = await Pair.connected({ server: { maxRunningCallbacks: 3 } });
    let called = 0;
    pair.server.onRead(0, () => new Promise(() => {}));
    pair.server.onExecute(7, (data) => {
      called++;
      return data;
    });
    const slow = watch(pair.client.read(0));
    const quick = Array.from({ length: 10 }, (_, n) => watch(pair.client.execute(7, n)));
    await pair.settle();
    expect(slow.state).toBe('pending');
    // answers of other ids overtake the slow one
    expect(quick.map(({ value }) => value)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(called).toBe(10);

    pair.server.onExecute(8, (data) => {
      if (data === 0) return new Promise<never>(() => {});
      called += 100;
      return data;
    });
    const behind = Array.from({ length: 10 }, (_, n) => watch(pair.client.execute(8, n)));
    await pair.settle();
    // two callbacks run, so one more may: its answer waits behind the one of its ids, and no other callback is called
    expect(called).toBe(110);
    expect(behind.every(({ state }) => state === 'pending')).toBe(true);
    pair.clientComm.cut();
    await pair.settle();
    expect(pair.server.counters.dropped['link-lost']).toBeGreaterThanOrEqual(1);
  });
});

describe('a memory pair', () => {
  test('opens nothing after an attempt that took too long', async () => {
    const clock = new VirtualClock();
    const slow = createMemoryPair({ clock, latency: 1_050, connectTimeout: 1_000, reconnectDelay: 100_000 });
    const client = new Session(slow.client, { clock });
    const server = new Session(slow.server, { clock });
    await clock.advanceAsync(2_000);
    expect([slow.client.isConnected(), client.isConnected(), server.isConnected()]).toEqual([
      false,
      false,
      false,
    ]);
  });
});
