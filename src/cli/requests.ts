/** What is checked before a request leaves: its service, its data id, the connection. */

import { whyIn } from '../protocol/error-of-status.js';
import { ConnectionLostError, StatusError } from '../protocol/errors.js';
import {
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
  SID_EXECUTE_REQUEST,
  SID_READ_REQUEST,
  SID_WRITE_REQUEST,
  STATUS__NAMES,
  STATUS_OKAY,
} from '../protocol/ids.js';
import type { JsonValue, Message } from '../protocol/message.js';
import { Vocabulary } from '../protocol/vocabulary.js';
import type { Session } from '../session/session.js';
import { messageOf, UsageError } from './errors.js';

/** Services whose messages every session sends and answers by itself. */
const RESERVED: ReadonlySet<number> = new Set([
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
]);

/** Services that every session knows, with the next id for their responses. */
const BUILT_IN: ReadonlySet<number> = new Set([SID_READ_REQUEST, SID_WRITE_REQUEST, SID_EXECUTE_REQUEST]);

/** Whether messages of a service are the session's own: authentication and channel names. */
export function isReserved(serviceId: number): boolean {
  return RESERVED.has(serviceId);
}

/** Whether a service is one that every session knows. */
export function isBuiltIn(serviceId: number): boolean {
  return BUILT_IN.has(serviceId);
}

/**
 * Refuses a service that is reserved for the session.
 *
 * @param serviceId the service id of a request
 * @throws UsageError for a reserved one
 */
export function assertNotReserved(serviceId: number): void {
  if (isReserved(serviceId)) throw new UsageError(`Service ${serviceId} is reserved for the session`);
}

/**
 * Refuses a service that a session could not request, before anything connects.
 *
 * @param serviceId the service id of the request
 * @param responseId the service id of the response; undefined: the next id
 * @throws UsageError for a reserved service, and for a response id that does not fit
 */
export function assertService(serviceId: number, responseId: number | undefined): void {
  assertNotReserved(serviceId);
  if (BUILT_IN.has(serviceId)) {
    if (responseId === undefined || responseId === serviceId + 1) return;
    throw new UsageError(
      `Service ${serviceId} is built in, its response is ${serviceId + 1}; got --response ${responseId}`,
    );
  }
  try {
    new Vocabulary().addService(serviceId, responseId ?? serviceId + 1);
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

/**
 * Makes a service known to a session that may not know it yet.
 *
 * @param responseId the service id of the response; the next id unless given
 * @throws RequestSidExistsError or ResponseSidExistsError for an id that is taken
 */
export function learnService(session: Session, serviceId: number, responseId = serviceId + 1): void {
  if (!BUILT_IN.has(serviceId)) session.addService(serviceId, responseId);
}

/** The highest data id that struct_json has room for. */
const MAX_STRUCT_DATA_ID = 0xffff_ffff;

/**
 * Refuses a data id that the codec has no room for.
 *
 * @throws UsageError for one over the limit
 */
export function assertFits(dataId: number, { struct }: { readonly struct?: true }): void {
  if (struct === true && dataId > MAX_STRUCT_DATA_ID)
    throw new UsageError(`Data id ${dataId} is too high for --struct (limit ${MAX_STRUCT_DATA_ID})`);
}

/**
 * Takes an answer with another status for a failure.
 *
 * @throws StatusError for any status but okay
 */
export function assertOkay(answer: Message<JsonValue>): void {
  const { status, data } = answer;
  if (status === STATUS_OKAY) return;
  const name = STATUS__NAMES[status] ?? 'unknown status';
  throw new StatusError(status, `The peer answered with status ${status}: ${name}${whyIn(data)}`, answer);
}

/**
 * Refuses a request after the connection was lost: the command line does not reconnect, so it could only time out.
 *
 * @throws ConnectionLostError if there is no connection
 */
export function assertConnected(session: Session): void {
  if (!session.isConnected()) throw new ConnectionLostError('this request', false, 'link-closed');
}
