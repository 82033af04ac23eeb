/** Programs that ask at random, take leases and go away: the worlds of figure N5, a few of them with each run of the tests. */

import { describe, expect, test } from 'vitest';
import { brokenIn, runShare } from '../trust/share/world.js';

describe('a share, whatever happens', () => {
  const seeds = Array.from({ length: 12 }, (_, i) => i + 1);

  test.each(seeds)('keeps its promises with the seed %d', async (seed) => {
    const run = await runShare(seed);
    const { world, stats } = run;
    expect(brokenIn(run)).toEqual([]);
    const reads = world.made.filter(({ kind, answer }) => kind === 'read' && answer?.[0] === 0).length;
    expect(reads).toBeGreaterThan(20);
    expect(stats.joined).toBeGreaterThan(0);
    expect(stats.lease.granted).toBeGreaterThan(0);
  });
});
