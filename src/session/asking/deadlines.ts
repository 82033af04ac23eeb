/**
 * The time-outs of many requests on few timers. Nearly all requests are answered long before their time is over, and a
 * timer for each costs more than its request: those of equal length stand in one line, in the order in which they end,
 * and one timer watches the first. A request that is answered leaves its line; the timer finds that out when it fires.
 */

import type { Clock } from '../../base/clock.js';

/** What has a deadline: it carries its own place in a line. */
export class Timed {
  dueMs = 0;
  deadlineLine: DeadlineLine | null = null;
  sooner: Timed | null = null;
  later: Timed | null = null;
}

/** Those that wait equally long, soonest first. */
class DeadlineLine {
  readonly lengthMs: number;
  first: Timed | null = null;
  last: Timed | null = null;
  timer: unknown;

  constructor(lengthMs: number) {
    this.lengthMs = lengthMs;
  }
}

/** Whose deadlines they are. */
export interface DeadlinesOwner<T> {
  /** The time of something is over. */
  elapsed(timed: T): void;
  /** The clock threw. */
  failed(error: unknown): void;
}

/** A line whose timer has fired, while those that are due are told. */
const FIRED = Symbol('fired');

/** Watches deadlines of one kind of thing. */
export class Deadlines<T extends Timed> {
  readonly #clock: Clock;
  readonly #owner: DeadlinesOwner<T>;
  readonly #lines = new Map<number, DeadlineLine>();

  constructor(clock: Clock, owner: DeadlinesOwner<T>) {
    this.#clock = clock;
    this.#owner = owner;
  }

  /**
   * Begins to watch.
   *
   * @param timed what to call back about
   * @param lengthMs how long it waits in all
   * @param dueMs when that is over, by the clock; of equal lengths, those that begin later are due later
   */
  start(timed: T, lengthMs: number, dueMs: number): void {
    let line = this.#lines.get(lengthMs);
    if (line === undefined) this.#lines.set(lengthMs, (line = new DeadlineLine(lengthMs)));
    timed.dueMs = dueMs;
    timed.deadlineLine = line;
    timed.sooner = line.last;
    if (line.last === null) line.first = timed;
    else line.last.later = timed;
    line.last = timed;
    if (line.timer === undefined) this.#watch(line, dueMs - this.#clock.now());
  }

  /** Ends the watching, where there is any. */
  stop(timed: T): void {
    const line = timed.deadlineLine;
    if (line === null) return;
    if (timed.sooner === null) line.first = timed.later;
    else timed.sooner.later = timed.later;
    if (timed.later === null) line.last = timed.sooner;
    else timed.later.sooner = timed.sooner;
    timed.deadlineLine = timed.sooner = timed.later = null;
  }

  /** Leaves no timer behind. */
  clear(): void {
    const lines = [...this.#lines.values()];
    this.#lines.clear();
    for (const { timer } of lines) if (timer !== FIRED) this.#clock.clearTimeout(timer);
  }

  #watch(line: DeadlineLine, delayMs: number): void {
    line.timer = this.#clock.setTimeout(
      () => {
        try {
          this.#look(line);
        } catch (error) {
          this.#owner.failed(error);
        }
      },
      Math.max(0, delayMs),
    );
  }

  /** The timer of a line fired: those whose time is over go, the first of the others is watched. */
  #look(line: DeadlineLine): void {
    line.timer = FIRED;
    const nowMs = this.#clock.now();
    for (let { first } = line; first !== null && first.dueMs <= nowMs; first = line.first) {
      this.stop(first as T);
      this.#owner.elapsed(first as T);
    }
    line.timer = undefined;
    if (this.#lines.get(line.lengthMs) !== line) return;
    // a timer may fire a fraction of a millisecond too early
    if (line.first === null) this.#lines.delete(line.lengthMs);
    else this.#watch(line, Math.ceil(line.first.dueMs - nowMs));
  }
}
