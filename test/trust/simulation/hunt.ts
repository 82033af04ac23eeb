/** Runs worlds one after another, in this process, and says what was broken. */

import './probe.js';
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

/** A world in which something was broken. */
export interface Broken {
  readonly seed: number;
  readonly violation: string;
}

/**
 * Runs the worlds of so many seeds.
 *
 * @returns those that were broken; one in which something was thrown and not caught is one of them (I14)
 */
export async function hunt({
  firstSeed,
  count,
  tally,
  stopsAtFirst,
  say = null,
  onWorld,
}: Hunt): Promise<Broken[]> {
  const broken: Broken[] = [];
  let seed = firstSeed;
  const uncaught = (error: unknown): void => {
    broken.push({ seed, violation: `I14: not caught: ${String(error)}` });
  };
  process.on('unhandledRejection', uncaught);
  process.on('uncaughtException', uncaught);
  const { stackTraceLimit } = Error;
  // who called is for somebody who watches; to write it down takes a tenth of the time, for worlds are full of errors
  if (say === null) Error.stackTraceLimit = 0;
  try {
    for (let i = 0; i < count && !(stopsAtFirst && broken.length > 0); i++) {
      seed = (firstSeed + i) >>> 0;
      const result = await runWorld(seed, tally, say);
      // Node reports an unhandled rejection when this process has nothing else to do
      await new Promise((resolve) => setImmediate(resolve));
      if (result.violation !== null) broken.push({ seed, violation: result.violation });
      onWorld?.(result);
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    process.off('unhandledRejection', uncaught);
    process.off('uncaughtException', uncaught);
  }
  return broken;
}
