/** Whatever happens in whatever order, each trace ends once, as what it traces did; and tracing changes nothing of it. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ConnectTraceContext } from '../../../src/index.js';
import { FAILED, SUCCEEDED, TraceLog } from '../../support/trace-log.js';
import { aWorkload, play } from '../../support/workload.js';

describe('a random story of two sessions', () => {
  test('has whole traces, one for each request, callback and attempt, and is the same without', async () => {
    let [succeeded, failed] = [0, 0];
    await fc.assert(
      fc.asyncProperty(aWorkload, async (workload) => {
        const untraced = await play(workload, undefined);
        using requests = new TraceLog('request');
        using callbacks = new TraceLog('handle');
        using attempts = new TraceLog<ConnectTraceContext>('connect');
        const traced = await play(workload, undefined);

        // who waits for what is as it was, to the turn
        expect(traced).toEqual(untraced);
        for (const { events, context } of [...requests.all, ...callbacks.all, ...attempts.all])
          expect(events).toEqual('error' in context ? FAILED : SUCCEEDED);

        const settled = (how: string): number =>
          traced.lines.filter((line) => new RegExp(`^\\d+ request \\d+ ${how}`).test(line)).length;
        const failures = requests.all.filter(({ context }) => 'error' in context).length;
        expect(failures).toBe(settled('rejects'));
        expect(requests.all.length - failures).toBe(settled('resolves'));
        const asked = workload.deeds.flatMap((deed) => (deed.type === 'ask' ? deed.requests : []));
        expect(requests.all.length).toBe(asked.filter(({ kind }) => kind === 'request').length);
        const connected = traced.lines.filter((line) => / client connected$/.test(line)).length;
        expect(attempts.all.filter(({ context }) => !('error' in context)).length).toBe(connected);
        succeeded += settled('resolves');
        failed += failures;
      }),
      { numRuns: 150 },
    );
    // both occur, or the test says nothing
    expect(Math.min(succeeded, failed)).toBeGreaterThan(0);
  }, 120_000);
});
