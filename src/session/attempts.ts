/**
 * When the next attempt to connect is due. The pauses of the transport grow with each failure. A request that waits for the
 * connection makes an attempt due at once, and another just before its time is over, so that a peer that appears meanwhile is
 * found in time. A program that always waits for something makes one attempt a second at most.
 */

/** Attempts that a waiting request makes due sooner: one a second, and so many in a row. */
const HASTENED_EVERY_MS = 1_000;
const HASTENED_IN_A_ROW = 2;
/** What a last attempt needs before a time-out is over: to connect, to authenticate, to send. */
const LAST_CHANCE_MS = 300;
/** A last attempt keeps this distance from the one before, and needs as much time at the very least. */
const LAST_CHANCE_DISTANCE_MS = 100;

/** The attempts of one side to connect, and the moments when they are due. All times are by one clock. */
export class Attempts {
  /** When the last attempt began; long ago, at the beginning. */
  #lastMs = Number.NEGATIVE_INFINITY;
  /** When the pause ends by itself, and when it ends now that somebody waits. */
  #pauseEndsMs = 0;
  #dueMs = 0;
  /** When the time of the one for whom it ends sooner is over. */
  #deadlineMs = Number.POSITIVE_INFINITY;
  /** Time saved up for attempts that are due sooner. Each costs a second, as long as it takes to save it up again. */
  #savedMs = HASTENED_IN_A_ROW * HASTENED_EVERY_MS;
  #savedAtMs = 0;

  /** An attempt begins, because the pause is over or because the user wants it. */
  began(nowMs: number): void {
    const isHastened = nowMs < this.#pauseEndsMs && nowMs >= this.#dueMs;
    if (isHastened) {
      this.#savedMs = this.#savedBy(nowMs) - HASTENED_EVERY_MS;
      this.#savedAtMs = nowMs;
    }
    this.#lastMs = nowMs;
    this.#pauseEndsMs = this.#dueMs = 0;
  }

  /**
   * An attempt failed: a pause begins.
   *
   * @param pauseMs how long it would be if nobody waited
   * @param deadlineMs when the time of the first who waits is over; Infinity if nobody waits
   * @returns how long it is
   */
  pause(nowMs: number, pauseMs: number, deadlineMs: number): number {
    this.#pauseEndsMs = nowMs + pauseMs;
    return this.shorten(nowMs, deadlineMs);
  }

  /**
   * Somebody waits: the pause may end sooner.
   *
   * @returns what is left of it
   */
  shorten(nowMs: number, deadlineMs: number): number {
    this.#deadlineMs = deadlineMs;
    this.#dueMs = Math.min(this.#pauseEndsMs, this.#dueFor(nowMs, deadlineMs));
    return Math.max(0, this.#dueMs - nowMs);
  }

  /** Whether the pause that runs would end sooner for somebody whose time is over at `deadlineMs`. */
  isDueSooner(nowMs: number, deadlineMs: number): boolean {
    // an attempt for a wait that is over is of no use to later ones
    const dueMs = nowMs < this.#deadlineMs ? this.#dueMs : this.#pauseEndsMs;
    return this.#dueFor(nowMs, deadlineMs) < dueMs;
  }

  #dueFor(nowMs: number, deadlineMs: number): number {
    if (deadlineMs === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    const affordableMs = this.#affordableAtMs(nowMs);
    const soonMs = Math.max(affordableMs, this.#lastMs + HASTENED_EVERY_MS);
    const chanceMs = Math.max(
      affordableMs,
      deadlineMs - LAST_CHANCE_MS,
      this.#lastMs + LAST_CHANCE_DISTANCE_MS,
    );
    const isChance =
      this.#lastMs < deadlineMs - LAST_CHANCE_MS && chanceMs <= deadlineMs - LAST_CHANCE_DISTANCE_MS;
    if (!isChance) return soonMs;
    // an attempt at once must not take what the last chance needs
    const isBothAffordable = this.#uncappedBy(chanceMs) >= 2 * HASTENED_EVERY_MS;
    const areApart = soonMs + LAST_CHANCE_DISTANCE_MS <= chanceMs;
    return isBothAffordable && areApart ? soonMs : chanceMs;
  }

  #savedBy(nowMs: number): number {
    return Math.min(HASTENED_IN_A_ROW * HASTENED_EVERY_MS, this.#uncappedBy(nowMs));
  }

  #uncappedBy(nowMs: number): number {
    return this.#savedMs + nowMs - this.#savedAtMs;
  }

  #affordableAtMs(nowMs: number): number {
    return nowMs + Math.max(0, HASTENED_EVERY_MS - this.#uncappedBy(nowMs));
  }
}
