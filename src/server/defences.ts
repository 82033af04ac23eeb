/** A server's defences against strangers, where it has a secret, and what they have done so far. */

import type { LinkReason } from '../protocol/reasons.js';
import type { AddressBackoff } from './address-backoff.js';
import type { CallbackRoom } from './callback-room.js';
import type { MessageBudgets } from './message-budget.js';
import type { NetworkList } from './networks.js';
import type { ServerLog } from './server-log.js';
import type { UntrustedPool } from './untrusted-pool.js';

/** What the defences are made of. */
export interface DefenceParts {
  readonly pool: UntrustedPool;
  readonly messages: MessageBudgets;
  readonly callbacks: CallbackRoom;
  /** Null where it is switched off. */
  readonly backoff: AddressBackoff | null;
  /** Addresses that many clients have. */
  readonly shared: NetworkList;
  readonly log: ServerLog;
}

/** The defences of one server. */
export class Defences {
  readonly pool: UntrustedPool;
  readonly messages: MessageBudgets;
  readonly callbacks: CallbackRoom;
  readonly log: ServerLog;
  readonly #backoff: AddressBackoff | null;
  readonly #shared: NetworkList;
  /** How often what has happened. */
  readonly counts = {
    wrongKeys: 0,
    delayedByBackoff: 0,
    refusedByBackoff: 0,
    exceededBudget: 0,
    refusedByPool: 0,
  };

  constructor({ pool, messages, callbacks, backoff, shared, log }: DefenceParts) {
    this.pool = pool;
    this.messages = messages;
    this.callbacks = callbacks;
    this.log = log;
    this.#backoff = backoff;
    this.#shared = shared;
  }

  /** A peer sent a wrong key. */
  wrongKey(network: string, address: string | undefined): void {
    this.counts.wrongKeys++;
    this.log.tell('wrongKeys', address);
    this.#backoff?.failed(network);
  }

  /**
   * A peer that has proven nothing asks for a seed.
   *
   * @returns how long it waits, in milliseconds, or why its connection ends
   */
  seedAsked(network: string, address: string | undefined): number | LinkReason {
    // whether its address is shared takes Node longer than a step of the handshake
    if (this.#backoff?.owes(network) !== true) return 0;
    const delayMs = this.#backoff.seedAsked(network, this.#shared.has(address));
    if (delayMs === 0) return 0;
    const event = delayMs === null ? 'refusedByBackoff' : 'delayedByBackoff';
    this.counts[event]++;
    this.log.tell(event, address);
    return delayMs ?? 'too-many-guesses';
  }

  /** There is no place for a peer that is not trusted. */
  refusedByPool(address: string | undefined, hasSession: boolean): void {
    this.counts.refusedByPool++;
    if (hasSession) this.log.tell('refusedByPool', address);
    else this.log.turnedAway('refusedByPool', address);
  }

  /** A peer sent more messages than it may before trust. */
  exceededBudget(address: string | undefined): void {
    this.counts.exceededBudget++;
    this.log.tell('exceededBudget', address);
  }
}
