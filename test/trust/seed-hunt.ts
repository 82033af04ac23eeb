/** The loop of all hunts: runs a world for each of many seeds, in this process, and says which of them were broken. */

/** A world in which something was broken. */
export interface Broken {
  readonly seed: number;
  readonly violation: string;
}

/** What a hunt asks for. */
export interface SeedHunt<Result> {
  readonly firstSeed: number;
  readonly count: number;
  /** Ends with the first world that is broken. */
  readonly stopsAtFirst: boolean;
  /** The invariant that an error breaks which is thrown and not caught. */
  readonly uncaughtBreaks: string;
  /** Whether a warning of the process breaks it as well: it is about somebody's mistake, and the programs of some worlds make none. */
  readonly forbidsWarnings: boolean;
  /** Whether errors have stacks; without a reader they cost a tenth of the time, because worlds are full of errors. */
  readonly keepsStacks: boolean;
  /** Runs the world of a seed. */
  run(seed: number): Promise<Result>;
  /** What was broken in it. */
  violationIn(result: Result): string | null | undefined;
  onResult?: ((result: Result) => void) | undefined;
}

/**
 * Runs the worlds of so many seeds.
 *
 * @returns those that were broken
 */
export async function huntSeeds<Result>(hunt: SeedHunt<Result>): Promise<Broken[]> {
  const { firstSeed, count, stopsAtFirst } = hunt;
  const broken: Broken[] = [];
  let seed = firstSeed;
  const uncaught = (error: unknown): void => {
    const stack = hunt.keepsStacks && error instanceof Error ? `\n${error.stack}` : '';
    broken.push({ seed, violation: `${hunt.uncaughtBreaks}: not caught: ${String(error)}${stack}` });
  };
  const kinds = ['unhandledRejection', 'uncaughtException', ...(hunt.forbidsWarnings ? ['warning'] : [])];
  for (const kind of kinds) process.on(kind, uncaught);
  const { stackTraceLimit } = Error;
  if (!hunt.keepsStacks) Error.stackTraceLimit = 0;
  try {
    for (let i = 0; i < count && !(stopsAtFirst && broken.length > 0); i++) {
      seed = (firstSeed + i) >>> 0;
      const result = await hunt.run(seed);
      // Node reports an unhandled rejection when this process has nothing else to do
      await new Promise((resolve) => setImmediate(resolve));
      const violation = hunt.violationIn(result);
      if (violation !== null && violation !== undefined) broken.push({ seed, violation });
      hunt.onResult?.(result);
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    for (const kind of kinds) process.off(kind, uncaught);
  }
  return broken;
}
