import { type AskedRequest, StatusError } from './errors.js';
import type { JsonValue, Message } from './message.js';

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
  const { status } = answer;
  return new StatusError(status, `${asked.name}: ${statusName} (${status})`, answer, asked);
}
