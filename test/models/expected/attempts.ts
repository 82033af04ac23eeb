/**
 * When a side that opens links tries again: after its pause, or sooner for somebody who waits for the link. What is
 * looked for here is the first moment at which an attempt is right, moment by moment.
 */

const SECOND_MS = 1_000;
/** Enough to connect before somebody's time is over, and the least that can be enough. */
const [IN_TIME_MS, JUST_IN_TIME_MS] = [300, 100];

/** The attempts of one side so far, and the pause in which it is. */
export class ExpectedAttempts {
  #lastMs = Number.NEGATIVE_INFINITY;
  /** When the pause is over by itself, and when somebody who waits ends it. */
  #endsMs = 0;
  #dueMs = 0;
  /** When the time of that somebody is over. */
  #forMs = Number.POSITIVE_INFINITY;
  /** The moments of the attempts that were made sooner for somebody who waited. */
  readonly #hastened: number[] = [];

  attempted(nowMs: number): void {
    if (nowMs === this.#dueMs && nowMs < this.#endsMs) this.#hastened.push(nowMs);
    this.#lastMs = nowMs;
    this.#endsMs = this.#dueMs = nowMs;
  }

  /** A pause begins; returns when it is over. */
  pauses(nowMs: number, pauseMs: number, deadlineMs: number): number {
    this.#endsMs = nowMs + pauseMs;
    return this.#settleOn(this.#dueFor(nowMs, deadlineMs), deadlineMs);
  }

  /** Somebody waits in a pause; returns when it is over, if that is another moment now. */
  isAwaited(nowMs: number, newDeadlineMs: number, deadlineMs: number): number | null {
    // whose time is over waits no more
    const dueMs = this.#forMs <= nowMs ? this.#endsMs : this.#dueMs;
    if (this.#dueFor(nowMs, newDeadlineMs) >= dueMs) return null;
    return this.#settleOn(this.#dueFor(nowMs, deadlineMs), deadlineMs);
  }

  #settleOn(dueMs: number, deadlineMs: number): number {
    this.#forMs = deadlineMs;
    this.#dueMs = dueMs;
    return dueMs;
  }

  /** The first moment from now on at which an attempt is right for somebody whose time is over then. */
  #dueFor(nowMs: number, deadlineMs: number): number {
    if (deadlineMs === Number.POSITIVE_INFINITY) return this.#endsMs;
    const chanceMs = this.#lastChance(nowMs, deadlineMs);
    for (let atMs = nowMs; atMs < this.#endsMs; atMs++) {
      if (atMs === chanceMs) return atMs;
      const isFarFromLast = atMs - this.#lastMs >= SECOND_MS;
      const leavesChance =
        chanceMs === null || (atMs <= chanceMs - JUST_IN_TIME_MS && this.#secondsAt(chanceMs) >= 2);
      if (isFarFromLast && leavesChance && this.#secondsAt(atMs) >= 1) return atMs;
    }
    return this.#endsMs;
  }

  /** The last attempt that somebody can use; null where there was one already, or where it would come too late. */
  #lastChance(nowMs: number, deadlineMs: number): number | null {
    if (this.#lastMs >= deadlineMs - IN_TIME_MS) return null;
    for (let atMs = Math.max(nowMs, deadlineMs - IN_TIME_MS); atMs <= deadlineMs - JUST_IN_TIME_MS; atMs++) {
      if (atMs - this.#lastMs >= JUST_IN_TIME_MS && this.#secondsAt(atMs) >= 1) return atMs;
    }
    return null;
  }

  /**
   * Each hastened attempt costs a second, each second brings one, and after each attempt there is one left at most. What
   * will be there at a moment to come is not cut off at the two that can be saved.
   */
  #secondsAt(atMs: number): number {
    let [savedMs, sinceMs] = [2 * SECOND_MS, 0];
    for (const hastenedMs of this.#hastened) {
      savedMs = Math.min(2 * SECOND_MS, savedMs + hastenedMs - sinceMs) - SECOND_MS;
      sinceMs = hastenedMs;
    }
    return (savedMs + atMs - sinceMs) / SECOND_MS;
  }
}
