/** `request`: asks any service, once or again and again. */

import { setTimeout as pause } from 'node:timers/promises';
import { StatusError } from '../errors.js';
import { STATUS_OKAY } from '../protocol/ids.js';
import type { JsonValue } from '../protocol/message.js';
import type { Session } from '../session/session.js';
import { stringifyJson } from '../wire/json.js';
import type { Io } from './io.js';
import { fieldsOf, jsonLine } from './item-lines.js';

/** What is asked, and how often. */
export interface Question {
  readonly serviceId: number;
  /** The service id of the answer; the one after the request's unless it is given. */
  readonly responseId: number | undefined;
  readonly dataId: number;
  readonly data: JsonValue;
  readonly repeat: number;
  readonly intervalMs: number;
  readonly isJson: boolean;
}

/** Requests that the library knows by itself. */
const BUILT_IN = new Set([0, 8, 10, 20, 30]);

/**
 * Asks, and prints a line for each answer.
 *
 * @throws (rejects) StatusError for an answer that is not okay, and as `request`
 */
export async function askRepeatedly(session: Session, question: Question, io: Io): Promise<void> {
  const { serviceId, dataId, data, repeat, intervalMs, isJson } = question;
  if (!BUILT_IN.has(serviceId)) session.addService(serviceId, question.responseId ?? serviceId + 1);
  for (let asked = 1; asked <= repeat; asked++) {
    const answer = await session.request(serviceId, dataId, data, { signal: io.interrupted });
    if (isJson) io.stdout(jsonLine(fieldsOf(answer)));
    if (answer.status !== STATUS_OKAY) {
      throw new StatusError(answer.status, `expected the status okay, got ${answer.status}`, answer);
    }
    if (!isJson) io.stdout(`${stringifyJson(answer.data, { allowNan: true })}\n`);
    if (repeat > 1) io.progress?.(`${asked} of ${repeat}`);
    if (asked < repeat && intervalMs > 0) await pause(intervalMs, undefined, { signal: io.interrupted });
  }
  if (repeat > 1) io.progress?.(null);
}
