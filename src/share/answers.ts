/** What a share answers in the place of the device: a status, and the reason in its data. */

import { STATUS_CALLBACK_ERROR, STATUS_OPERATION_NOT_PERMITTED } from '../protocol/ids.js';

/** A status and data, as a callback answers. */
export type Answer = readonly [status: number, data: unknown];

/**
 * Why the device did not answer a request. The first group was certainly not sent to it; of the second, nobody knows whether the
 * device has acted on it.
 */
export type ShareRefusalReason =
  /** `rights` do not allow it to this client. */
  | 'not-permitted'
  /** `maxWaitingPerClient`, `maxWaiting`, `maxWaitingBytes` or `maxLeaseWaiters` wait already. */
  | 'too-many-waiting'
  /** The device was away for as long as the request could wait. */
  | 'device-away'
  /** It did not come to its turn in time. */
  | 'device-busy'
  /** Somebody else had the device alone for as long as the request could wait. */
  | 'device-leased'
  /** A `guarded` request, a renewal or a release with a fence that is not, or no longer, the current one. */
  | 'fence-not-current'
  /** The lease could not be had within `wait`. */
  | 'lease-not-acquired'
  /** The lease service has no such request. */
  | 'bad-request'
  /** The data cannot be sent to the device, whose codec is another; or a message could not be written to it. */
  | 'not-sent'
  /** The share is closing. */
  | 'share-closed';

/** Why nobody knows whether the device has acted on a request: it was sent, and no answer came. */
export type ShareLossReason = 'no-answer' | 'connection-lost';

/** The data of such an answer. */
export interface RefusalData {
  readonly reason: ShareRefusalReason | ShareLossReason;
  /** Whether the device may have acted on the request. */
  readonly written: boolean;
  readonly detail?: string;
}

/** Not failures: the client lacks the right, or has to wait. */
const NOT_PERMITTED: ReadonlySet<string> = new Set<ShareRefusalReason>([
  'not-permitted',
  'fence-not-current',
  'lease-not-acquired',
  'share-closed',
]);

/** The answer to a request that did not reach the device. */
export function refusal(reason: ShareRefusalReason, detail?: string): Answer {
  const status = NOT_PERMITTED.has(reason) ? STATUS_OPERATION_NOT_PERMITTED : STATUS_CALLBACK_ERROR;
  return [
    status,
    { reason, written: false, ...(detail === undefined ? {} : { detail }) } satisfies RefusalData,
  ];
}

/** The answer to a request whose client is gone: nobody gets it, and what awaits it here ends. */
export const TO_NOBODY: Answer = [STATUS_CALLBACK_ERROR, null];

/** The answer to a request that was sent, and whose outcome nobody knows. */
export function loss(reason: ShareLossReason): Answer {
  return [STATUS_CALLBACK_ERROR, { reason, written: true } satisfies RefusalData];
}
