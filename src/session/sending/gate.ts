/** What may pass between the two peers (protocol.md section 4), in both directions. */

import type { CommInstance } from '../../transport/comm-instance.js';
import type { Journal } from '../journal/journal.js';
import type { SessionSettings, TrustLimits } from '../options.js';
import { Whitelist } from './whitelist.js';

/**
 * What may pass: nothing without a link, the whitelist before trust, else everything. `refused`: there is no link because
 * the peer refused the key, and what asks is refused as well.
 */
export type Passage = 'nothing' | 'refused' | 'whitelist' | 'everything';

/** Decides what may pass, as the session machine orders. */
export class Gate {
  readonly whitelist = new Whitelist();
  /**
   * A copy of the session machine's state. It is read for each message, and by effects of the very step that changes it,
   * before the actor has its new snapshot. Only the machine's entry actions write it, through `let`.
   */
  passage: Passage = 'nothing';
  /** Whether requests of the peer are still taken: not while the session drains. A copy of its machine's state as well. */
  takesRequests = true;
  /** Whether the peer of this link can still answer: not once it has ended its stream. The same. */
  isAnswering = true;
  readonly #comm: CommInstance;
  readonly #settings: SessionSettings;
  readonly #journal: Journal;

  constructor(comm: CommInstance, settings: SessionSettings, journal: Journal) {
    this.#comm = comm;
    this.#settings = settings;
    this.#journal = journal;
  }

  /** Whether there is a link. */
  get isLinked(): boolean {
    return this.passage === 'whitelist' || this.passage === 'everything';
  }

  /** Whether everything passes, in both directions. */
  get isOpen(): boolean {
    return this.passage === 'everything' && this.isAnswering;
  }

  /** The limits that apply to the peer now. */
  get limits(): TrustLimits {
    return this.passage === 'everything' ? this.#settings.trusted : this.#settings.untrusted;
  }

  /** Opens or closes the gate. */
  let(passage: Passage): void {
    this.passage = passage;
    this.isAnswering = true;
    this.#comm.limit?.(this.limits);
    this.#journal.trustChanged(passage === 'everything');
  }

  /** Whether a message may be sent or handled. */
  mayPass(serviceId: number, dataId: number): boolean {
    return this.passage === 'everything' || this.whitelist.has(serviceId, dataId);
  }
}
