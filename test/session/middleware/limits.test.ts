/** Whatever middlewares do, a request ends: in time, when it is cancelled, when the session closes. */

import { describe, expect, test } from 'vitest';
import {
  type ConnectionLostError,
  type Middleware,
  SessionClosedError,
  StatusError,
  TimeoutError,
  TooManyRequestsError,
} from '../../../src/index.js';
import { Pair, watch } from '../../support/pair.js';

const never = (): Promise<never> => new Promise(() => {});

describe('a request of this side with middlewares', () => {
  test('runs out of time though one hangs, before it called next or after', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => 1);
    const hangsAfter: Middleware = async (_, next) => {
      await next();
      return never();
    };
    for (const [middleware, written] of [
      [never, false],
      [hangsAfter, true],
    ] as const) {
      const remove = pair.client.use(middleware);
      const read = watch(pair.client.read(0, { timeout: 100 }));
      await pair.clock.advanceAsync(99);
      expect(read.state).toBe('pending');
      await pair.clock.advanceAsync(1);
      expect(read.error).toBeInstanceOf(TimeoutError);
      expect(read.error).toMatchObject({ reason: 'middleware-pending', timeoutMs: 100, written, dataId: 0 });
      remove();
    }
    expect(pair.client.counters.timeouts).toBe(2);
    expect(await pair.close()).toBe(0);
  });

  test('ends with its session where the clock throws at its time-out', async () => {
    const pair = await Pair.connected();
    pair.client.use((_, next) => next());
    const { setTimeout } = pair.clock;
    pair.clock.setTimeout = () => {
      throw new Error('no more timers');
    };
    const read = watch(pair.client.read(0, { timeout: 100 }));
    pair.clock.setTimeout = setTimeout;
    await pair.settle();
    expect(read.error).toBeInstanceOf(SessionClosedError);
    expect(pair.client.isClosed).toBe(true);
    expect(await pair.close()).toBe(0);
  });

  test('has no time left when it is over, also where its connection was lost meanwhile', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, never);
    let timeLeft = (): number => Number.NaN;
    pair.client.use(async (message, next) => {
      timeLeft = () => message.timeLeft;
      for (let attempt = 0; attempt < 2; attempt++) await next().catch(() => {});
      return never();
    });
    const read = watch(pair.client.read(0, { timeout: 5_000 }));
    await pair.clock.advanceAsync(1_000);
    expect(timeLeft()).toBe(4_000);
    await pair.server.close();
    await pair.clock.advanceAsync(6_000);
    expect(read.error).toMatchObject({ reason: 'middleware-pending', written: true });
    expect(timeLeft()).toBe(0);
    expect(await pair.close()).toBe(0);
  });

  test('has one time for the whole chain: what is sent late has less of it', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, never);
    pair.client.use(async (message, next) => {
      await message.pause(60);
      return next();
    });
    const read = watch(pair.client.read(0, { timeout: 100 }));
    await pair.clock.advanceAsync(100);
    expect(read.error).toMatchObject({ reason: 'no-answer', written: true, timeoutMs: 40 });
    expect(pair.client.counters.timeouts).toBe(1);
    await pair.close();
  });

  test.each([
    ['all of that', undefined, 40],
    ['less', { timeout: 35 }, 35],
    ['no more', { timeout: 10_000 }, 40],
  ])('whose process stands still in a middleware has its rest after that, and an attempt %s', async (_, change, leftMs) => {
    const pair = await Pair.connected();
    const { clock } = pair;
    pair.server.onRead(0, never);
    const left: number[] = [];
    pair.client.use(async (message, next) => {
      await message.pause(60);
      clock.standStill(1_000);
      left.push(message.timeLeft);
      return next(change);
    });
    const read = watch(pair.client.read(0, { timeout: 100 }));
    await clock.advanceAsync(60);
    await clock.advanceAsync(leftMs - 1);
    expect([read.state, left]).toEqual(['pending', [40]]);
    await clock.advanceAsync(1);
    expect(read.error).toMatchObject({ reason: 'no-answer', written: true, timeoutMs: leftMs });
    await pair.close();
  });

  test('can still be answered by a middleware when its time is over, if that takes no more', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, never);
    pair.client.use(async (_, next) => {
      try {
        return await next();
      } catch {
        await null;
        return { data: 'an old one' };
      }
    });
    const read = watch(pair.client.read(0, { timeout: 100 }));
    await pair.clock.advanceAsync(100);
    expect(read).toMatchObject({ state: 'resolved', value: 'an old one' });
    expect(await pair.close()).toBe(0);
  });

  test('is not sent when its time is over', async () => {
    const pair = await Pair.connected();
    let asked = 0;
    pair.server.onRead(0, () => ++asked);
    let late: ReturnType<typeof watch> | null = null;
    pair.client.use(async (_, next) => {
      await new Promise<void>((resolve) => pair.clock.setTimeout(resolve, 150));
      const answer = next();
      late = watch(answer);
      return answer;
    });
    const read = watch(pair.client.read(0, { timeout: 100 }));
    await pair.clock.advanceAsync(150);
    expect(read.error).toMatchObject({ reason: 'middleware-pending', written: false });
    expect(late).toMatchObject({ state: 'rejected', error: { reason: 'middleware-pending' } });
    expect(asked).toBe(0);
    await pair.close();
  });

  test('does not wait with a time-out of 0, but is sent', async () => {
    const pair = await Pair.connected();
    let asked = 0;
    pair.server.onRead(0, () => ++asked);
    const plain = watch(pair.client.read(0, { timeout: 0 }));
    await pair.settle();
    pair.client.use((_, next) => next());
    const read = watch(pair.client.read(0, { timeout: 0 }));
    await pair.settle();
    expect([String(read.error), asked]).toEqual([String(plain.error), 2]);
    pair.client.use(never);
    const hanging = watch(pair.client.read(0, { timeout: 0 }));
    await pair.settle();
    expect(hanging.error).toMatchObject({ reason: 'middleware-pending' });
    await pair.close();
  });

  test.each(['before next', 'while the peer is asked', 'after next'])('is cancelled %s', async (when) => {
    const pair = await Pair.connected();
    pair.server.onRead(0, when === 'while the peer is asked' ? never : () => 1);
    const inner: unknown[] = [];
    pair.client.use(async (_, next) => {
      if (when === 'before next') await never();
      await next().catch((error: unknown) => inner.push(error));
      return never();
    });
    const controller = new AbortController();
    const read = watch(pair.client.read(0, { signal: controller.signal }));
    await pair.settle();
    controller.abort('no longer needed');
    await pair.settle();
    expect(read).toMatchObject({ state: 'rejected', error: 'no longer needed' });
    expect(inner).toEqual(when === 'while the peer is asked' ? ['no longer needed'] : []);
    expect(await pair.close()).toBe(0);
  });

  test('is not begun with a signal that is aborted already', async () => {
    const pair = await Pair.connected();
    let seen = 0;
    pair.client.use((_, next) => {
      seen++;
      return next();
    });
    const read = watch(pair.client.read(0, { signal: AbortSignal.abort('too late') }));
    const unknown = watch(pair.client.request(999, 0));
    await pair.settle();
    expect([read.error, seen]).toEqual(['too late', 0]);
    expect(unknown.error).toBeInstanceOf(RangeError);
    await pair.close();
  });

  test('is rejected when the session closes, and counted', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, never);
    const later: unknown[] = [];
    pair.client.use(async (message, next) => {
      if (message.dataId === 1) await never();
      if (message.dataId === 2) await message.pause(1_000).catch((error: unknown) => later.push(error));
      return next();
    });
    const reads = [0, 1, 2].map((dataId) => watch(pair.client.read(dataId)));
    await pair.settle();
    const closed = watch(pair.client.close());
    await pair.settle();
    for (const { error } of reads) expect(error).toBeInstanceOf(SessionClosedError);
    expect(closed.value).toMatchObject({ cutRequests: 3 });
    expect(later).toMatchObject([{ code: 'ERR_SESSION_CLOSED' }]);
    await expect(pair.client.read(0)).rejects.toMatchObject({ code: 'ERR_SESSION_CLOSED' });
    expect(await pair.close()).toBe(0);
  });

  test('finishes while its session drains, though it is sent only then', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => 'x');
    pair.client.use(async (message, next) => {
      await message.pause(50);
      return next();
    });
    const read = watch(pair.client.read(0));
    const closed = watch(pair.client.close({ drain: true, timeout: 1_000 }));
    const refused = watch(pair.client.read(0));
    await pair.clock.advanceAsync(49);
    expect([read.state, closed.state]).toEqual(['pending', 'pending']);
    await pair.clock.advanceAsync(1);
    expect(read).toMatchObject({ state: 'resolved', value: 'x' });
    expect(refused.error).toBeInstanceOf(SessionClosedError);
    expect(closed.value).toMatchObject({ cutRequests: 0 });
    expect(await pair.close()).toBe(0);
  });

  test('is refused where as many are under way as may be', async () => {
    const pair = await Pair.connected({ client: { maxPendingRequests: 2 } });
    pair.client.use(never);
    const reads = [0, 1, 2].map((dataId) => watch(pair.client.read(dataId)));
    await pair.settle();
    expect(reads.map(({ state }) => state)).toEqual(['pending', 'pending', 'rejected']);
    expect(reads[2]?.error).toBeInstanceOf(TooManyRequestsError);
    await pair.close();
  });

  test('fails with data that cannot be sent, and is not half sent', async () => {
    const pair = await Pair.connected();
    pair.client.use((_, next) => next({ data: () => {} }));
    const write = watch(pair.client.write(7, 1));
    await pair.settle();
    expect(write.error).toBeInstanceOf(TypeError);
    expect(await pair.close()).toBe(0);
  });

  test('says in its error who called', async () => {
    const pair = await Pair.connected();
    pair.client.use(() => {
      throw new Error('no');
    });
    async function whoCalls(): Promise<unknown> {
      return await pair.client.read(0);
    }
    await pair.clock.advanceAsync(1_000);
    const error = await whoCalls().catch((thrown: unknown) => thrown);
    expect((error as Error).stack).toContain('whoCalls');
    await pair.close();
  });

  test('leaves no listener on its signal', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => 1);
    pair.client.use((_, next) => next());
    let listeners = 0;
    const signal = {
      aborted: false,
      addEventListener: () => void listeners++,
      removeEventListener: () => void listeners--,
    };
    const read = watch(pair.client.read(0, { signal }));
    await pair.settle();
    expect([read.state, listeners]).toEqual(['resolved', 0]);
    await pair.close();
  });

  test('whose connection is lost fails as without a middleware', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, never);
    pair.client.use((_, next) => next());
    const read = watch(pair.client.read(0));
    await pair.settle();
    pair.client.reconnect();
    await pair.settle();
    const error = read.error as ConnectionLostError;
    expect([error.code, error.written, error.reason]).toEqual([
      'ERR_CONNECTION_LOST',
      true,
      'reconnect-requested',
    ]);
    await pair.close();
  });
});

