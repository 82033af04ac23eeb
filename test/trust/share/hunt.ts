/** Runs the worlds of shared devices one after another, in this process, and says what was broken. */

import { type Broken, huntSeeds } from '../seed-hunt.js';
import { brokenIn, runShare } from './world.js';

/** What a hunt asks for. */
export interface ShareHunt {
  readonly firstSeed: number;
  readonly count: number;
  /** Ends with the first world in which something is broken. */
  readonly stopsAtFirst: boolean;
  readonly onWorld?: (requests: number) => void;
}

/**
 * Runs the worlds of so many seeds.
 *
 * @returns those in which something was broken; what was thrown and not caught is S8
 */
export function huntShares({ onWorld, ...hunted }: ShareHunt): Promise<Broken[]> {
  return huntSeeds({
    ...hunted,
    uncaughtBreaks: 'S8',
    forbidsWarnings: true,
    keepsStacks: true,
    run: runShare,
    violationIn: (run) => brokenIn(run)[0],
    onResult: ({ world }) => onWorld?.(world.made.length),
  });
}
