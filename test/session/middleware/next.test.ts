/** `next` is called once; and of a request of this side again, where it has failed. */

import { describe, expect, test } from 'vitest';
import { type Middleware, MiddlewareError, type Next } from '../../../src/index.js';
import { Pair, watch } from '../../support/pair.js';

/** What became of a read through a middleware on one of the sides, with the errors of callbacks. */
async function readThrough(
  side: 'client' | 'server',
  middleware: Middleware,
  answer: () => unknown = () => 1,
): Promise<{ read: ReturnType<typeof watch>; failures: unknown[]; asked: () => number }> {
  const pair = await Pair.connected();
  const failures: unknown[] = [];
  let asked = 0;
  pair.server.on('callbackError', (error) => failures.push(error));
  pair.server.onRead(0, () => {
    asked++;
    return answer();
  });
  pair[side].use(middleware);
  const read = watch(pair.client.read(0, { timeout: 1_000 }));
  await pair.clock.advanceAsync(2_000);
  expect(await pair.close()).toBe(0);
  return { read, failures, asked: () => asked };
}

const MISUSES: Readonly<Record<string, { readonly reason: string; readonly middleware: Middleware }>> = {
  'calls next twice at once': {
    reason: 'next-called-twice',
    middleware: async (_, next) => {
      const [answer] = await Promise.all([next(), next()]);
      return answer;
    },
  },
  'calls next twice at once and looks away': {
    reason: 'next-called-twice',
    middleware: async (_, next) => {
      void next();
      return next().catch(() => ({ data: 'nothing happened' }));
    },
  },
  'calls next again after an answer': {
    reason: 'next-called-twice',
    middleware: async (_, next) => {
      await next();
      return next();
    },
  },
  'returns nothing': { reason: 'next-never-called', middleware: (() => undefined) as never },
  'resolves with nothing': { reason: 'next-never-called', middleware: (async () => {}) as never },
  'forgets to return what next gave': {
    reason: 'answer-missing',
    middleware: (async (_: unknown, next: Next) => void (await next())) as never,
  },
  'returns a text': { reason: 'answer-missing', middleware: (() => 'x') as never },
  'returns an object that is none': { reason: 'answer-missing', middleware: () => ({}) },
  'returns a status that no message can carry': {
    reason: 'answer-missing',
    middleware: () => ({ status: -1 }),
  },
};

describe('a middleware that', () => {
  test.each(Object.entries(MISUSES))('%s fails the request of this side', async (_, {
    reason,
    middleware,
  }) => {
    const { read } = await readThrough('client', middleware);
    expect(read.error).toBeInstanceOf(MiddlewareError);
    expect(read.error).toMatchObject({ code: 'ERR_MIDDLEWARE', reason, direction: 'out', dataId: 0 });
  });

  test.each(Object.entries(MISUSES))('%s is a callback error to the peer', async (_, {
    reason,
    middleware,
  }) => {
    const { read, failures, asked } = await readThrough('server', middleware);
    expect(read.error).toMatchObject({ code: 'ERR_STATUS', reason: 'callback-error' });
    expect(failures).toMatchObject([{ code: 'ERR_MIDDLEWARE', reason, direction: 'in' }]);
    expect(asked()).toBeLessThan(2);
  });

  test('asks again when the first attempt has failed is right on this side', async () => {
    let times = 0;
    const { read } = await readThrough(
      'client',
      async (_, next) => {
        let answer = await next();
        while (answer.status !== 0) answer = await next();
        return answer;
      },
      () => {
        if (++times < 3) throw new Error('not yet');
        return 'ready';
      },
    );
    expect(read).toMatchObject({ state: 'resolved', value: 'ready' });
  });

  test('runs a callback again when it has failed is wrong', async () => {
    const { failures, asked } = await readThrough(
      'server',
      async (_, next) => {
        await next().catch(() => {});
        return next();
      },
      () => {
        throw new Error('no');
      },
    );
    expect(failures).toMatchObject([{ reason: 'next-called-twice' }]);
    expect(asked()).toBe(1);
  });

  test.each([
    'client',
    'server',
  ] as const)('calls next when it has answered is told so (%s)', async (side) => {
    let late: ReturnType<typeof watch> | null = null;
    const { read, asked } = await readThrough(side, (_, next) => {
      queueMicrotask(() => {
        late = watch(next());
      });
      return { data: 'mine' };
    });
    expect(read.value).toBe('mine');
    expect(late).toMatchObject({ error: { code: 'ERR_MIDDLEWARE', reason: 'next-called-too-late' } });
    expect(asked()).toBe(0);
  });

  test('leaves next alone when it fails causes no unhandled rejection', async () => {
    const { read } = await readThrough(
      'client',
      (_, next) => {
        void next();
        void next();
        return { data: 1 };
      },
      () => new Promise(() => {}),
    );
    expect(read.error).toMatchObject({ reason: 'next-called-twice' });
  });

  test('answers before next has does not wait for it', async () => {
    const { read, asked } = await readThrough('client', (_, next) => {
      void next();
      return { data: 'first' };
    });
    expect([read.value, asked()]).toEqual(['first', 1]);
  });

  test.each([
    ['client', 5],
    ['client', { timeout: -1 }],
    ['server', { timeout: 5 }],
  ] as const)('gives next what it does not take hears so (%s, %j)', async (side, change) => {
    const seen: unknown[] = [];
    await readThrough(side, async (_, next) => {
      await next(change as never).catch((error: unknown) => seen.push(error));
      return { data: null };
    });
    expect(String(seen[0])).toMatch(/next takes|Option timeout|next\(\{ timeout \}\)/);
  });

  test.each([-1, Number.NaN, '5'])('pauses for %j is refused', async (ms) => {
    const seen: unknown[] = [];
    await readThrough('client', async (message, next) => {
      await message.pause(ms as number).catch((error: unknown) => seen.push(error));
      return next();
    });
    expect(seen).toMatchObject([{ code: 'ERR_OPTION', option: 'ms' }]);
  });
});
