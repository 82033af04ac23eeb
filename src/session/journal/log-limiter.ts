/** Limits log lines per second and counts the rest: a peer that sends nonsense must not fill a disk. */

import type { Clock } from '../../base/clock.js';

const WINDOW_MS = 1_000;

/** A limit on log lines. */
export class LogLimiter {
  readonly #clock: Clock;
  readonly #linesPerSecond: number;
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #suppressedInRow = 0;
  /** How many lines were left out in all. */
  suppressed = 0;

  constructor(clock: Clock, linesPerSecond: number) {
    this.#clock = clock;
    this.#linesPerSecond = linesPerSecond;
  }

  /**
   * Asks for a line, or for some about one thing, which count as one.
   *
   * @param lines how many they are
   * @returns how many things were left out since the last admitted one; null if this one is to be left out as well
   */
  admit(lines = 1): number | null {
    const now = this.#clock.now();
    if (now - this.#windowStartMs >= WINDOW_MS) {
      this.#windowStartMs = now;
      this.#lines = 0;
    }
    if (this.#lines >= this.#linesPerSecond) {
      this.suppressed += lines;
      this.#suppressedInRow++;
      return null;
    }
    this.#lines++;
    const left = this.#suppressedInRow;
    this.#suppressedInRow = 0;
    return left;
  }
}
