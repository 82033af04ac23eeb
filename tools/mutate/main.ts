/** `npm run mutate`: makes small mistakes in the sources, one at a time, and counts how many the tests notice. */

import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import type { Mutant } from './mutants.js';
import { lineFor, reportOf } from './report.js';
import { GOAL, type RunResult, runMutants, sampleOf, scoreOf } from './run.js';
import { seedOfCommit } from './seed-of-commit.js';
import { allMutants } from './sources.js';
import { keyOf, readSurvivors, staleSurvivors, writeSurvivors } from './survivors.js';

interface Options {
  readonly sample?: number;
  readonly seed?: number;
  readonly files?: string;
  readonly since?: string;
  readonly again?: string;
  readonly list?: boolean;
  readonly tidy?: boolean;
  readonly quick?: boolean;
  readonly tests?: string;
  readonly benches: number;
  readonly json?: string;
}

const options = new Command('mutate')
  .description('Makes small mistakes in the sources, one at a time, and counts how many the tests notice.')
  .option('--sample <n>', 'so many mutants by chance', countOf)
  .option('--seed <seed>', 'which ones; by default of the commit', countOf)
  .option('--files <glob>', 'a file, a folder, or a pattern with * and **')
  .option('--since <commit>', 'only in lines that changed since')
  .option('--again <file>', 'only what survived in a run with --json')
  .option('--list', 'list the mutants, and run nothing')
  .option('--tidy', 'take accepted survivors off the list whose mutant is gone, and run nothing')
  .option('--tests <glob>', 'let no other tests judge, and take some for survivors that are none')
  .option('--quick', 'leave out the slow tests, and take some for survivors that are none')
  .option(
    '--benches <n>',
    'how many are tried at the same time',
    countOf,
    Math.min(4, availableParallelism()),
  )
  .option('--json <file>', 'write all verdicts to a file')
  .parse()
  .opts<Options>();

const root = process.cwd();
const survivors = readSurvivors(root);
const all = allMutants(root, options).filter(isWantedAgain(options.again));
const seed = options.seed ?? seedOfCommit();
const mutants = options.sample === undefined ? all : sampleOf(all, options.sample, seed);

if (options.list === true) {
  for (const mutant of mutants) console.log(lineFor(mutant));
  console.log(`${mutants.length} mutants`);
} else if (options.tidy === true) {
  const stale = new Set(staleSurvivors(survivors, allMutants(root)));
  writeSurvivors(
    root,
    survivors.filter((each) => !stale.has(each)),
  );
  console.log(`${stale.size} of ${survivors.length} accepted survivors are gone`);
} else {
  await run();
}

async function run(): Promise<void> {
  const chosen =
    options.sample === undefined ? '' : ` of ${all.length} (--sample=${options.sample} --seed=${seed})`;
  console.log(`${mutants.length} mutants${chosen}`);
  const result = await runMutants({
    root,
    mutants,
    benches: options.benches,
    isQuick: options.quick === true,
    tests: options.tests,
    onVerdict: ({ mutant, isNoticed }, done) => {
      if (!isNoticed) console.log(`  survived: ${lineFor(mutant)}`);
      if (done % 50 === 0) console.log(`  ${done} of ${mutants.length}`);
    },
  });
  console.log(`\n${reportOf(result, survivors)}`);
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(result, null, 1));
  const isReached = scoreOf(result.verdicts) >= GOAL && result.failedControls.length === 0;
  if (!isReached) console.log(`Expected ${100 * GOAL} % or more, and no failure without a mutant.`);
  process.exitCode = isReached ? 0 : 1;
}

/** Whether a mutant survived in a run before. */
function isWantedAgain(path: string | undefined): (mutant: Mutant) => boolean {
  if (path === undefined) return () => true;
  const { verdicts } = JSON.parse(readFileSync(path, 'utf8')) as RunResult;
  const survived = new Set(verdicts.filter(({ isNoticed }) => !isNoticed).map(({ mutant }) => keyOf(mutant)));
  return (mutant) => survived.has(keyOf(mutant));
}

function countOf(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count > 0xffff_ffff) throw new InvalidArgumentError('Expected a whole number.');
  return count;
}
