/**
 * Requests that were sent, and failed later with an error that does not say so: a middleware threw it when `next` had come back, or
 * the last of several attempts was not sent.
 */

const errors = new WeakSet<object>();

/** Remembers that the peer may have got the request that fails with this. */
export function noteFailedAfterSending(thrown: unknown): void {
  if (typeof thrown === 'object' && thrown !== null) errors.add(thrown);
}

/** Whether the peer may have got the request that failed with this, whatever the error says. */
export function hasFailedAfterSending(thrown: unknown): boolean {
  return typeof thrown === 'object' && thrown !== null && errors.has(thrown);
}
