/** `npm run trust`: runs the stages, each in a process of its own, and prints a table of figures, goals and what was reached. */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { seedOfCommit } from '../../tools/mutate/seed-of-commit.js';
import type { Budget, Reached, Stage, StageContext } from './stage.js';
import { loadStages } from './stages.js';
import { tableOf } from './table.js';

interface Options {
  readonly budget?: Budget;
  readonly seed?: number;
  readonly only?: string;
}

/** Goals that are not reached and known not to be; they stay in the table as missed, and do not fail the run. */
const KNOWN_MISSES: ReadonlyMap<string, string> = new Map();
const MAX_SEED = 0xffff_ffff;
/** Stages at once, unless a stage measures time or uses all cores itself. */
const AT_ONCE = 2;
/** A stage that runs longer than this at the budget of each push hangs. */
const CI_STAGE_TIMEOUT_MS = 6 * 60_000;

const program = new Command('trust')
  .description('Proves what the library promises under faults, attacks and nonsense.')
  .addOption(new Option('--budget <budget>', 'how much is run').choices(['ci', 'deep', 'release']))
  .option('--seed <seed>', 'where the seeds begin; with --only: the one case to run again', seedOf)
  .option('--only <figure>', 'one figure, and those that come with it: A1, B3, …');

const options = program.parse().opts<Options>();
const all = await loadStages();
const stages = stagesFor(options.only);
const context: Omit<StageContext, 'say'> = {
  budget: options.budget ?? 'ci',
  baseSeed: options.seed ?? seedOfCommit(),
  replaySeed: options.only !== undefined && options.seed !== undefined ? options.seed : null,
};

const startedMs = performance.now();
console.log(`budget ${context.budget}, seeds from ${context.baseSeed}`);
const reached = await runAll(stages);
console.log(`\n${tableOf(reached)}`);
const missed = reached.filter(({ isReached }) => !isReached);
const open = missed.filter(({ id }) => !KNOWN_MISSES.has(id));
for (const { id, failures = [] } of missed) for (const line of failures) console.log(`${id}: ${line}`);
const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
console.log(`\n${reached.length - missed.length} of ${reached.length} figures reached in ${seconds} s`);
for (const { id } of missed)
  if (KNOWN_MISSES.has(id)) console.log(`${id} is a known miss: ${KNOWN_MISSES.get(id)}`);
process.exitCode = open.length === 0 ? 0 : 1;

function stagesFor(figure: string | undefined): readonly Stage[] {
  if (figure === undefined) return all;
  const found = all.filter(({ figures }) => figures.includes(figure));
  if (found.length === 0) {
    const known = all.flatMap(({ figures }) => figures).join(', ');
    console.error(`expected a figure (${known}), got ${figure}`);
    process.exit(2);
  }
  return found;
}

/** First what may run side by side, then, one after another, what must not be disturbed. */
async function runAll(chosen: readonly Stage[]): Promise<Reached[]> {
  const results = new Map<Stage, readonly Reached[]>();
  const together = chosen.filter(({ isExclusive }) => isExclusive !== true);
  const worker = async (): Promise<void> => {
    for (let next = together.shift(); next !== undefined; next = together.shift()) {
      results.set(next, await runStage(next));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  for (const stage of chosen.filter(({ isExclusive }) => isExclusive === true)) {
    results.set(stage, await runStage(stage));
  }
  return chosen
    .flatMap((stage) => results.get(stage) ?? [])
    .sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
}

/** Runs one stage; a process that ends without a result has reached none of its figures. */
function runStage(stage: Stage): Promise<readonly Reached[]> {
  const startedMs = performance.now();
  const script = fileURLToPath(new URL('./stage-process.js', import.meta.url));
  const child = spawn(process.execPath, ['--expose-gc', script, stage.name, JSON.stringify(context)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let result: readonly Reached[] | null = null;
  child.on('message', (message) => {
    result = message as readonly Reached[];
  });
  const timer =
    context.budget === 'ci' ? setTimeout(() => child.kill('SIGKILL'), CI_STAGE_TIMEOUT_MS) : undefined;
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
      console.log(`${stage.name}: ${seconds} s`);
      resolve(code === 0 && result !== null ? result : lost(stage, `ended with ${signal ?? code}`));
    });
  });
}

function lost({ figures, name }: Stage, why: string): readonly Reached[] {
  return figures.map((id) => ({
    id,
    what: `the stage "${name}"`,
    goal: 'a result',
    reached: why,
    isReached: false,
  }));
}

function seedOf(text: string): number {
  const seed = Number(text);
  if (text === '' || !Number.isInteger(seed) || seed < 0 || seed > MAX_SEED) {
    throw new InvalidArgumentError(`Expected an integer from 0 to ${MAX_SEED}.`);
  }
  return seed;
}
