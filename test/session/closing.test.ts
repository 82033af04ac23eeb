/** How a session ends: at once or after it has drained, whatever it was doing, and what is told of it. */

import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type CloseOptions,
  type CloseReport,
  ConnectionLostError,
  createMemoryPair,
  OptionError,
  Session,
  SessionClosedError,
  STATUS_OPERATION_NOT_PERMITTED,
  StatusError,
} from '../../src/index.js';
import { withInternals } from '../../src/session/internals.js';
import type { MemoryComm } from '../../src/transport/memory.js';
import { Pair, type PairOptions, watch } from '../support/pair.js';
import { VirtualClock } from '../support/virtual-clock.js';

const SECRET = 'correct horse battery staple';
const NOTHING_CUT: CloseReport = { lostBytes: 0, cutRequests: 0, cutCallbacks: 0 };
const DRAIN: CloseOptions = { drain: true, timeout: 1_000 };

afterEach(() => void vi.restoreAllMocks());

/** A transport that takes its time to close, until it is let. */
function lingering(comm: MemoryComm, report = { lostBytes: 0 }): () => void {
  let finish = (): void => {};
  const disconnect = comm.close.bind(comm);
  const close = (): Promise<typeof report> => {
    disconnect();
    return new Promise((resolve) => {
      finish = () => resolve(report);
    });
  };
  Object.assign(comm, { close });
  return () => finish();
}

/** A pair whose server answers `0` when it is let, and `1` at once. */
async function answering(
  options: PairOptions = {},
): Promise<{ pair: Pair; answer: (data: unknown) => void }> {
  const pair = await Pair.connected(options);
  let answer = (_: unknown): void => {};
  pair.server.onRead(0, () => new Promise((resolve) => (answer = resolve)));
  pair.server.onRead(1, () => 'at once');
  return { pair, answer: (data) => answer(data) };
}

describe('a session that closes at once', () => {
  test('rejects what waits, and says how much that was, in the event as well', async () => {
    const { pair } = await answering();
    const events: CloseReport[] = [];
    pair.client.on('closed', (report) => events.push(report));
    const read = watch(pair.client.read(0));
    const received = watch(pair.client.receive(200, 0));
    await pair.settle();
    const closed = watch(pair.client.close());
    expect(pair.client.isClosed).toBe(true);
    await pair.settle();
    expect(read.error).toBeInstanceOf(SessionClosedError);
    expect(received.value).toBeNull();
    expect(closed.value).toEqual({ ...NOTHING_CUT, cutRequests: 1 });
    expect(events).toEqual([closed.value]);
    expect(await pair.close()).toBe(0);
  });

  test('counts messages that were not sent, and callbacks that have not answered', async () => {
    const { pair } = await answering({ server: { maxRunningCallbacks: 1 } });
    void Promise.all([0, 0, 1].map((dataId) => pair.client.read(dataId))).catch(() => {});
    await pair.settle();
    const server = watch(pair.server.close());
    await pair.settle();
    expect(server.value).toEqual({ ...NOTHING_CUT, cutCallbacks: 3 });
    const message = watch(pair.client.send(200, 0));
    const client = watch(pair.client.close());
    await pair.settle();
    expect([message.value, client.value]).toEqual([false, { ...NOTHING_CUT, cutRequests: 1 }]);
    expect(await pair.close()).toBe(0);
  });

  test('is over when its transport is, and passes on what that has lost; meanwhile no timer runs', async () => {
    const pair = await Pair.connected({ both: { secret: SECRET } });
    const finish = lingering(pair.clientComm, { lostBytes: 42 });
    const seen: string[] = [];
    pair.client.on('disconnected', (reason) => seen.push(reason)).on('closed', () => seen.push('closed'));
    const closed = [watch(pair.client.close()), watch(pair.client.close())];
    await pair.settle();
    expect([seen, closed[0]?.state]).toEqual([['session-closed'], 'pending']);
    await pair.server.close();
    expect(pair.clock.pending).toBe(0);
    finish();
    await pair.settle();
    expect(closed.map(({ value }) => value)).toEqual(Array(2).fill({ ...NOTHING_CUT, lostBytes: 42 }));
    expect(seen).toEqual(['session-closed', 'closed']);
    expect(await pair.client.close({ drain: true })).toBe(closed[0]?.value);
  });

  test('hears nothing more while its transport closes', async () => {
    const pair = await Pair.connected();
    const finish = lingering(pair.clientComm);
    void pair.client.close();
    await pair.settle();
    pair.serverComm.reconnect();
    pair.client.reconnect();
    const [read, sent] = [watch(pair.client.read(0)), watch(pair.client.send(200, 0))];
    await pair.clock.advanceAsync(60_000);
    expect(read.error).toBeInstanceOf(SessionClosedError);
    expect([sent.value, pair.client.isConnected(), pair.clock.pending]).toEqual([false, false, 0]);
    finish();
    expect(await pair.close()).toBe(0);
  });

  test.each([
    { timeout: -1 },
    { drain: 1 },
    { drains: true },
    { drain: true, timeout: '5' },
    'drain',
    null,
  ])('refuses options that it does not know, and stays open: %j', async (options) => {
    const pair = await Pair.connected();
    await expect(pair.client.close(options as never)).rejects.toThrow(OptionError);
    expect(pair.client.isClosed).toBe(false);
    expect(await pair.close()).toBe(0);
  });

  test('is what await using does', async () => {
    const pair = await Pair.connected();
    expect(await pair.client[Symbol.asyncDispose]()).toBeUndefined();
    expect(pair.client.isClosed).toBe(true);
    expect(await pair.close()).toBe(0);
  });
});

