import { describe, expect, test } from 'vitest';
import { Interest, type Interested } from '../../src/bus/interest.js';

/** A source of the same chances in each run. */
function chances(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What the words of a pattern and a subject say, one by one. */
function fits(pattern: string, subject: string): boolean {
  const words = subject.split('.');
  const parts = pattern.split('.');
  for (const [at, part] of parts.entries()) {
    if (part === '>') return words.length > at;
    if (at >= words.length || (part !== '*' && part !== words[at])) return false;
  }
  return words.length === parts.length;
}

function matched(interest: Interest<Interested>, subject: string): Interested[] {
  const found: Interested[] = [];
  interest.match(subject, found);
  return found;
}

describe('who has subscribed to what', () => {
  test.each([
    1, 2, 3, 4, 5,
  ])('is found as one look at each pattern would find it, whoever comes and goes: seed %i', (seed) => {
    const chance = chances(seed);
    const word = (): string => 'ab'[chance(2)] as string;
    const subjectOf = (): string => Array.from({ length: 1 + chance(4) }, word).join('.');
    const patternOf = (): string => {
      const parts = Array.from({ length: 1 + chance(4) }, () => (chance(3) === 0 ? '*' : word()));
      if (chance(4) === 0) parts.push('>');
      return chance(20) === 0 ? '>' : parts.join('.');
    };
    const interest = new Interest<Interested>();
    const there = new Set<Interested>();
    for (let i = 0; i < 3_000; i++) {
      const leaves = chance(2) === 0;
      const known = [...there][chance(there.size)];
      if (leaves && known !== undefined) {
        interest.remove(known);
        // it is gone already
        interest.remove(known);
        there.delete(known);
      } else {
        const one = { pattern: patternOf(), queue: null };
        interest.add(one);
        there.add(one);
      }
      const subject = subjectOf();
      const expected = [...there].filter(({ pattern }) => fits(pattern, subject));
      expect(new Set(matched(interest, subject))).toEqual(new Set(expected));
      expect(matched(interest, subject)).toHaveLength(expected.length);
      expect(interest.size).toBe(there.size);
    }
    for (const each of there) interest.remove(each);
    expect(interest.size).toBe(0);
    expect(interest.isEmpty).toBe(true);
  });

  test('keeps nothing of those that have left, and all of those that stay', () => {
    const interest = new Interest<Interested>();
    const deep = { pattern: 'a.b.c.d', queue: null };
    const tail = { pattern: 'a.b.>', queue: null };
    const stranger = { pattern: 'a.b.c.d', queue: null };
    expect(interest.isEmpty).toBe(true);
    interest.add(deep);
    interest.add(tail);
    interest.remove(stranger);
    interest.remove({ pattern: 'x.y', queue: null });
    expect(matched(interest, 'a.b.c.d')).toEqual([tail, deep]);
    interest.remove(deep);
    expect(matched(interest, 'a.b.c.d')).toEqual([tail]);
    expect(interest.isEmpty).toBe(false);
    interest.remove(tail);
    expect(interest.isEmpty).toBe(true);
  });
});
