/** Which cores the processes of a run are pinned to. */

import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/**
 * The cores of a list as `taskset` prints it.
 *
 * @param list such as `0,2-4`
 */
export function coresIn(list) {
  return list.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** What this process itself may run on, so that a run that is kept to one core stays there; empty where nothing can be pinned. */
function allowedCores() {
  try {
    const said = execFileSync('taskset', ['-c', '-p', String(process.pid)], { encoding: 'utf8' });
    return coresIn(said.slice(said.lastIndexOf(':') + 1).trim());
  } catch {
    return []; // not Linux: the figures of one core mean nothing, and the run says so
  }
}

const allowed = allowedCores();
export const canPin = allowed.length > 0;

/** Whether each side can have a core of its own. */
export const hasTwoCores = canPin ? allowed.length > 1 : availableParallelism() > 1;

/** The two ways to place a pair: where both share a core, throughput is one over the CPU time of both. */
export const PLACES = {
  one: { server: allowed[0], client: allowed[0] },
  two: { server: allowed[0], client: allowed[1] ?? allowed[0] },
};
