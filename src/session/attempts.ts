/**
 * When the next attempt to connect is due. The pauses of the transport grow with each failure; somebody who waits for the
 * connection makes an attempt due at once, and another one just before his time is over, so that a peer that appears
 * meanwhile is found in time. A program that always waits for something makes one attempt a second at most.
 */

/** Attempts that are due sooner for somebody who waits: one a second, and so many in a row. */
const WOKEN_IN_A_ROW = 2;
const WOKEN_EVERY_MS = 1_000;
/** What a last attempt needs before the time of somebody is over: to connect, to authenticate, to send. */
const LAST_CHANCE_MS = 300;
/** Attempts for the sake of somebody who waits keep this distance from the one before. */
const LAST_CHANCE_DISTANCE_MS = 50;

/** The attempts of one side to connect, and the moments when they are due. All times are by one clock. */
export class Attempts {
  /** When the last attempt began; long ago, at the beginning. */
  #lastMs = Number.NEGATIVE_INFINITY;
  /** When the pause ends by itself, and when it ends now that somebody waits. */
  #pauseEndsMs = 0;
  #dueMs = 0;
  /** Attempts that may be due sooner, counted like tokens in a bucket. */
  #tokens = WOKEN_IN_A_ROW;
  #tokensAtMs = 0;

  /** An attempt begins. */
  began(nowMs: number): void {
    if (this.#dueMs < this.#pauseEndsMs) {
      this.#tokens = this.#tokensAt(nowMs) - 1;
      this.#tokensAtMs = nowMs;
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
    this.#dueMs = Math.min(this.#pauseEndsMs, this.#dueFor(nowMs, deadlineMs));
    return Math.max(0, this.#dueMs - nowMs);
  }

  /** Whether the pause that runs would end sooner for somebody whose time is over at `deadlineMs`. */
  isDueSooner(nowMs: number, deadlineMs: number): boolean {
    return this.#dueFor(nowMs, deadlineMs) < this.#dueMs;
  }

  #dueFor(nowMs: number, deadlineMs: number): number {
    if (deadlineMs === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    const soonMs = Math.max(nowMs, this.#lastMs + WOKEN_EVERY_MS, this.#tokenAtMs(nowMs));
    const lastChanceMs = deadlineMs - LAST_CHANCE_MS;
    const isInTime = lastChanceMs >= nowMs && lastChanceMs >= this.#lastMs + LAST_CHANCE_DISTANCE_MS;
    const isLastChance = isInTime && lastChanceMs < soonMs && this.#tokensAt(lastChanceMs) >= 1;
    return isLastChance ? lastChanceMs : soonMs;
  }

  #tokensAt(nowMs: number): number {
    const refilled = (nowMs - this.#tokensAtMs) / WOKEN_EVERY_MS;
    return Math.min(WOKEN_IN_A_ROW, this.#tokens + refilled);
  }

  #tokenAtMs(nowMs: number): number {
    const missing = 1 - this.#tokensAt(nowMs);
    return missing > 0 ? nowMs + missing * WOKEN_EVERY_MS : nowMs;
  }
}
