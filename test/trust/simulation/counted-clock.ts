import type { Clock } from '../../../src/base/clock.js';

interface Timer {
  isOver: boolean;
  readonly entry: unknown;
}

/** The clock of one session, which knows how many timers the session has. */
export class CountedClock implements Clock {
  /** Set, and neither run nor cleared. */
  timers = 0;
  /** The most at once. */
  mostTimers = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    const ring = (): void => {
      this.#over(timer);
      callback();
    };
    const timer: Timer = { isOver: false, entry: this.#clock.setTimeout(ring, delayMs) };
    this.timers++;
    this.mostTimers = Math.max(this.mostTimers, this.timers);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    if (timer === undefined || timer === null) return;
    this.#over(timer as Timer);
    this.#clock.clearTimeout((timer as Timer).entry);
  }

  unref(timer: unknown): void {
    this.#clock.unref?.((timer as Timer).entry);
  }

  ref(timer: unknown): void {
    this.#clock.ref?.((timer as Timer).entry);
  }

  #over(timer: Timer): void {
    if (timer.isOver) return;
    timer.isOver = true;
    this.timers--;
  }
}