describe('a session that drains', () => {
  test('waits for its pending requests, and no longer', async () => {
    const { pair, answer } = await answering();
    const read = watch(pair.client.read(0));
    await pair.settle();
    const closed = watch(pair.client.close(DRAIN));
    await pair.clock.advanceAsync(500);
    expect([read.state, closed.state, pair.client.isClosed, pair.client.isConnected()]).toEqual([
      'pending',
      'pending',
      true,
      true,
    ]);
    answer('in time');
    await pair.settle();
    expect([read.value, closed.value]).toEqual(['in time', NOTHING_CUT]);
    expect(await pair.close()).toBe(0);
  });

  test('lets its running and its waiting callbacks answer (FC-27)', async () => {
    const { pair, answer } = await answering({ server: { maxRunningCallbacks: 1 } });
    const reads = [0, 1, 1].map((dataId) => watch(pair.client.read(dataId)));
    await pair.settle();
    const closed = watch(pair.server.close(DRAIN));
    await pair.clock.advanceAsync(500);
    expect(closed.state).toBe('pending');
    answer('slow');
    await pair.settle();
    expect(reads.map(({ value }) => value)).toEqual(['slow', 'at once', 'at once']);
    expect(closed.value).toEqual(NOTHING_CUT);
    expect(await pair.close()).toBe(0);
  });

  test('ends at once where nothing is under way', async () => {
    const pair = await Pair.connected();
    void pair.client.receive(200, 0);
    const closed = watch(pair.client.close(DRAIN));
    await pair.settle();
    expect(closed.value).toEqual(NOTHING_CUT);
    expect(await pair.close()).toBe(0);
  });

  test('does not wait for the late answers of requests that were given up', async () => {
    const { pair } = await answering();
    const read = watch(pair.client.read(0, { timeout: 100 }));
    const closed = watch(pair.client.close(DRAIN));
    await pair.clock.advanceAsync(100);
    expect([read.state, closed.value]).toEqual(['rejected', NOTHING_CUT]);
    expect(await pair.close()).toBe(0);
  });

  test('cuts what is not finished in time, and says what that was', async () => {
    const { pair } = await answering();
    const read = watch(pair.client.read(0));
    await pair.settle();
    const [client, server] = [watch(pair.client.close(DRAIN)), watch(pair.server.close(DRAIN))];
    await pair.clock.advanceAsync(999);
    expect([client.state, server.state]).toEqual(['pending', 'pending']);
    await pair.clock.advanceAsync(1);
    expect(client.value).toEqual({ ...NOTHING_CUT, cutRequests: 1 });
    expect(read.error).toBeInstanceOf(SessionClosedError);
    expect(server.value).toEqual({ ...NOTHING_CUT, cutCallbacks: 1 });
    expect(await pair.close()).toBe(0);
  });

  test('begins nothing new', async () => {
    const { pair } = await answering();
    watch(pair.client.read(0));
    await pair.settle();
    void pair.client.close(DRAIN);
    const { client } = pair;
    const asked = [watch(client.read(1)), watch(client.send(200, 0)), watch(client.receive(200, 0))];
    const trusted = watch(client.authenticate(100));
    client.reconnect();
    await pair.settle();
    expect(asked[0]?.error).toBeInstanceOf(SessionClosedError);
    expect(asked.slice(1).map(({ value }) => value)).toEqual([false, null]);
    expect([trusted.value, client.isConnected()]).toEqual([false, true]);
    expect(await pair.close()).toBe(0);
  });

  test('tells its peer at once that it takes no more requests, after the answers that are due', async () => {
    const { pair, answer } = await answering();
    pair.server.registerCallback(200, 0, () => undefined);
    const first = watch(pair.client.read(0));
    await pair.settle();
    void pair.server.close(DRAIN);
    const [same, other, unknown] = [0, 1, 2].map((dataId) => watch(pair.client.read(dataId)));
    await pair.settle();
    for (const refused of [other, unknown]) {
      expect(refused?.error).toBeInstanceOf(StatusError);
      expect((refused?.error as StatusError).status).toBe(STATUS_OPERATION_NOT_PERMITTED);
    }
    expect(same?.state).toBe('pending');
    expect(pair.server.counters.dropped).toEqual({ draining: 3 });
    answer('first');
    await pair.settle();
    expect(first.value).toBe('first');
    expect((same?.error as StatusError).status).toBe(STATUS_OPERATION_NOT_PERMITTED);
    expect(await pair.close()).toBe(0);
  });

  test('lets a request wait for a connection that there is not, as long as it may', async () => {
    const pair = new Pair();
    pair.serverComm.refusesConnections = true;
    pair.server.onRead(0, () => 'at last');
    const read = watch(pair.client.read(0));
    const closed = watch(pair.client.close(DRAIN));
    await pair.clock.advanceAsync(500);
    expect([read.state, closed.state]).toEqual(['pending', 'pending']);
    pair.serverComm.refusesConnections = false;
    await pair.clock.advanceAsync(500);
    expect([read.value, closed.value]).toEqual(['at last', NOTHING_CUT]);
    expect(await pair.close()).toBe(0);
  });

  test('authenticates on a new connection for a request that waits for it', async () => {
    const pair = new Pair({ both: { secret: SECRET } });
    pair.server.onRead(0, () => 'trusted');
    const read = watch(pair.client.read(0));
    const closed = watch(pair.client.close(DRAIN));
    await pair.settle();
    expect([read.value, closed.value]).toEqual(['trusted', NOTHING_CUT]);
    expect(await pair.close()).toBe(0);
  });

  test.each([
    ['client', 'client'],
    ['server', 'server'],
  ] as const)('is over when the link is lost, for then nothing can finish: %s', async (_, side) => {
    const { pair } = await answering();
    const read = watch(pair.client.read(0));
    await pair.settle();
    const closed = watch(pair[side].close(DRAIN));
    pair.clientComm.cut();
    await pair.settle();
    expect(read.error).toBeInstanceOf(ConnectionLostError);
    // the loss has cut them, not the end of the session
    expect(closed.value).toEqual(NOTHING_CUT);
    expect(await pair.close()).toBe(0);
  });

  test('is over when its connection gives up', async () => {
    const { client: comm } = createMemoryPair({ clock: new VirtualClock() });
    const clock = new VirtualClock();
    Object.assign(comm, {
      supervise: () => ({ delayMs: () => 100, reopens: true, maxAttempts: 2, connectTimeoutMs: 50 }),
      reconnect: () => {},
    });
    const session = new Session(comm, { clock });
    const read = watch(session.read(0));
    const closed = watch(session.close(DRAIN));
    await clock.advanceAsync(200);
    expect(read.error).toBeInstanceOf(ConnectionLostError);
    expect(closed.value).toEqual(NOTHING_CUT);
    expect(clock.pending).toBe(0);
  });

  test('is over when its key is refused', async () => {
    const pair = new Pair({ client: { secret: SECRET }, server: { secret: 'another secret altogether' } });
    const read = watch(pair.client.read(0));
    const closed = watch(pair.client.close(DRAIN));
    await pair.clock.advanceAsync(500);
    expect([read.state, closed.value]).toEqual(['rejected', NOTHING_CUT]);
    expect(await pair.close()).toBe(0);
  });

  test('closes at once at a second call that does not drain; every caller gets the same report', async () => {
    const { pair } = await answering();
    watch(pair.client.read(0));
    await pair.settle();
    const closed = [
      watch(pair.client.close(DRAIN)),
      watch(pair.client.close({ drain: true, timeout: 60_000 })),
    ];
    await pair.settle();
    expect(closed.map(({ state }) => state)).toEqual(['pending', 'pending']);
    closed.push(watch(pair.client.close()));
    await pair.settle();
    expect(closed.map(({ value }) => value)).toEqual(Array(3).fill({ ...NOTHING_CUT, cutRequests: 1 }));
    expect(await pair.close()).toBe(0);
  });

  test('counts its time from the first call', async () => {
    const { pair } = await answering();
    watch(pair.client.read(0));
    await pair.settle();
    const closed = watch(pair.client.close(DRAIN));
    await pair.clock.advanceAsync(900);
    void pair.client.close(DRAIN);
    await pair.clock.advanceAsync(100);
    expect(closed.state).toBe('resolved');
    expect(await pair.close()).toBe(0);
  });

  test('of one accepted connection ends with it', async () => {
    const clock = new VirtualClock();
    const comms = createMemoryPair({ clock });
    const server = new Session(comms.server, withInternals({ clock }, { endsWithItsLink: true }));
    const client = new Session(comms.client, { clock });
    server.onRead(0, () => new Promise(() => {}));
    await clock.advanceAsync(0);
    watch(client.read(0));
    await clock.advanceAsync(0);
    const closed = watch(server.close(DRAIN));
    void client.close();
    await clock.advanceAsync(0);
    expect(closed.value).toEqual(NOTHING_CUT);
    expect(clock.pending).toBe(0);
  });
});

