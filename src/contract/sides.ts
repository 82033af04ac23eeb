/** The two sides of a contract: sessions, and whatever asks like one. */

import { systemClock } from '../base/clock.js';
import { type AskedRequest, RequestSidExistsError, ResponseSidExistsError } from '../protocol/errors.js';
import { STATUS__NAMES } from '../protocol/ids.js';
import type { Message } from '../protocol/message.js';
import { Vocabulary, type VocabularyAdditions } from '../protocol/vocabulary.js';
import { ADOPT, CONTRACT_HOST, type ContractHost } from '../session/contract-host.js';
import { SESSION_OPTIONS } from '../session/option-table.js';
import type { RequestOptions } from '../session/request-options.js';
import { contractHostOf } from '../session/session.js';

/** What asks: a session, or anything else that has its `request`, a peer that a server addresses by name for example. */
export interface AskingSide {
  request(requestSid: number, dataId: number, data?: unknown, options?: RequestOptions): Promise<Message>;
}

/** What answers: a session. */
export interface AnsweringSide {
  registerCallback(serviceId: number, dataId: number, callback: (message: Message) => unknown): unknown;
}

/** What a session of another copy of the library has, and something else that asks may have. */
interface Registering {
  readonly [CONTRACT_HOST]?: ContractHost;
  [ADOPT]?(additions: VocabularyAdditions): void;
  addService?(requestSid: number, responseSid: number): unknown;
  addData?(serviceId: number, dataId: number, name: string): unknown;
}

const strangers = new WeakMap<object, ContractHost>();

/** What a contract needs of a side. */
export function hostOf(side: object): ContractHost {
  const host = contractHostOf(side) ?? (side as Registering)[CONTRACT_HOST] ?? strangers.get(side);
  if (host !== undefined) return host;
  const made = new StrangerAsContractHost(side);
  strangers.set(side, made);
  return made;
}

/** Makes services and names known to a side. */
export function registerAt(side: object, additions: VocabularyAdditions): void {
  hostOf(side).adopt(additions);
}

/** A side that is no session of this copy of the library: what it does not tell has the value that it mostly has. */
class StrangerAsContractHost implements ContractHost {
  readonly clock = systemClock;
  readonly requestTimeoutMs = SESSION_OPTIONS.requestTimeout.default;
  readonly callbackTimeoutMs = SESSION_OPTIONS.callbackTimeout.default;
  readonly #side: object;
  readonly #vocabulary = new Vocabulary();
  readonly #adopted = new Set<VocabularyAdditions>();

  constructor(side: object) {
    this.#side = side;
  }

  asked({ serviceId, dataId }: Pick<Message<unknown>, 'serviceId' | 'dataId'>, whose: string): AskedRequest {
    const { peerAddress } = this.#side as { readonly peerAddress?: unknown };
    const peer = typeof peerAddress === 'string' ? peerAddress : undefined;
    const name = `${this.#vocabulary.describeRequest(serviceId, dataId)} ${whose} ${peer ?? 'the peer'}`;
    return { name, serviceId, dataId, peerAddress: peer };
  }

  statusName(status: number): string {
    return STATUS__NAMES[status] ?? String(status);
  }

  countValidationError(): void {
    // it counts for itself
  }

  adopt(additions: VocabularyAdditions): void {
    if (this.#adopted.has(additions)) return;
    const side = this.#side as Registering;
    this.#vocabulary.adopt(additions);
    if (side[ADOPT] === undefined) this.#register(side, additions);
    else side[ADOPT](additions);
    this.#adopted.add(additions);
  }

  #register(side: Registering, { services, names }: VocabularyAdditions): void {
    for (const service of services) {
      try {
        side.addService?.(...service);
      } catch (error) {
        // it may be known already; if by other ids, the first request says so
        if (!(error instanceof RequestSidExistsError || error instanceof ResponseSidExistsError)) throw error;
      }
    }
    for (const name of names) side.addData?.(...name);
  }
}
