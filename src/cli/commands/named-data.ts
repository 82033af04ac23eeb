/** Data of a built-in service, as a person names it: by a number, or as a contract calls it. */

import type { Contract } from '../../contract/contract.js';
import { SID_EXECUTE_REQUEST, SID_READ_REQUEST, SID_WRITE_REQUEST } from '../../protocol/ids.js';
import { parseDataId } from '../arguments.js';
import { entryNamed, entryOf, type NamedEntry } from '../contract/entries.js';

/** The help of an argument that names data. */
export const DATA_ID_HELP = 'the data id, or with --contract a name';

const SERVICES = { read: SID_READ_REQUEST, write: SID_WRITE_REQUEST, execute: SID_EXECUTE_REQUEST } as const;

/** What is done with data. */
export type DataKind = keyof typeof SERVICES;

/** Data as a request has it. */
export interface NamedData {
  readonly dataId: number;
  /** What the contract has for it. */
  readonly entry?: NamedEntry | undefined;
}

/**
 * Finds out which data a person means; a number may be in the contract, too.
 *
 * @param typed the data id, or a name
 * @throws UsageError for anything else
 */
export function namedData(kind: DataKind, typed: string, contract: Contract | undefined): NamedData {
  if (contract === undefined) return { dataId: parseDataId(typed) };
  if (!/^\d+$/.test(typed) || Object.hasOwn(contract.entries, typed)) {
    const entry = entryNamed(contract, typed, kind);
    return { dataId: entry.dataId, entry };
  }
  const dataId = parseDataId(typed);
  return { dataId, entry: entryOf(contract, SERVICES[kind], dataId) };
}

/** What is printed for data: the name that the contract has, or the id. */
export function titleOf({ dataId, entry }: NamedData): string {
  return entry?.name ?? String(dataId);
}

/** The same for programs. */
export function dataFields({ dataId, entry }: NamedData): {
  readonly name?: string;
  readonly data_id: number;
} {
  return { ...(entry === undefined ? {} : { name: entry.name }), data_id: dataId };
}
