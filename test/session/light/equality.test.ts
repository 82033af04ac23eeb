/** Charts do what XState does with the machines that they are derived from, in every state and in any story. */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { lightActor, lightLogic } from '../../../src/session/light/light-logic.js';
import { allTransitions } from '../../trust/models/transitions.js';
import { everyEdge, storiesOf, tell, tellLightActor } from './compare.js';
import { SUBJECTS } from './subjects.js';

beforeAll(() => {
  // XState says so of each event that comes too late
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});
afterAll(() => vi.restoreAllMocks());

describe.each(
  SUBJECTS.map((subject) => [subject.machine.id, subject] as const),
)('the chart of %s', (_, subject) => {
  const { machine } = subject;

  test('leads where XState leads, over every transition', { timeout: 60_000 }, () => {
    const taken = new Set<string>();
    for (const story of everyEdge(subject)) {
      const outcome = tell(machine, lightLogic, story);
      expect(outcome.difference, JSON.stringify(story)).toBe('');
      for (const each of outcome.taken) taken.add(each);
    }
    expect(allTransitions(machine).filter((id) => !taken.has(id))).toEqual([]);
  });

  test('leads where XState leads, whatever happens', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(storiesOf(subject), (story) => {
        expect(tell(machine, lightLogic, story).difference).toBe('');
      }),
      { numRuns: 500 },
    );
  });

  test('leads there in a light actor as well', { timeout: 60_000 }, () => {
    for (const story of everyEdge(subject))
      expect(tellLightActor(machine, lightActor, story), JSON.stringify(story)).toBe('');
    fc.assert(
      fc.property(storiesOf(subject), (story) => {
        expect(tellLightActor(machine, lightActor, story)).toBe('');
      }),
      { numRuns: 500 },
    );
  });
});
