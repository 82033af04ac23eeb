/**
 * Tests that are generated from the machines: one for each transition, each time-out and each event that a state
 * ignores. A shortest path leads a real session there; what its user, its peer and its transport see, from the first
 * moment to the last, must be what protocol.md says, which ./expected has written down without a machine.
 */

import { describe, expect, test } from 'vitest';
import { allTransitions } from '../trust/models/transitions.js';
import { driveAll } from './drive.js';
import { SUBJECTS } from './subjects.js';
import { transitionsOf, walksOf } from './walks.js';

const generated = await Promise.all(
  SUBJECTS.map(async (subject) => ({ subject, walks: await walksOf(subject) })),
);

describe.each(generated)('the machine "$subject.name"', ({ subject, walks }) => {
  test.each([...walks])('%s', async (_, ways) => {
    for (const { strays, differences, acts } of await driveAll(ways))
      expect([...strays, ...differences], `after:\n${acts}\n`).toEqual([]);
  });

  test('has no transition that is not driven', () => {
    const driven = new Set([...walks.values()].flat().flatMap(transitionsOf));
    const untakable = Object.keys(subject.untakable ?? {});
    expect(
      allTransitions(subject.machine)
        .filter((id) => !driven.has(id))
        .join(),
    ).toEqual(untakable.join());
  });
});
