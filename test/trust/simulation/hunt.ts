/** Runs worlds one after another, in this process, and says what was broken. */

import './probe.js';
import { type Broken, huntSeeds } from '../seed-hunt.js';
import { runWorld, type Tally, type WorldResult } from './world.js';

/** What a hunt asks for. */
export interface Hunt {
  readonly firstSeed: number;
  readonly count: number;
  readonly tally: Tally;
  /** Ends with the first world that is broken. */
  readonly stopsAtFirst: boolean;
  readonly say?: ((line: string) => void) | null;
  readonly onWorld?: (result: WorldResult) => void;
}

/**
 * Runs the worlds of so many seeds.
 *
 * @returns those that were broken; one in which something was thrown and not caught is one of them (I14)
 */
export function hunt({ tally, say = null, onWorld, ...hunted }: Hunt): Promise<Broken[]> {
  return huntSeeds({
    ...hunted,
    uncaughtBreaks: 'I14',
    forbidsWarnings: false,
    keepsStacks: say !== null,
    run: (seed) => runWorld(seed, tally, say),
    violationIn: ({ violation }) => violation,
    onResult: onWorld,
  });
}