describe('a request of the peer with middlewares', () => {
  test('has callbackTimeout for the whole chain, and its callback does not run when that is over', async () => {
    const pair = await Pair.connected({ server: { callbackTimeout: 100 } });
    let calls = 0;
    const late: unknown[] = [];
    pair.server.onRead(0, () => ++calls);
    pair.server.on('callbackError', () => {});
    pair.server.use(async (message, next) => {
      if (message.dataId === 0) await new Promise<void>((resolve) => pair.clock.setTimeout(resolve, 150));
      return next().catch((error: unknown) => {
        late.push(error);
        throw error;
      });
    });
    const read = watch(pair.client.read(0));
    await pair.clock.advanceAsync(100);
    expect(read.error).toMatchObject({ reason: 'callback-error' });
    await pair.clock.advanceAsync(50);
    expect(calls).toBe(0);
    expect(late).toMatchObject([{ code: 'ERR_MIDDLEWARE', reason: 'next-called-too-late', direction: 'in' }]);
    expect(pair.server.counters.dropped['late-result']).toBe(1);
    await pair.close();
  });

  test('runs its callback in the rest of its time where the process stood still in a middleware', async () => {
    const pair = await Pair.connected({ server: { callbackTimeout: 100 } });
    const { clock } = pair;
    pair.server.onRead(0, () => new Promise((resolve) => clock.setTimeout(() => resolve('x'), 39)));
    pair.server.use(async (message, next) => {
      await message.pause(60);
      clock.standStill(1_000);
      return next();
    });
    const read = watch(pair.client.read(0, { timeout: 60_000 }));
    await clock.advanceAsync(60);
    await clock.advanceAsync(39);
    expect(read).toMatchObject({ state: 'resolved', value: 'x' });
    await pair.close();
  });

  test.each([
    ['comes back', true],
    ['stays away', false],
  ])('does not run its callback for a peer that is gone and %s', async (_, comesBack) => {
    const pair = await Pair.connected();
    let calls = 0;
    pair.server.onRead(0, () => ++calls);
    pair.server.on('callbackError', () => {});
    pair.server.use(async (message, next) => {
      await message.pause(50);
      return next();
    });
    watch(pair.client.read(0));
    await pair.settle();
    if (comesBack) pair.client.reconnect();
    else await pair.client.close();
    await pair.clock.advanceAsync(1_000);
    expect([pair.client.isTrusted, pair.server.isClosed, calls]).toEqual([comesBack, false, 0]);
    expect(await pair.close()).toBe(0);
  });

  test('pauses no longer when its peer is gone', async () => {
    const pair = await Pair.connected();
    const ends: unknown[] = [];
    pair.server.onRead(0, () => 1);
    pair.server.on('callbackError', () => {});
    pair.server.use(async (message, next) => {
      await message.pause(10_000).catch((error: unknown) => {
        ends.push(error);
        throw error;
      });
      return next();
    });
    watch(pair.client.read(0));
    await pair.settle();
    pair.client.reconnect();
    await pair.settle();
    expect(ends).toMatchObject([{ reason: 'next-called-too-late' }]);
    expect(await pair.close()).toBe(0);
  });

  test('leaves no pause behind when the session closes', async () => {
    const pair = await Pair.connected();
    const ends: unknown[] = [];
    pair.server.onRead(0, () => 1);
    pair.server.use(async (message, next) => {
      await message.pause(10_000).catch((error: unknown) => {
        ends.push(error);
        throw error;
      });
      return next();
    });
    watch(pair.client.read(0));
    await pair.settle();
    expect(await pair.close()).toBe(0);
    expect(ends).toMatchObject([{ reason: 'next-called-too-late' }]);
  });

  test.each([
    ['at once', () => ({ data: 'mine' })],
    ['later', async () => ({ data: 'mine' })],
    [
      'with a failure',
      () => {
        throw new StatusError(9);
      },
    ],
  ])('leaves no pause behind that a middleware does not wait for, which answers %s', async (_, answer) => {
    const pair = await Pair.connected();
    const pauses: ReturnType<typeof watch>[] = [];
    let pause = (): void => {};
    pair.server.onRead(0, () => 1);
    pair.server.use((message) => {
      pause = () => pauses.push(watch(message.pause(10_000)));
      pause();
      return answer();
    });
    const read = watch(pair.client.read(0));
    await pair.settle();
    pause();
    await pair.settle();
    expect(read.state).not.toBe('pending');
    expect(pauses.map(({ error }) => error)).toMatchObject([
      { reason: 'next-called-too-late' },
      { reason: 'next-called-too-late' },
    ]);
    expect(await pair.close()).toBe(0);
  });

  test('is drained like any other', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => 'x');
    pair.server.use(async (message, next) => {
      await message.pause(50);
      return next();
    });
    const read = watch(pair.client.read(0));
    await pair.settle();
    const closed = watch(pair.server.close({ drain: true, timeout: 1_000 }));
    await pair.clock.advanceAsync(50);
    expect(read.value).toBe('x');
    expect(closed.value).toMatchObject({ cutCallbacks: 0 });
    await pair.close();
  });
});
