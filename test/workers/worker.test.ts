/** Workers: what devices ask goes to one of them, and each request gets an answer or hears why there is none. */

import { afterEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import type { Bus, BusHeaders, BusMessage } from '../../src/bus/bus.js';
import { memoryBus } from '../../src/bus/memory-bus.js';
import {
  BusError,
  contract,
  execute,
  OptionError,
  read,
  request,
  STATUS_CALLBACK_ERROR,
  StatusError,
  write,
} from '../../src/index.js';
import { type Worker, type WorkerOptions, worker } from '../../src/workers/worker.js';
import type { WorkerMessage } from '../../src/workers/worker-message.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { ScriptedBus } from './scripted-bus.js';

const prices = contract({
  price: execute(1, z.string(), z.number()),
  hello: read(0),
  note: write(2, z.object({ text: z.string() })),
  weigh: request(100, 101, 5, z.coerce.number(), z.number()),
});
type Handlers = Parameters<typeof worker<typeof prices>>[1];

const open: Worker[] = [];
const stuck: (() => void)[] = [];
afterEach(async () => {
  for (const end of stuck.splice(0)) end();
  for (const each of open.splice(0)) await each.close();
  vi.restoreAllMocks();
});

/** What a handler returns that does not end before its test does. */
function forLong(): Promise<number> {
  return new Promise((resolve) => stuck.push(() => resolve(0)));
}

async function world(handlers: Partial<Handlers> = {}, options: Partial<WorkerOptions<typeof prices>> = {}) {
  const clock = new VirtualClock();
  const memory = memoryBus({ clock });
  const bus = new ScriptedBus(memory.connect(), () => clock.now());
  const running = await worker(
    { bus, contract: prices, clock, ...options },
    { price: (article) => article.length, hello: () => 'hi', note: () => null, weigh: (n) => n, ...handlers },
  );
  const failed: string[] = [];
  running.on('callbackError', (error) => failed.push(error.message));
  open.push(running);
  return { clock, memory, bus, running, failed };
}

/** What a gateway gets that asks for a device. */
interface Got {
  readonly message: unknown;
  readonly headers: BusHeaders | null;
}

function got({ data, headers }: BusMessage): Got {
  return { message: data.length === 0 ? null : JSON.parse(Buffer.from(data).toString()), headers };
}

/** Asks as a gateway does. */
async function ask(bus: Bus, ids: string, data: unknown, headers: BusHeaders = {}): Promise<Got> {
  const text = Buffer.from(JSON.stringify({ data }));
  return got(await bus.request(`sp.$from.pump-3.${ids}`, text, { timeoutMs: 60_000, headers }));
}

describe('a worker', () => {
  test('answers requests of devices with what its handlers return', async () => {
    const { memory } = await world();
    expect(await ask(memory, '30.1', 'apple')).toEqual({
      message: { service_id: 31, data_id: 1, status: 0, data: 5 },
      headers: { 'Sp-Status': '0' },
    });
    expect(await ask(memory, '100.5', '7')).toMatchObject({
      message: { service_id: 101, data_id: 5, data: 7 },
    });
    expect(await ask(memory, '20.2', { text: 'x' })).toMatchObject({
      message: { service_id: 21, data: null },
    });
  });

  test('says in the message which device asks, where it is connected, and what came', async () => {
    const seen: WorkerMessage[] = [];
    const { memory } = await world({ price: (_, message) => seen.push(message) });
    await ask(memory, '30.1', 'apple', { 'Sp-Gateway': 'g1', 'Sp-Address': '192.0.2.1:5000' });
    await memory.request('sp.$from.K%C3%BCche.30.1', Buffer.from('{"data": "x"}'), { timeoutMs: 1_000 });
    expect(seen).toMatchObject([
      {
        device: 'pump-3',
        gateway: 'g1',
        address: '192.0.2.1:5000',
        serviceId: 30,
        dataId: 1,
        status: 0,
        data: 'apple',
      },
      { device: 'Küche', gateway: '', address: undefined },
    ]);
  });

  test('handles what devices say without waiting, and answers nothing', async () => {
    const seen: unknown[] = [];
    const { memory, running } = await world({ note: ({ text }, { device }) => void seen.push(text, device) });
    memory.publish('sp.$from.pump-3.20.2', Buffer.from('{"data": {"text": "x"}}'));
    await memory.flush();
    expect(seen).toEqual(['x', 'pump-3']);
    expect(running.stats()).toMatchObject({ received: 1, answered: 0 });
  });

  test('shares requests with the others of its queue, each handled once', async () => {
    const clock = new VirtualClock();
    const memory = memoryBus({ clock });
    const handled: string[] = [];
    for (const [name, queue] of [
      ['a', undefined],
      ['b', undefined],
      ['audit', 'audit'],
    ] as const) {
      const handler = (article: string): number => handled.push(`${name} ${article}`);
      const only = contract({ price: execute(1, z.string(), z.number()) });
      open.push(await worker({ bus: memory.connect(), contract: only, clock, queue }, { price: handler }));
    }
    for (let n = 0; n < 50; n++) await ask(memory, '30.1', String(n));
    await memory.flush();
    const [workers, audits] = [false, true].map((is) =>
      handled.filter((each) => each.startsWith('audit') === is),
    );
    expect(new Set(workers?.map((each) => each.split(' ')[1])).size).toBe(50);
    expect(workers).toHaveLength(50);
    expect(audits).toHaveLength(50);
    expect(workers?.some((each) => each.startsWith('a '))).toBe(true);
    expect(workers?.some((each) => each.startsWith('b '))).toBe(true);
  });

  test('sends NaN where that is allowed', async () => {
    const answers: string[] = [];
    for (const allowNan of [false, true]) {
      const { memory } = await world({ hello: () => Number.NaN as never }, { allowNan });
      const { data } = await memory.request('sp.$from.pump-3.10.0', new Uint8Array(), {
        timeoutMs: 1_000,
      });
      answers.push(Buffer.from(data).toString());
    }
    expect(answers[0]).toContain(`"status": ${STATUS_CALLBACK_ERROR}`);
    expect(answers[1]).toContain('NaN');
  });

  test('answers for several contracts', async () => {
    const memory = memoryBus();
    const other = contract({ time: read(9, z.string()) });
    const both = await worker(
      { bus: memory, contract: [prices, other] },
      { price: () => 1, hello: () => 'hi', note: () => null, weigh: () => 2, time: () => 'noon' },
    );
    open.push(both);
    expect(await ask(memory, '10.9', null)).toMatchObject({ message: { data: 'noon' } });
    expect(await ask(memory, '100.5', 1)).toMatchObject({ message: { data: 2 } });
  });

  test('calls the methods of an instance', async () => {
    const memory = memoryBus();
    class Shop {
      readonly #factor = 2;
      price(article: string): number {
        return this.#factor * article.length;
      }
    }
    const only = contract({ price: execute(1, z.string(), z.number()) });
    open.push(await worker({ bus: memory, contract: only }, new Shop()));
    expect(await ask(memory, '30.1', 'abc')).toMatchObject({ message: { data: 6 } });
  });
});

describe('the tools of NATS', () => {
  test('find it, with the entries of its contract and how often each was asked', async () => {
    const dotted = contract({ 'a.b': read(1), 'a-b': read(2), price: execute(1, z.string(), z.number()) });
    const clock = new VirtualClock();
    const memory = memoryBus({ clock });
    const options = { bus: memory, contract: dotted, clock, name: 'prices', version: '1.2.0' };
    const running = await worker(options, {
      'a.b': () => 1,
      'a-b': () => 2,
      price: (article) => article.length,
    });
    running.on('callbackError', () => {});
    open.push(running);
    await ask(memory, '10.2', null);
    await ask(memory, '30.1', 5);
    const stats = got(
      await memory.request('$SRV.STATS.prices', new Uint8Array(), { timeoutMs: 1_000 }),
    ).message;
    expect(stats).toMatchObject({ name: 'prices', id: running.id, version: '1.2.0' });
    expect((stats as { endpoints: object[] }).endpoints).toMatchObject([
      { name: 'a-b', subject: 'sp.$from.*.10.1', queue_group: 'worker', num_requests: 0, num_errors: 0 },
      { name: 'a-b_10_2', subject: 'sp.$from.*.10.2', num_requests: 1, num_errors: 0, last_error: '' },
      { name: 'price', num_requests: 1, num_errors: 1, last_error: '500:callback error' },
    ]);
  });
});

describe('a handler that fails', () => {
  const callbackError = {
    message: { service_id: 31, data_id: 1, status: STATUS_CALLBACK_ERROR, data: null },
    headers: {
      'Sp-Status': String(STATUS_CALLBACK_ERROR),
      'Nats-Service-Error-Code': '500',
      'Nats-Service-Error': 'callback error',
    },
  };

  test.each<[string, Handlers['price'], string]>([
    [
      'throws',
      () => {
        throw new Error('a secret');
      },
      'a secret',
    ],
    ['rejects', () => Promise.reject(new Error('later')), 'later'],
    ['returns what its schema refuses', () => 'x' as never, 'Invalid output of price'],
  ])('and %s is answered with "callback error", which tools count, and nothing of what it threw', async (_, price, text) => {
    const { memory, failed, running } = await world({ price });
    const answer = await ask(memory, '30.1', 'apple');
    expect(answer.headers).toEqual(callbackError.headers);
    expect(answer.message).toEqual(callbackError.message);
    expect(failed).toEqual([expect.stringContaining(text)]);
    expect(running.stats()).toMatchObject({ callbackErrors: 1, answered: 1 });
  });

  test('and returns what JSON cannot carry is answered with "callback error"', async () => {
    const { memory, failed } = await world({ hello: () => (() => {}) as never });
    expect((await ask(memory, '10.0', null)).headers).toMatchObject({ 'Nats-Service-Error-Code': '500' });
    expect(failed).toHaveLength(1);
  });

  test('with a status answers with it, and with its data, and that is no failure', async () => {
    const { memory, failed, running } = await world({
      price: () => {
        throw new StatusError(1000, { data: { retryAfter: 30 } });
      },
    });
    expect(await ask(memory, '30.1', 'apple')).toEqual({
      message: { service_id: 31, data_id: 1, status: 1000, data: { retryAfter: 30 } },
      headers: { 'Sp-Status': '1000' },
    });
    expect(failed).toEqual([]);
    expect(running.stats().callbackErrors).toBe(0);
  });

  test('never begins for data that does not fit, and the error names entry and device', async () => {
    const price = vi.fn(() => 1);
    const { memory, failed, running } = await world({ price });
    expect((await ask(memory, '30.1', 5)).headers).toMatchObject({ 'Nats-Service-Error': 'callback error' });
    expect(price).not.toHaveBeenCalled();
    expect(failed[0]).toContain('Invalid input of price (execute request, data_id 1) from "pump-3"');
    expect(running.stats().validationErrors).toBe(1);
  });

  test('by taking too long is answered when its time is over, and what it gives later is counted', async () => {
    const { clock, memory, failed, running } = await world({ price: forLong }, { callbackTimeout: 800 });
    const answer = ask(memory, '30.1', 'apple');
    await clock.advanceAsync(800);
    expect((await answer).headers).toEqual(callbackError.headers);
    expect(failed).toEqual(['the handler did not answer within 800 ms (callbackTimeout)']);
    for (const end of stuck.splice(0)) end();
    await clock.advanceAsync(0);
    expect(running.stats()).toMatchObject({ lateResults: 1, running: 0, answered: 1 });
    expect(clock.pending).toBe(0);
  });

  test('and a schema that takes too long say so', async () => {
    const clock = new VirtualClock();
    const memory = memoryBus({ clock });
    const slow = contract({
      price: execute(
        1,
        z.string().refine(() => new Promise(() => {})),
      ),
    });
    const running = await worker(
      { bus: memory, contract: slow, clock, callbackTimeout: 500 },
      { price: () => 1 },
    );
    open.push(running);
    const failed: unknown[] = [];
    running.on('callbackError', (error) => failed.push(error));
    const answer = ask(memory, '30.1', 'apple');
    await clock.advanceAsync(500);
    await answer;
    expect(failed).toMatchObject([{ code: 'ERR_VALIDATION', reason: 'schema-timeout' }]);
  });

  test('is a warning of the process where nobody listens', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const { memory, running } = await world({ price: () => Promise.reject(new Error('nobody hears')) });
    running.removeAllListeners();
    await ask(memory, '30.1', 'apple');
    expect(warned).toHaveBeenCalledTimes(1);
    expect(warned.mock.calls[0]?.[0]).toContain('price (execute request, data_id 1) from "pump-3"');
    expect(warned.mock.calls[0]?.[1]).toMatchObject({ code: 'SP_CALLBACK_FAILED' });
  });

  test('because its answer is longer than the bus takes says so, and that it was done', async () => {
    const clock = new VirtualClock();
    const memory = memoryBus({ clock, maxPayload: 1_000 });
    const only = contract({ hello: read(0) });
    const running = await worker({ bus: memory, contract: only, clock }, { hello: () => 'x'.repeat(2_000) });
    open.push(running);
    const failed: unknown[] = [];
    running.on('callbackError', (error) => failed.push(error));
    expect((await ask(memory, '10.0', null)).headers).toMatchObject({
      'Nats-Service-Error-Code': '413',
      'Sp-Error': 'bus-too-large',
      'Sp-Written': 'true',
    });
    expect(failed).toMatchObject([{ reason: 'bus-too-large' }]);
  });

  test('and cannot say so on a bus that takes next to nothing is counted, and the next one has its turn', async () => {
    const clock = new VirtualClock();
    const memory = memoryBus({ clock, maxPayload: 64 });
    const only = contract({ hello: read(0) });
    const hello = vi.fn(() => Promise.resolve('x'.repeat(100)));
    const running = await worker({ bus: memory, contract: only, clock, maxRunning: 1 }, { hello });
    open.push(running);
    running.on('callbackError', () => {});
    const asked = [1, 2].map(() =>
      memory.request('sp.$from.pump-3.10.0', new Uint8Array(), { timeoutMs: 1_000 }).catch(() => 'no answer'),
    );
    await clock.advanceAsync(1_000);
    expect(await Promise.all(asked)).toEqual(['no answer', 'no answer']);
    expect(hello).toHaveBeenCalledTimes(2);
    expect(running.stats()).toMatchObject({ lostAnswers: 2, running: 0, waiting: 0 });
  });
});

