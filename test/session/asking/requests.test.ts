import { describe, expect, test, vi } from 'vitest';
import {
  ConnectionLostError,
  OptionError,
  SessionClosedError,
  SID_READ_REQUEST,
  STATUS_CALLBACK_ERROR,
  STATUS_OPERATION_NOT_PERMITTED,
  StatusError,
  TimeoutError,
  TooManyRequestsError,
} from '../../../src/index.js';
import { Demand } from '../../support/demand.js';
import { Pair, watch } from '../../support/pair.js';

describe('a request', () => {
  test('resolves with the data that the handler of the peer returns', async () => {
    const pair = await Pair.connected();
    pair.server
      .onRead(0, () => 'now')
      .onWrite(1, (data) => [data, 'written'])
      .onExecute(2, async (data) => data);

    const all = Promise.all([pair.client.read(0), pair.client.write(1, { a: 1 }), pair.client.execute(2, 7)]);
    await pair.settle();

    expect(await all).toEqual(['now', [{ a: 1 }, 'written'], 7]);
    expect(await pair.close()).toBe(0);
  });

  test('can be made by the server as well', async () => {
    const pair = await Pair.connected();
    pair.client.onRead(3, () => 'from the client');

    const read = pair.server.read(3);
    await pair.settle();

    expect(await read).toBe('from the client');
  });

  test('can be made by a handler, of the peer that it answers', async () => {
    const pair = await Pair.connected();
    pair.client.onRead(1, () => 'inner');
    pair.server.onRead(0, async () => `outer ${await pair.server.read(1)}`);

    const read = pair.client.read(0);
    await pair.settle();

    expect(await read).toBe('outer inner');
  });

  test('made before there is a connection is sent when there is one, in the order of the calls', async () => {
    const pair = new Pair();
    const seen: unknown[] = [];
    pair.server.onWrite(null, (data) => void seen.push(data));
    const writes = [3, 1, 2].map((n) => pair.client.write(n, n));

    await pair.settle();
    await Promise.all(writes);

    expect(seen).toEqual([3, 1, 2]);
  });

  test('made before the peer is trusted is sent when it is', async () => {
    const pair = new Pair({ both: { secret: 'correct horse battery staple' } });
    pair.server.onRead(0, () => 'secret data');
    const read = pair.client.read(0);

    await pair.settle();

    expect(await read).toBe('secret data');
  });

  test('times out after its own time-out, which includes the wait for a connection', async () => {
    const pair = new Pair();
    pair.serverComm.refusesConnections = true;
    const read = watch(pair.client.read(0, { timeout: 500 }));

    await pair.clock.advanceAsync(499);
    expect(read.state).toBe('pending');
    await pair.clock.advanceAsync(1);

    expect(read.error).toBeInstanceOf(TimeoutError);
    expect(read.error).toMatchObject({
      written: false,
      message: expect.stringContaining('there is no connection'),
    });
  });

  test('says in its time-out whether it had been written', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => new Promise(() => {}));
    const read = watch(pair.client.read(0, { timeout: 100 }));

    await pair.clock.advanceAsync(100);

    expect(read.error).toMatchObject({ written: true, timeoutMs: 100 });
  });

  test('is rejected at once when the link breaks, with an unknown outcome', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => new Promise(() => {}));
    const read = watch(pair.client.read(0));
    await pair.settle();

    pair.clientComm.cut();
    await pair.settle();

    expect(read.error).toBeInstanceOf(ConnectionLostError);
    expect(read.error).toMatchObject({ written: true });
  });

  test('that was not written when the link breaks says so', async () => {
    const pair = await Pair.connected({
      both: { secret: 'correct horse battery staple' },
      client: { autoAuth: false },
    });
    const read = watch(pair.client.read(0));
    await pair.settle();

    pair.clientComm.cut();
    await pair.settle();

    expect(read.error).toMatchObject({ code: 'ERR_CONNECTION_LOST', written: false });
  });

  test('that times out behind a ghost says so', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => new Promise(() => {}));
    const ghost = watch(pair.client.read(0, { timeout: 100 }));
    await pair.clock.advanceAsync(100);
    const behind = watch(pair.client.read(0, { timeout: 100 }));
    await pair.clock.advanceAsync(100);
    const error = { code: 'ERR_TIMEOUT', timeoutMs: 100 };
    expect(ghost.error).toMatchObject({ ...error, reason: 'no-answer', written: true });
    expect(behind.error).toMatchObject({ ...error, reason: 'behind-unanswered-request', written: false });
    expect(String(ghost.error)).toContain(
      'No answer to read data request, data_id 0 of memory within 100 ms',
    );
    expect(String(behind.error)).toContain(
      'Could not send read data request, data_id 0 of memory within 100 ms: an earlier request with these ids is still unanswered',
    );
  });

  test('can share its signal with a thousand others without a warning or a leftover listener', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(null, (_, { dataId }) => dataId);
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, 'removeEventListener');
    const warnings: string[] = [];
    const listen = (warning: Error): void => void warnings.push(warning.name);
    process.on('warning', listen);
    const answers = Promise.all(Array.from({ length: 1_000 }, (_, n) => pair.client.read(n, { signal })));
    await pair.settle();
    expect((await answers).length).toBe(1_000);
    await new Promise(setImmediate); // Node emits warnings in a later turn
    process.off('warning', listen);
    expect(warnings).toEqual([]);
    expect(removed).toHaveBeenCalledTimes(1_000);
  });

  test('is rejected with the reason of its signal', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => new Promise(() => {}));
    const controller = new AbortController();
    const read = watch(pair.client.read(0, { signal: controller.signal }));
    await pair.settle();

    controller.abort();
    await pair.settle();

    expect(read.error).toMatchObject({ name: 'AbortError' });
    await expect(pair.client.read(0, { signal: controller.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  test('is rejected when its session is closed, and so is every later one', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => new Promise(() => {}));
    const read = watch(pair.client.read(0));
    await pair.settle();

    await pair.client.close();
    await pair.settle();

    expect(read.error).toBeInstanceOf(SessionClosedError);
    await expect(pair.client.read(0)).rejects.toBeInstanceOf(SessionClosedError);
  });

  test('is not sent again after a reconnect', async () => {
    const pair = await Pair.connected();
    let runs = 0;
    pair.server.onExecute(0, () => {
      runs++;
      return new Promise(() => {});
    });
    const execute = watch(pair.client.execute(0));
    await pair.settle();

    pair.clientComm.cut();
    await pair.clock.advanceAsync(1_000);

    expect(pair.client.isConnected()).toBe(true);
    expect(execute.state).toBe('rejected');
    expect(runs).toBe(1);
  });

  test('rejects with StatusError for any status but okay', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => {
      throw new StatusError(STATUS_OPERATION_NOT_PERMITTED);
    });
    pair.server.onRead(1, () => Promise.reject(new Error('the disk is full')));
    const reads = [watch(pair.client.read(0)), watch(pair.client.read(1))];

    await pair.settle();

    expect(reads.map((read) => (read.error as StatusError).status)).toEqual([
      STATUS_OPERATION_NOT_PERMITTED,
      STATUS_CALLBACK_ERROR,
    ]);
    expect(String(reads[1]?.error)).not.toContain('disk');
  });

  test.each([
    [
      'a cycle',
      (() => {
        const a: unknown[] = [];
        a.push(a);
        return a;
      })(),
    ],
    ['a function', () => 1],
    ['NaN', Number.NaN],
  ])('whose handler returns %s is answered with "callback error"', async (_, result) => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => result);
    const read = watch(pair.client.read(0));

    await pair.settle();

    expect(read.error).toMatchObject({ status: STATUS_CALLBACK_ERROR });
  });

  test('is refused before a byte is sent where its data is no JSON or its arguments are wrong', async () => {
    const pair = await Pair.connected();
    const sent = pair.client.counters.messagesSent;

    await expect(pair.client.write(0, () => 1)).rejects.toBeInstanceOf(TypeError);
    await expect(pair.client.write(0, undefined)).rejects.toBeInstanceOf(TypeError);
    await expect(pair.client.write(-1, 0)).rejects.toBeInstanceOf(OptionError);
    await expect(pair.client.request(17, 0)).rejects.toThrow(RangeError);
    await expect(pair.client.request(17, 0)).rejects.toThrow(/^17 is no request service /);
    await expect(pair.client.read(0, { timeout: -1 })).rejects.toBeInstanceOf(OptionError);

    expect(pair.client.counters.messagesSent).toBe(sent);
  });

  test('is refused when too many are pending', async () => {
    const pair = await Pair.connected({ client: { maxPendingRequests: 2 } });
    pair.server.onRead(0, () => new Promise(() => {}));
    watch(pair.client.read(0));
    watch(pair.client.read(0));

    await expect(pair.client.read(0)).rejects.toBeInstanceOf(TooManyRequestsError);
  });

  test('waits while the peer does not read, and is sent when it does', async () => {
    const pair = await Pair.connected();
    pair.server.onWrite(null, () => 'ok');
    pair.clientComm.isStalled = true;
    const big = watch(pair.client.write(0, 'x'.repeat(2 * 1024 * 1024)));
    const waits = watch(pair.client.write(1, 1, { timeout: 100 }));
    const goes = watch(pair.client.write(2, 2));
    await pair.clock.advanceAsync(100);
    expect(waits.error).toMatchObject({ written: false, message: expect.stringContaining('does not read') });

    pair.clientComm.unstall();
    await pair.settle();

    expect([big.value, goes.value]).toEqual(['ok', 'ok']);
  });
});

