import { spawn } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Reached, Stage, StageContext } from '../stage.js';
import type { Broken } from './hunt.js';
import { PLANTED_BUGS, type PlantedBug } from './planted-bugs.js';

/** The compiled tree that this file is part of. */
const COMPILED = fileURLToPath(new URL('../../..', import.meta.url));
const COPIES = join(COMPILED, '..', 'planted');
/** What the hunting process needs of the tree. */
const PARTS = [
  'src',
  'machines',
  'test/support',
  'test/trust/simulation',
  'test/trust/random.js',
  'test/trust/stage.js',
];
/** A copy without a bug must pass these, or whatever is wrong with copies would count as a bug that was found. */
const CONTROL: PlantedBug = { number: 0, name: 'none', edits: [] };
const CONTROL_SEEDS = 50;
const MAX_SEEDS = 20_000;
/** Seeds before the first that is tried: what happens early in a run should not depend on the commit. */
const FIRST_SEED = 1;
/** Two cores. */
const AT_ONCE = 2;

interface Found {
  readonly bug: PlantedBug;
  readonly broken: Broken | null;
}

/** B3: each planted bug is found within 20,000 seeds. */
export const plantedStage: Stage = {
  name: 'planted bugs',
  figures: ['B3'],
  isExclusive: true,
  run: async (context) => {
    const bugs = PLANTED_BUGS.filter(
      ({ number }) => context.replaySeed === null || context.replaySeed === number,
    );
    const control = await seek(CONTROL, context, CONTROL_SEEDS);
    if (control.broken !== null)
      throw new Error(`a copy without a bug is broken: ${control.broken.violation}`);
    const waiting = [...bugs];
    const found: Found[] = [];
    const worker = async (): Promise<void> => {
      for (let bug = waiting.shift(); bug !== undefined; bug = waiting.shift())
        found.push(await seek(bug, context));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    await rm(COPIES, { recursive: true, force: true });
    return [reached(bugs.length, found)];
  },
};

function reached(total: number, found: readonly Found[]): Reached {
  const missed = found.filter(({ broken }) => broken === null);
  const most = Math.max(0, ...found.map(({ broken }) => (broken?.seed ?? 0) - FIRST_SEED + 1));
  return {
    id: 'B3',
    what: 'planted bugs found by the simulation',
    goal: `${total} of ${total}, each within ${MAX_SEEDS} seeds`,
    reached: `${total - missed.length} of ${total}, the last after ${most} seeds`,
    isReached: missed.length === 0,
    failures: missed.map(({ bug }) => `bug ${bug.number} (${bug.name}) is not found`),
  };
}

async function seek(bug: PlantedBug, { say }: StageContext, seeds = MAX_SEEDS): Promise<Found> {
  const copy = join(COPIES, String(bug.number));
  await plant(bug, copy);
  const broken = await huntIn(copy, seeds);
  const text = broken === null ? 'NOT FOUND' : `found by seed ${broken.seed}: ${broken.violation}`;
  say(`B3 bug ${bug.number} (${bug.name}): ${text}`);
  return { bug, broken };
}

/** Copies the tree and edits the copy; each edit must fit exactly one place, or the bug is not the one that is meant. */
async function plant(bug: PlantedBug, copy: string): Promise<void> {
  await rm(copy, { recursive: true, force: true });
  for (const part of PARTS) {
    await mkdir(dirname(join(copy, part)), { recursive: true });
    await cp(join(COMPILED, part), join(copy, part), { recursive: true });
  }
  for (const { file, find, replace } of bug.edits) {
    const path = join(copy, file);
    const parts = (await readFile(path, 'utf8')).split(find);
    if (parts.length !== 2) {
      throw new Error(
        `expected one place in ${file} for bug ${bug.number}, got ${parts.length - 1}: ${find}`,
      );
    }
    await writeFile(path, parts.join(replace));
  }
}

function huntIn(copy: string, seeds: number): Promise<Broken | null> {
  const script = join(copy, 'test/trust/simulation/hunt-process.js');
  const child = spawn(process.execPath, [script, String(FIRST_SEED), String(seeds)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      const line = out.trim().split('\n').at(-1) ?? '';
      if (line !== '') resolve(JSON.parse(line) as Broken | null);
      // a bug that kills the process has been found as well
      else resolve({ seed: FIRST_SEED, violation: `I14: the process ended with ${code}` });
    });
  });
}