describe('more than a worker can do', () => {
  test('waits for its turn, and what is too much is refused', async () => {
    const { clock, memory, running } = await world({ price: forLong }, { maxRunning: 2, maxWaiting: 1 });
    const answers = [1, 2, 3].map((n) => ask(memory, '30.1', String(n)));
    expect((await ask(memory, '30.1', '4')).headers).toMatchObject({
      'Nats-Service-Error-Code': '429',
      'Nats-Service-Error': expect.stringContaining('maxWaiting is 1'),
      'Sp-Error': 'too-many-pending',
      'Sp-Limit': '1',
      'Sp-Written': 'false',
    });
    expect(running.stats()).toMatchObject({ running: 2, waiting: 1, refused: 1, received: 4 });
    stuck.shift()?.();
    await clock.advanceAsync(0);
    expect(running.stats()).toMatchObject({ running: 2, waiting: 0 });
    while (stuck.length > 0) stuck.shift()?.();
    await clock.advanceAsync(0);
    expect((await Promise.all(answers)).map(({ headers }) => headers?.['Sp-Status'])).toEqual([
      '0',
      '0',
      '0',
    ]);
    expect(clock.pending).toBe(0);
  });

  test('is not begun when nobody waits for it any more', async () => {
    const begun: string[] = [];
    const price = (article: string): Promise<number> => {
      begun.push(article);
      return forLong();
    };
    const { clock, memory, running } = await world({ price }, { maxRunning: 1 });
    const answers = ['a', 'b', 'c'].map((article, at) =>
      ask(memory, '30.1', article, at === 1 ? { 'Sp-Timeout': '500' } : {}),
    );
    await clock.advanceAsync(500);
    stuck.shift()?.();
    await clock.advanceAsync(0);
    expect(begun).toEqual(['a', 'c']);
    expect(running.stats().expired).toBe(1);
    expect((await answers[1])?.headers).toMatchObject({ 'Sp-Error': 'no-answer', 'Sp-Written': 'false' });
  });
});

