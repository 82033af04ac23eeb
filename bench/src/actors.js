/** What an actor costs that XState spawns for a request: whoever inspects a session has one for each. */

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { canPin, PLACES } from './cores.js';

/** As many as a session has in the row that this is compared with. */
const IN_FLIGHT = 64;

/** Microseconds of CPU for each, in a new process. */
export function measureSpawnedActor() {
  const script = fileURLToPath(new URL('actors-process.js', import.meta.url));
  const node = [process.execPath, script, String(IN_FLIGHT)];
  const [program, ...args] = canPin ? ['taskset', '-c', String(PLACES.one.server), ...node] : node;
  return Number(execFileSync(program, args, { encoding: 'utf8' }));
}
