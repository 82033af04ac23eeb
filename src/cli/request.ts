/** `request`: asks any service, once or again and again. */

import { setTimeout as pause } from 'node:timers/promises';
import { StatusError } from '../errors.js';
import {
  SID_AUTH_REQUEST,
  SID_CHANNEL_NAME_REQUEST,
  SID_EXECUTE_REQUEST,
  SID_READ_REQUEST,
  SID_WRITE_REQUEST,
  STATUS_OKAY,
} from '../protocol/ids.js';
import type { JsonValue } from '../protocol/message.js';
import type { Session } from '../session/session.js';
import { stringifyJson } from '../wire/json.js';
import { UsageError } from './arguments.js';
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

/** Requests that every session knows. */
const BUILT_IN = new Set([SID_READ_REQUEST, SID_WRITE_REQUEST, SID_EXECUTE_REQUEST]);
/** Requests that a session makes by itself, and whose answers are its own. */
const OWN = new Set([SID_AUTH_REQUEST, SID_CHANNEL_NAME_REQUEST]);

/**
 * Asks, and prints a line for each answer.
 *
 * @throws (rejects) UsageError for a service that cannot be asked, StatusError for an answer that is not okay, and as `request`
 */
export async function askRepeatedly(session: Session, question: Question, io: Io): Promise<void> {
  const { serviceId, dataId, data, repeat, intervalMs, isJson } = question;
  makeKnown(session, question);
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

function makeKnown(session: Session, { serviceId, responseId }: Question): void {
  if (OWN.has(serviceId))
    throw new UsageError(
      `expected a service that can be asked, got ${serviceId}, which the session itself asks`,
    );
  if (BUILT_IN.has(serviceId)) {
    if (responseId !== undefined && responseId !== serviceId + 1)
      throw new UsageError(
        `expected no --response for service ${serviceId}, which is built in, got ${responseId}`,
      );
    return;
  }
  try {
    session.addService(serviceId, responseId ?? serviceId + 1);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
