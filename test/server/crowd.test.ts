import { describe, expect, test } from 'vitest';
import { Crowd } from '../../src/server/crowd.js';

interface Somebody {
  readonly name: string;
  readonly network: string;
}

/** Members by their names, whose first letter is the network. */
function people(...names: string[]): Somebody[] {
  return names.map((name) => ({ name, network: name.charAt(0) }));
}

function crowdOf(...members: Somebody[]): Crowd<Somebody> {
  const crowd = new Crowd<Somebody>();
  for (const member of members) crowd.add(member);
  return crowd;
}

/** Takes the oldest of the largest network out until nobody is left. */
function drained(crowd: Crowd<Somebody>): string[] {
  const names: string[] = [];
  for (let next = crowd.oldestOfLargest(); next !== undefined; next = crowd.oldestOfLargest()) {
    names.push(next.name);
    crowd.delete(next);
  }
  return names;
}

describe('a crowd', () => {
  test('has room again for a network that all have left, and forgets it for the next that they leave', () => {
    const [a, b, again] = people('a1', 'b1', 'a2') as [Somebody, Somebody, Somebody];
    const crowd = crowdOf(a, b);
    crowd.delete(a);
    crowd.delete(b);
    expect([crowd.size, crowd.oldestOf('a'), crowd.oldestOf('b'), crowd.oldestOfLargest()]).toEqual([
      0,
      undefined,
      undefined,
      undefined,
    ]);
    crowd.add(again);
    expect([crowd.size, crowd.oldestOf('a'), crowd.oldestOfLargest()]).toEqual([1, again, again]);
  });

  test('is empty at first', () => {
    const crowd = new Crowd<Somebody>();
    expect([crowd.size, crowd.oldestOfLargest(), crowd.oldestOf('a')]).toEqual([0, undefined, undefined]);
  });

  test('knows the oldest of each network', () => {
    const crowd = crowdOf(...people('a1', 'b1', 'a2', 'b2', 'b3'));
    expect([crowd.oldestOf('a')?.name, crowd.oldestOf('b')?.name, crowd.oldestOf('c')]).toEqual([
      'a1',
      'b1',
      undefined,
    ]);
  });

  test('knows the oldest of the largest network, though a smaller one came later', () => {
    expect(crowdOf(...people('b1', 'a1', 'a2', 'c1')).oldestOfLargest()?.name).toBe('a1');
  });

  test('knows who is next when the oldest has gone', () => {
    const members = people('a1', 'a2', 'a3');
    const crowd = crowdOf(...members);
    crowd.delete(members[0] as Somebody);
    expect([crowd.oldestOf('a')?.name, crowd.size]).toEqual(['a2', 2]);
  });

  test('gives way from the largest network to the next', () => {
    expect(drained(crowdOf(...people('a1', 'a2', 'a3', 'b1', 'c1', 'c2')))).toEqual([
      'a1',
      'c1',
      'a2',
      'b1',
      'c2',
      'a3',
    ]);
  });

  test('is as good as new when all have gone', () => {
    const crowd = crowdOf(...people('a1', 'a2', 'b1'));
    drained(crowd);
    expect([crowd.size, crowd.oldestOf('a')]).toEqual([0, undefined]);
    for (const member of people('b2', 'a3', 'a4')) crowd.add(member);
    expect([crowd.size, crowd.oldestOfLargest()?.name]).toEqual([3, 'a3']);
  });

  test('does not mind who is no member, of a network that it knows or not', () => {
    const crowd = crowdOf(...people('a1', 'b1', 'b2'));
    for (const other of people('b3', 'c1')) crowd.delete(other);
    expect([crowd.size, crowd.oldestOfLargest()?.name]).toEqual([3, 'b1']);
  });

  test('lets who comes again be the youngest', () => {
    const [first, second] = people('a1', 'a2') as [Somebody, Somebody];
    const crowd = crowdOf(first, second);
    crowd.delete(first);
    crowd.add(first);
    expect(crowd.oldestOf('a')).toBe(second);
  });

  test('agrees with a plain list, whoever comes and goes', () => {
    const crowd = new Crowd<Somebody>();
    const all: Somebody[] = [];
    let state = 7;
    const random = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((state / 2 ** 31) * below);
    };
    for (let step = 0; step < 2_000; step++) {
      if (random(2) === 0 || all.length === 0) {
        const [member] = people(`${'abcd'.charAt(random(4))}${step}`) as [Somebody];
        crowd.add(member);
        all.push(member);
      } else for (const member of all.splice(random(all.length), 1)) crowd.delete(member);
      const ofNetwork = (name: string) => all.filter(({ network }) => network === name);
      const sizes = [...'abcd'].map((network) => ofNetwork(network).length);
      const oldest = crowd.oldestOfLargest();
      expect(crowd.size).toBe(all.length);
      expect(ofNetwork(oldest?.network ?? '')).toHaveLength(Math.max(...sizes));
      expect(oldest).toBe(ofNetwork(oldest?.network ?? '')[0]);
    }
  });
});
