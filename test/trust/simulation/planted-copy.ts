/** Bugs that are planted in copies of the compiled tree, and processes that look for them there. */

import { spawn } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Broken } from '../seed-hunt.js';
import type { PlantedBug } from './planted-bugs.js';

/** The compiled tree that this file is part of. */
const COMPILED = fileURLToPath(new URL('../../..', import.meta.url));
/** What every hunting process needs of the tree. */
const PARTS = [
  'src',
  'machines',
  'test/support',
  'test/trust/simulation',
  'test/trust/random.js',
  'test/trust/seed-hunt.js',
  'test/trust/stage.js',
];
/** What happens early in a run should not depend on the commit. */
const FIRST_SEED = 1;

/** A copy of the tree, in which one bug is. */
export class PlantedCopy {
  readonly #folder: string;
  readonly #bug: PlantedBug;

  /** @param name of the copies of one stage */
  constructor(name: string, bug: PlantedBug) {
    this.#bug = bug;
    this.#folder = join(COMPILED, '..', name, String(bug.number));
  }

  /** Removes all copies of a stage. */
  static async clear(name: string): Promise<void> {
    await rm(join(COMPILED, '..', name), { recursive: true, force: true });
  }

  /**
   * Copies the tree and edits the copy; each edit must fit exactly one place, or the bug is not the one that is meant.
   *
   * @param parts what the hunting process needs besides
   */
  async plant(parts: readonly string[] = []): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
    for (const part of [...PARTS, ...parts]) {
      await mkdir(dirname(join(this.#folder, part)), { recursive: true });
      await cp(join(COMPILED, part), join(this.#folder, part), { recursive: true });
    }
    for (const { file, find, replace } of this.#bug.edits) {
      const path = join(this.#folder, file);
      const pieces = (await readFile(path, 'utf8')).split(find);
      if (pieces.length !== 2) {
        throw new Error(
          `expected one place in ${file} for bug ${this.#bug.number}, got ${pieces.length - 1}: ${find}`,
        );
      }
      await writeFile(path, pieces.join(replace));
    }
  }

  /** The seed from which it is looked for. */
  get firstSeed(): number {
    return this.#bug.firstSeed ?? FIRST_SEED;
  }

  /** Looks for the bug. Returns the first world that is broken, if there is one. */
  hunt(script: string, seeds: number): Promise<Broken | null> {
    const { firstSeed } = this;
    const child = spawn(process.execPath, [join(this.#folder, script), String(firstSeed), String(seeds)], {
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
        else resolve({ seed: firstSeed, violation: `I14: the process ended with ${code}` });
      });
    });
  }
}
