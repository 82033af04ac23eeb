/** What it costs to import the library: time in a new process, and bytes in a bundle without xstate. */

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { median } from './statistics.js';

const ENTRY = fileURLToPath(new URL('../../dist/src/index.js', import.meta.url));
const TIMED_IMPORT = `const start = performance.now(); await import(process.argv[1]); console.log(performance.now() - start)`;

/** @returns milliseconds of the import in a process that has just started, and bytes of a minified, gzipped bundle */
export async function measurePackage({ imports }) {
  const times = Array.from({ length: imports }, () =>
    Number(
      execFileSync(process.execPath, ['--input-type=module', '-e', TIMED_IMPORT, ENTRY], {
        encoding: 'utf8',
      }),
    ),
  );
  const { outputFiles } = await build({
    entryPoints: [ENTRY],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    external: ['xstate'],
  });
  return { importMs: median(times), gzippedBytes: gzipSync(outputFiles[0].contents).length };
}
