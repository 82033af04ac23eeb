/**
 * How many messages peers may send before they are trusted. What an honest peer sends is always free: the messages of its
 * handshake, and one now and then to show that it is alive. The rest comes out of the peer's own budget and out of those
 * that it shares with all peers of its address and of the server, so that nobody gains by opening more connections.
 */

import type { Clock } from '../base/clock.js';

/** A name, a seed, a key, and one to spare. */
const FREE_MESSAGES = 4;
/** A heartbeat is a message every 20 s; this is twice as often. */
const FREE_EVERY_MS = 10_000;
/** What is shared may be used up for so long in one go. */
const BURST_MS = 2_000;
const BYTES_OF_A_MESSAGE = 1_024;
const MAX_NETWORKS = 4_096;

/** How many messages before trust. */
export interface MessageLimits {
  /** On one connection; each 10 s it may send another. */
  readonly perConnection: number;
  /** A second, of all peers of one network. */
  readonly perNetwork: number;
  /** A second, of all peers. */
  readonly perServer: number;
}

/** A budget that fills up again with time. */
class Bucket {
  readonly #capacity: number;
  readonly #msPerMessage: number;
  #left: number;
  #filledMs: number;

  constructor(capacity: number, msPerMessage: number, nowMs: number) {
    this.#capacity = this.#left = capacity;
    this.#msPerMessage = msPerMessage;
    this.#filledMs = nowMs;
  }

  /** Whether less than half is left. */
  isScarce(nowMs: number): boolean {
    this.#fill(nowMs);
    return this.#left < this.#capacity / 2;
  }

  #fill(nowMs: number): void {
    if (this.#left === this.#capacity) {
      this.#filledMs = nowMs;
      return;
    }
    this.#left = Math.min(this.#capacity, this.#left + (nowMs - this.#filledMs) / this.#msPerMessage);
    this.#filledMs = nowMs;
  }

  /** Takes so many messages out; false, and nothing is taken, where there are not enough. */
  take(messages: number, nowMs: number): boolean {
    this.#fill(nowMs);
    if (this.#left < messages) return false;
    this.#left -= messages;
    return true;
  }
}

/** The budget of one connection. */
export interface ConnectionBudget {
  /**
   * A message came.
   *
   * @param byteLength how long its payload is: a long one counts as several
   * @returns whether it is within the budget
   */
  spend(byteLength: number): boolean;
}

/** The budgets of a server. */
export class MessageBudgets {
  readonly #clock: Clock;
  readonly #limits: MessageLimits;
  readonly #ofServer: Bucket;
  /** In the order in which they were first needed. */
  readonly #ofNetworks = new Map<string, Bucket>();

  constructor(clock: Clock, limits: MessageLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#ofServer = this.#shared(limits.perServer);
  }

  /** The budget of a connection that begins, or that is no longer trusted. */
  begin(network: string): ConnectionBudget {
    const now = this.#clock.now();
    const free = new Bucket(FREE_MESSAGES, FREE_EVERY_MS, now);
    const own = new Bucket(this.#limits.perConnection, FREE_EVERY_MS, now);
    return {
      spend: (byteLength) => {
        const messages = Math.ceil((byteLength + 1) / BYTES_OF_A_MESSAGE);
        const at = this.#clock.now();
        if (!own.take(messages, at)) return false;
        return free.take(messages, at) || this.#spendShared(network, messages, at);
      },
    };
  }

  /** Whether the peers of a network have used up much of what they share. */
  isScarce(network: string): boolean {
    return this.#ofNetworks.get(network)?.isScarce(this.#clock.now()) ?? false;
  }

  #spendShared(network: string, messages: number, nowMs: number): boolean {
    let ofNetwork = this.#ofNetworks.get(network);
    if (ofNetwork === undefined) {
      ofNetwork = this.#shared(this.#limits.perNetwork);
      this.#ofNetworks.set(network, ofNetwork);
      const [oldest] = this.#ofNetworks.keys();
      if (this.#ofNetworks.size > MAX_NETWORKS && oldest !== undefined) this.#ofNetworks.delete(oldest);
    }
    return ofNetwork.take(messages, nowMs) && this.#ofServer.take(messages, nowMs);
  }

  #shared(perSecond: number): Bucket {
    return new Bucket((perSecond * BURST_MS) / 1_000, 1_000 / perSecond, this.#clock.now());
  }
}
