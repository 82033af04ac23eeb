/**
 * The time-outs of many requests on one timer. Nearly all requests are answered long before their time is over, and a
 * timer for each would cost twice as much (docs/decisions/deadlines.md): those of equal length form one group, in the order
 * in which they end, and the timer watches the first of all groups. A request that is answered leaves its group; the timer
 * finds that out when it fires, and until then does not keep the process alive unless something else waits.
 *
 * When a time-out is due, the time in which the process stood still puts it off.
 */

import type { Clock } from '../../base/clock.js';
import { type Timed, TimerGroup, TimerGroups } from './timer-groups.js';

/** Whose deadlines they are. */
export interface DeadlinesOwner<T> {
  /** The time of something is over. */
  elapsed(timed: T): void;
  /** The clock threw. */
  failed(error: unknown): void;
}

/** Empty groups that are kept for the next request of their length: as many as a program has time-outs of its own. */
const MAX_EMPTY_GROUPS = 8;

/** Watches deadlines of one kind of thing. */
export class Deadlines<T extends Timed> {
  readonly #clock: Clock;
  readonly #owner: DeadlinesOwner<T>;
  readonly #byLength = new Map<number, TimerGroup>();
  readonly #groups = new TimerGroups();
  /** The group that was used last: nearly all time-outs of a program are equal. */
  #recent: TimerGroup | undefined;
  /** How many deadlines are watched. */
  #watched = 0;
  #timer: unknown;
  /** When the timer fires. */
  #timerMs = Number.POSITIVE_INFINITY;
  /** The timer has fired, and those that are due are called back. */
  #isCallingBack = false;

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
   * @throws what the clock throws
   */
  start(timed: T, lengthMs: number, dueMs: number): void {
    const group = this.#groupOf(lengthMs, dueMs);
    timed.dueMs = dueMs;
    group.append(timed);
    if (this.#watched++ === 0 && this.#timer !== undefined) this.#clock.ref?.(this.#timer);
    if (group.dueMs < this.#timerMs) this.#watch();
  }

  #groupOf(lengthMs: number, dueMs: number): TimerGroup {
    const recent = this.#recent;
    if (recent?.lengthMs === lengthMs && recent.place >= 0) return recent;
    let group = this.#byLength.get(lengthMs);
    if (group === undefined) {
      this.#byLength.set(lengthMs, (group = new TimerGroup(lengthMs, dueMs)));
      this.#groups.add(group);
    }
    return (this.#recent = group);
  }

  /** Ends the watching, where there is any. */
  stop(timed: T): void {
    const group = timed.timerGroup;
    if (group === null) return;
    group.remove(timed);
    // one of a group that is watched no more was forgotten with it
    if (group.place < 0) return;
    this.#watched--;
    if (group.first === null && this.#groups.size > MAX_EMPTY_GROUPS) this.#drop(group);
    if (this.#watched === 0) this.#letGo();
  }

  /** Leaves no timer behind. */
  clear(): void {
    this.#byLength.clear();
    this.#groups.clear();
    this.#watched = 0;
    this.#clearTimer();
  }

  #drop(group: TimerGroup): void {
    this.#groups.remove(group);
    this.#byLength.delete(group.lengthMs);
  }

  /** Nothing waits: a process that has nothing else to do may end. The timer stays, because the next request is near. */
  #letGo(): void {
    if (this.#timer === undefined) return;
    try {
      this.#clock.unref?.(this.#timer);
    } catch (error) {
      this.#owner.failed(error);
    }
  }

  /** Sets the timer for the soonest group. */
  #watch(): void {
    const { soonest } = this.#groups;
    if (this.#isCallingBack || soonest === undefined) return;
    this.#clearTimer();
    const delayMs = Math.max(0, Math.ceil(soonest.dueMs - this.#clock.now()));
    this.#clock.standstills?.heed(soonest.dueMs);
    this.#timer = this.#clock.setTimeout((overMs = this.#clock.now()) => this.#fired(overMs), delayMs);
    this.#timerMs = soonest.dueMs;
  }

  #clearTimer(): void {
    const timer = this.#timer;
    this.#timer = undefined;
    this.#timerMs = Number.POSITIVE_INFINITY;
    if (timer !== undefined) this.#clock.clearTimeout(timer);
  }

  /** @param overMs when the timer fired: what has become due since then has not had its turn to be answered */
  #fired(overMs: number): void {
    this.#timer = undefined;
    this.#timerMs = Number.POSITIVE_INFINITY;
    this.#isCallingBack = true;
    try {
      this.#callBack(overMs);
      this.#isCallingBack = false;
      // a timer may fire a fraction of a millisecond too early
      this.#watch();
    } catch (error) {
      this.#owner.failed(error);
    } finally {
      this.#isCallingBack = false;
    }
  }

  /** Calls back about those whose time is over, soonest first. */
  #callBack(overMs: number): void {
    for (let group = this.#groups.soonest; group !== undefined; group = this.#groups.soonest) {
      const { first } = group;
      if (first === null) {
        this.#drop(group);
      } else if (first.dueMs > group.dueMs) {
        this.#groups.postpone(group, first.dueMs);
      } else if (group.dueMs > overMs) {
        return;
      } else {
        const dueMs = this.#putOffDueMs(first, group);
        if (dueMs > overMs) {
          this.#groups.postpone(group, dueMs);
        } else {
          this.stop(first as T);
          this.#owner.elapsed(first as T);
        }
      }
    }
  }

  /**
   * When something is due if time in which the process stood still does not count: what was asked just before a standstill left
   * after it. The order of a group stays the same: what began later never becomes due sooner by this.
   */
  #putOffDueMs({ dueMs }: Timed, { lengthMs }: TimerGroup): number {
    return dueMs + (this.#clock.standstills?.longestSinceMs(dueMs - lengthMs) ?? 0);
  }
}
