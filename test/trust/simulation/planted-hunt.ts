/** The tests of the tests: each of some bugs is planted in a copy of the compiled tree, and must be found there. */

import type { Broken } from '../seed-hunt.js';
import type { Reached, StageContext } from '../stage.js';
import type { PlantedBug } from './planted-bugs.js';
import { PlantedCopy } from './planted-copy.js';

/** A copy without a bug must pass, or whatever is wrong with copies would count as a bug that was found. */
const CONTROL: PlantedBug = { number: 0, name: 'none', edits: [] };
/** Two cores. */
const AT_ONCE = 2;

/** Bugs, and who looks for them. */
export interface PlantedHunt {
  /** The figure. */
  readonly id: string;
  readonly what: string;
  /** The name of the copies. */
  readonly copies: string;
  readonly bugs: readonly PlantedBug[];
  /** What the hunting process needs of the tree, besides sessions and their simulation. */
  readonly parts: readonly string[];
  /** The hunting process, as a path in the tree. */
  readonly script: string;
  /** How many seeds a copy without a bug must pass. */
  readonly controlSeeds: number;
  /** Within how many seeds each bug must be found. */
  readonly maxSeeds: number;
}

interface Found {
  readonly bug: PlantedBug;
  readonly broken: Broken | null;
  /** How many seeds it took. */
  readonly seeds: number;
}

/**
 * Looks for each bug; `replaySeed` is the number of the one that is meant.
 *
 * @throws Error where a copy without a bug is broken, or a bug has no place any more
 */
export async function huntPlanted(hunt: PlantedHunt, context: StageContext): Promise<Reached> {
  const { replaySeed } = context;
  const bugs = hunt.bugs.filter(({ number }) => replaySeed === null || replaySeed === number);
  const control = await seek(hunt, CONTROL, hunt.controlSeeds, context);
  if (control.broken !== null) throw new Error(`a copy without a bug is broken: ${control.broken.violation}`);
  const waiting = [...bugs];
  const found: Found[] = [];
  const worker = async (): Promise<void> => {
    for (let bug = waiting.shift(); bug !== undefined; bug = waiting.shift())
      found.push(await seek(hunt, bug, hunt.maxSeeds, context));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await PlantedCopy.clear(hunt.copies);
  return reached(hunt, bugs.length, found);
}

function reached({ id, what, maxSeeds }: PlantedHunt, total: number, found: readonly Found[]): Reached {
  const missed = found.filter(({ broken }) => broken === null);
  const most = Math.max(0, ...found.map(({ seeds }) => seeds));
  return {
    id,
    what,
    goal: `${total} of ${total}, each within ${maxSeeds} seeds`,
    reached: `${total - missed.length} of ${total}, the last after ${most} seeds`,
    isReached: missed.length === 0,
    failures: missed.map(({ bug }) => `bug ${bug.number} (${bug.name}) is not found`),
  };
}

async function seek(
  hunt: PlantedHunt,
  bug: PlantedBug,
  seeds: number,
  { say }: StageContext,
): Promise<Found> {
  const copy = new PlantedCopy(hunt.copies, bug);
  await copy.plant(hunt.parts);
  const broken = await copy.hunt(hunt.script, seeds);
  const text = broken === null ? 'not found' : `found by seed ${broken.seed}: ${broken.violation}`;
  say(`${hunt.id} bug ${bug.number} (${bug.name}): ${text}`);
  return { bug, broken, seeds: broken === null ? seeds : broken.seed - copy.firstSeed + 1 };
}
