/** Checks what is sent and what comes back against the schemas of a contract. */

import { refusalFacts, type Verdict, validate } from '../../contract/schema.js';
import { ValidationError } from '../../protocol/errors.js';
import type { JsonValue } from '../../protocol/message.js';
import type { NamedEntry } from './entries.js';

/** The data of a request, or of its answer. */
export type EntrySide = 'input' | 'output';

/**
 * Refuses data that does not fit an entry. The error says where and what kind of fault, never the value.
 *
 * @param side whether it is the data of the request or of the answer
 * @param timeoutMs how long a schema may take for its verdict, in milliseconds
 * @throws (rejects) ValidationError
 */
export async function assertFitsEntry(
  entry: NamedEntry,
  side: EntrySide,
  data: JsonValue,
  timeoutMs: number,
): Promise<void> {
  const error = await misfitOf(entry, side, data, timeoutMs);
  if (error !== null) throw error;
}

/** As {@link assertFitsEntry}, but returns the error; null if the data fits. */
export async function misfitOf(
  entry: NamedEntry,
  side: EntrySide,
  data: JsonValue,
  timeoutMs: number,
): Promise<ValidationError | null> {
  const schema = entry[side];
  if (schema === undefined) return null;
  const verdict = await inTime(validate(schema, data), timeoutMs);
  const about = { entry: entry.name, side };
  if (verdict === null) return new ValidationError({ ...about, reason: 'schema-timeout', timeoutMs });
  return 'value' in verdict ? null : new ValidationError({ ...refusalFacts(side, verdict), ...about });
}

/** A schema may give its verdict as a promise, and that may never settle: null. */
async function inTime(verdict: Verdict | Promise<Verdict>, timeoutMs: number): Promise<Verdict | null> {
  if (!(verdict instanceof Promise)) return verdict;
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), timeoutMs);
  });
  return await Promise.race([verdict, overdue]).finally(() => clearTimeout(timer));
}
