/** A contract as the command line uses it: ids for the names that a person types, and names for the ids that pass. */

import { nearestName } from '../../base/option-names.js';
import type { Contract } from '../../contract/contract.js';
import type { ContractEntry, EntryKind } from '../../contract/entries.js';
import type { Message } from '../../protocol/message.js';
import { Vocabulary } from '../../protocol/vocabulary.js';
import type { Session } from '../../session/session.js';
import { UsageError } from '../errors.js';

/** An entry, and what it is called. */
export type NamedEntry = ContractEntry & { readonly name: string };

/** An error lists no more names than this. */
const MAX_LISTED = 20;

/**
 * The entry of a name.
 *
 * @param contract where to look
 * @param name what was typed
 * @param kind the command it was typed for; `request` takes entries of every kind
 * @throws UsageError for a name that the contract does not have, with the one that was probably meant, and for an entry of
 *   another kind, with its command
 */
export function entryNamed(contract: Contract, name: string, kind: EntryKind): NamedEntry {
  const entry = Object.hasOwn(contract.entries, name) ? contract.entries[name] : undefined;
  if (entry === undefined) throw new UsageError(unknownName(contract, name));
  if (kind !== 'request' && entry.kind !== kind)
    throw new UsageError(
      `${JSON.stringify(name)} is for ${entry.kind}, not for ${kind}: socket-protocol ${entry.kind} … ${name}`,
    );
  return { ...entry, name };
}

function unknownName({ entries }: Contract, name: string): string {
  const names = Object.keys(entries);
  const nearest = nearestName(name, new Set(names));
  const shown = names.length > MAX_LISTED ? [...names.slice(0, MAX_LISTED), '…'] : names;
  const hint = nearest === null ? '.' : `; did you mean ${nearest}?`;
  return `The contract has no ${JSON.stringify(name)}${hint} It has: ${shown.join(', ')}`;
}

/** The entry that a request or its answer belongs to. */
export function entryOf({ entries }: Contract, serviceId: number, dataId: number): NamedEntry | undefined {
  for (const [name, entry] of Object.entries(entries)) {
    const isOfService = serviceId === entry.requestSid || serviceId === entry.responseSid;
    if (isOfService && dataId === entry.dataId) return { ...entry, name };
  }
  return undefined;
}

/** Whether a contract has requests of a service. */
export function hasService({ entries }: Contract, serviceId: number): boolean {
  return Object.values(entries).some(({ requestSid }) => requestSid === serviceId);
}

/**
 * Makes the services and the names of a contract known to a session, which logs them.
 *
 * @param known services that the session knows already
 */
export function learnContract(
  session: Session,
  { entries }: Contract,
  known: ReadonlySet<number> = new Set(),
): void {
  const services = new Set(known);
  for (const [name, { kind, requestSid, responseSid, dataId }] of Object.entries(entries)) {
    if (kind === 'request' && !services.has(requestSid)) session.addService(requestSid, responseSid);
    services.add(requestSid);
    session.addData([requestSid, responseSid], dataId, name);
  }
}

/** What is called how: the words of the protocol, and those of a contract. */
export class Naming {
  readonly vocabulary = new Vocabulary();
  readonly #contract: Contract | undefined;

  constructor(contract?: Contract) {
    this.#contract = contract;
    for (const [name, { requestSid, responseSid, dataId }] of Object.entries(contract?.entries ?? {})) {
      if (this.vocabulary.responseSidOf(requestSid) === undefined)
        this.vocabulary.addService(requestSid, responseSid);
      for (const serviceId of [requestSid, responseSid]) this.vocabulary.addData(serviceId, dataId, name);
    }
  }

  /** The name that the contract has for a message, as a field for programs; no field without one. */
  fieldOf({ serviceId, dataId }: Pick<Message, 'serviceId' | 'dataId'>): { readonly name?: string } {
    const entry = this.#contract === undefined ? undefined : entryOf(this.#contract, serviceId, dataId);
    return entry === undefined ? {} : { name: entry.name };
  }
}

/** The words of the protocol alone. */
export const PROTOCOL_NAMING = new Naming();
