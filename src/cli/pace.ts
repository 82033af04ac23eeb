/** Does something again and again, at a steady pace, until the person has enough. */

import { type Clock, systemClock } from '../base/clock.js';
import type { Io } from './io.js';

/** What a pace needs. */
export type Paced = Pick<Io, 'clock' | 'interrupted'>;

/** The clock of a command. */
export function clockOf({ clock = systemClock }: Pick<Io, 'clock'>): Clock {
  return clock;
}

/**
 * Waits.
 *
 * @param ms how long, in milliseconds
 * @returns (a promise of) false where the person interrupted it
 */
export function pause(io: Paced, ms: number): Promise<boolean> {
  const { interrupted } = io;
  if (interrupted.aborted) return Promise.resolve(false);
  const clock = clockOf(io);
  return new Promise((resolve) => {
    const stop = (): void => {
      clock.clearTimeout(timer);
      resolve(false);
    };
    const timer = clock.setTimeout(() => {
      interrupted.removeEventListener('abort', stop);
      resolve(true);
    }, ms);
    interrupted.addEventListener('abort', stop, { once: true });
  });
}

/**
 * Calls at a steady pace. A call that takes longer than the interval delays the next one to its own moment: none is made up for.
 *
 * @param times how often; infinite: until the person interrupts it
 * @param intervalMs from the beginning of one to that of the next, in milliseconds
 * @param act gets the number of the call, from 1 on
 * @returns (a promise of) false where the person interrupted it
 */
export async function steadily(
  io: Paced,
  { times, intervalMs }: { readonly times: number; readonly intervalMs: number },
  act: (count: number) => Promise<void> | void,
): Promise<boolean> {
  const clock = clockOf(io);
  let dueMs = clock.now();
  for (let count = 1; !io.interrupted.aborted; count++) {
    await act(count);
    if (count >= times) return !io.interrupted.aborted;
    const nowMs = clock.now();
    dueMs += intervalMs * Math.max(1, Math.ceil((nowMs - dueMs) / Math.max(intervalMs, 1)));
    if (!(await pause(io, Math.max(0, dueMs - nowMs)))) return false;
  }
  return false;
}
