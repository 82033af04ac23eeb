/** The tests that judge mutants: which code each runs, how long it takes, and which of them cannot share a process. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './bench.js';
import { Memory } from './memory.js';
import { shared } from './shared.js';
import { matcher } from './sources.js';
import { isJudge } from './tests.js';

/** A test file that judges. */
export interface Judge {
  readonly path: string;
  /** Of its tests alone, without what it takes to load them. */
  readonly durationMs: number;
  readonly slowestTestMs: number;
  /** The blocks that it runs ({@link hitKey}). */
  readonly hits: ReadonlySet<string>;
  /** It fails after others in the same process: it mocks a module, or counts on what happens once in a process. */
  readonly isAlone: boolean;
}

const TIMEOUT_MS = 300_000;
const PLAIN = { mutant: null, hits: false, bail: false, testTimeoutMs: 20_000 };
/** Each test file brings to light at most the next one that cannot be with others. */
const MAX_ROUNDS = 12;

/** What the tests can do. */
export interface Judges {
  readonly judges: readonly Judge[];
  /** Test files that fail on the sources as they are, and judge nothing. */
  readonly unfit: readonly string[];
}

/**
 * Runs each test file once, without a mutant.
 *
 * @param root the folder of the project
 * @param tests a pattern: which test files judge
 * @throws where tests hang on the sources as they are
 */
export async function findJudges(root: string, benches: readonly Bench[], tests = '**'): Promise<Judges> {
  const paths = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .map((name) => `test/${name.replaceAll('\\', '/')}`)
    .filter(isJudge)
    .filter(matcher(tests))
    .sort();
  const memory = new Memory(root);
  const judges = await shared(benches, paths, (bench, path) =>
    memory.recall(path, () => measured(bench, path)),
  );
  memory.keep(judges);
  const alone = new Set(paths.filter((path) => mocksModules(join(root, path))));
  await findLoners(benches[0] as Bench, judges, alone);
  const tried = await shared(benches, [...alone], async (bench, path) => {
    const outcome = await bench.run({ ...PLAIN, tests: [path] }, TIMEOUT_MS);
    return outcome?.noticedBy === null ? null : path;
  });
  const unfit = tried.filter((path) => path !== null);
  const fit = judges.filter(({ path }) => !unfit.includes(path));
  return { judges: fit.map((judge) => ({ ...judge, isAlone: alone.has(judge.path) })), unfit };
}

/** Which blocks a test file runs, and how long it takes; tests may fail where noting each block is too slow for them. */
async function measured(bench: Bench, path: string): Promise<Judge> {
  const outcome = await bench.run({ ...PLAIN, tests: [path], hits: true }, TIMEOUT_MS);
  if (outcome === null) throw new Error(`${path} hangs on the sources as they are`);
  const { durationMs, slowestTestMs, hits } = outcome;
  return { path, durationMs, slowestTestMs, hits: new Set(hits), isAlone: false };
}

function mocksModules(path: string): boolean {
  return /\bvi\.(mock|doMock)\(/.test(readFileSync(path, 'utf8'));
}

/** Adds those to `alone` that fail when they run after all others. */
async function findLoners(bench: Bench, judges: readonly Judge[], alone: Set<string>): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const tests = byDuration(judges.filter(({ path }) => !alone.has(path))).map(({ path }) => path);
    const outcome = await bench.run({ ...PLAIN, tests }, TIMEOUT_MS);
    if (outcome === null) throw new Error('the tests hang when they share a process');
    if (outcome.noticedBy === null) return;
    if (outcome.failed.length === 0) throw new Error('the tests throw when they share a process');
    for (const path of outcome.failed) alone.add(path);
  }
  throw new Error('the tests do not pass when they share a process');
}

/** The fast ones first. */
export function byDuration(judges: readonly Judge[]): Judge[] {
  return [...judges].sort((a, b) => a.durationMs - b.durationMs);
}
