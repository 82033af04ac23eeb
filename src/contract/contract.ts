/**
 * Contracts: what two programs may ask each other, by name, with schemas of any library.
 *
 * The law: what travels is what the sender gave, as it gave it, and it must pass the schema before it leaves. What the
 * receiver gets is what the schema makes of it there. So a transform runs once for each value that somebody uses, and never on
 * its own result.
 */

import { describeKind, isOptionsObject } from '../base/options.js';
import { OptionError } from '../protocol/errors.js';
import { messageKey } from '../protocol/message-key.js';
import { VocabularyAdditions } from '../protocol/vocabulary.js';
import { type ContractClient, clientOf } from './client.js';
import { type ContractEntry, entryArgument } from './entries.js';
import { type ContractHandlers, handleAll } from './handlers.js';
import { type AnsweringSide, type AskingSide, registerAt } from './sides.js';

/** Entries by their names. */
export type ContractEntries = Readonly<Record<string, ContractEntry>>;

const CONTRACT_BRAND = Symbol.for('socket-protocol.contract');

/** What two programs may ask each other; {@link contract} makes it. */
export interface Contract<Entries extends ContractEntries = ContractEntries> {
  /** The entries by their names. */
  readonly entries: Readonly<Entries>;
  /**
   * The asking side: a method for each entry.
   *
   * @param session a session, or anything that has its `request`
   * @throws RequestSidExistsError or ResponseSidExistsError where the session knows a service of the contract by other ids
   */
  client(session: AskingSide): ContractClient<Entries>;
  /**
   * The answering side: registers a handler for each entry, before the first message can come if it is called where the session
   * is made.
   *
   * @param session a session
   * @param handlers one for each entry: an object, or an instance of a class that has the methods
   * @throws OptionError where one is missing, or is none; RequestSidExistsError or ResponseSidExistsError as `client`. Nothing
   *   is registered then
   */
  handle(session: AnsweringSide, handlers: ContractHandlers<Entries>): void;
  /** As `handle`, for some of the entries; what has no handler is answered as without a contract. */
  handlePart(session: AnsweringSide, handlers: Partial<ContractHandlers<Entries>>): void;
  /**
   * Makes the services and the names of the contract known to a session; `client` and `handle` do so as well. Logs, errors and
   * the debugger show the names.
   *
   * @throws RequestSidExistsError or ResponseSidExistsError as `client`
   */
  register(session: object): void;
}

/**
 * Makes a contract.
 *
 * @param entries what can be asked, by name: letters, digits, `_`, `-` and `.`, a letter first
 * @throws OptionError for what is no entry, for a name that cannot be one, for two entries with the same ids, and for service
 *   ids that contradict each other
 *
 * @example
 * ```ts
 * import { connect, contract, execute, read, write } from 'socket-protocol';
 * import * as z from 'zod';
 *
 * export const thermostat = contract({
 *   time: read(0, z.iso.datetime()),
 *   led: write(1, z.object({ brightness: z.number().min(0).max(1) })),
 *   reboot: execute(2, z.object({ delay: z.number() }), z.boolean()),
 * });
 *
 * const session = await connect({ port: 17017 });
 * const client = thermostat.client(session);
 * await client.led({ brightness: 0.5 });
 * console.log(await client.time());
 * ```
 */
export function contract<const Entries extends ContractEntries>(entries: Entries): Contract<Entries> {
  if (!isOptionsObject(entries))
    throw new OptionError('entries', 'an object, as in contract({ time: read(0) })', describeKind(entries));
  const checked = checkedEntries(entries) as Entries;
  const additions = additionsOf(checked);
  const register = (session: object): void => registerAt(session, additions);
  const made: Contract<Entries> = {
    entries: checked,
    client(session) {
      register(session);
      return clientOf(checked, session);
    },
    handle(session, handlers) {
      handleAll(checked, session, handlers, { register, mayBePart: false });
    },
    handlePart(session, handlers) {
      handleAll(checked, session, handlers, { register, mayBePart: true });
    },
    register,
  };
  Object.defineProperty(made, CONTRACT_BRAND, { value: true });
  return Object.freeze(made);
}

/**
 * Whether a value is a contract, of whichever copy of this library.
 *
 * @param value anything
 *
 * @example
 * ```ts
 * import { contract, isContract, read } from 'socket-protocol';
 *
 * console.log(isContract(contract({ time: read(0) })), isContract({ time: read(0) })); // true false
 * ```
 */
export function isContract(value: unknown): value is Contract {
  try {
    return (value as { readonly [CONTRACT_BRAND]?: unknown })[CONTRACT_BRAND] === true;
  } catch {
    return false;
  }
}

const NAME = /^[A-Za-z][\w.-]{0,63}$/;

/** Names that JavaScript gives a meaning of their own: of a promise, of what is turned into text, of every object. */
const MEANINGFUL_NAMES = new Set([
  'then',
  'catch',
  'finally',
  'toJSON',
  ...Object.getOwnPropertyNames(Object.prototype),
]);

function checkedEntries(entries: ContractEntries): ContractEntries {
  const checked: Record<string, ContractEntry> = {};
  const takenIds = new Map<unknown, string>();
  for (const [name, value] of Object.entries(entries)) {
    checkName(name);
    const entry = entryArgument(name, value);
    const ids = messageKey(entry.requestSid, entry.dataId);
    const other = takenIds.get(ids);
    if (other !== undefined)
      throw new OptionError(name, `other ids than ${other}`, `the same: ${entry.requestSid}/${entry.dataId}`);
    takenIds.set(ids, name);
    checked[name] = entry;
  }
  checkServices(checked);
  return Object.freeze(checked);
}

function checkName(name: string): void {
  if (NAME.test(name) && !MEANINGFUL_NAMES.has(name)) return;
  const shown = name.length > 64 ? `${name.slice(0, 64)}…` : name;
  const expected = MEANINGFUL_NAMES.has(name)
    ? 'another name, because JavaScript gives this one a meaning of its own'
    : 'a name of up to 64 letters, digits, "_", "-" and ".", a letter first';
  throw new OptionError(`entries.${JSON.stringify(shown)}`, expected, 'this one');
}

/** Each service id has one meaning: the requests, or the answers, of one service. */
function checkServices(entries: ContractEntries): void {
  const meanings = new Map<number, { readonly name: string; readonly meaning: string }>();
  for (const [name, { requestSid, responseSid }] of Object.entries(entries)) {
    for (const [sid, meaning] of [
      [requestSid, `the requests that ${responseSid} answers`],
      [responseSid, `the answers to ${requestSid}`],
    ] as const) {
      const known = meanings.get(sid);
      if (known !== undefined && known.meaning !== meaning)
        throw new OptionError(
          name,
          `service ids that agree with those of ${known.name}`,
          `${sid} for ${meaning}`,
        );
      meanings.set(sid, { name: known?.name ?? name, meaning });
    }
  }
}

function additionsOf(entries: ContractEntries): VocabularyAdditions {
  const services = new Map<number, number>();
  const names: [serviceId: number, dataId: number, name: string][] = [];
  for (const [name, { kind, requestSid, responseSid, dataId }] of Object.entries(entries)) {
    if (kind === 'request') services.set(requestSid, responseSid);
    names.push([requestSid, dataId, name], [responseSid, dataId, name]);
  }
  return new VocabularyAdditions([...services], names);
}
