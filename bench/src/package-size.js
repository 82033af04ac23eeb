/** What it costs to import the library: time in a new process, and bytes in a bundle without xstate. */

import { execFileSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { median } from './statistics.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ENTRY = `${ROOT}dist/src/index.js`;
/** What the main entry cannot do without. */
const NEEDED = ['xstate', 'crc-32', 'node:net', 'node:crypto'];
const TIMED_IMPORT = `
const start = performance.now();
await Promise.all(process.argv.slice(1).map((name) => import(name)));
console.log(performance.now() - start)`;

/** Milliseconds of an import in a process that has just started. */
function importMs(...names) {
  const argv = ['--input-type=module', '-e', TIMED_IMPORT, ...names];
  return Number(execFileSync(process.execPath, argv, { cwd: ROOT, encoding: 'utf8' }));
}

/**
 * Imports the main entry, and what it needs without it, in turns.
 *
 * @param imports how many processes import each
 * @returns milliseconds of both, and the main entry as a multiple of what it needs
 */
export function measureImport({ imports }) {
  const entry = pathToFileURL(ENTRY).href;
  const rounds = Array.from({ length: imports }, () => ({
    whole: importMs(entry),
    needed: importMs(...NEEDED),
  }));
  const whole = median(rounds.map((round) => round.whole));
  const needed = median(rounds.map((round) => round.needed));
  return { importMs: whole, neededMs: needed, importRatio: whole / needed };
}

/** @returns what `measureImport` does, and bytes of a minified, gzipped bundle */
export async function measurePackage({ imports }) {
  const { outputFiles } = await build({
    entryPoints: [ENTRY],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    external: ['xstate'],
  });
  return { ...measureImport({ imports }), gzippedBytes: gzipSync(outputFiles[0].contents).length };
}