describe('answers of equal ids', () => {
  test('leave in the order of the requests, no matter how long each handler takes', async () => {
    const pair = await Pair.connected();
    const demand = new Demand();
    pair.server.onExecute(0, demand.handler);
    const executes = [1, 2, 3].map((n) => watch(pair.client.execute(0, n)));
    await pair.settle();

    demand.answer(2);
    demand.answer(1);
    await pair.settle();
    expect(executes.map(({ state }) => state)).toEqual(['pending', 'pending', 'pending']);
    demand.answer(0);
    await pair.settle();

    expect(executes.map(({ value }) => value)).toEqual([1, 2, 3]);
  });

  test('settle a hanging callback with "callback error", so that those behind it get through', async () => {
    const pair = await Pair.connected({
      server: { callbackTimeout: 1_000 },
      client: { requestTimeout: 5_000 },
    });
    let calls = 0;
    pair.server.onRead(0, () => (calls++ === 0 ? new Promise(() => {}) : Promise.resolve('second')));
    const reads = [watch(pair.client.read(0)), watch(pair.client.read(0))];

    await pair.clock.advanceAsync(1_000);

    expect(reads[0]?.error).toMatchObject({ status: STATUS_CALLBACK_ERROR });
    expect(reads[1]?.value).toBe('second');
  });

  test('are sent only on the connection that the requests came on', async () => {
    const pair = await Pair.connected();
    const demand = new Demand();
    pair.server.onRead(0, demand.handler);
    watch(pair.client.read(0));
    await pair.settle();
    pair.clientComm.cut();
    await pair.clock.advanceAsync(1_000);
    const received = pair.client.counters.messagesReceived;

    demand.answer(0);
    await pair.settle();

    expect(pair.client.counters.messagesReceived).toBe(received);
    expect(pair.server.counters.dropped['link-lost']).toBe(1);
  });

  test('wait their turn while many callbacks run, without losing any', async () => {
    const pair = await Pair.connected({ server: { maxRunningCallbacks: 2 } });
    const demand = new Demand();
    pair.server.onExecute(null, demand.handler);
    const executes = Array.from({ length: 10 }, (_, n) => watch(pair.client.execute(n, n)));
    await pair.settle();
    expect(demand.calls.length).toBe(2);

    for (let n = 0; n < 10; n++) {
      demand.answer(n);
      await pair.settle();
    }

    expect(executes.map(({ value }) => value)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('a late answer', () => {
  test('goes to its ghost, is dropped and counted, and never settles a later request', async () => {
    const pair = await Pair.connected();
    const demand = new Demand();
    pair.server.onExecute(0, demand.handler);
    const first = watch(pair.client.execute(0, 'first', { timeout: 100 }));
    await pair.clock.advanceAsync(100);
    expect(first.error).toBeInstanceOf(TimeoutError);
    const second = watch(pair.client.execute(0, 'second'));
    const other = watch(pair.client.execute(1, 'other ids'));
    pair.server.onExecute(1, (data) => data);
    await pair.settle();
    expect(demand.calls.length).toBe(1);

    demand.answer(0);
    await pair.settle();
    expect(second.state).toBe('pending');
    demand.answer(1);
    await pair.settle();

    expect(second.value).toBe('second');
    expect(other.state).toBe('resolved');
    expect(pair.client.counters.dropped['late-answer']).toBe(1);
  });

  test('of a cancelled request is dropped as well', async () => {
    const pair = await Pair.connected();
    const demand = new Demand();
    pair.server.onExecute(0, demand.handler);
    const controller = new AbortController();
    watch(pair.client.execute(0, 1, { signal: controller.signal }));
    await pair.settle();
    controller.abort();
    demand.answer(0);
    await pair.settle();

    expect(pair.client.counters.dropped['late-answer']).toBe(1);
  });

  test('that never comes resets the connection after its grace period', async () => {
    const pair = await Pair.connected({ client: { lateAnswerGrace: 1_000 } });
    pair.server.onExecute(null, () => new Promise(() => {}));
    const reasons: string[] = [];
    pair.client.on('disconnected', (reason) => reasons.push(reason));
    watch(pair.client.execute(0, 1, { timeout: 100 }));
    const other = watch(pair.client.execute(1));
    const behind = watch(pair.client.execute(0, 2));

    await pair.clock.advanceAsync(1_099);
    expect(reasons).toEqual([]);
    await pair.clock.advanceAsync(1);

    expect(reasons).toEqual(['answer-overdue']);
    expect(other.error).toMatchObject({ written: true });
    expect(behind.error).toMatchObject({ code: 'ERR_CONNECTION_LOST' });
    await pair.clock.advanceAsync(1_000);
    expect(pair.client.isConnected()).toBe(true);
  });
});

describe('a request and a callback of its response', () => {
  test('both get the answer', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => 'data');
    const seen: unknown[] = [];
    pair.client.registerCallback(null, null, (message) => void seen.push(message.data));

    const read = pair.client.request(SID_READ_REQUEST, 0);
    await pair.settle();

    expect((await read).data).toBe('data');
    expect(seen).toEqual(['data']);
  });
});
