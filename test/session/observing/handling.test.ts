/** The channel `socket-protocol:handle`: from the call of a callback until its answer is made. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SessionClosedError, StatusError } from '../../../src/index.js';
import { demanding } from '../../support/demand.js';
import { Pair, watch } from '../../support/pair.js';
import { FAILED, SUCCEEDED, TraceLog } from '../../support/trace-log.js';

let log: TraceLog;
beforeEach(() => {
  log = new TraceLog('handle');
});
afterEach(() => log[Symbol.dispose]());

/** Asks for data id 0, and does nothing with what becomes of it. */
async function ask(pair: Pair): Promise<void> {
  watch(pair.client.read(0));
  await pair.settle();
}

describe('the trace of a callback', () => {
  test('says who asks for what, and the status of the answer', async () => {
    const pair = await Pair.connected();
    pair.server.addData(10, 0, 'time');
    pair.server.onRead(0, () => 'now');

    await ask(pair);

    expect(log.only.events).toEqual(SUCCEEDED);
    expect(log.only.context).toEqual({
      sessionId: pair.server.stats().sessionId,
      role: 'server',
      serverAddress: null,
      serverPort: null,
      peerAddress: 'memory',
      kind: 'read',
      serviceId: 10,
      dataId: 0,
      serviceName: 'read data request',
      dataName: 'time',
      status: 0,
    });
  });

  test('lasts until an async one has answered', async () => {
    const [pair, demand] = await demanding();
    watch(pair.client.execute(0, 'x'));
    await pair.settle();
    expect(log.only.events).toEqual(['start', 'end']);

    demand.answer(0);
    await pair.settle();

    expect(log.only).toMatchObject({ events: SUCCEEDED, context: { status: 0 } });
  });

  const broken = new Error('broken');
  test.each<[string, () => unknown]>([
    ['throws', () => raise(broken)],
    ['rejects', () => Promise.reject(broken)],
  ])('fails where it %s', async (_, handler) => {
    const pair = await Pair.connected();
    pair.server.onRead(0, handler).on('callbackError', () => {});

    await ask(pair);

    expect(log.only).toMatchObject({ events: FAILED, context: { status: 2, error: broken } });
  });

  test.each<[string, () => unknown]>([
    ['throws', () => raise(new StatusError(7))],
    ['rejects with', () => Promise.reject(new StatusError(7))],
  ])('does not fail where it %s a status, which is an answer', async (_, handler) => {
    const pair = await Pair.connected();
    pair.server.onRead(0, handler);

    await ask(pair);

    expect(log.only).toMatchObject({ events: SUCCEEDED, context: { status: 7 } });
    expect(log.only.context).not.toHaveProperty('error');
  });

  test.each<[string, () => unknown]>([
    ['at once', () => Symbol('x')],
    ['later', async () => Symbol('x')],
  ])('fails where what it returns cannot be sent: %s', async (_, handler) => {
    const pair = await Pair.connected();
    pair.server.onRead(0, handler).on('callbackError', () => {});

    await ask(pair);

    expect(log.only).toMatchObject({ events: FAILED, context: { status: 2 } });
    expect(log.only.context.error).toBeInstanceOf(TypeError);
  });

  test('fails when its time is over, and ends once though it answers then', async () => {
    const [pair, demand] = await demanding({ server: { callbackTimeout: 100 } });
    pair.server.on('callbackError', () => {});
    watch(pair.client.execute(0));
    await pair.clock.advanceAsync(100);
    expect(log.only).toMatchObject({ events: FAILED, context: { status: 2 } });

    demand.answer(0);
    await pair.settle();

    expect(log.only.events).toEqual(FAILED);
    expect(log.only.context.status).toBe(2);
  });

  test('lasts beyond the connection, until the callback is done', async () => {
    const [pair, demand] = await demanding();
    watch(pair.client.execute(0));
    await pair.settle();
    pair.clientComm.cut();
    await pair.settle();
    expect(log.only.events).toEqual(['start', 'end']);

    demand.answer(0);
    await pair.settle();

    expect(log.only.events).toEqual(SUCCEEDED);
    expect(pair.server.counters.dropped).toEqual({ 'link-lost': 1 });
  });

  test('ends with the session where the callback never does', async () => {
    const [pair, demand] = await demanding();
    watch(pair.client.execute(0));
    await pair.settle();

    await pair.close();

    expect(log.only.events).toEqual(FAILED);
    expect(log.only.context).toMatchObject({ status: null });
    expect(log.only.context.error).toBeInstanceOf(SessionClosedError);
    demand.answer(0);
    await pair.settle();
    expect(log.only.events).toEqual(FAILED);
  });

  test('ends with the session that the callback itself closes', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => {
      void pair.server.close();
      return new Promise(() => {});
    });

    await ask(pair);

    expect(log.only.events).toEqual(FAILED);
  });

  test('lasts until its answer may leave, which is when it is made', async () => {
    const [pair, demand] = await demanding();
    watch(pair.client.execute(0, 'first'));
    watch(pair.client.execute(0, 'second'));
    await pair.settle();
    demand.answer(1);
    await pair.settle();
    expect(log.all.map(({ events }) => events.length)).toEqual([2, 2]);

    demand.answer(0);
    await pair.settle();

    expect(log.all.map(({ events }) => events)).toEqual([SUCCEEDED, SUCCEEDED]);
  });

  test('is that of a callback: what nobody handles has none', async () => {
    const pair = await Pair.connected();

    await ask(pair);

    expect(log.all).toEqual([]);
  });
});

describe('a store that a subscriber binds', () => {
  const { start, asyncEnd } = tracingChannel('socket-protocol:handle');
  const storage = new AsyncLocalStorage<string>();
  afterEach(() => void start.unbindStore(storage));

  test('is there in the callback, in all that it begins, and when its trace ends', async () => {
    start.bindStore(storage, (context) => `span of ${(context as { dataId: number }).dataId}`);
    const pair = await Pair.connected();
    const seen: unknown[] = [];
    const onEnd = (): void => void seen.push(['end', storage.getStore()]);
    asyncEnd.subscribe(onEnd);
    pair.server.onRead(0, async () => {
      seen.push(storage.getStore());
      await Promise.resolve();
      seen.push(storage.getStore());
      return 1;
    });
    pair.server.onRead(1, () => void seen.push(storage.getStore()));

    await Promise.all([pair.client.read(0), pair.client.read(1), pair.settle()]);

    asyncEnd.unsubscribe(onEnd);
    expect(seen).toEqual(['span of 0', 'span of 0', ['end', 'span of 0'], 'span of 1', ['end', 'span of 1']]);
    expect(storage.getStore()).toBeUndefined();
  });
});

function raise(error: Error): never {
  throw error;
}
