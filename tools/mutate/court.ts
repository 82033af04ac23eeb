/** Which mutants are noticed: each is tried by the tests that run its block, those first that are likely to notice it. */

import type { Bench } from './bench.js';
import { hitKey } from './hits.js';
import { byDuration, type Judge } from './judges.js';
import type { Mutant } from './mutants.js';

/** How a mutant fared. */
export interface Verdict {
  readonly mutant: Mutant;
  readonly isNoticed: boolean;
  /** The test that noticed it, `time-out`; for one that nobody noticed, how many test files ran it. */
  readonly by: string;
}

/** A stage of tests that share a process. */
interface Stage {
  readonly tests: readonly string[];
  readonly timeoutMs: number;
  readonly testTimeoutMs: number;
}

/** The first stage is over in a moment, and notices most; the last has the rest. */
const STAGES_MS = [400, 2_500, Number.POSITIVE_INFINITY];
/** A machine with other things to do is this many times as slow. */
const PATIENCE = 8;
const LEAST_TEST_TIMEOUT_MS = 1_500;
const LEAST_TIMEOUT_MS = 15_000;

/** Tries mutants. */
export class Court {
  readonly #judges: readonly Judge[];
  /** How often a test noticed a mutant of a file: `FILE TEST`. */
  readonly #noticed = new Map<string, number>();

  constructor(judges: readonly Judge[]) {
    this.#judges = judges;
  }

  /** Tries one mutant. */
  async tried(bench: Bench, mutant: Mutant): Promise<Verdict> {
    const stages = this.#stagesFor(mutant);
    for (const stage of stages) {
      const outcome = await bench.run({ ...stage, mutant, hits: false, bail: true }, stage.timeoutMs);
      if (outcome === null) return { mutant, isNoticed: true, by: 'time-out' };
      if (outcome.noticedBy === null) continue;
      const { file, test } = outcome.noticedBy;
      const key = `${mutant.file} ${file}`;
      this.#noticed.set(key, (this.#noticed.get(key) ?? 0) + 1);
      return { mutant, isNoticed: true, by: `${file}: ${test}` };
    }
    return { mutant, isNoticed: false, by: `${stages.flatMap(({ tests }) => tests).length} test files` };
  }

  /**
   * Runs the first stages for a mutant without its mistake: whatever fails here would count as noticed.
   *
   * @returns what failed; null: nothing
   */
  async control(bench: Bench, mutant: Mutant): Promise<string | null> {
    for (const stage of this.#stagesFor(mutant).slice(0, -1)) {
      const outcome = await bench.run({ ...stage, mutant: null, hits: false, bail: true }, stage.timeoutMs);
      if (outcome === null) return 'time-out';
      if (outcome.noticedBy !== null) return `${outcome.noticedBy.file}: ${outcome.noticedBy.test}`;
    }
    return null;
  }

  #stagesFor(mutant: Mutant): Stage[] {
    const key = hitKey(mutant.file, mutant.block);
    const judges = byDuration(this.#judges.filter(({ hits }) => hits.has(key)));
    const together = judges
      .filter(({ isAlone }) => !isAlone)
      .sort((a, b) => this.#noticedBy(mutant, b) - this.#noticedBy(mutant, a));
    const stages: Judge[][] = STAGES_MS.map(() => []);
    let stage = 0;
    let durationMs = 0;
    for (const judge of together) {
      if (durationMs > 0 && durationMs + judge.durationMs > (STAGES_MS[stage] ?? 0)) {
        stage++;
        durationMs = 0;
      }
      durationMs += judge.durationMs;
      stages[stage]?.push(judge);
    }
    const alone = judges.filter(({ isAlone }) => isAlone).map((judge) => [judge]);
    return [...stages, ...alone].filter(({ length }) => length > 0).map(stageOf);
  }

  #noticedBy(mutant: Mutant, judge: Judge): number {
    return this.#noticed.get(`${mutant.file} ${judge.path}`) ?? 0;
  }
}

function stageOf(judges: readonly Judge[]): Stage {
  const durationMs = judges.reduce((sum, judge) => sum + judge.durationMs, 0);
  const slowestTestMs = Math.max(...judges.map((judge) => judge.slowestTestMs));
  return {
    tests: judges.map(({ path }) => path),
    timeoutMs: LEAST_TIMEOUT_MS + PATIENCE * durationMs,
    testTimeoutMs: Math.max(LEAST_TEST_TIMEOUT_MS, PATIENCE * slowestTestMs),
  };
}
