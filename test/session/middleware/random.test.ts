/**
 * Requests through random middlewares, with random ends: whatever happens meanwhile, each is settled once and in time, and nothing is
 * left behind.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Middleware, retry } from '../../../src/index.js';
import { Pair, watch } from '../../support/pair.js';

const TIMEOUT_MS = 100;
const ms = fc.integer({ min: 0, max: 150 });

/** What one middleware does, a few words each. */
const BEHAVIOURS = [
  'passes',
  'pauses before',
  'pauses after',
  'waits on its own before',
  'hangs before',
  'hangs after',
  'throws',
  'answers itself',
  'answers without waiting',
  'calls twice',
  'repeats failures',
  'forgets to answer',
  'changes data',
] as const;
type Behaviour = (typeof BEHAVIOURS)[number];

const middlewares = fc.array(fc.record({ behaviour: fc.constantFrom(...BEHAVIOURS), ms }), { maxLength: 4 });

const story = fc.record({
  out: middlewares,
  incoming: middlewares,
  withRetry: fc.boolean(),
  requests: fc.array(fc.record({ startMs: ms, dataId: fc.nat(2), takesMs: ms, abortMs: fc.option(ms) }), {
    minLength: 1,
    maxLength: 5,
  }),
  reconnectMs: fc.option(ms),
  closeMs: fc.option(ms),
  drains: fc.boolean(),
  closesServer: fc.boolean(),
});

function middlewareOf(behaviour: Behaviour, delayMs: number, pair: Pair): Middleware {
  const never = (): Promise<never> => new Promise(() => {});
  return async (message, next) => {
    switch (behaviour) {
      case 'pauses before':
        await message.pause(delayMs);
        return next();
      case 'pauses after': {
        const answer = await next();
        await message.pause(delayMs);
        return answer;
      }
      case 'waits on its own before':
        await new Promise<void>((resolve) => pair.clock.setTimeout(resolve, delayMs));
        return next();
      case 'hangs before':
        return delayMs > 100 ? never() : next();
      case 'hangs after':
        await next();
        return delayMs > 100 ? never() : { data: 1 };
      case 'throws':
        if (delayMs > 100) throw new Error('out of order');
        return next();
      case 'answers itself':
        return delayMs > 100 ? { data: 'own' } : next();
      case 'answers without waiting':
        void next();
        return { data: 'own' };
      case 'calls twice':
        void next();
        return next();
      case 'repeats failures':
        try {
          return await next();
        } catch {
          return next();
        }
      case 'forgets to answer':
        return (await next().then(() => undefined)) as never;
      case 'changes data':
        return next({ data: message.data });
      case 'passes':
        return next();
    }
  };
}

test('each request is settled once and in time, and leaves nothing behind', async () => {
  await fc.assert(
    fc.asyncProperty(story, async (plot) => {
      const pair = await Pair.connected({
        both: { callbackTimeout: 120, lateAnswerGrace: 1_000, logLevel: 'silent' },
      });
      pair.server.on('callbackError', () => {});
      pair.client.on('callbackError', () => {});
      const at = (delayMs: number, run: () => void): void => void pair.clock.setTimeout(run, delayMs);
      for (const { behaviour, ms: delayMs } of plot.out)
        pair.client.use(middlewareOf(behaviour, delayMs, pair));
      for (const { behaviour, ms: delayMs } of plot.incoming)
        pair.server.use(middlewareOf(behaviour, delayMs, pair));
      if (plot.withRetry) pair.client.use(retry({ reads: 2, minDelay: 10 }));
      pair.server.onRead(null, (_, { dataId }) => {
        const takesMs = plot.requests[dataId]?.takesMs ?? 0;
        if (takesMs < 50) return dataId;
        return new Promise((resolve) => pair.clock.setTimeout(() => resolve(dataId), takesMs));
      });
      let settled = 0;
      const settledMs: number[] = [];
      const reads: ReturnType<typeof watch>[] = [];
      for (const { startMs, dataId, abortMs } of plot.requests)
        at(startMs, () => {
          const controller = new AbortController();
          const promise = pair.client.read(dataId, { timeout: TIMEOUT_MS, signal: controller.signal });
          const began = pair.clock.now();
          const count = (): void => {
            settled++;
            settledMs.push(pair.clock.now() - began);
          };
          promise.then(count, count);
          reads.push(watch(promise));
          if (abortMs !== null) at(abortMs, () => controller.abort('enough'));
        });
      if (plot.reconnectMs !== null) at(plot.reconnectMs, () => pair.client.reconnect());
      if (plot.closeMs !== null)
        at(plot.closeMs, () => {
          const session = plot.closesServer ? pair.server : pair.client;
          void session.close({ drain: plot.drains, timeout: 50 });
        });
      await pair.clock.advanceAsync(400);
      expect(settled).toBe(plot.requests.length);
      // an attempt has whole milliseconds, and so has a timer
      expect(Math.max(...settledMs)).toBeLessThan(TIMEOUT_MS + 2);
      expect(reads.every(({ state }) => state !== 'pending')).toBe(true);
      const closing = pair.close();
      await pair.clock.advanceAsync(5_000);
      expect(await closing).toBe(0);
    }),
    { numRuns: 150 },
  );
});
