import { describe, expect, test } from 'vitest';
import { inSlices, type SlicesWorld, type Steps } from '../../visualizations/debugger/store/steps.js';

/** A world in which each look at the clock takes a millisecond. */
class SlowWorld implements SlicesWorld {
  pauses = 0;
  #ms = 0;
  now(): number {
    return this.#ms++;
  }
  async pause(): Promise<void> {
    this.pauses++;
  }
}

/** So many steps; says at the end how it ended. */
function* steps(count: number, ended: (how: string) => void = () => {}): Steps<string> {
  let how = 'given up';
  try {
    for (let step = 1; step <= count; step++) yield step / count;
    how = 'done';
  } finally {
    ended(how);
  }
  return how;
}

describe('work in slices', () => {
  test('gives the browser its turns, and says how much is done', async () => {
    const [world, shares] = [new SlowWorld(), [] as number[]];
    const { signal } = new AbortController();
    const result = await inSlices(steps(100), world, { signal, onProgress: (share) => shares.push(share) });
    expect(result).toBe('done');
    expect(world.pauses).toBeGreaterThan(5);
    expect(shares).toHaveLength(world.pauses);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  });

  test('that is short is done at once', async () => {
    const world = new SlowWorld();
    await inSlices(steps(3), world, { signal: new AbortController().signal, onProgress: () => {} });
    expect(world.pauses).toBe(0);
  });

  test('is given up between two slices, and puts in order what it has begun', async () => {
    const [world, given, ended] = [new SlowWorld(), new AbortController(), [] as string[]];
    const work = inSlices(
      steps(100, (how) => ended.push(how)),
      world,
      { signal: given.signal, onProgress: (share) => share > 0.5 && given.abort(new Error('enough')) },
    );
    await expect(work).rejects.toThrow('enough');
    expect(ended).toEqual(['given up']);
  });

  test('fails as the work does', async () => {
    const { signal } = new AbortController();
    // biome-ignore lint/correctness/useYield: it fails before
    function* failing(): Steps<void> {
      throw new Error('broken');
    }
    await expect(inSlices(failing(), new SlowWorld(), { signal, onProgress: () => {} })).rejects.toThrow(
      'broken',
    );
  });
});
