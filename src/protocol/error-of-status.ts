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
  const reason = reasonIn(data);
  const why = reason === null ? '' : `: ${reason}`;
  return new StatusError(status, `${asked.name}: ${statusName} (${status})${why}`, answer, asked);
}

/** What a share, or another peer that does as it does, says about a refusal; null for other data: it is not for people to read. */
function reasonIn(data: JsonValue): string | null {
  const reason: unknown = Object(data).reason;
  return typeof reason === 'string' && reason.length <= 64 && REASON.test(reason) ? reason : null;
}
