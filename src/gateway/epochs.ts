/**
 * The numbers of claims. Each is above all numbers that this gateway has given or seen, whatever the clocks of the hosts say. Where
 * gateways could not see each other's, the later claim has the higher number as far as the clocks are right.
 */

import { isEpoch } from './format/presence.js';

/** A claim: its number, and the gateway that made it, which decides between equal numbers. */
export interface Claim {
  readonly epoch: number;
  readonly gateway: string;
}

/** Gives the numbers of one gateway. */
export class Epochs {
  readonly #wallTime: () => number;
  #highest = 0;

  /** @param wallTime milliseconds since 1970 */
  constructor(wallTime: () => number) {
    this.#wallTime = wallTime;
  }

  /** A number above all others; after the last that there is, which only a forged claim can have, the time of day again. */
  next(): number {
    const above = Math.max(this.#highest + 1, Math.floor(this.#wallTime()));
    // a number that nobody reads would hide this gateway with all its devices
    this.#highest = isEpoch(above) ? above : Math.floor(this.#wallTime());
    return this.#highest;
  }

  /** Another gateway has given this one. */
  saw(epoch: number): void {
    if (epoch > this.#highest) this.#highest = epoch;
  }
}

/** Whether a claim wins over another; equal ones are the same. */
export function isAbove(one: Claim, other: Claim): boolean {
  return one.epoch === other.epoch ? one.gateway > other.gateway : one.epoch > other.epoch;
}
