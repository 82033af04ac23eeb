import { type AskedRequest, StatusError } from './errors.js';
import type { JsonValue, Message } from './message.js';

/** A word of small letters, with hyphens. */
const REASON = /^[a-z]+(?:-[a-z]+)*$/;

/**
 * The error for an answer whose status is not okay, where its data was wanted.
 *
 * @param statusName what the asking side calls the status
 */
export function errorOfStatus(
  answer: Message<JsonValue>,
  statusName: string,
  asked: AskedRequest,
): StatusError {
  const { status, data } = answer;
  return new StatusError(status, `${asked.name}: ${statusName} (${status})${whyIn(data)}`, answer, asked);
}

/**
 * The end of a text about an answer that refuses: what a share, or another peer that does as it does, says about it.
 *
 * @param data the data of the answer
 * @returns empty for other data: it is not for people to read
 */
export function whyIn(data: JsonValue): string {
  const reason: unknown = Object(data).reason;
  return typeof reason === 'string' && reason.length <= 64 && REASON.test(reason) ? `: ${reason}` : '';
}