describe('what cannot be read', () => {
  test.each([
    ['no message', 'sp.$from.pump-3.30.1', 'x', 'bus-bad-message'],
    ['of other ids', 'sp.$from.pump-3.30.1', '{"service_id": 20, "data": 1}', 'bus-bad-message'],
    ['of a name that is none', 'sp.$from.%zz.30.1', '{}', 'bus-bad-subject'],
  ])('because it is %s is answered with why, and counted', async (_, subject, text, reason) => {
    const { memory, running } = await world();
    const answer = got(await memory.request(subject, Buffer.from(text), { timeoutMs: 1_000 }));
    expect(answer.headers).toMatchObject({
      'Sp-Error': reason,
      'Sp-Written': 'false',
      'Nats-Service-Error-Code': '400',
    });
    memory.publish(subject, Buffer.from(text));
    await memory.flush();
    expect(running.stats()).toMatchObject({ unreadable: 2, answered: 0 });
  });
});

describe('a bus that is away when an answer is ready', () => {
  test('gets it when it is back, if somebody still waits', async () => {
    const { clock, memory, bus, running } = await world({ price: forLong });
    const kept = ask(memory, '30.1', 'a', { 'Sp-Timeout': '5000' });
    const late = ask(memory, '30.1', 'b', { 'Sp-Timeout': '1000' });
    late.catch(() => {});
    await clock.advanceAsync(0);
    bus.become('away');
    for (const end of stuck.splice(0)) end();
    await clock.advanceAsync(2_000);
    expect(running.stats().lostAnswers).toBe(0);
    bus.become('up');
    expect((await kept).headers).toEqual({ 'Sp-Status': '0' });
    expect(running.stats().lostAnswers).toBe(1);
  });

  test('is waited for no longer than the worker lives', async () => {
    const { clock, memory, bus, running } = await world({ price: forLong });
    ask(memory, '30.1', 'a').catch(() => {});
    await clock.advanceAsync(0);
    bus.become('away');
    stuck.shift()?.();
    await clock.advanceAsync(0);
    const closed = running.close();
    await clock.advanceAsync(1_000);
    await closed;
    expect(running.stats().lostAnswers).toBe(1);
    // whoever asked has waited for nothing
    await clock.advanceAsync(60_000);
    expect(clock.pending).toBe(0);
  });
});

