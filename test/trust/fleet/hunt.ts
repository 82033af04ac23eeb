/** Runs fleets one after another, in this process, and says what was broken. */

import { type Broken, huntSeeds } from '../seed-hunt.js';
import { type FleetResult, type FleetTally, runFleet } from './world.js';

/** What a hunt asks for. */
export interface FleetHunt {
  readonly firstSeed: number;
  readonly count: number;
  readonly tally: FleetTally;
  /** Ends with the first fleet in which something is broken. */
  readonly stopsAtFirst: boolean;
  readonly say?: ((line: string) => void) | null;
  readonly onFleet?: (result: FleetResult) => void;
}

/**
 * Runs the fleets of so many seeds.
 *
 * @returns those in which something was broken; what was thrown and not caught is V8
 */
export function huntFleets({ tally, say = null, onFleet, ...hunted }: FleetHunt): Promise<Broken[]> {
  return huntSeeds({
    ...hunted,
    uncaughtBreaks: 'V8',
    forbidsWarnings: true,
    keepsStacks: say !== null,
    run: (seed) => runFleet(seed, tally, say),
    violationIn: ({ violation }) => violation,
    onResult: onFleet,
  });
}
