/**
 * What `npm run trust` is made of: stages, each a process of its own, each of which reaches some figures.
 *
 * Two laws: whatever is random comes from a seed, and a seed that failed is printed with the line that runs it again;
 * and a stage that throws, or in whose process anything was thrown and not caught, has reached nothing.
 */

/** How much is run: each push, on demand, for a release. */
export type Budget = 'ci' | 'deep' | 'release';

/** What a stage gets. */
export interface StageContext {
  readonly budget: Budget;
  /** Where the seeds of a run begin: case `i` has the seed `(baseSeed + i) >>> 0`. An unsigned 32-bit integer. */
  readonly baseSeed: number;
  /** The one seed to run instead of all, with as much output as helps; null: run all. */
  readonly replaySeed: number | null;
  /** Prints a line at once. */
  say(line: string): void;
}

/** A figure and how far it was reached. */
export interface Reached {
  /** `A1`, `B3`, …: the rows of the tables in docs/reliability.md. */
  readonly id: string;
  readonly what: string;
  /** The goal at this budget, with its unit. */
  readonly goal: string;
  /** What was reached, with its unit. */
  readonly reached: string;
  readonly isReached: boolean;
  /** One line each: what failed, and how to run it again ({@link replayLine}). */
  readonly failures?: readonly string[];
}

/** A part of the run. */
export interface Stage {
  readonly name: string;
  /** The figures that it reaches, in the order of `run`'s result. */
  readonly figures: readonly string[];
  /** It measures time or memory: no other stage runs beside it. */
  readonly isExclusive?: boolean;
  run(context: StageContext): Promise<readonly Reached[]>;
}

/** The line that runs one case again. */
export function replayLine(figure: string, seed: number): string {
  return `replay: npm run trust -- --only=${figure} --seed=${seed}`;
}
