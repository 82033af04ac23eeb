// Node's own: the globals may be those of a browser's test environment, whose timers are numbers and stop when it likes
import { performance } from 'node:perf_hooks';
import { clearImmediate, clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { returnedNumber } from './returned.js';
import { STOOD_STILL_MS, type Standstills, systemStandstills } from './standstills.js';
import { warnOfThrown } from './thrown.js';
import { watchResult } from './user-code.js';

/** Time as an argument: a test owns it. XState's actors take the same object as their clock. */
export interface Clock {
  /**
   * Calls `callback` once, `delayMs` from now.
   *
   * @param callback may be given the moment at which its time was over, where that is not the present one
   */
  setTimeout(callback: (overMs?: number) => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
  /**
   * Nobody waits for this timer any more: it alone need not keep the process alive. It fires all the same if the process
   * lives on. A clock without this keeps the process alive for as long as its timers run.
   */
  unref?(timer: unknown): void;
  /** Takes `unref` back. */
  ref?(timer: unknown): void;
  /** Milliseconds since some moment; never goes backwards. */
  now(): number;
  /** When the process stood still, which puts off time-outs; a clock without this never stands still. */
  readonly standstills?: Standstills;
}
/** The most time that is left for what could not leave before: a hundred times what an answer takes on a local network. */
const GRACE_MS = 50;

/**
 * A timer that is due may find a process that has stood still: a busy callback, a breakpoint, SIGSTOP. What came meanwhile is
 * still in the sockets, and has to be read before anybody is told that it did not come. So the callback waits for two turns of
 * the event loop: one reads what is there, the other what that made room for. And what was asked just before the process stood
 * still may leave only now, so that a timer that is very late leaves it a moment more.
 */
class PatientTimer {
  readonly #callback: (overMs: number) => void;
  readonly #dueMs: number;
  #overMs = 0;
  #timer: NodeJS.Timeout | null;
  #turn: NodeJS.Immediate | null = null;

  constructor(callback: (overMs: number) => void, delayMs: number) {
    this.#callback = callback;
    this.#dueMs = performance.now() + delayMs;
    this.#timer = setTimeout(PatientTimer.#due, delayMs, this);
  }

  clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#turn !== null) clearImmediate(this.#turn);
    this.#timer = this.#turn = null;
  }

  /** Whether the process lives until it fires; no longer of interest once it has fired and waits for its turns. */
  hold(isHeld: boolean): void {
    if (isHeld) this.#timer?.ref();
    else this.#timer?.unref();
  }

  static #due(this: void, timer: PatientTimer): void {
    timer.#overMs = performance.now();
    const lateMs = timer.#overMs - timer.#dueMs;
    systemStandstills.look(timer.#overMs, lateMs > STOOD_STILL_MS);
    if (lateMs <= STOOD_STILL_MS) return PatientTimer.#wait(timer);
    const isHeld = timer.#timer?.hasRef();
    timer.#timer = setTimeout(PatientTimer.#wait, Math.min(lateMs, GRACE_MS), timer);
    if (isHeld === false) timer.#timer.unref();
  }

  static #wait(this: void, timer: PatientTimer): void {
    timer.#timer = null;
    timer.#turn = setImmediate(PatientTimer.#readOnce, timer);
  }

  static #readOnce(this: void, timer: PatientTimer): void {
    timer.#turn = setImmediate(PatientTimer.#readTwice, timer);
  }

  static #readTwice(this: void, timer: PatientTimer): void {
    timer.#turn = null;
    timer.#callback(timer.#overMs);
  }
}

/** The clock of the machine that the program runs on. A timer lets sockets be read before it calls back. */
export const systemClock: Clock = {
  setTimeout: (callback, delayMs) => new PatientTimer(callback, delayMs),
  clearTimeout: (timer) => {
    if (timer instanceof PatientTimer) timer.clear();
  },
  unref: (timer) => {
    if (timer instanceof PatientTimer) timer.hold(false);
  },
  ref: (timer) => {
    if (timer instanceof PatientTimer) timer.hold(true);
  },
  now: () => performance.now(),
  standstills: systemStandstills,
};

/**
 * How much of a time-out is left, in milliseconds. Time in which the process stood still does not count: what was meant for the
 * peer may have left only afterwards, and nothing here made progress meanwhile.
 *
 * @param sinceMs when the wait began, by the clock
 * @param patienceMs the time-out, in milliseconds
 */
export function patienceLeftMs(clock: Clock, sinceMs: number, patienceMs: number): number {
  const stoodStillMs = clock.standstills?.longestSinceMs(sinceMs) ?? 0;
  return sinceMs + patienceMs + stoodStillMs - clock.now();
}

/** What a clock may have besides. */
const OPTIONAL_METHODS = ['unref', 'ref'];

const guardedClocks = new WeakSet<Clock>([systemClock]);

/**
 * A clock of the user's, which fails like one that throws where it returns promises.
 *
 * @param clock any
 * @returns a clock whose `now` throws a TypeError for anything but a number; a rejection of its timers is a warning
 */
export function guardedClock(clock: Clock): Clock {
  if (guardedClocks.has(clock)) return clock;
  const failed = (error: unknown): void =>
    warnOfThrown('the clock rejected', error, 'SP_SESSION_FAILED', { scope: clock });
  const guarded: Clock = {
    setTimeout: (callback, delayMs) => {
      const timer = clock.setTimeout(callback, delayMs);
      watchResult(timer, failed);
      return timer;
    },
    clearTimeout: (timer) => watchResult(clock.clearTimeout(timer), failed),
    now: () => returnedNumber('clock.now', clock.now()),
    ...(clock.standstills && { standstills: clock.standstills }),
  };
  for (const name of OPTIONAL_METHODS) {
    const method: unknown = Reflect.get(clock, name);
    if (typeof method !== 'function') continue;
    Reflect.set(guarded, name, (timer: unknown) =>
      watchResult(Reflect.apply(method, clock, [timer]), failed),
    );
  }
  guardedClocks.add(guarded);
  return guarded;
}

/**
 * A clock for something that ends when its clock breaks. Who asks for the time meanwhile gets the last that is known, because what is
 * to be settled at the end must not be lost in the middle.
 *
 * @param clock any
 * @param failed hears of what its `now` throws
 */
export function lastingClock(clock: Clock, failed: (error: unknown) => void): Clock {
  if (clock === systemClock) return clock;
  const guarded = guardedClock(clock);
  let lastMs = 0;
  const now = (): number => {
    try {
      lastMs = guarded.now();
    } catch (error) {
      failed(error);
    }
    return lastMs;
  };
  return { ...guarded, now };
}
