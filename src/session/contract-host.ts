/** What contracts need of a session, and programs do not. */

import type { Clock } from '../base/clock.js';
import type { AskedRequest } from '../protocol/errors.js';
import type { Message } from '../protocol/message.js';
import type { VocabularyAdditions } from '../protocol/vocabulary.js';
import type { Asking } from './asking/asking.js';
import type { Journal } from './journal/journal.js';
import type { SessionSettings } from './options.js';

/** By this, what asks in the place of a session hears of the services and names of a contract. */
export const ADOPT: unique symbol = Symbol('adopt a contract');

/** By this, a side of contracts that is no session says itself what they need of it. */
export const CONTRACT_HOST: unique symbol = Symbol('what contracts need of this side');

/** The parts of a session that serve contracts. */
export interface ContractedParts {
  readonly settings: SessionSettings;
  readonly journal: Journal;
  readonly asking: Asking;
}

/** One side of a contract. */
export interface ContractHost {
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
  readonly callbackTimeoutMs: number;
  /** A request, for an error about it; `from` where the peer has asked, `of` where this side has. */
  asked(ids: Pick<Message<unknown>, 'serviceId' | 'dataId'>, whose: 'of' | 'from'): AskedRequest;
  statusName(status: number): string;
  /** Something did not fit a contract. */
  countValidationError(): void;
  adopt(additions: VocabularyAdditions): void;
}

/** A session as contracts see it. */
export class SessionAsContractHost implements ContractHost {
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
  readonly callbackTimeoutMs: number;
  readonly #parts: ContractedParts;

  constructor(parts: ContractedParts) {
    this.clock = parts.settings.clock;
    this.requestTimeoutMs = parts.settings.requestTimeoutMs;
    this.callbackTimeoutMs = parts.settings.callbackTimeoutMs;
    this.#parts = parts;
  }

  asked(ids: Pick<Message<unknown>, 'serviceId' | 'dataId'>, whose: 'of' | 'from'): AskedRequest {
    return this.#parts.asking.asked(ids, whose);
  }

  statusName(status: number): string {
    return this.#parts.journal.vocabulary.statusName(status);
  }

  countValidationError(): void {
    this.#parts.journal.counts.validationErrors++;
  }

  adopt(additions: VocabularyAdditions): void {
    this.#parts.journal.vocabulary.adopt(additions);
  }
}
