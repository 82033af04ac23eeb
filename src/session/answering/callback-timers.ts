/** The time that callbacks have (`callbackTimeout`), while there is a connection: without one nobody waits for their answers. */

import { type Clock, patienceLeftMs } from '../../base/clock.js';

/** A callback that runs. */
export class TimedCallback {
  /** Its time is over. */
  readonly elapsed: () => void;
  /** The session is over: ends its trace without an answer. */
  readonly closed: () => void;
  timer: unknown = undefined;
  /** When its time began, by the clock. */
  sinceMs = Number.NaN;

  constructor(elapsed: () => void, closed: () => void) {
    this.elapsed = elapsed;
    this.closed = closed;
  }
}

/** The timers of the callbacks of one session. */
export class CallbackTimers {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #running = new Set<TimedCallback>();

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** @param isLinked whether there is a connection; without one its time begins with the next */
  add(callback: TimedCallback, isLinked: boolean): void {
    this.#running.add(callback);
    if (isLinked) this.#start(callback);
  }

  #start(callback: TimedCallback): void {
    callback.sinceMs = this.#clock.now();
    this.#wait(callback, callback.sinceMs, this.#timeoutMs);
  }

  #wait(callback: TimedCallback, nowMs: number, delayMs: number): void {
    this.#clock.standstills?.heed(nowMs + delayMs);
    callback.timer = this.#clock.setTimeout(callback.elapsed, delayMs);
  }

  /** Extends the time of a callback during which the process stood still; false where its time is really over. */
  extend(callback: TimedCallback): boolean {
    const leftMs = patienceLeftMs(this.#clock, callback.sinceMs, this.#timeoutMs);
    if (leftMs < 1) return false;
    this.#wait(callback, this.#clock.now(), leftMs);
    return true;
  }

  /** A callback has settled. */
  remove(callback: TimedCallback): void {
    this.#stop(callback);
    this.#running.delete(callback);
  }

  #stop(callback: TimedCallback): void {
    this.#clock.clearTimeout(callback.timer);
    callback.timer = undefined;
  }

  /** The connection is gone. */
  stopAll(): void {
    for (const callback of this.#running) this.#stop(callback);
  }

  /** There is a new connection: callbacks that still run get their time once more. */
  restartAll(): void {
    for (const callback of this.#running) this.#start(callback);
  }

  /** The session is over. */
  close(): void {
    for (const { closed } of this.#running) closed();
    this.#running.clear();
  }
}
