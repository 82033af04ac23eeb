import { describe, expect, test } from 'vitest';
import { STATUS_CALLBACK_ERROR, STATUS_OPERATION_NOT_PERMITTED, StatusError } from '../../src/index.js';
import { frameOf } from '../support/bytes.js';
import { Demand } from '../support/demand.js';
import { Pair, watch } from '../support/pair.js';
import { SECRET, SocketPuppet } from '../support/socket-puppet.js';

const CALLBACK_TIMEOUT_MS = 30_000;
const MAX_RUNNING = 64;

describe('R7: a callback that fails', () => {
  test.each([
    [
      'throws',
      () => {
        throw new Error('password: hunter2');
      },
    ],
    ['rejects', () => Promise.reject(new Error('password: hunter2'))],
    ['returns junk', () => 'password: hunter2'],
  ])('R7: one that %s is answered for with "callback error" and not a word of why', async (_, callback) => {
    const pair = await Pair.connected();
    pair.server.registerCallback(30, 0, callback);
    const answer = watch(pair.client.request(30, 0));
    await pair.settle();

    expect(answer.value).toMatchObject({ status: STATUS_CALLBACK_ERROR, data: null });
    expect(await pair.close()).toBe(0);
  });

  test('R7: one that hangs is answered for after 30 s, and what it answers later is dropped and counted', async () => {
    const pair = await Pair.connected({ client: { requestTimeout: 60_000 } });
    const demand = new Demand();
    pair.server.onExecute(0, demand.handler);
    const answer = watch(pair.client.request(30, 0, 'first'));
    await pair.clock.advanceAsync(CALLBACK_TIMEOUT_MS - 1);
    expect(answer.state).toBe('pending');
    await pair.clock.advanceAsync(1);
    expect(answer.value).toMatchObject({ status: STATUS_CALLBACK_ERROR, data: null });

    const next = watch(pair.client.execute(0, 'second'));
    await pair.settle();
    demand.answer(0, 'too late');
    demand.answer(1);
    await pair.settle();

    expect(next.value).toBe('second');
    expect(pair.server.counters.dropped).toEqual({ 'late-result': 1 });
  });

  test('R7: one that throws a status answers with it and with no data', async () => {
    const pair = await Pair.connected();
    pair.server.onExecute(0, () => {
      throw new StatusError(STATUS_OPERATION_NOT_PERMITTED, 'password: hunter2');
    });
    const answer = watch(pair.client.request(30, 0));
    await pair.settle();

    expect(answer.value).toMatchObject({ status: STATUS_OPERATION_NOT_PERMITTED, data: null });
  });

  test('R7: a callback of a response that throws or rejects takes nothing with it', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(null, () => 'fine');
    pair.client.registerCallback(11, 0, () => {
      throw new Error('not today');
    });
    pair.client.registerCallback(11, 1, () => Promise.reject(new Error('not today')));
    const reads = [watch(pair.client.read(0)), watch(pair.client.read(1))];
    await pair.settle();

    expect(reads.map(({ value }) => value)).toEqual(['fine', 'fine']);
  });
});

