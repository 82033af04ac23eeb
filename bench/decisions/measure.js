/** What the scripts of docs/decisions share: the time of a call, and copies of the library in which a constant differs. */

import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const WARM_UP_MS = 100;
const ROUND_MS = 20;
const ROUNDS = 31;

/** Each module of the library as a file of its own: `dist` has them joined. */
const MODULES = `${ROOT}.tmp/decisions/modules`;
const TSC = [`${ROOT}node_modules/typescript/bin/tsc`, '-p', `${ROOT}tsconfig.build.json`];
const AS_CODE = ['--emitDeclarationOnly', 'false', '--declaration', 'false', '--declarationMap', 'false'];
execFileSync(process.execPath, [...TSC, ...AS_CODE, '--outDir', MODULES], { stdio: 'inherit' });

/** A file of the compiled library, for `import()`. */
export function compiled(path) {
  return pathToFileURL(`${MODULES}/${path}`).href;
}

/**
 * Nanoseconds of CPU for each call of some functions: the median of rounds in which they take turns.
 *
 * @param cases functions by name, each called with the number of the call
 */
export function nsPerCall(cases) {
  const runs = Object.entries(cases).map(([name, run]) => {
    const count = Math.max(1, Math.round((callsIn(WARM_UP_MS, run) * ROUND_MS) / WARM_UP_MS));
    return { name, run, count, rounds: [] };
  });
  for (let round = 0; round < ROUNDS; round++) {
    for (const { run, count, rounds } of runs) rounds.push((timeMs(count, run) / count) * 1e6);
  }
  return Object.fromEntries(runs.map(({ name, rounds }) => [name, short(median(rounds))]));
}

/** How many calls take so long: found by calling, which warms the function up. */
function callsIn(ms, run) {
  let count = 1;
  while (timeMs(count, run) < ms) count *= 2;
  return count;
}

/** The CPU time of some calls: on a shared machine the clock on the wall counts the neighbours as well. */
function timeMs(count, run) {
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) run(i);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e3;
}

/** The middle of some numbers. */
export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/**
 * A copy of the compiled library in which a text of one file is another.
 *
 * @returns the path of the copy's folder
 */
export function variant(name, file, from, to) {
  const folder = `${ROOT}.tmp/decisions/${name}`;
  rmSync(folder, { recursive: true, force: true });
  cpSync(MODULES, folder, { recursive: true });
  const text = readFileSync(`${folder}/${file}`, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} has no "${from}"`);
  writeFileSync(`${folder}/${file}`, text.replace(from, to));
  return folder;
}

/** Prints a table: an object for each row. */
export function print(title, rows) {
  console.log(`\n${title} (Node ${process.versions.node})`);
  console.table(rows);
}

/** A number with three significant digits, which is more than a shared machine knows. */
export function short(value) {
  return Number(value.toPrecision(3));
}
