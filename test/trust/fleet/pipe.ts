import type { SimulatedTime } from '../simulation/clock.js';

/**
 * One way of a connection between two programs: what is put into it arrives in its order, each a while later. Where the
 * connection breaks, what is under way is lost, and nobody says how much that was.
 */
export class Pipe {
  /** Whether anything that is under way still arrives. */
  isBroken = false;
  /** A dead cable: nothing arrives, and nobody says so. */
  isSilent = false;
  readonly #time: SimulatedTime;
  readonly #latencyMs: () => number;
  #lastArrivalMs = 0;

  constructor(time: SimulatedTime, latencyMs: () => number) {
    this.#time = time;
    this.#latencyMs = latencyMs;
  }

  /** Puts something in; `arrive` is called when it is through. */
  carry(arrive: () => void): void {
    if (this.isBroken) return;
    const atMs = Math.max(this.#time.nowMs + this.#latencyMs(), this.#lastArrivalMs);
    this.#lastArrivalMs = atMs;
    this.#time.after(atMs - this.#time.nowMs, () => {
      if (!this.isBroken && !this.isSilent) arrive();
    });
  }

  /** Nothing more arrives for so long. */
  stall(forMs: number): void {
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, this.#time.nowMs + forMs);
  }

  break(): void {
    this.isBroken = true;
  }
}