describe.each([
  ['at once', undefined],
  ['when it has drained', DRAIN],
])('closing %s', (_, options) => {
  test.each([
    ['before there was a connection', true, 0],
    ['while it connects', false, 0],
    ['after a failed attempt', true, 50],
    ['with a connection', false, 50],
  ])('works %s', async (_, refusesConnections, afterMs) => {
    const pair = new Pair({ both: { secret: SECRET } });
    pair.serverComm.refusesConnections = refusesConnections;
    pair.clock.advance(afterMs);
    const closed = watch(pair.client.close(options));
    expect(pair.client.isClosed).toBe(true);
    await pair.settle();
    expect(closed.value).toEqual(NOTHING_CUT);
    expect(await pair.close()).toBe(0);
  });

  test('works in the middle of a handshake', async () => {
    const pair = new Pair({ client: { secret: SECRET } });
    pair.server.on('connected', () => {});
    pair.clock.advance(0);
    const verdict = watch(pair.client.authenticate(5_000));
    const closed = watch(pair.client.close(options));
    await pair.settle();
    expect([verdict.value, closed.value]).toEqual([false, NOTHING_CUT]);
    expect(await pair.close()).toBe(0);
  });

  test('works while the peer refuses the key', async () => {
    const pair = new Pair({ client: { secret: SECRET }, server: { secret: 'another secret altogether' } });
    await pair.clock.advanceAsync(500);
    const closed = watch(pair.client.close(options));
    await pair.settle();
    expect(closed.value).toEqual(NOTHING_CUT);
    expect(await pair.close()).toBe(0);
  });

  test.each([
    'connected',
    'disconnected',
    'trusted',
    'message',
  ] as const)('works in a listener of "%s"', async (event) => {
    const pair = new Pair({ both: { secret: SECRET } });
    const seen: boolean[] = [];
    pair.client.on(event, () => {
      void pair.client.close(options);
      seen.push(pair.client.isClosed);
    });
    await pair.settle();
    pair.clientComm.cut();
    await pair.settle();
    expect(seen[0]).toBe(true);
    expect(await pair.close()).toBe(0);
  });

  test.each([
    ['a value', () => 'the last', 1],
    ['a promise', () => Promise.resolve('the last'), 1],
    [
      'an exception',
      () => {
        throw new Error('the last');
      },
      1,
    ],
    ['nothing, ever', () => new Promise(() => {}), 0],
  ])('works in a callback, whose answer is sent where the session drains: %s', async (_, result, isSettled) => {
    const pair = await Pair.connected();
    const closed: CloseReport[] = [];
    pair.server.onRead(0, () => {
      pair.server.close(options).then((report) => closed.push(report));
      return result();
    });
    const read = watch(pair.client.read(0));
    await pair.settle();
    await pair.clock.advanceAsync(1_000);
    const isCut = options === undefined || isSettled === 0;
    expect(read.error instanceof ConnectionLostError).toBe(isCut);
    expect(closed).toEqual([{ ...NOTHING_CUT, cutCallbacks: isCut ? 1 : 0 }]);
    expect(await pair.close()).toBe(0);
  });
});

