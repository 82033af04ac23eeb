import type { Clock } from '../../src/base/clock.js';
import { StandstillRecord, type Standstills } from '../../src/base/standstills.js';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * Time that a test owns: stands still until it is advanced, and then takes one timer after the other, each at its own
 * moment, equal moments in the order in which they were set.
 */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();
  readonly #record = new StandstillRecord();
  #heededUntilMs = Number.NEGATIVE_INFINITY;
  readonly standstills: Standstills = {
    heed: (untilMs) => void (this.#heededUntilMs = Math.max(this.#heededUntilMs, untilMs)),
    longestSinceMs: (sinceMs) => this.#record.longestSinceMs(sinceMs),
  };

  now(): number {
    return this.#now;
  }

  /** How many timers are set: after a story has ended, none may be left. */
  get pending(): number {
    return this.#timers.size;
  }

  setTimeout(callback: () => void, delayMs: number): unknown {
    const timer = { at: this.#now + Math.max(0, delayMs), order: this.#order++, callback };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as Timer);
  }

  /** Lets time pass; what timers set meanwhile is due as well. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let timer = this.#nextUntil(end); timer !== undefined; timer = this.#nextUntil(end))
      this.#fire(timer);
    this.#now = Math.max(this.#now, end);
  }

  /** Time passes, and no timer is taken: those that are due meanwhile are late. Noticed only if somebody heeds it. */
  standStill(ms: number): void {
    const fromMs = this.#now;
    this.#now += ms;
    if (fromMs <= this.#heededUntilMs) this.#record.add({ fromMs, untilMs: this.#now });
  }

  /** As `advance`, and lets promises settle before, between and after the timers. */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (let timer = this.#nextUntil(end); timer !== undefined; timer = this.#nextUntil(end)) {
      this.#fire(timer);
      await settled();
    }
    this.#now = Math.max(this.#now, end);
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.callback();
  }

  #nextUntil(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at > end) continue;
      if (next === undefined || timer.at < next.at || (timer.at === next.at && timer.order < next.order))
        next = timer;
    }
    return next;
  }
}

/** Lets promises settle, and what they leave for the next tick. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  await new Promise<void>((resolve) => process.nextTick(resolve));
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}
