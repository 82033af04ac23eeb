/** The survivors that are accepted, each with its reason: tools/mutate/survivors.json. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mutant } from './mutants.js';

/** A mutant that no test has to notice. */
export interface Survivor {
  readonly file: string;
  readonly inside: string;
  readonly before: string;
  /** Empty: it is left out. */
  readonly after: string;
  /** 1 unless set. */
  readonly nth?: number;
  /** Why nobody could notice it, or why nobody has to. */
  readonly reason: string;
}

const PATH = 'tools/mutate/survivors.json';

/**
 * The survivors that are accepted.
 *
 * @param root the folder of the project
 */
export function readSurvivors(root: string): Survivor[] {
  return JSON.parse(readFileSync(join(root, PATH), 'utf8')) as Survivor[];
}

/** Writes the list, in the order of files. */
export function writeSurvivors(root: string, survivors: readonly Survivor[]): void {
  writeFileSync(join(root, PATH), `${JSON.stringify(survivors, null, 2)}\n`);
}

/** What a mutant and its entry have in common; the same when lines move. */
export function keyOf({ file, inside, before, after, nth = 1 }: Survivor | Mutant): string {
  return JSON.stringify([file, inside, before, after, nth]);
}

/** Entries whose mutant is gone. */
export function staleSurvivors(survivors: readonly Survivor[], mutants: readonly Mutant[]): Survivor[] {
  const keys = new Set(mutants.map(keyOf));
  return survivors.filter((each) => !keys.has(keyOf(each)));
}
