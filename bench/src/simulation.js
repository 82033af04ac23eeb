/** Simulated worlds (`npm run trust`, row B1) that a core runs in a second of its time. */

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { canPin, PLACES } from './cores.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COMPILED = '.tmp/bench/trust';

/** Compiles the simulation and runs its worlds in a new process, once for each round. */
export function measureSimulation({ rounds, warmUpWorlds, worlds }) {
  const tsc = [`${ROOT}node_modules/typescript/bin/tsc`, '-p', 'tsconfig.trust.json', '--outDir', COMPILED];
  execFileSync(process.execPath, tsc, { cwd: ROOT, stdio: 'inherit' });
  const script = fileURLToPath(new URL('worlds.js', import.meta.url));
  const node = [process.execPath, script, `${ROOT}${COMPILED}`, String(warmUpWorlds), String(worlds)];
  const [program, ...args] = canPin ? ['taskset', '-c', String(PLACES.one.server), ...node] : node;
  return Array.from({ length: rounds }, () => Number(execFileSync(program, args, { encoding: 'utf8' })));
}