test('a session whose machine fails as it begins to drain closes at once', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const { pair } = await answering();
  const events: CloseReport[] = [];
  pair.client.on('closed', (report) => events.push(report));
  const finish = lingering(pair.clientComm, { lostBytes: 3 });
  const read = watch(pair.client.read(0));
  await pair.settle();
  const setTimeout = pair.clock.setTimeout.bind(pair.clock);
  const broken = vi.spyOn(pair.clock, 'setTimeout').mockImplementation((callback, delayMs) => {
    if (delayMs === DRAIN.timeout) throw new Error('the clock');
    return setTimeout(callback, delayMs);
  });
  const closed = watch(pair.client.close(DRAIN));
  broken.mockRestore();
  await pair.settle();
  expect([read.state, closed.state, events.length]).toEqual(['rejected', 'pending', 0]);
  finish();
  await pair.settle();
  const error = expect.objectContaining({ message: 'the clock' });
  expect(closed.value).toEqual({ ...NOTHING_CUT, lostBytes: 3, cutRequests: 1, error });
  expect(events).toEqual([closed.value]);
  expect(String(warn.mock.calls)).toContain('the clock');
  expect(await pair.close()).toBe(0);
});

test.each([
  1, 2,
])('a link that is gone leaves no timer of a callback that never ends, and it makes room on the next: %i', async (maxRunningCallbacks) => {
  const { pair } = await answering({ server: { maxRunningCallbacks, callbackTimeout: 1_000 } });
  watch(pair.client.read(0));
  await pair.clock.advanceAsync(500);
  pair.serverComm.refusesConnections = true;
  pair.clientComm.cut();
  await pair.client.close();
  await pair.settle();
  expect(pair.clock.pending).toBe(0);
  pair.serverComm.refusesConnections = false;
  const client = new Session(pair.clientComm, { clock: pair.clock });
  await pair.settle();
  const read = watch(client.read(1));
  await pair.settle();
  expect(read.state).toBe(maxRunningCallbacks === 1 ? 'pending' : 'resolved');
  await pair.clock.advanceAsync(1_000);
  expect(read.value).toBe('at once');
  expect(pair.server.counters.dropped).toEqual({ 'link-lost': 1 });
  await client.close();
  expect(await pair.close()).toBe(0);
});
