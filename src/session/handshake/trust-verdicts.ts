import type { Clock } from '../../base/clock.js';

/** A caller who waits. */
interface Waiting {
  /** When his time is over, by the clock, as long as it is a link that he waits for; null once there is one. */
  linkDueMs: number | null;
  settle(isTrusted: boolean): void;
}

/** Callers that wait for an authentication to be decided, some of them for a link to begin it on. */
export class TrustVerdicts {
  readonly #clock: Clock;
  #waiting: Waiting[] | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * When the time of the first who waits for a link is over; Infinity where nobody does. A caller who waits for the verdict of a
   * running handshake needs no other link: the end of this one is the verdict.
   */
  get firstDeadlineMs(): number {
    let firstMs = Number.POSITIVE_INFINITY;
    for (const { linkDueMs } of this.#waiting ?? []) firstMs = Math.min(firstMs, linkDueMs ?? firstMs);
    return firstMs;
  }

  /**
   * Resolves with the next verdict.
   *
   * @param timeoutMs after which it resolves with false; null if the machine's own time-out is as long
   */
  next(timeoutMs: number | null): Promise<boolean> {
    return new Promise((settle) => {
      if (timeoutMs === null) this.#add({ linkDueMs: null, settle });
      else this.#addFor(timeoutMs, null, settle, () => {});
    });
  }

  /**
   * Resolves with the verdict on the next link.
   *
   * @param timeoutMs after which it resolves with false
   * @param missed called where there was no link in that time
   */
  onNextLink(timeoutMs: number, missed: () => void): Promise<boolean> {
    return new Promise((settle) => {
      this.#addFor(timeoutMs, this.#clock.now() + timeoutMs, settle, ({ linkDueMs }) => {
        if (linkDueMs !== null) missed();
      });
    });
  }

  #addFor(
    timeoutMs: number,
    linkDueMs: number | null,
    settle: Waiting['settle'],
    timedOut: (waiting: Waiting) => void,
  ): void {
    const timer = this.#clock.setTimeout(() => {
      this.#waiting = this.#waiting?.filter((each) => each !== waiting) ?? null;
      timedOut(waiting);
      settle(false);
    }, timeoutMs);
    const waiting: Waiting = {
      linkDueMs,
      settle: (isTrusted) => {
        this.#clock.clearTimeout(timer);
        settle(isTrusted);
      },
    };
    this.#add(waiting);
  }

  #add(waiting: Waiting): void {
    this.#waiting ??= [];
    this.#waiting.push(waiting);
  }

  /**
   * There is a link: nobody waits for one any more.
   *
   * @returns how long the last of those who did still waits for a verdict, in milliseconds; 0: nobody does
   */
  linkOpened(): number {
    const nowMs = this.#clock.now();
    let leftMs = 0;
    for (const waiting of this.#waiting ?? []) {
      leftMs = Math.max(leftMs, (waiting.linkDueMs ?? nowMs) - nowMs);
      waiting.linkDueMs = null;
    }
    return leftMs;
  }

  /** Passes the verdict on; false also means that there will be none. */
  settle(isTrusted: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    for (const each of waiting ?? []) each.settle(isTrusted);
  }
}
