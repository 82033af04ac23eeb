/** The channel `socket-protocol:request`: however a request ends, its trace ends once, and as the request did. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  AuthenticationError,
  ConnectionLostError,
  SessionClosedError,
  StatusError,
  TimeoutError,
  TooManyRequestsError,
} from '../../../src/index.js';
import { demanding } from '../../support/demand.js';
import { Pair, watch } from '../../support/pair.js';
import { FAILED, SUCCEEDED, TraceLog } from '../../support/trace-log.js';

const SECRET = 'correct horse battery staple';

let log: TraceLog;
beforeEach(() => {
  log = new TraceLog('request');
});
afterEach(() => log[Symbol.dispose]());

/** What a promise is rejected with. */
async function errorOf(pair: Pair, promise: Promise<unknown>): Promise<unknown> {
  const watched = watch(promise);
  await pair.settle();
  expect(watched.state).toBe('rejected');
  return watched.error;
}

describe('the trace of a request', () => {
  test('says who asks whom for what, and with which status it is answered', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => 'now');
    pair.client.addData(10, 0, 'time');

    const read = pair.client.read(0);
    expect(log.only.events).toEqual(['start', 'end']);
    expect(log.only.context.status).toBeNull();
    await pair.settle();

    expect(await read).toBe('now');
    expect(log.only.events).toEqual(SUCCEEDED);
    expect(log.only.context).toEqual({
      sessionId: pair.client.stats().sessionId,
      role: 'client',
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

  test('has the kind of the request, and no name where there is none', async () => {
    const pair = await Pair.connected();
    pair.server.onWrite(1, () => null).onExecute(2, () => null);
    pair.client.addService(100, 101, 'own');
    pair.server.addService(100, 101).onRequest(100, 3, () => null);

    void pair.client.write(1, 0);
    void pair.client.execute(2);
    void pair.client.request(100, 3);
    await pair.settle();

    expect(log.all.map(({ context }) => [context.kind, context.serviceName, context.dataName])).toEqual([
      ['write', 'write data request', null],
      ['execute', 'execute request', null],
      ['other', 'own', null],
    ]);
  });

  test('ends before the program goes on', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => 1);
    const seen: (readonly string[])[] = [];

    void pair.client.read(0).then(() => seen.push([...log.only.events]));
    await pair.settle();

    expect(seen).toEqual([SUCCEEDED]);
  });

  test('does not fail with an answer that the program wants whatever its status', async () => {
    const pair = await Pair.connected({ server: { bufferUnhandled: false } });

    const request = pair.client.request(10, 7);
    await pair.settle();

    expect((await request).status).toBe(4);
    expect(log.only).toMatchObject({ events: SUCCEEDED, context: { status: 4 } });
  });

  test('fails with a status that is an error, without the data of the answer', async () => {
    const pair = await Pair.connected();
    pair.server.registerCallback(10, 0, () => [7, 'confidential']);

    const error = await errorOf(pair, pair.client.read(0));

    expect(error).toMatchObject({ status: 7, answer: { data: 'confidential' } });
    const { events, context } = log.only;
    expect(events).toEqual(FAILED);
    expect(context.status).toBe(7);
    expect(context.error).toBeInstanceOf(StatusError);
    expect(context.error).toMatchObject({ status: 7, message: (error as Error).message, serviceId: 10 });
    expect(JSON.stringify(context)).not.toContain('confidential');
    expect((context.error as StatusError).answer).toBeUndefined();
  });

  test('fails with the error of the request before the program hears of it', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => new Promise(() => {}));
    const seen: (readonly string[])[] = [];
    const read = pair.client.read(0, { timeout: 100 });
    const failed = read.catch((error: unknown) => {
      seen.push([...log.only.events]);
      return error;
    });

    await pair.clock.advanceAsync(100);

    expect(seen).toEqual([FAILED]);
    expect(log.only.context.error).toBe(await failed);
    expect(await failed).toMatchObject({ code: 'ERR_TIMEOUT', written: true });
  });

  test('fails when the time runs out before it was written', async () => {
    const pair = new Pair();
    pair.serverComm.refusesConnections = true;
    const read = watch(pair.client.read(0, { timeout: 500 }));

    await pair.clock.advanceAsync(500);

    expect(read.error).toBeInstanceOf(TimeoutError);
    expect(log.only).toMatchObject({ events: FAILED, context: { status: null, error: read.error } });
    await pair.close();
  });

  test('ends once though the answer comes late', async () => {
    const [pair, demand] = await demanding();
    const execute = watch(pair.client.execute(0, null, { timeout: 100 }));
    await pair.clock.advanceAsync(100);

    demand.answer(0);
    await pair.settle();

    expect(execute.state).toBe('rejected');
    expect(log.only.events).toEqual(FAILED);
    expect(pair.client.counters.dropped).toEqual({ 'late-answer': 1 });
  });

  test.each([
    ['lost', (pair: Pair) => pair.clientComm.cut(), ConnectionLostError],
    ['closed', (pair: Pair) => void pair.client.close(), SessionClosedError],
  ])('fails when the connection is %s', async (_, end, type) => {
    const [pair] = await demanding();
    const execute = watch(pair.client.execute(0));
    await pair.settle();

    end(pair);
    await pair.settle();

    expect(execute.error).toBeInstanceOf(type);
    expect(log.only).toMatchObject({ events: FAILED, context: { error: execute.error } });
  });

  test('fails with the reason of the signal that cancels it', async () => {
    const [pair] = await demanding();
    const reason = new Error('no longer needed');
    const controller = new AbortController();
    const execute = watch(pair.client.execute(0, null, { signal: controller.signal }));
    await pair.settle();

    controller.abort(reason);
    await pair.settle();

    expect(execute.error).toBe(reason);
    expect(log.only).toMatchObject({ events: FAILED, context: { error: reason } });
  });

  test('fails when the peer refuses the key', async () => {
    const pair = new Pair({ client: { secret: SECRET }, server: { secret: `${SECRET}s` } });
    const read = watch(pair.client.read(0, { timeout: 5_000 }));

    await pair.clock.advanceAsync(1_000);

    expect(read.error).toBeInstanceOf(AuthenticationError);
    expect(log.only).toMatchObject({ events: FAILED, context: { error: read.error } });
    await pair.close();
  });

  test.each<[string, object, (pair: Pair) => Promise<unknown>, unknown]>([
    [
      'too many wait',
      { maxPendingRequests: 1 },
      (pair) => {
        void pair.client.execute(0).catch(() => {});
        return pair.client.execute(0);
      },
      TooManyRequestsError,
    ],
    ['JSON cannot carry its data', {}, (pair) => pair.client.execute(0, Symbol('x')), TypeError],
    ['nobody knows its service', {}, (pair) => pair.client.request(100, 0), RangeError],
    [
      'the session is closed',
      {},
      (pair) => {
        void pair.client.close();
        return pair.client.execute(0);
      },
      SessionClosedError,
    ],
    [
      'its signal was aborted before',
      {},
      (pair) => pair.client.execute(0, null, { signal: AbortSignal.abort() }),
      DOMException,
    ],
  ])('fails where it is refused on the spot: %s', async (_, client, ask, type) => {
    const [pair] = await demanding({ client });

    const error = await errorOf(pair, ask(pair));

    expect(error).toBeInstanceOf(type);
    expect(log.all.at(-1)).toMatchObject({ events: FAILED, context: { error } });
    await pair.close();
    for (const { events } of log.all) expect(events).toEqual(FAILED);
  });

  test('is not begun by wrong arguments, which ask for nothing', async () => {
    const pair = await Pair.connected();

    await expect(pair.client.read(-1)).rejects.toMatchObject({ code: 'ERR_OPTION' });

    expect(log.all).toEqual([]);
  });

  test('leaves the rejection that nobody handles to the process, and the handled one alone', async () => {
    const unhandled: unknown[] = [];
    const remember = (reason: unknown): void => void unhandled.push(reason);
    const before = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', remember);
    try {
      const pair = await Pair.connected();
      void pair.client.read(1).catch(() => {});
      await pair.settle();
      // Node looks for them when no promise is left to go on
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).toEqual([]);

      void pair.client.read(2);
      await pair.settle();
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).toMatchObject([{ code: 'ERR_STATUS', dataId: 2 }]);
    } finally {
      process.off('unhandledRejection', remember);
      for (const listener of before) process.on('unhandledRejection', listener);
    }
  });

  test('is whole where an inspector watches', async () => {
    const [pair, demand] = await demanding({ both: { inspect: () => {} } });
    const execute = watch(pair.client.execute(0, 'x'));
    const late = watch(pair.client.execute(1, 'y', { timeout: 50 }));
    await pair.settle();
    demand.answer(0);
    await pair.clock.advanceAsync(50);

    expect([execute.value, late.state]).toEqual(['x', 'rejected']);
    expect(log.all.map(({ events }) => events)).toEqual([SUCCEEDED, FAILED]);
    await pair.close();
  });
});
