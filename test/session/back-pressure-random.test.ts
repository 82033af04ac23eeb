import { describe, expect, test } from 'vitest';
import { runFlowWorld } from '../trust/flow/world.js';

const WORLDS = 60;

describe('two honest peers with random limits', () => {
  test('never wait for each other, lose nothing and keep to their limits, whatever they ask at once', async () => {
    const violations: string[] = [];
    let refused = 0;
    for (let seed = 0; seed < WORLDS; seed++) {
      const result = await runFlowWorld(seed);
      if (result.violation !== null) violations.push(`seed ${seed}: ${result.violation}`);
      refused += result.refused;
    }
    expect(violations).toEqual([]);
    // the limits are met, or the test says nothing
    expect(refused).toBeGreaterThan(0);
  }, 120_000);
});
