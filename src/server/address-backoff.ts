/**
 * Slows down guessing over many connections; one connection allows three guesses. Nobody is turned away at the door: many
 * clients may share an address, and only one of them has an old secret. What wrong keys cost falls on those who have
 * proven nothing yet, and on the step before a guess: once an address has used up its wrong keys, its seeds are given out
 * later and one after the other. A right key is accepted at once, but makes nothing undone: a guesser could be its neighbour.
 */

import type { Clock } from '../base/clock.js';

/** Wrong keys that cost an address nothing: people mistype, devices have an old secret, and many may be behind one address. */
export const FREE_WRONG_KEYS = 200;
/** A wrong key is forgotten in this time: a device that tries twice a second for ever slows nobody down. */
const FORGET_AFTER_MS = 500;
/** How much more than what is free is remembered: so much is forgotten in half a minute. */
const MAX_DEBT = 64;
/** Seeds that an address gets while it owes wrong keys: a guess needs one, and so does a neighbour with the right key. */
export const SEEDS_PER_SECOND = 500;
/** How many addresses are remembered; the one that failed longest ago is forgotten first. */
const MAX_ADDRESSES = 4_096;

/** How long seeds wait, in milliseconds. */
export interface BackoffDelays {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
}

interface Entry {
  /** Wrong keys that are not forgotten yet. */
  wrongKeys: number;
  countedMs: number;
  /** When the next seed is due. */
  nextSeedMs: number;
}

/** Remembers from where wrong keys come. */
export class AddressBackoff {
  readonly #clock: Clock;
  readonly #delays: BackoffDelays;
  /** In the order of the last failure. */
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock, delays: BackoffDelays) {
    this.#clock = clock;
    this.#delays = delays;
  }

  /** A peer of this network sent a wrong key. */
  failed(network: string): void {
    const entry = this.#entryOf(network) ?? {
      wrongKeys: 0,
      countedMs: this.#clock.now(),
      nextSeedMs: 0,
    };
    entry.wrongKeys = Math.min(FREE_WRONG_KEYS + MAX_DEBT, entry.wrongKeys + 1);
    this.#entries.delete(network);
    this.#entries.set(network, entry);
    if (this.#entries.size > MAX_ADDRESSES) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
  }

  /** Whether a network has used up its free wrong keys. */
  owes(network: string): boolean {
    return debtOf(this.#entryOf(network)) > 0;
  }

  /**
   * A peer of this network that has proven nothing asks for a seed.
   *
   * @param isShared whether many clients are known to be behind its address: only the rate of its guesses is bounded
   * @returns how long it waits for it, in milliseconds; null where more wait than the longest delay allows
   */
  seedAsked(network: string, isShared: boolean): number | null {
    const entry = this.#entryOf(network);
    const debt = debtOf(entry);
    if (entry === undefined || debt <= 0) return 0;
    const { minDelayMs, maxDelayMs } = this.#delays;
    const now = this.#clock.now();
    const turnMs = Math.max(now, entry.nextSeedMs);
    if (turnMs - now > maxDelayMs) return null;
    entry.nextSeedMs = turnMs + 1_000 / SEEDS_PER_SECOND;
    const growingMs = isShared ? 0 : Math.min(maxDelayMs, minDelayMs * 2 ** (debt - 1));
    return Math.max(growingMs, turnMs - now);
  }

  #entryOf(network: string): Entry | undefined {
    const entry = this.#entries.get(network);
    if (entry === undefined) return undefined;
    const now = this.#clock.now();
    entry.wrongKeys -= (now - entry.countedMs) / FORGET_AFTER_MS;
    entry.countedMs = now;
    if (entry.wrongKeys > 0) return entry;
    this.#entries.delete(network);
    return undefined;
  }
}

/** Wrong keys that are not free. */
function debtOf(entry: Entry | undefined): number {
  return Math.ceil((entry?.wrongKeys ?? 0) - FREE_WRONG_KEYS);
}
