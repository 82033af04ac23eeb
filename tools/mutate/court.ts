/** Which mutants are noticed: each is tried by the tests that run its block, those first that are likely to notice it. */

import type { Bench } from './bench.js';
import { hitKey } from './hits.js';
import { byDuration, type Judge } from './judges.js';
import type { Mutant } from './mutants.js';
import type { Failure } from './orders.js';

/** How a mutant fared. */
export interface Verdict {
  readonly mutant: Mutant;
  readonly isNoticed: boolean;
  /** The test that noticed it; for one that nobody noticed, how many test files ran it. */
  readonly by: string;
}

/** A stage of tests that share a process. */
interface Stage {
  readonly tests: readonly string[];
  readonly timeoutMs: number;
  readonly testTimeoutMs: number;
}

/** How much of the time of all tests a stage takes: the first is over in a moment, and notices most; the last has the rest. */
const STAGES = [0.02, 0.15, 1];
/** A machine with other things to do is this many times as slow. */
const PATIENCE = 6;
/** A test that ran out of time gets so many times as much. */
const MORE = 3;
const LEAST_TEST_TIMEOUT_MS = 1_500;
const LEAST_TIMEOUT_MS = 15_000;

/** Tries mutants. */
export class Court {
  readonly #judges: readonly Judge[];
  readonly #durationMs: number;
  readonly #isQuick: boolean;
  /** How often a test noticed a mutant of a file: `FILE TEST`. */
  readonly #noticed = new Map<string, number>();

  /** A quick one leaves out the slow tests, and takes some mutants for survivors that are none. */
  constructor(judges: readonly Judge[], isQuick: boolean) {
    this.#judges = judges;
    this.#durationMs = judges.reduce((sum, { durationMs }) => sum + durationMs, 0);
    this.#isQuick = isQuick;
  }

  /** Tries one mutant. */
  async tried(bench: Bench, mutant: Mutant): Promise<Verdict> {
    const stages = this.#stagesFor(mutant);
    for (const stage of stages) {
      const by = await failureOf(bench, stage, mutant);
      if (by === null) continue;
      const key = `${mutant.file} ${by.file}`;
      this.#noticed.set(key, (this.#noticed.get(key) ?? 0) + 1);
      return { mutant, isNoticed: true, by: `${by.file}: ${by.test}` };
    }
    return { mutant, isNoticed: false, by: `${stages.flatMap(({ tests }) => tests).length} test files` };
  }

  /**
   * Runs the first stages for a mutant without its mistake: whatever fails here would count as noticed.
   *
   * @returns what failed; null: nothing
   */
  async control(bench: Bench, mutant: Mutant): Promise<string | null> {
    for (const stage of this.#stagesFor(mutant).slice(0, 2)) {
      const by = await failureOf(bench, stage, null);
      if (by !== null) return `${by.file}: ${by.test}`;
    }
    return null;
  }

  #stagesFor(mutant: Mutant): Stage[] {
    const key = hitKey(mutant.file, mutant.block);
    const judges = byDuration(this.#judges.filter(({ hits }) => hits.has(key)));
    const together = judges
      .filter(({ isAlone }) => !isAlone)
      .sort((a, b) => this.#noticedBy(mutant, b) - this.#noticedBy(mutant, a));
    const stages: Judge[][] = STAGES.map(() => []);
    let stage = 0;
    let durationMs = 0;
    for (const judge of together) {
      if (durationMs > 0 && durationMs + judge.durationMs > (STAGES[stage] ?? 1) * this.#durationMs) {
        stage++;
        durationMs = 0;
      }
      durationMs += judge.durationMs;
      stages[stage]?.push(judge);
    }
    const alone = judges.filter(({ isAlone }) => isAlone).map((judge) => [judge]);
    const all = this.#isQuick ? stages.slice(0, -1) : [...stages, ...alone];
    return all.filter(({ length }) => length > 0).map(stageOf);
  }

  #noticedBy(mutant: Mutant, judge: Judge): number {
    return this.#noticed.get(`${mutant.file} ${judge.path}`) ?? 0;
  }
}

/** What fails in a stage. A test that is out of time is run once more with more of it: the machine may be busy. */
async function failureOf(bench: Bench, stage: Stage, mutant: Mutant | null): Promise<Failure | null> {
  const order = { mutant, hits: false, bail: true };
  const outcome = await bench.run({ ...order, ...stage }, stage.timeoutMs);
  if (outcome === null) return { file: '', test: 'hangs, or ends the process', isTimeout: true };
  const first = outcome.noticedBy;
  if (first === null || !first.isTimeout || first.file === '') return first;
  const testTimeoutMs = MORE * stage.testTimeoutMs;
  const again = await bench.run(
    { ...order, tests: [first.file], testTimeoutMs },
    stage.timeoutMs + testTimeoutMs,
  );
  if (again === null || again.noticedBy !== null) return first;
  const rest = { ...stage, tests: stage.tests.slice(stage.tests.indexOf(first.file) + 1) };
  return rest.tests.length === 0 ? null : failureOf(bench, rest, mutant);
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
