/** What may be done to a peer that is certified: which data is read, and whether more than that is allowed. */

import type { Contract } from '../../contract/contract.js';
import { parseDataId } from '../arguments.js';
import type { Target } from '../certify/rule.js';
import type { Wishes } from '../certify/survey.js';
import { entryNamed } from '../contract/entries.js';
import { dataOf } from '../data.js';
import { UsageError } from '../errors.js';
import type { Io } from '../io.js';
import { assertFits } from '../requests.js';

/** The options that say so, as they were typed. */
export interface WishOptions {
  readonly channel?: string;
  readonly struct?: true;
  readonly dataId?: string;
  readonly allowWrite?: string;
  readonly allowExecute?: string;
  readonly allowAttacks?: true;
}

/** Small devices number their data from 0. */
const TRIED_DATA_IDS = Array.from({ length: 16 }, (_, id) => id);

/**
 * What the options want and allow.
 *
 * @throws (rejects) UsageError for what is no data id, and no data
 */
export async function wishesOf(
  options: WishOptions,
  contract: Contract | undefined,
  io: Io,
): Promise<Wishes> {
  const { channel = null, dataId, allowWrite, allowExecute, allowAttacks = false } = options;
  const read =
    contract === undefined ? [] : Object.values(contract.entries).filter(({ kind }) => kind === 'read');
  const known = read.map((entry) => entry.dataId);
  return {
    channel,
    dataIds:
      dataId === undefined
        ? known.length > 0
          ? known
          : TRIED_DATA_IDS
        : [idOf(dataId, 'read', options, contract)],
    write: allowWrite === undefined ? null : await targetOf(allowWrite, 'write', options, contract, io),
    execute:
      allowExecute === undefined ? null : await targetOf(allowExecute, 'execute', options, contract, io),
    allowsAttacks: allowAttacks,
  };
}

async function targetOf(
  text: string,
  kind: 'write' | 'execute',
  options: WishOptions,
  contract: Contract | undefined,
  io: Io,
): Promise<Target> {
  const at = text.indexOf('=');
  if (at === -1 && kind === 'write')
    throw new UsageError(`Expected ID=DATA for --allow-write, got ${JSON.stringify(text)}`);
  const dataId = idOf(at === -1 ? text : text.slice(0, at), kind, options, contract);
  return { dataId, data: at === -1 ? undefined : await dataOf(text.slice(at + 1), io) };
}

function idOf(
  text: string,
  kind: 'read' | 'write' | 'execute',
  options: WishOptions,
  contract: Contract | undefined,
): number {
  const isName = contract !== undefined && !/^\d+$/.test(text);
  const dataId = isName ? entryNamed(contract, text, kind).dataId : parseDataId(text);
  assertFits(dataId, options);
  return dataId;
}
