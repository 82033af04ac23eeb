import type { Contract, ContractEntries } from '../contract/contract.js';
import type { Message } from '../protocol/message.js';
import type { WorkerMessage } from './worker-message.js';

/** A handler of a contract, whose message names the device. */
type WorkerHandler<Handler> = Handler extends (value: infer Got, message: Message) => infer Answer
  ? (value: Got, message: WorkerMessage) => Answer
  : never;

type HandlersOf<Entries extends ContractEntries> = {
  readonly [Name in keyof Entries]: WorkerHandler<NonNullable<Entries[Name]['~types']>['handler']>;
};

type OfAll<Contracts> = Contracts extends readonly [Contract<infer First>, ...infer Others]
  ? HandlersOf<First> & OfAll<Others>
  : object;

/** The handlers of a worker: one for each entry of its contract, or of all its contracts. */
export type WorkerHandlers<Contracts> =
  Contracts extends Contract<infer Entries> ? HandlersOf<Entries> : OfAll<Contracts>;
