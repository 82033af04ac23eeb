/** The test of the comparison: each mistake that is planted in a chart must show, in some machine of a session. */

import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { everyEdge, type Story, storiesOf, tell, tellLightActor } from './compare.js';
import { ACTOR_MISTAKES, MISTAKES, withMistake } from './mistakes.js';
import { SUBJECTS, type Subject } from './subjects.js';

/** What a difference begins with. */
const FOUND = /^after .*: expected\n/;

function firstDifference(tellOne: (machine: AnyStateMachine, story: Story) => string): string {
  for (const [{ machine }, story] of stories()) {
    const difference = differenceIn(() => tellOne(machine, story));
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

function differenceIn(tellOne: () => string): string {
  try {
    return tellOne();
  } catch (error) {
    return `after something: expected\n  no error\ngot\n  ${String(error)}`;
  }
}

beforeAll(() => {
  // XState says so of each event that comes too late
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});
afterAll(() => vi.restoreAllMocks());

test.each(MISTAKES.map((mistake) => [mistake.name, mistake] as const))(
  'finds that %s',
  { timeout: 30_000 },
  async (_, mistake) => {
    const { lightLogic } = await withMistake(mistake);
    expect(firstDifference((machine, story) => tell(machine, lightLogic, story).difference)).toMatch(FOUND);
  },
);

test.each(ACTOR_MISTAKES.map((mistake) => [mistake.name, mistake] as const))(
  'finds that %s',
  { timeout: 30_000 },
  async (_, mistake) => {
    const { lightActor } = await withMistake(mistake);
    expect(firstDifference((machine, story) => tellLightActor(machine, lightActor, story))).toMatch(FOUND);
  },
);
