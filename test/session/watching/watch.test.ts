import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  AuthenticationError,
  type Reading,
  type ReadingIterator,
  SID_READ_REQUEST,
  StatusError,
} from '../../../src/index.js';
import { drain } from '../../support/drained.js';
import { Pair, watch } from '../../support/pair.js';

const never = (): Promise<never> => new Promise(() => {});

/** A pair whose server answers with what it counts, after as long as the list says. */
async function counting(takesMs: readonly number[] = []): Promise<{ pair: Pair; askedMs: number[] }> {
  const pair = await Pair.connected({ both: { logLevel: 'silent' } });
  const askedMs: number[] = [];
  pair.server.onRead(0, () => {
    askedMs.push(pair.clock.now());
    const count = askedMs.length;
    const ms = takesMs[count - 1] ?? 0;
    return ms === 0 ? count : new Promise((resolve) => pair.clock.setTimeout(() => resolve(count), ms));
  });
  return { pair, askedMs };
}

describe('watching data', () => {
  test('reads at regular moments, the first at once, until the loop breaks', async () => {
    const { pair, askedMs } = await counting();
    const got: Reading[] = [];
    const loop = (async () => {
      for await (const reading of pair.client.watch(0, { every: 500 })) {
        got.push(reading);
        if (got.length === 3) break;
      }
    })();
    await pair.clock.advanceAsync(5_000);
    await loop;
    expect(got).toEqual([
      { value: 1, missed: 0, at: 0 },
      { value: 2, missed: 0, at: 500 },
      { value: 3, missed: 0, at: 1_000 },
    ]);
    expect(askedMs).toEqual([0, 500, 1_000]);
    expect(await pair.close()).toBe(0);
  });

  test('begins nothing twice: what is due meanwhile is missed, and the next value says how often', async () => {
    const { pair, askedMs } = await counting([1_200, 0, 700]);
    const drained = drain(pair.client.watch(0, { every: 500 }));
    await pair.clock.advanceAsync(3_500);
    expect(drained.got).toEqual([
      { value: 1, missed: 2, at: 1_200 },
      { value: 2, missed: 0, at: 1_500 },
      { value: 3, missed: 1, at: 2_700 },
      { value: 4, missed: 0, at: 3_000 },
      { value: 5, missed: 0, at: 3_500 },
    ]);
    expect(askedMs).toEqual([0, 1_500, 2_000, 3_000, 3_500]);
    await pair.close();
    expect(drained.end).toBe('done');
  });

  test('gives a loop that does not keep up the newest value, and counts those that it replaced', async () => {
    const { pair } = await counting();
    const readings = pair.client.watch(0, { every: 100 });
    const first = watch(readings.next());
    await pair.clock.advanceAsync(450);
    expect(first.value).toEqual({ done: false, value: { value: 1, missed: 0, at: 0 } });
    expect(readings.missed).toBe(3);
    const second = watch(readings.next());
    const third = watch(readings.next());
    await pair.settle();
    expect(second.value).toEqual({ done: false, value: { value: 5, missed: 3, at: 400 } });
    await pair.clock.advanceAsync(100);
    expect(third.value).toEqual({ done: false, value: { value: 6, missed: 0, at: 500 } });
    await readings.return?.();
    expect(await pair.close()).toBe(0);
  });

  test('waits through the loss of the connection, and says what it missed', async () => {
    const { pair } = await counting();
    pair.serverComm.refusesConnections = false;
    const drained = drain(pair.client.watch(0, { every: 500, timeout: 400 }));
    await pair.clock.advanceAsync(600);
    pair.serverComm.refusesConnections = true;
    pair.client.reconnect();
    await pair.clock.advanceAsync(1_000);
    expect(drained.got.length).toBe(2);
    pair.serverComm.refusesConnections = false;
    await pair.clock.advanceAsync(60_000);
    const { value, missed, at } = drained.got[2] as Reading;
    expect(value).toBe(3);
    expect(missed).toBeGreaterThan(0);
    expect(missed).toBe(Math.floor(at / 500) - 2);
    const all = drained.got.length + drained.got.reduce((sum, reading) => sum + reading.missed, 0);
    expect(all).toBe(Math.floor(pair.clock.now() / 500) + 1);
    await pair.close();
  });

  test('counts what was missed also while nothing comes', async () => {
    const { pair } = await counting([60_000]);
    const readings = pair.client.watch(0, { every: 500, timeout: 60_000 });
    watch(readings.next());
    await pair.clock.advanceAsync(2_600);
    expect(readings.missed).toBe(5);
    await pair.close();
  });

  test('ends with a status, which the peer means, and with what else no time heals', async () => {
    const { pair } = await counting();
    pair.server.onRead(1, () => {
      throw new StatusError(1_000);
    });
    const drained = drain(pair.client.watch(1));
    await pair.settle();
    expect(drained.end).toMatchObject({ code: 'ERR_STATUS', status: 1_000 });
    pair.client.use(() => {
      throw new Error('not allowed');
    });
    const refused = drain(pair.client.watch(0));
    await pair.settle();
    expect(refused.end).toMatchObject({ message: 'not allowed' });
    expect(await pair.close()).toBe(0);
  });

  test('ends with the refusal of the key', async () => {
    const pair = new Pair({
      client: { secret: 'a wrong secret, as it is' },
      server: { secret: 'the right secret, here' },
    });
    const drained = drain(pair.client.watch(0));
    await pair.clock.advanceAsync(2_000);
    expect(drained.end).toBeInstanceOf(AuthenticationError);
    await pair.close();
  });

  test('gives the value that it has before the failure that ended it', async () => {
    const { pair } = await counting();
    let times = 0;
    pair.server.onRead(2, () => {
      if (++times === 3) throw new StatusError(1_000);
      return times;
    });
    const readings = pair.client.watch(2, { every: 100 });
    await watch(readings.next());
    await pair.clock.advanceAsync(300);
    const rest = [readings.next(), readings.next(), readings.next()].map((each) => watch(each));
    await pair.settle();
    expect(rest).toMatchObject([
      { value: { value: { value: 2 } } },
      { error: { status: 1_000 } },
      { value: { done: true, value: undefined } },
    ]);
    expect(await pair.close()).toBe(0);
  });

  test('ends with any failure where that is wanted', async () => {
    const { pair } = await counting([60_000]);
    const drained = drain(pair.client.watch(0, { every: 500, timeout: 300, onError: 'throw' }));
    await pair.clock.advanceAsync(300);
    expect(drained.end).toMatchObject({ code: 'ERR_TIMEOUT' });
    await pair.close();
  });

  test('ends where no connection will come', async () => {
    const pair = await Pair.connected({ client: { logLevel: 'silent' } });
    pair.server.onRead(0, () => 1);
    const drained = drain(pair.client.watch(0, { every: 100 }));
    await pair.settle();
    await pair.server.close();
    await pair.clock.advanceAsync(200);
    expect(drained.got.length).toBe(1);
    expect(drained.end === null || drained.end === 'done').toBe(true);
    await pair.close();
  });

  test.each(['while it waits', 'while it reads', 'before it begins'])('is aborted %s', async (when) => {
    const { pair } = await counting();
    if (when === 'while it reads') pair.server.onRead(0, never);
    const controller = new AbortController();
    if (when === 'before it begins') controller.abort('enough');
    const drained = drain(pair.client.watch(0, { signal: controller.signal }));
    await pair.settle();
    if (when !== 'before it begins') controller.abort('enough');
    await pair.settle();
    expect(drained.end).toBe('enough');
    expect(await pair.close()).toBe(0);
  });

  test('cancels the reading that is under way when the loop ends', async () => {
    const { pair } = await counting();
    pair.server.onRead(0, never);
    const signals: { readonly aborted: boolean }[] = [];
    pair.client.use((message, next) => {
      if (message.direction === 'out' && message.signal !== undefined) signals.push(message.signal);
      return next();
    });
    const readings = pair.client.watch(0);
    const waiting = [readings.next(), readings.next()].map((each) => watch(each));
    await pair.settle();
    await readings.return?.();
    await pair.settle();
    expect(waiting.map(({ value }) => value)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(await pair.close()).toBe(0);
  });

  test('costs nothing before the first value is asked for, and nothing after', async () => {
    const { pair, askedMs } = await counting();
    const pending = pair.clock.pending;
    const readings = pair.client.watch(0, { every: 10 });
    await pair.clock.advanceAsync(100);
    expect([askedMs.length, pair.clock.pending]).toEqual([0, pending]);
    expect(await readings.return?.()).toEqual({ done: true, value: undefined });
    expect(await readings.next()).toEqual({ done: true, value: undefined });
    expect(askedMs.length).toBe(0);
    await pair.close();
    const later = pair.client.watch(0);
    expect(await later.next()).toEqual({ done: true, value: undefined });
    expect(pair.clock.pending).toBe(0);
  });

  test('rejects with what is thrown into it, and ends', async () => {
    const { pair } = await counting();
    const readings = pair.client.watch(0);
    watch(readings.next());
    await pair.settle();
    await expect(readings.throw?.('thrown in')).rejects.toBe('thrown in');
    expect(await readings.next()).toEqual({ done: true, value: undefined });
    expect(await pair.close()).toBe(0);
  });

  test('is disposed of', async () => {
    const { pair } = await counting();
    const readings = pair.client.watch(0);
    watch(readings.next());
    await readings[Symbol.asyncDispose]();
    expect(await readings.next()).toEqual({ done: true, value: undefined });
    expect(await pair.close()).toBe(0);
  });

  test('ends when its session is closed, also while it reads', async () => {
    const { pair } = await counting();
    const drained = drain(pair.client.watch(0, { every: 100 }));
    await pair.settle();
    pair.server.onRead(0, never);
    await pair.clock.advanceAsync(150);
    expect(await pair.close()).toBe(0);
    expect([drained.got.length, drained.end]).toEqual([1, 'done']);
  });

  test('does the same where its machine is inspected', async () => {
    const events: string[] = [];
    const pair = await Pair.connected({
      both: { logLevel: 'silent' },
      client: {
        inspect: (event) => {
          const { id } = event.actorRef as { readonly id?: string };
          if (event.type === '@xstate.event' && id === '0 watch') events.push(event.event.type);
        },
      },
    });
    let count = 0;
    pair.server.onRead(0, () => {
      const ms = ++count === 1 ? 1_200 : 0;
      return new Promise((resolve) => pair.clock.setTimeout(() => resolve(count), ms));
    });
    const drained = drain(pair.client.watch(0, { every: 500 }));
    await pair.clock.advanceAsync(1_600);
    expect(drained.got).toEqual([
      { value: 1, missed: 2, at: 1_200 },
      { value: 2, missed: 0, at: 1_500 },
    ]);
    expect(await pair.close()).toBe(0);
    expect(events.filter((type) => !type.startsWith('xstate.'))).toEqual([
      'watch.begin',
      'reading.came',
      'reading.came',
      'watch.end',
    ]);
  });

  test('goes through the middlewares, as any READ', async () => {
    const { pair } = await counting();
    pair.client.use(async ({ serviceId }, next) => {
      const { data } = await next();
      return { data: [serviceId, data] };
    });
    const readings = pair.client.watch(0);
    const first = watch(readings.next());
    await pair.settle();
    expect(first.value).toMatchObject({ value: { value: [SID_READ_REQUEST, 1] } });
    await pair.close();
  });

  test.each([
    [-1, {}, 'dataId'],
    [0, { every: 0 }, 'every'],
    [0, { onError: 'ignore' }, 'onError'],
    [0, { evry: 5 }, 'evry'],
    [0, 500, 'options'],
  ])('refuses %j, %j', async (dataId, options, option) => {
    const { pair } = await counting();
    expect(() => pair.client.watch(dataId, options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', option }),
    );
    await pair.close();
  });

  test('has the type of its values', async () => {
    const { pair } = await counting();
    const readings = pair.client.watch<number>(0);
    expectTypeOf(readings).toEqualTypeOf<ReadingIterator<number>>();
    expectTypeOf(readings.next).returns.resolves.toEqualTypeOf<IteratorResult<Reading<number>, undefined>>();
    await pair.close();
  });
});
