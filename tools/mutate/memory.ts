/** What is known of the tests from the last run, as long as neither they nor what they run has changed. */

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Judge } from './judges.js';

const PATH = 'node_modules/.cache/mutate/judges.json';
const FOLDERS = ['src', 'machines', 'test', 'tools/mutate'];

interface Entry {
  readonly fingerprint: string;
  readonly judge: Omit<Judge, 'hits'> & { readonly hits: readonly string[] };
}

/** Measurements of test files, kept in a file. */
export class Memory {
  readonly #root: string;
  readonly #entries: ReadonlyMap<string, Entry>;
  /** Of all that is no test: any of it may be run by any test. */
  readonly #rest: string;

  constructor(root: string) {
    this.#root = root;
    this.#entries = new Map(entriesIn(join(root, PATH)));
    this.#rest = fingerprintOf(
      FOLDERS.flatMap((folder) =>
        readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
          .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
          .sort()
          .map((name) => readFileSync(join(root, folder, name), 'utf8')),
      ),
    );
  }

  /** What is known of a test file, or is found out now. */
  async recall(path: string, measure: () => Promise<Judge>): Promise<Judge> {
    const entry = this.#entries.get(path);
    if (entry?.fingerprint !== this.#fingerprint(path)) return measure();
    return { ...entry.judge, hits: new Set(entry.judge.hits) };
  }

  /** Writes down what is known. */
  keep(judges: readonly Judge[]): void {
    const entries = new Map([
      ...this.#entries,
      ...judges.map((judge): [string, Entry] => [
        judge.path,
        { fingerprint: this.#fingerprint(judge.path), judge: { ...judge, hits: [...judge.hits] } },
      ]),
    ]);
    mkdirSync(dirname(join(this.#root, PATH)), { recursive: true });
    writeFileSync(join(this.#root, PATH), JSON.stringify([...entries]));
  }

  #fingerprint(path: string): string {
    return fingerprintOf([this.#rest, readFileSync(join(this.#root, path), 'utf8')]);
  }
}

function entriesIn(path: string): [string, Entry][] {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as [string, Entry][];
  } catch {
    return []; // there was no run yet
  }
}

function fingerprintOf(texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text).update('\0');
  return hash.digest('hex');
}
