import { type AskedRequest, ValidationError } from '../protocol/errors.js';
import type { Message } from '../protocol/message.js';
import type { ContractHost } from '../session/contract-host.js';
import { type RefusalFacts, refusalFacts, type Verdict } from './schema.js';

/** Which request an error is about. */
type Ids = Pick<Message<unknown>, 'serviceId' | 'dataId'>;

/** What becomes of the verdicts of one entry's schemas, on either side. */
export class EntryVerdicts {
  readonly #name: string;
  readonly #host: ContractHost;
  readonly #whose: 'of' | 'from';

  /** @param whose `of` where this side asks, `from` where the peer does */
  constructor(name: string, host: ContractHost, whose: 'of' | 'from') {
    this.#name = name;
    this.#host = host;
    this.#whose = whose;
  }

  /**
   * What a schema has made of a value.
   *
   * @throws ValidationError where it has refused it
   */
  accept(side: 'input' | 'output', verdict: Verdict, ids: Ids): unknown {
    if ('value' in verdict) return verdict.value;
    throw this.error(side, refusalFacts(side, verdict), ids);
  }

  /** The error for what does not fit, which is counted. */
  error(side: 'input' | 'output', facts: RefusalFacts, ids: Ids): ValidationError {
    this.#host.countValidationError();
    return new ValidationError({ ...facts, entry: this.#name, side }, this.asked(ids));
  }

  /** A request, for an error about it. */
  asked(ids: Ids): AskedRequest {
    return this.#host.asked(ids, this.#whose);
  }
}
