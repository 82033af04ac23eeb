/** Iterators whose loops take, stop and are stopped at random moments: values come in order, each once, and nothing is left behind. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Reading } from '../../../src/index.js';
import { Pair } from '../../support/pair.js';

const ms = fc.integer({ min: 0, max: 1_000 });
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ atMs: ms, what: fc.constant('next' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ atMs: ms, what: fc.constantFrom('return', 'throw', 'abort', 'close') }),
  },
  { weight: 2, arbitrary: fc.record({ atMs: ms, what: fc.constantFrom('reconnect', 'send') }) },
);
const story = fc.record({
  kind: fc.constantFrom('watch', 'messages', 'states'),
  limit: fc.integer({ min: 1, max: 3 }),
  everyMs: fc.integer({ min: 20, max: 200 }),
  timeoutMs: fc.integer({ min: 10, max: 300 }),
  takesMs: fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 5 }),
  steps: fc.array(step, { maxLength: 25 }),
});

test('every next is settled, in the order of the calls, and nothing is left behind', async () => {
  await fc.assert(
    fc.asyncProperty(story, async ({ kind, limit, everyMs, timeoutMs, takesMs, steps }) => {
      const pair = await Pair.connected({ both: { logLevel: 'silent', lateAnswerGrace: 500 } });
      const { clock, client, server } = pair;
      let reads = 0;
      server.onRead(0, () => {
        const count = reads++;
        return new Promise((resolve) => clock.setTimeout(() => resolve(count), takesMs[count] ?? 0));
      });
      const controller = new AbortController();
      const { signal } = controller;
      const iterator: AsyncIterableIterator<unknown, undefined> =
        kind === 'watch'
          ? client.watch(0, { every: everyMs, timeout: timeoutMs, signal })
          : kind === 'messages'
            ? client.messages({ serviceId: 100, limit, signal })
            : client.states({ limit, signal });
      const settled: { readonly call: number; readonly result: unknown }[] = [];
      let calls = 0;
      let sent = 0;
      const take = (): void => {
        const call = calls++;
        iterator.next().then(
          (result) => settled.push({ call, result }),
          (error: unknown) => settled.push({ call, result: { error } }),
        );
      };
      for (const { atMs, what } of steps)
        clock.setTimeout(() => {
          if (what === 'next') take();
          else if (what === 'return') void iterator.return?.();
          else if (what === 'throw') iterator.throw?.('thrown in').catch(() => {});
          else if (what === 'abort') controller.abort('enough');
          else if (what === 'close') void client.close();
          else if (what === 'reconnect') client.reconnect();
          else void server.send(100, 1, sent++);
        }, atMs);
      await clock.advanceAsync(1_500);
      await pair.close();
      await clock.advanceAsync(10_000);
      take();
      await clock.advanceAsync(0);
      expect(settled.map(({ call }) => call)).toEqual(Array.from({ length: calls }, (_, call) => call));
      const values = settled.flatMap(({ result }) => {
        const { done, value } = result as IteratorResult<unknown>;
        return done === false ? [value] : [];
      });
      if (kind === 'watch') {
        const readings = values as Reading<number>[];
        for (const [index, { value, missed, at }] of readings.entries()) {
          expect(missed).toBeGreaterThanOrEqual(0);
          const before = readings[index - 1];
          if (before === undefined) continue;
          expect(value).toBeGreaterThan(before.value);
          expect(at).toBeGreaterThan(before.at);
        }
      }
      if (kind === 'messages') {
        const counts = (values as { readonly data: number }[]).map(({ data }) => data);
        expect(counts).toEqual([...new Set(counts)].sort((a, b) => a - b));
      }
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 200 },
  );
});
