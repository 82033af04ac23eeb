/** Code that may not end, and memory that may not come back: how a stage finds out without ending itself. */

import { setFlagsFromString } from 'node:v8';
import { createContext, runInNewContext, Script } from 'node:vm';

const call = new Script('work()');
const context: { work: () => void } = { work: () => {} };
createContext(context);

/**
 * Runs synchronous work that is stopped from outside when it takes too long. One at a time.
 *
 * @returns whether it came to its end
 * @throws whatever the work throws
 */
export function runBounded(work: () => void, timeoutMs: number): boolean {
  try {
    context.work = work;
    call.runInContext(context, { timeout: timeoutMs });
    return true;
  } catch (error) {
    // the error is of another realm than ours, and so no `instanceof Error`
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
    if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false;
    throw error;
  }
}

/** How many milliseconds of processor time some synchronous work takes; the work is stopped at `limitMs` of wall time. */
export function cpuMsOf(work: () => void, limitMs: number): number {
  const before = process.cpuUsage();
  const isDone = runBounded(work, limitMs);
  const { user, system } = process.cpuUsage(before);
  return isDone ? (user + system) / 1_000 : Number.POSITIVE_INFINITY;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** V8 gives freed pages back from threads of its own, which a loaded machine lets wait. */
const LOOKS = 10;
const LOOK_EVERY_MS = 30;
const never = new Int32Array(new SharedArrayBuffer(4));

/** The memory of the process in bytes, once all garbage is gone and its pages are given back. */
export function residentBytes(): number {
  collectGarbage();
  collectGarbage();
  let least = process.memoryUsage.rss();
  for (let look = 0; look < LOOKS; look++) {
    Atomics.wait(never, 0, 0, LOOK_EVERY_MS);
    least = Math.min(least, process.memoryUsage.rss());
  }
  return least;
}
