/** A run: some mutants, tried on as many benches as there are cores. */

import { Bench } from './bench.js';
import { Court, type Verdict } from './court.js';
import { findJudges } from './judges.js';
import type { Mutant } from './mutants.js';
import { shared } from './shared.js';

/** The share of mutants that must be noticed. */
export const GOAL = 0.9;

/** What a run needs. */
export interface RunOptions {
  /** The folder of the project; also the working directory of the process. */
  readonly root: string;
  readonly mutants: readonly Mutant[];
  /** How many are tried at the same time. */
  readonly benches: number;
  /** Which test files judge, as a pattern; all unless set. */
  readonly tests?: string | undefined;
  /** Leave out the slow tests. */
  readonly isQuick?: boolean;
  /** Hears of each verdict. */
  readonly onVerdict?: (verdict: Verdict, done: number) => void;
}

/** What a run found out. */
export interface RunResult {
  readonly verdicts: readonly Verdict[];
  /** Test files that fail on the sources as they are, and judged nothing. */
  readonly unfit: readonly string[];
  /** Runs without a mutant, and what failed in them: such a failure would have counted as noticing. */
  readonly controls: number;
  readonly failedControls: readonly string[];
  readonly preparationMs: number;
  readonly durationMs: number;
}

/** One run without a mutant for so many with one. */
const CONTROL_EVERY = 20;

/**
 * Tries mutants, and now and then none, to see that what counts as noticed is the mutant.
 *
 * @throws where the tests fail on the sources as they are
 */
export async function runMutants(options: RunOptions): Promise<RunResult> {
  const { root, mutants, benches, tests, isQuick = false, onVerdict } = options;
  const team = Array.from({ length: benches }, () => new Bench());
  const startedMs = performance.now();
  try {
    const { judges, unfit } = await findJudges(root, team, tests);
    const court = new Court(judges, isQuick);
    const preparedMs = performance.now();
    const failedControls: string[] = [];
    let [done, controls] = [0, 0];
    const verdicts = await shared(team, mutants, async (bench, mutant, index) => {
      if (index % CONTROL_EVERY === 0) {
        controls++;
        const failure = await court.control(bench, mutant);
        if (failure !== null) failedControls.push(failure);
      }
      const verdict = await court.tried(bench, mutant);
      onVerdict?.(verdict, ++done);
      return verdict;
    });
    const durationMs = performance.now() - preparedMs;
    return { verdicts, unfit, controls, failedControls, preparationMs: preparedMs - startedMs, durationMs };
  } finally {
    for (const bench of team) bench.close();
  }
}

/** The share of mutants that were noticed, 0 to 1; 1 of none. */
export function scoreOf(verdicts: readonly Verdict[]): number {
  return verdicts.length === 0 ? 1 : verdicts.filter(({ isNoticed }) => isNoticed).length / verdicts.length;
}

/**
 * Some mutants by chance; the same seed takes the same.
 *
 * @param seed an unsigned 32-bit integer
 */
export function sampleOf(mutants: readonly Mutant[], count: number, seed: number): Mutant[] {
  const random = mulberry32(seed);
  const left = [...mutants];
  const sample: Mutant[] = [];
  while (sample.length < count && left.length > 0) {
    sample.push(...left.splice(Math.floor(random() * left.length), 1));
  }
  return sample;
}

function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
