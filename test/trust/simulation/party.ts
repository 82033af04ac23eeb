import type { Clock } from '../../../src/base/clock.js';
import type { SimulatedTime } from './clock.js';

interface Timer {
  isCleared: boolean;
  readonly entry: unknown;
}

/**
 * A program of a world: a client, or the server with all its sessions. It can freeze, like a process that is stopped, a
 * container that is paused or a machine that sleeps: the world goes on, and when the program goes on as well, everything
 * comes at once. What came in comes before what is due: a program under test reads first before it judges by time.
 */
export class Party {
  readonly name: string;
  isFrozen = false;
  /** How long it was frozen in all. */
  frozenMs = 0;
  readonly clock: Clock;
  readonly #time: SimulatedTime;
  #frozenAtMs = 0;
  #heldInput: (() => void)[] = [];
  #heldTimers: (() => void)[] = [];

  constructor(name: string, time: SimulatedTime) {
    this.name = name;
    this.#time = time;
    this.clock = {
      now: () => time.nowMs,
      setTimeout: (callback, delayMs) => this.#setTimeout(callback, delayMs),
      clearTimeout: (timer) => this.#clearTimeout(timer as Timer | undefined),
    };
  }

  #setTimeout(callback: () => void, delayMs: number): Timer {
    const ring = (): void => {
      if (!timer.isCleared) callback();
    };
    const due = (): void => {
      if (this.isFrozen) this.#heldTimers.push(ring);
      else ring();
    };
    const timer: Timer = { isCleared: false, entry: this.#time.clock.setTimeout(due, delayMs) };
    return timer;
  }

  #clearTimeout(timer: Timer | undefined): void {
    if (timer === undefined) return;
    timer.isCleared = true;
    this.#time.clock.clearTimeout(timer.entry);
  }

  /** Something that the program does itself, later. */
  after(delayMs: number, callback: () => void): void {
    this.#time.after(delayMs, () => {
      if (this.isFrozen) this.#heldTimers.push(callback);
      else callback();
    });
  }

  /** Something that happens to the program: now, or as soon as it goes on. */
  hear(callback: () => void): void {
    if (this.isFrozen) this.#heldInput.push(callback);
    else callback();
  }

  freeze(): void {
    this.isFrozen = true;
    this.#frozenAtMs = this.#time.nowMs;
  }

  /** Goes on. @param readOn hands over what waits in the sockets */
  thaw(readOn: () => void): void {
    if (!this.isFrozen) return;
    this.isFrozen = false;
    this.frozenMs += this.#time.nowMs - this.#frozenAtMs;
    const [input, timers] = [this.#heldInput, this.#heldTimers];
    this.#heldInput = [];
    this.#heldTimers = [];
    for (const callback of input) this.#time.after(0, callback);
    this.#time.after(0, readOn);
    for (const callback of timers) this.#time.after(0, callback);
  }
}
