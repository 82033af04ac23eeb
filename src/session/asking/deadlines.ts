/**
 * The time-outs of many requests on few timers. Nearly all requests are answered long before their time is over, and a
 * timer for each would cost twice as much (docs/decisions/deadlines.md): those of equal length form one group, in the order
 * in which they end, and one timer watches the first. A request that is answered leaves its group; the timer finds that
 * out when it fires.
 */

import type { Clock } from '../../base/clock.js';

/** What has a deadline: it carries its own place in a group. */
export class Timed {
  dueMs = 0;
  timerGroup: TimerGroup | null = null;
  sooner: Timed | null = null;
  later: Timed | null = null;
}

/** Those that wait equally long, soonest first. */
class TimerGroup {
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

/** The timer of a group that has fired, while those that are due are called back. */
const FIRED = Symbol('fired');

/** Watches deadlines of one kind of thing. */
export class Deadlines<T extends Timed> {
  readonly #clock: Clock;
  readonly #owner: DeadlinesOwner<T>;
  readonly #groups = new Map<number, TimerGroup>();

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
    let group = this.#groups.get(lengthMs);
    if (group === undefined) this.#groups.set(lengthMs, (group = new TimerGroup(lengthMs)));
    timed.dueMs = dueMs;
    timed.timerGroup = group;
    timed.sooner = group.last;
    if (group.last === null) group.first = timed;
    else group.last.later = timed;
    group.last = timed;
    if (group.timer === undefined) this.#watch(group, dueMs - this.#clock.now());
  }

  /** Ends the watching, where there is any. */
  stop(timed: T): void {
    const group = timed.timerGroup;
    if (group === null) return;
    if (timed.sooner === null) group.first = timed.later;
    else timed.sooner.later = timed.later;
    if (timed.later === null) group.last = timed.sooner;
    else timed.later.sooner = timed.sooner;
    timed.timerGroup = timed.sooner = timed.later = null;
  }

  /** Leaves no timer behind. */
  clear(): void {
    const groups = [...this.#groups.values()];
    this.#groups.clear();
    for (const { timer } of groups) if (timer !== FIRED) this.#clock.clearTimeout(timer);
  }

  #watch(group: TimerGroup, delayMs: number): void {
    group.timer = this.#clock.setTimeout(
      (overMs = this.#clock.now()) => {
        try {
          this.#look(group, overMs);
        } catch (error) {
          this.#owner.failed(error);
        }
      },
      Math.max(0, delayMs),
    );
  }

  /**
   * The timer of a group fired: those whose time is over go, the first of the others is watched.
   *
   * @param overMs when it fired: what has become due since then has not had its turn to be answered
   */
  #look(group: TimerGroup, overMs: number): void {
    group.timer = FIRED;
    for (let { first } = group; first !== null && first.dueMs <= overMs; first = group.first) {
      this.stop(first as T);
      this.#owner.elapsed(first as T);
    }
    group.timer = undefined;
    if (this.#groups.get(group.lengthMs) !== group) return;
    // a timer may fire a fraction of a millisecond too early
    if (group.first === null) this.#groups.delete(group.lengthMs);
    else this.#watch(group, Math.ceil(group.first.dueMs - this.#clock.now()));
  }
}