describe('R8: a flood of requests', () => {
  test('R8: runs 64 callbacks at once, lets as many wait as may, then reading pauses, and in the end each is answered in its turn', async () => {
    const maxWaitingCallbacks = 20;
    const puppet = new SocketPuppet('server', { maxWaitingCallbacks });
    const demand = new Demand();
    puppet.session.onExecute(null, demand.handler);
    const flood = Array.from({ length: 200 }, (_, n) => frameOf(30, n, n));
    await puppet.sends(Buffer.concat(flood.slice(0, 100)));
    await puppet.sends(Buffer.concat(flood.slice(100)));

    expect([demand.calls.length, puppet.socket.isReading]).toEqual([MAX_RUNNING, false]);
    expect(puppet.session.counters.messagesReceived).toBe(MAX_RUNNING + maxWaitingCallbacks);

    demand.answer(17);
    await puppet.settle();
    expect([demand.calls.length, puppet.socket.isReading]).toEqual([MAX_RUNNING + 1, false]);

    for (let n = 0; n < 200; n++) {
      demand.answer(n);
      await puppet.settle();
    }
    expect(puppet.heard.map(({ data }) => data)).toEqual([17, ...range(200).filter((n) => n !== 17)]);
    expect([demand.calls, puppet.socket.isReading]).toEqual([range(200), true]);
    expect(await puppet.close()).toBe(0);
  });

  test('R8: of callbacks that answer at once never pauses', async () => {
    const puppet = new SocketPuppet();
    puppet.session.onExecute(null, (data) => data);
    await puppet.sends(Buffer.concat(range(500).map((n) => frameOf(30, n, n))));
    expect(puppet.heard).toHaveLength(500);
    expect(puppet.socket.isReading).toBe(true);
  });

  test('R8: of a stranger runs one callback at once', async () => {
    const puppet = new SocketPuppet('server', { secret: SECRET });
    const demand = new Demand();
    puppet.session.onExecute(0, demand.handler).addMsgToAuthWhitelist(30, 0);
    await puppet.sends(Buffer.concat(range(5).map((n) => frameOf(30, 0, n))));
    expect([demand.calls, puppet.socket.isReading]).toEqual([[0], false]);

    for (const n of range(5)) {
      demand.answer(n);
      await puppet.settle();
      expect(demand.calls).toHaveLength(Math.min(n + 2, 5));
    }
    await puppet.authenticate();
    expect(puppet.session.isTrusted).toBe(true);
  });

  test('R8: of callbacks that all hang lets the next ones run after 30 s', async () => {
    const puppet = new SocketPuppet();
    const demand = new Demand();
    puppet.session.onExecute(null, demand.handler);
    await puppet.sends(Buffer.concat(range(100).map((n) => frameOf(30, n, n))));

    await puppet.passes(CALLBACK_TIMEOUT_MS);
    expect(demand.calls).toHaveLength(100);
    await puppet.passes(CALLBACK_TIMEOUT_MS);

    expect(puppet.heard.map(({ status }) => status)).toEqual(range(100).map(() => STATUS_CALLBACK_ERROR));
    expect(await puppet.close()).toBe(0);
  });

  test('R8: whose connection breaks is forgotten: what waited never runs, what ran answers nobody', async () => {
    const pair = await Pair.connected({ server: { maxRunningCallbacks: 2 } });
    const demand = new Demand();
    pair.server.onExecute(null, demand.handler);
    for (const n of range(4)) watch(pair.client.execute(n, n));
    await pair.settle();

    pair.clientComm.cut();
    await pair.clock.advanceAsync(1_000);
    for (const n of range(2)) demand.answer(n);
    await pair.settle();

    expect(demand.calls).toEqual([0, 1]);
    expect(pair.server.counters.dropped['link-lost']).toBeGreaterThanOrEqual(2);
    const next = watch(pair.client.execute(9, 'next'));
    await pair.settle();
    demand.answer(2);
    await pair.settle();
    expect(next.value).toBe('next');
  });
});

describe('R9: a callback that asks the peer that it answers', () => {
  test('R9: gets its answer, as deep as they like', async () => {
    const pair = await Pair.connected();
    for (const session of [pair.server, pair.client]) {
      session.onExecute(null, async (data, { dataId }) =>
        dataId === 0 ? data : [dataId, await session.execute(dataId - 1, data)],
      );
    }
    const execute = watch(pair.client.execute(5, 'ground'));
    await pair.settle();

    expect(execute.value).toEqual([5, [4, [3, [2, [1, 'ground']]]]]);
  });

  test('R9: gets its answer also where it asks for the same ids', async () => {
    const pair = await Pair.connected();
    pair.client.onExecute(0, (data) => `inner ${data}`);
    pair.server.onExecute(0, async (data) => `outer ${await pair.server.execute(0, data)}`);
    const executes = [1, 2, 3].map((n) => watch(pair.client.execute(0, n)));
    await pair.settle();

    expect(executes.map(({ value }) => value)).toEqual(['outer inner 1', 'outer inner 2', 'outer inner 3']);
  });

  test('R9: gets its answer while 64 of them run', async () => {
    expect(await answeredOf(MAX_RUNNING)).toBe(MAX_RUNNING);
  });

  test('R9: gets its answer also while more of them wait than may run', async () => {
    expect(await answeredOf(MAX_RUNNING + 1)).toBe(MAX_RUNNING + 1);
  });

  /** So many requests at once, each of which asks back; how many are answered before a second has passed. */
  async function answeredOf(count: number): Promise<number> {
    const pair = await Pair.connected();
    pair.client.onRead(0, () => 'inner');
    pair.server.onExecute(null, () => pair.server.read(0));
    const executes = range(count).map((n) => watch(pair.client.execute(n)));
    await pair.clock.advanceAsync(1_000);
    return executes.filter(({ value }) => value === 'inner').length;
  }
});

function range(length: number): number[] {
  return Array.from({ length }, (_, n) => n);
}
