/** The process of one bench: a vitest that stays, runs what it is told, and sees one mutant at a time. */

import { readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createVitest, type TestModule, type TestSpecification, type Vitest } from 'vitest/node';
import { withHits } from './hits.js';
import { mutated } from './mutants.js';
import type { Failure, Order, Outcome } from './orders.js';
import { JUDGING_TESTS } from './tests.js';

const MUTABLE = /^(src|machines)\/.*\.ts$/;
/** Runs files in the order in which they are asked for. */
class InOrder {
  shard(files: TestSpecification[]): TestSpecification[] {
    return files;
  }

  sort(files: TestSpecification[]): TestSpecification[] {
    return files;
  }
}

const root = process.cwd();
const hitsFile = join(root, '.tmp', `mutate-hits-${process.pid}.json`);
let order: Order = { tests: [], mutant: null, hits: false, bail: true, testTimeoutMs: 5_000 };

const vitest = await start();
const specifications = new Map(
  (await vitest.globTestSpecifications()).map((each) => [relative(root, each.moduleId), each]),
);
process.on('message', (next: Order) => void run(next));
process.on('disconnect', () => process.exit(0));
process.send?.('ready');

/** One thread for all files of an order, without isolation: most of the time would go into starting threads. */
function start(): Promise<Vitest> {
  return createVitest(
    'test',
    {
      watch: true, // or invalidated files would not be read again
      config: join(root, 'vitest.config.ts'),
      root,
      pool: 'threads',
      isolate: false,
      fileParallelism: false,
      maxWorkers: 1,
      silent: true,
      cache: false,
      testNamePattern: JUDGING_TESTS,
      reporters: [{}],
      env: { MUTATE_HITS: hitsFile },
      setupFiles: [join(import.meta.dirname, 'hits-setup.js')],
      sequence: { sequencer: InOrder },
    },
    {
      server: { watch: null },
      plugins: [
        { name: 'mutate', enforce: 'pre', transform: (code, id) => changed(code, relative(root, id)) },
      ],
    },
  );
}

function changed(code: string, file: string): string | undefined {
  if (!MUTABLE.test(file)) return undefined;
  if (order.hits) return withHits(file, code);
  return order.mutant?.file === file ? mutated(order.mutant, code) : undefined;
}

async function run(next: Order): Promise<void> {
  const stale = [order, next].flatMap(({ mutant }) => (mutant === null ? [] : [join(root, mutant.file)]));
  const areAllStale = order.hits !== next.hits;
  order = next;
  for (const { config, vite } of vitest.projects) {
    config.bail = next.bail ? 1 : 0;
    config.testTimeout = next.testTimeoutMs;
    if (areAllStale)
      for (const { moduleGraph } of Object.values(vite.environments)) moduleGraph.invalidateAll();
  }
  for (const file of stale) vitest.invalidateFile(file);
  process.send?.(await outcome(next));
}

async function outcome({ tests, hits }: Order): Promise<Outcome> {
  const chosen = tests.flatMap((path) => specifications.get(path) ?? []);
  const result = await vitest.runTestSpecifications(chosen, false);
  // vitest knows those of earlier runs as well
  const isChosen = new Set(chosen.map(({ moduleId }) => moduleId));
  const testModules = result.testModules.filter(({ moduleId }) => isChosen.has(moduleId));
  const bad = testModules.filter((each) => each.state() === 'failed');
  const failed = bad.map(({ moduleId }) => relative(root, moduleId));
  const [first] = bad;
  const durations = testModules.flatMap((each) =>
    [...each.children.allTests()].map((test) => test.diagnostic()?.duration ?? 0),
  );
  const isNoticed = first !== undefined || result.unhandledErrors.length > 0;
  return {
    noticedBy: isNoticed ? failureIn(first) : null,
    failed,
    durationMs: durations.reduce((sum, each) => sum + each, 0),
    slowestTestMs: Math.max(0, ...durations),
    hits: hits ? takeHits() : [],
  };
}

function takeHits(): string[] {
  const hits = JSON.parse(readFileSync(hitsFile, 'utf8')) as string[];
  rmSync(hitsFile);
  return hits;
}

function failureIn(testModule: TestModule | undefined): Failure {
  const file = testModule === undefined ? '' : relative(root, testModule.moduleId);
  for (const test of testModule?.children.allTests('failed') ?? []) {
    const isTimeout = test.result().errors?.some(({ message }) => message.includes('timed out in')) === true;
    return { file, test: test.fullName, isTimeout };
  }
  const test = testModule === undefined ? 'an error that nobody caught' : 'cannot be loaded';
  return { file, test, isTimeout: false };
}
