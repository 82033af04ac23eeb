import type { Clock } from '../../base/clock.js';

/** A caller who waits; `dueMs` is when his time is over, by the clock, and null where the machine watches it. */
interface Waiting {
  readonly dueMs: number | null;
  settle(isTrusted: boolean): void;
}

/** Callers that wait for an authentication to be decided. */
export class TrustVerdicts {
  readonly #clock: Clock;
  #waiting: Waiting[] | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** When the time of the first of them is over; Infinity where nobody waits, or the machine watches the time. */
  get firstDeadlineMs(): number {
    let firstMs = Number.POSITIVE_INFINITY;
    for (const { dueMs } of this.#waiting ?? []) if (dueMs !== null && dueMs < firstMs) firstMs = dueMs;
    return firstMs;
  }

  /**
   * Resolves with the next verdict.
   *
   * @param timeoutMs after which it resolves with false; null if the machine's own time-out is as long
   */
  next(timeoutMs: number | null): Promise<boolean> {
    return new Promise((resolve) => {
      this.#waiting ??= [];
      if (timeoutMs === null) {
        this.#waiting.push({ dueMs: null, settle: resolve });
        return;
      }
      const timer = this.#clock.setTimeout(() => {
        this.#waiting = this.#waiting?.filter((each) => each !== waiting) ?? null;
        resolve(false);
      }, timeoutMs);
      const waiting: Waiting = {
        dueMs: this.#clock.now() + timeoutMs,
        settle: (isTrusted) => {
          this.#clock.clearTimeout(timer);
          resolve(isTrusted);
        },
      };
      this.#waiting.push(waiting);
    });
  }

  /** Passes the verdict on; false also means that there will be none. */
  settle(isTrusted: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    for (const each of waiting ?? []) each.settle(isTrusted);
  }
}
