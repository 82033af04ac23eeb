/** The side on which the contracts of a worker register their handlers, in the place of a session. */

import type { Clock } from '../base/clock.js';
import { type Contract, contract } from '../contract/contract.js';
import type { ContractEntry } from '../contract/entries.js';
import type { AnsweringSide } from '../contract/sides.js';
import { type AskedRequest, OptionError } from '../protocol/errors.js';
import type { Message } from '../protocol/message.js';
import { Vocabulary } from '../protocol/vocabulary.js';
import { CONTRACT_HOST, type ContractHost } from '../session/contract-host.js';
import { WorkerMessage } from './worker-message.js';

/** Handles the messages of one entry: returns a status and data, now or later. */
export type EntryCallback = (message: Message) => unknown;

/** An entry of a contract with what handles it. */
export interface Endpoint {
  /** What tools that list services call it: the name of the entry, as far as they take it. */
  readonly name: string;
  readonly entry: ContractEntry;
  readonly callback: EntryCallback;
}

/** What a side works with. */
export interface WorkerSideParts {
  readonly clock: Clock;
  readonly callbackTimeoutMs: number;
  countValidationError(): void;
}

/** Registers the handlers of contracts. */
export class WorkerSide implements AnsweringSide {
  readonly [CONTRACT_HOST]: ContractHost;
  readonly #vocabulary = new Vocabulary();
  readonly #callbacks = new Map<string, EntryCallback>();

  constructor({ clock, callbackTimeoutMs, countValidationError }: WorkerSideParts) {
    this[CONTRACT_HOST] = {
      clock,
      // it asks nothing
      requestTimeoutMs: Number.POSITIVE_INFINITY,
      callbackTimeoutMs,
      asked: (ids) => this.asked(ids),
      statusName: (status) => this.#vocabulary.statusName(status),
      countValidationError,
      adopt: (additions) => this.#vocabulary.adopt(additions),
    };
  }

  registerCallback(serviceId: number, dataId: number, callback: EntryCallback): void {
    this.#callbacks.set(`${serviceId} ${dataId}`, callback);
  }

  /**
   * Registers the handlers of all contracts.
   *
   * @throws OptionError for handlers that do not fit, and for contracts that contradict each other
   */
  handle(contracts: readonly Contract[], handlers: object): readonly Endpoint[] {
    const whole = contract(entriesOf(contracts));
    whole.handle(this, handlers as never);
    const names = new Set<string>();
    return Object.entries(whole.entries).map(([name, entry]) => ({
      name: serviceNameOf(name, entry, names),
      entry,
      callback: this.#callbacks.get(`${entry.requestSid} ${entry.dataId}`) as EntryCallback,
    }));
  }

  /** A request, for an error about it. */
  asked(message: Pick<Message<unknown>, 'serviceId' | 'dataId'>): AskedRequest {
    const { serviceId, dataId } = message;
    const what = this.#vocabulary.describeRequest(serviceId, dataId);
    if (!(message instanceof WorkerMessage)) return { name: what, serviceId, dataId, peerAddress: undefined };
    const { device } = message;
    return { name: `${what} from ${JSON.stringify(device)}`, serviceId, dataId, peerAddress: device };
  }
}

/** A name without points, which no other has. */
function serviceNameOf(name: string, { requestSid, dataId }: ContractEntry, taken: Set<string>): string {
  const plain = name.replaceAll('.', '-');
  const free = taken.has(plain) ? `${plain}_${requestSid}_${dataId}` : plain;
  taken.add(free);
  return free;
}

function entriesOf(contracts: readonly Contract[]): Record<string, ContractEntry> {
  const entries: Record<string, ContractEntry> = {};
  for (const each of contracts) {
    for (const [name, entry] of Object.entries(each.entries)) {
      if (Object.hasOwn(entries, name))
        throw new OptionError('contract', 'contracts whose entries have different names', `two with ${name}`);
      entries[name] = entry;
    }
  }
  return entries;
}
