/** What the lines of the shell run with, and how their requests are made. */

import type { JsonValue } from '../../protocol/message.js';
import type { Session } from '../../session/session.js';
import { assertFitsEntry } from '../contract/checks.js';
import type { NamedEntry } from '../contract/entries.js';
import { UsageError } from '../errors.js';
import type { About } from '../exit-code.js';
import { STANDARD_INPUT } from '../files.js';
import { assertNotReserved } from '../requests.js';
import type { Names } from './names.js';
import type { NamesFile } from './names-file.js';
import type { Words } from './words.js';

/** Who is asked. */
export type ShellPeer = Pick<Session, 'request' | 'read' | 'write' | 'execute'>;

/** What a line runs with. */
export interface ShellContext {
  readonly asked: ShellPeer;
  readonly names: Names;
  /** Where names are kept; null: nowhere. */
  readonly namesFile: NamesFile | null;
  /** The fields of `status`. */
  readonly status: () => Readonly<Record<string, unknown>>;
  /** Whether the result is lines of JSON. */
  readonly isJson: boolean;
  /** Whether nobody types: an answer that refuses is a failure, as for a command. */
  readonly isScript: boolean;
  /** Prints part of the result. */
  readonly print: (text: string) => void;
  /** Tells that a part has failed, where the rest goes on. */
  readonly tellFailure: (error: unknown, about: About) => void;
  /** Reads data as it was typed: JSON, or the name of a file. */
  readonly readData: (typed: string) => Promise<JsonValue>;
  /** Data as text for people, on one line. */
  readonly shown: (data: unknown) => string;
  /** How long a schema of the contract may take, in milliseconds. */
  readonly timeoutMs: number;
  /** A request is about to be sent. */
  readonly sending: () => void;
  /** Cancels the request of the line. */
  readonly signal: AbortSignal;
}

/**
 * Data as it was typed: JSON, or the name of a file; standard input has the lines.
 *
 * @throws (rejects) UsageError for anything else
 */
export async function dataIn(typed: string, { readData }: ShellContext): Promise<JsonValue> {
  if (typed === '') return null;
  if (typed === STANDARD_INPUT) throw new UsageError('The shell itself reads standard input; use @FILE');
  return await readData(typed);
}

/**
 * Sends a request; what the contract has for it checks its data, and that of its answer.
 *
 * @param send resolves with the answer, and with its data where the contract is about that
 * @throws (rejects) ValidationError for data that does not fit, and as `send` does
 */
export async function checked<T>(
  { timeoutMs, sending }: ShellContext,
  entry: NamedEntry | undefined,
  request: JsonValue,
  send: () => Promise<readonly [answer: T, data: JsonValue | undefined]>,
): Promise<T> {
  if (entry !== undefined) await assertFitsEntry(entry, 'input', request, timeoutMs);
  sending();
  const [answer, data] = await send();
  if (entry !== undefined && data !== undefined) await assertFitsEntry(entry, 'output', data, timeoutMs);
  return answer;
}

/**
 * Takes two ids, or one name of the contract that stands for both.
 *
 * @throws UsageError for anything else
 */
export function takeIds(names: Names, words: Words): readonly [serviceId: number, dataId: number] {
  const word = words.take('SERVICE_ID');
  const entry = names.entryNamed(word);
  if (entry !== undefined) return [entry.requestSid, entry.dataId];
  const serviceId = names.serviceId(word);
  assertNotReserved(serviceId);
  return [serviceId, names.dataId(serviceId, words.take('DATA_ID'))];
}
