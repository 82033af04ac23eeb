import type { Clock } from '../../base/clock.js';

/** Callers that wait for an authentication to be decided. */
export class TrustVerdicts {
  readonly #clock: Clock;
  #waiting: ((isTrusted: boolean) => void)[] | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
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
        this.#waiting.push(resolve);
        return;
      }
      const timer = this.#clock.setTimeout(() => {
        this.#waiting = this.#waiting?.filter((each) => each !== settle) ?? null;
        resolve(false);
      }, timeoutMs);
      const settle = (isTrusted: boolean): void => {
        this.#clock.clearTimeout(timer);
        resolve(isTrusted);
      };
      this.#waiting.push(settle);
    });
  }

  /** Passes the verdict on; false also means that there will be none. */
  settle(isTrusted: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    for (const resolve of waiting ?? []) resolve(isTrusted);
  }
}
