/** Waiting for time, or for something that may take too long. */

import type { Clock } from './clock.js';
import { type AbortSignalLike, onAbort, reasonOf } from './signals.js';

/**
 * Lets time pass.
 *
 * @param pauseMs how much, in milliseconds
 * @param signal ends the pause
 * @throws (rejects) the reason of the signal
 */
export function pause(clock: Clock, pauseMs: number, signal?: AbortSignalLike): Promise<void> {
  if (signal?.aborted) return Promise.reject(reasonOf(signal));
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => {
      unlisten?.();
      resolve();
    }, pauseMs);
    const unlisten =
      signal &&
      onAbort(signal, () => {
        clock.clearTimeout(timer);
        unlisten?.();
        reject(reasonOf(signal));
      });
  });
}

/** Waits until something is over, well or not, and for so many milliseconds at most. */
export function within(clock: Clock, mostMs: number, done: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(() => resolve(), mostMs);
    const over = (): void => {
      clock.clearTimeout(timer);
      resolve();
    };
    done.then(over, over);
  });
}
