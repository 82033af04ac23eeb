/**
 * D5: nothing is left of sessions that have come and gone: no actor, no timer, no handle, no listener, no memory.
 *
 * What there is after a first round is what there may be after all others.
 */

import type { Reached, Stage, StageContext } from '../stage.js';
import { MeasuredProcess } from './child-process.js';
import type { ChurnQuestions, Holdings } from './churn-questions.js';
import { mib } from './memory.js';

const FIRST_ROUND = 300;
const MAX_HEAP_GROWTH_BYTES = 5 * 2 ** 20;

const SESSIONS: Readonly<Record<StageContext['budget'], number>> = {
  ci: 2_000,
  deep: 100_000,
  release: 100_000,
};

/** Sessions that connect, authenticate, read once and end. */
export const churnStage: Stage = {
  name: 'churn',
  figures: ['D5'],
  isExclusive: true,
  run: async ({ budget }) => {
    const sessions = SESSIONS[budget];
    await using both = new MeasuredProcess<ChurnQuestions>('./churn-main.js');
    await both.ask('listen', null);
    await both.ask('churn', { sessions: FIRST_ROUND });
    const before = await both.ask('holdings', null);
    await both.ask('churn', { sessions });
    return [figure(sessions, before, await both.ask('holdings', null))];
  },
};

function figure(sessions: number, before: Holdings, after: Holdings): Reached {
  const growthBytes = after.heapBytes - before.heapBytes;
  const leaks = [
    ...leaksOf('objects', before.objects, after.objects),
    ...leaksOf('handles', before.handles, after.handles),
    ...leaksOf('listeners', { all: before.listeners }, { all: after.listeners }),
    ...leaksOf('sessions of the server', { open: 0 }, { open: after.sessions }),
  ];
  const failures = [...after.uncaught, ...leaks];
  if (growthBytes > MAX_HEAP_GROWTH_BYTES)
    failures.push(`the heap grew by ${mib(growthBytes)}, expected ≤ ${mib(MAX_HEAP_GROWTH_BYTES)}`);
  const alive = Object.entries(after.objects).map(([name, count]) => `${count} ${name}`);
  return {
    id: 'D5',
    what: 'connect, authenticate, read, close: what is left',
    goal: `${sessions} times: 0 leaked, heap growth ≤ ${mib(MAX_HEAP_GROWTH_BYTES)}`,
    reached: `${leaks.length} leaked, heap growth ${mib(growthBytes)}; alive: ${alive.join(', ')}`,
    isReached: failures.length === 0,
    failures,
  };
}

type Counts = Readonly<Record<string, number>>;

function leaksOf(what: string, before: Counts, after: Counts): string[] {
  return Object.entries(after)
    .filter(([kind, count]) => count > (before[kind] ?? 0))
    .map(([kind, count]) => `${what}: ${count} ${kind}, ${before[kind] ?? 0} before`);
}
