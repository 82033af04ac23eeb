import type { SimulatedTime } from '../simulation/clock.js';
import { CountedClock } from '../simulation/counted-clock.js';
import { Party } from '../simulation/party.js';

/** What the programs of a world share. */
export interface ProgramHost {
  readonly time: SimulatedTime;
  /** Whose code has run last: the time of day is that of its machine. */
  running: Program | null;
  violate(invariant: string, text: string): void;
}

/**
 * A process of a fleet: a gateway, a worker, somebody who asks, a device. Its clocks show what they like, as those of machines
 * do, and it can die without a word, after which nothing that it had set ever happens.
 */
export class Program extends Party {
  /** What the program takes for its time, with all timers counted. */
  readonly own: CountedClock;
  /** How far its time of day is ahead of that of the world. */
  readonly aheadMs: number;
  isDead = false;
  readonly #host: ProgramHost;

  constructor(name: string, host: ProgramHost, aheadMs: number) {
    super(name, host.time);
    this.#host = host;
    this.aheadMs = aheadMs;
    const { clock } = this;
    this.own = new CountedClock({
      now: () => clock.now() + aheadMs,
      setTimeout: (callback, delayMs) => clock.setTimeout(() => this.#run(callback), delayMs),
      clearTimeout: (timer) => clock.clearTimeout(timer),
    });
  }

  #run(callback: () => void): void {
    if (this.isDead) return;
    this.#host.running = this;
    callback();
  }

  override hear(callback: () => void): void {
    if (!this.isDead) super.hear(() => this.#run(callback));
  }

  /** Runs something that its user wants. */
  act(callback: () => void): void {
    if (!this.isFrozen) this.#run(callback);
  }

  /** The process is gone, in the middle of whatever it did. */
  die(): void {
    this.isDead = true;
  }
}
