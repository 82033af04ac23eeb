/** What each client may ask of the device. */

import { refuseUnknownOptions } from '../base/option-names.js';
import { describeKind, describeValue, isOptionsObject } from '../base/options.js';
import { OptionError } from '../protocol/errors.js';
import { requestKindOf } from '../protocol/request-kind.js';

/** Data ids, or all of them. */
export type Allowed = 'all' | readonly number[];

/** What a client may do; nothing that is left out. */
export interface ClientRights {
  /** The data ids that it may read. */
  readonly read?: Allowed | undefined;
  /** The data ids that it may write. */
  readonly write?: Allowed | undefined;
  /** The data ids that it may execute. */
  readonly execute?: Allowed | undefined;
  /** The service ids of other requests, and of messages, that it may send. */
  readonly other?: Allowed | undefined;
  /** Whether it may have the device alone. */
  readonly lease?: boolean | undefined;
}

/** Rights by the name of a client; `*`: those of all who are not named. */
export type Rights = Readonly<Record<string, ClientRights>>;

const KINDS = ['read', 'write', 'execute', 'other'] as const;
const NAMES: ReadonlySet<string> = new Set([...KINDS, 'lease']);

/** Rights, checked. */
export class RightsTable {
  readonly #byName: ReadonlyMap<string, ClientRights>;

  constructor(rights: Rights) {
    this.#byName = new Map(Object.entries(rights));
  }

  /** @param name of the client; null: it has none */
  mayAsk(name: string | null, serviceId: number, dataId: number): boolean {
    const kind = requestKindOf(serviceId);
    const allowed = this.#of(name)?.[kind];
    return allowed === 'all' || allowed?.includes(kind === 'other' ? serviceId : dataId) === true;
  }

  mayLease(name: string | null): boolean {
    return this.#of(name)?.lease === true;
  }

  #of(name: string | null): ClientRights | undefined {
    return (name === null ? undefined : this.#byName.get(name)) ?? this.#byName.get('*');
  }
}

/**
 * Checks rights.
 *
 * @param option what errors call them
 * @throws OptionError that says what is wrong, and where
 */
export function checkRights(option: string, value: unknown): RightsTable {
  if (!isOptionsObject(value) || Object.keys(value).length === 0)
    throw new OptionError(
      option,
      "an object of names, such as { '*': { read: 'all' } }",
      describeKind(value),
    );
  for (const [name, rights] of Object.entries(value as Readonly<Record<string, unknown>>)) {
    const where = `${option}[${JSON.stringify(name)}]`;
    if (!isOptionsObject(rights))
      throw new OptionError(where, "an object, such as { read: 'all' }", describeKind(rights));
    refuseUnknownOptions(rights, NAMES, `${where}.`);
    checkOne(where, rights as Readonly<Record<string, unknown>>);
  }
  return new RightsTable(value as Rights);
}

function checkOne(where: string, rights: Readonly<Record<string, unknown>>): void {
  for (const kind of KINDS) {
    const allowed = rights[kind];
    if (allowed === undefined || allowed === 'all') continue;
    const isRight = Array.isArray(allowed) && allowed.every((id) => Number.isSafeInteger(id) && id >= 0);
    if (!isRight)
      throw new OptionError(`${where}.${kind}`, "'all', or an array of ids", describeValue(allowed));
  }
  const { lease } = rights;
  if (lease !== undefined && typeof lease !== 'boolean')
    throw new OptionError(`${where}.lease`, 'true or false', describeValue(lease));
}