describe('closing', () => {
  test('with drain loses no answer of what had come', async () => {
    const { clock, memory, running } = await world({ price: forLong }, { maxRunning: 2 });
    const answers = Array.from({ length: 20 }, (_, n) => ask(memory, '30.1', String(n)));
    // the first have come, and the last are under way
    const closed = running.close({ drain: true });
    for (let n = 0; n < 20; n++) {
      await clock.advanceAsync(10);
      stuck.shift()?.();
    }
    await clock.advanceAsync(0);
    expect(await closed).toEqual({ cutCallbacks: 0 });
    expect((await Promise.all(answers)).every(({ headers }) => headers?.['Sp-Status'] === '0')).toBe(true);
    await expect(ask(memory, '30.1', 'x')).rejects.toMatchObject({ reason: 'bus-no-responders' });
    expect(memory.stats().subscriptions).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test('with drain cuts what takes longer', async () => {
    const { clock, memory, running } = await world({ price: forLong }, { maxRunning: 1 });
    const answers = [ask(memory, '30.1', 'a'), ask(memory, '30.1', 'b')];
    await clock.advanceAsync(0);
    const closed = running.close({ drain: true, timeout: 300 });
    await clock.advanceAsync(300);
    expect(await closed).toEqual({ cutCallbacks: 1 });
    expect((await Promise.all(answers)).map(({ headers }) => headers)).toMatchObject([
      { 'Nats-Service-Error-Code': '502', 'Sp-Error': 'session-closed', 'Sp-Written': 'true' },
      { 'Nats-Service-Error-Code': '502', 'Sp-Error': 'session-closed', 'Sp-Written': 'false' },
    ]);
    expect(clock.pending).toBe(0);
  });

  test('without tells everybody at once, and again is the same', async () => {
    const { clock, memory, running } = await world({ price: forLong });
    const answers = [ask(memory, '30.1', 'a'), ask(memory, '30.1', 'b')];
    await clock.advanceAsync(0);
    const underWay = ask(memory, '30.1', 'c');
    const closed = running.close();
    expect(running.close()).toBe(closed);
    expect(await closed).toEqual({ cutCallbacks: 2 });
    expect((await Promise.all(answers)).every(({ headers }) => headers?.['Sp-Written'] === 'true')).toBe(
      true,
    );
    expect((await underWay).headers).toMatchObject({ 'Sp-Error': 'session-closed', 'Sp-Written': 'false' });
    expect(clock.pending).toBe(0);
  });

  test('without drain ends the draining', async () => {
    const { clock, memory, running } = await world({ price: forLong });
    const answer = ask(memory, '30.1', 'a');
    await clock.advanceAsync(0);
    const closed = running.close({ drain: true });
    await clock.advanceAsync(100);
    await running.close();
    expect(await closed).toEqual({ cutCallbacks: 1 });
    expect((await answer).headers).toMatchObject({ 'Sp-Written': 'true' });
  });

  test('refuses wrong options', async () => {
    const { running } = await world();
    await expect(running.close({ drian: true } as never)).rejects.toBeInstanceOf(OptionError);
  });
});

describe('a worker is refused', () => {
  const handlers = { price: () => 1, hello: () => 'hi', note: () => null, weigh: () => 1 };

  test.each<[string, object, object, string]>([
    ['without a bus', { bus: undefined }, {}, 'bus'],
    ['without a contract', { contract: undefined }, {}, 'contract'],
    ['with no contract in the list', { contract: [] }, {}, 'contract'],
    [
      'with two contracts that use one name',
      { contract: [prices, contract({ price: read(77) })] },
      {},
      'contract',
    ],
    [
      'with two contracts that use the same ids',
      { contract: [prices, contract({ cost: execute(1) })] },
      {},
      'cost',
    ],
    ['with a name that is none', { name: 'two words' }, {}, 'name'],
    ['with a version that is none', { version: '1' }, {}, 'version'],
    ['with a queue of two words', { queue: 'a.b' }, {}, 'queue'],
    ['with an option that there is not', { maxRuning: 1 }, {}, 'maxRuning'],
    ['without a handler', {}, { price: undefined }, 'handlers'],
    ['with a handler that is none', {}, { price: 5 }, 'handlers.price'],
    ['with a handler that nobody asked for', {}, { pirce: () => 1 }, 'handlers.pirce'],
  ])('%s', async (_, options, others, option) => {
    const made = worker(
      { bus: memoryBus(), contract: prices, ...options } as never,
      { ...handlers, ...others } as never,
    );
    await expect(made).rejects.toMatchObject({ code: 'ERR_OPTION', option });
  });

  test('where the bus is closed', async () => {
    const bus = memoryBus();
    await bus.close();
    await expect(worker({ bus, contract: prices }, handlers)).rejects.toBeInstanceOf(BusError);
  });
});
