/** `read` of the shell: one or several data, asked together. */

import { SID_READ_REQUEST } from '../../protocol/ids.js';
import type { JsonValue } from '../../protocol/message.js';
import type { NamedEntry } from '../contract/entries.js';
import { jsonLine } from '../output.js';
import { checked, type ShellContext } from './context.js';
import type { Names } from './names.js';
import type { Words } from './words.js';

/**
 * Reads data, and prints it in the order in which it was typed; one that fails keeps no other back.
 *
 * @param context what the line runs with
 * @param words the data ids or names
 * @returns nothing more to print
 * @throws (rejects) UsageError before anything is asked, and the reason of an interruption
 */
export async function readData(context: ShellContext, words: Words): Promise<string> {
  const { names, isJson, signal, shown, print, sending, tellFailure } = context;
  const reads = [words.take('DATA_ID'), ...words.takeAll()].map((typed) => readOf(typed, names));
  const isOne = reads.length === 1;
  sending();
  const answers = reads.map((read) => answerTo(read, { ...context, sending: () => {} }));
  for (const [index, { dataId, name, entry }] of reads.entries()) {
    const answer = await (answers[index] as Promise<Answer>);
    if ('error' in answer && signal.aborted) throw answer.error;
    const title = isOne ? '' : `${name ?? dataId}: `;
    const known = isOne ? entry?.name : name;
    const fields = { ...(known === undefined ? {} : { name: known }), ...(isOne ? {} : { data_id: dataId }) };
    if ('error' in answer) tellFailure(answer.error, { text: title, fields });
    else print(isJson ? jsonLine({ ...fields, data: answer.data }) : `${title}${shown(answer.data)}\n`);
  }
  return '';
}

interface Read {
  readonly dataId: number;
  /** What the person or the contract calls it. */
  readonly name: string | undefined;
  readonly entry: NamedEntry | undefined;
}

function readOf(typed: string, names: Names): Read {
  const dataId = names.dataId(SID_READ_REQUEST, typed);
  const [, name] = names.dataOf(SID_READ_REQUEST).find(([id]) => id === dataId) ?? [];
  return { dataId, name, entry: names.entryOf(SID_READ_REQUEST, dataId) };
}

type Answer = { readonly data: JsonValue } | { readonly error: unknown };

async function answerTo({ dataId, entry }: Read, context: ShellContext): Promise<Answer> {
  const { asked, signal } = context;
  try {
    const data = await checked(context, entry, null, async () => {
      const answer = await asked.read(dataId, { signal });
      return [answer, answer];
    });
    return { data };
  } catch (error) {
    return { error };
  }
}
