/** Without subscribers nothing is made for tracing, wherever it looks. */

import { describe, expect, test, vi } from 'vitest';
import { AwaitedAnswer } from '../../../src/session/asking/awaited-answer.js';
import { Places } from '../../../src/session/asking/places.js';
import { TracedAnswer } from '../../../src/session/asking/traced-answer.js';
import { Trace } from '../../../src/session/observing/trace.js';
import { demanding } from '../../support/demand.js';
import { watch } from '../../support/pair.js';
import { TraceLog } from '../../support/trace-log.js';

/** Asks, answers, comes back; returns the classes of the requests. */
async function everything(): Promise<unknown[]> {
  const enter = vi.spyOn(Places.prototype, 'enterLine');
  const [pair, demand] = await demanding();
  watch(pair.client.execute(0));
  watch(pair.client.execute(1));
  await pair.settle();
  demand.answer(0);
  pair.clientComm.cut();
  await pair.clock.advanceAsync(500);
  await pair.close();
  const requests = enter.mock.calls.map(([request]) => request.constructor);
  enter.mockRestore();
  return requests;
}

describe('what nobody traces', () => {
  test('has no trace, and is a request like any other', async () => {
    const run = vi.spyOn(Trace.prototype, 'run');

    expect(await everything()).toEqual([AwaitedAnswer, AwaitedAnswer]);

    expect(run).not.toHaveBeenCalled();
    run.mockRestore();
  });

  test.each([
    'request',
    'handle',
    'connect',
  ] as const)('is not traced because of another channel: %s', async (one) => {
    const log = new TraceLog(one);
    const requests = await everything();
    const traced = log.all.length;
    log[Symbol.dispose]();

    expect(traced).toBe(2);
    expect(requests).toEqual(Array(2).fill(one === 'request' ? TracedAnswer : AwaitedAnswer));
  });

  test('that began before somebody subscribed stays so', async () => {
    const [pair, demand] = await demanding();
    watch(pair.client.execute(0));
    await pair.settle();
    using requests = new TraceLog('request');
    using callbacks = new TraceLog('handle');

    demand.answer(0);
    await pair.settle();

    expect([requests.all, callbacks.all]).toEqual([[], []]);
  });
});
