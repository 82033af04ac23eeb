/** What a bench is asked, and what it answers. */

import type { Mutant } from './mutants.js';

/** Run these tests, with a mistake in the sources or with none. */
export interface Order {
  /** Test files, from the root of the project, in the order in which they are run. */
  readonly tests: readonly string[];
  readonly mutant: Mutant | null;
  /** Collect which blocks are run. */
  readonly hits: boolean;
  /** Stop at the first failure. */
  readonly bail: boolean;
  /** For a test that names no time-out of its own. */
  readonly testTimeoutMs: number;
}

/** A test that failed. */
export interface Failure {
  readonly file: string;
  readonly test: string;
  /** It did not end in time, as it also may where the machine is busy. */
  readonly isTimeout: boolean;
}

/** How the tests went. */
export interface Outcome {
  /** The first test that failed, with its file; null: all passed. */
  readonly noticedBy: Failure | null;
  /** Test files with a failure. */
  readonly failed: readonly string[];
  /** Of the tests alone, without what it takes to load them. */
  readonly durationMs: number;
  readonly slowestTestMs: number;
  /** The keys of the blocks that were run, if they were to be collected. */
  readonly hits: readonly string[];
}
