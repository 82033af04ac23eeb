/** The test of the comparison: each mistake that is planted in a chart must show, in some machine of a session. */

import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { lightLogic } from '../../../src/session/light/light-logic.js';
import { everyEdge, type Story, storiesOf, tell } from './compare.js';
import { MISTAKES, withMistake } from './mistakes.js';
import { SUBJECTS, type Subject } from './subjects.js';

function firstDifference(run: typeof lightLogic): string {
  for (const [subject, story] of stories()) {
    const difference = differenceIn(subject, run, story);
    if (difference !== '') return difference;
  }
  return '';
}

/** Some of each machine, and then, of the smaller ones first, all that matter. */
function* stories(): Generator<[Subject, Story]> {
  const bySize = [...SUBJECTS].reverse();
  for (const subject of bySize)
    for (const story of fc.sample(storiesOf(subject), { numRuns: 60, seed: 1 })) yield [subject, story];
  for (const subject of bySize) for (const story of everyEdge(subject)) yield [subject, story];
}

function differenceIn({ machine }: Subject, run: typeof lightLogic, story: Story): string {
  try {
    return tell(machine, run, story).difference;
  } catch (error) {
    return `after something: expected\n  no error\ngot\n  ${String(error)}`;
  }
}

beforeAll(() => {
  // XState says so of each event that comes too late
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});
afterAll(() => vi.restoreAllMocks());

test.each(MISTAKES.map((mistake, number) => [mistake.name, mistake, number] as const))(
  'finds that %s',
  { timeout: 30_000 },
  async (_, mistake, number) => {
    expect(firstDifference(await withMistake(mistake, number))).toMatch(/^after .*: expected\n/);
  },
);
