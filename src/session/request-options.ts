/** The options of a single request; they are read a hundred thousand times a second. */

import { optionsDoor } from '../base/option-names.js';
import { callTimeoutRow, signalRow } from '../base/option-rows.js';
import type { RowsFor } from '../base/option-table.js';
import type { AbortSignalLike } from '../base/signals.js';
import { SID_EXECUTE_REQUEST, SID_READ_REQUEST, SID_WRITE_REQUEST } from '../protocol/ids.js';

/** Options of a single request. */
export interface RequestOptions {
  /**
   * How long to wait for the answer, in milliseconds, all waiting before the sending included. 0: do not wait; what can be sent at
   * once is sent.
   */
  readonly timeout?: number | undefined;
  /** Rejects the request with the signal's reason when it is aborted, or with an `AbortError` where it gives none. */
  readonly signal?: AbortSignalLike | undefined;
}

/** No options. */
export const NO_OPTIONS: RequestOptions = Object.freeze({});

/** The options of {@link RequestOptions}. */
export const REQUEST_OPTIONS = {
  timeout: callTimeoutRow({ why: 'The session has a time-out for all of them (requestTimeout).' }),
  signal: signalRow({ why: 'The time-out ends every request.' }),
} satisfies RowsFor<RequestOptions>;

/** The checked options of a request. */
export interface RequestSettings {
  readonly timeoutMs: number;
  readonly signal: AbortSignalLike | undefined;
}

const CALLS = new Map([
  [SID_READ_REQUEST, 'read(dataId, { timeout: 100 })'],
  [SID_WRITE_REQUEST, 'write(dataId, data, { timeout: 100 })'],
  [SID_EXECUTE_REQUEST, 'execute(dataId, data, { timeout: 100 })'],
]);

/**
 * Checks the options of a request.
 *
 * @param requestSid the service id of the request, for the error
 * @throws OptionError for a wrong option, for one that does not exist, and for anything that holds no options
 */
export function checkRequestOptions(
  options: RequestOptions,
  requestTimeoutMs: number,
  requestSid: number,
): RequestSettings {
  if (options === NO_OPTIONS) return { timeoutMs: requestTimeoutMs, signal: undefined };
  if (!holdsOnlyKnown(options)) {
    const call = CALLS.get(requestSid) ?? 'request(serviceId, dataId, data, { timeout: 100 })';
    optionsDoor('RequestOptions', call, REQUEST_OPTIONS)(options);
  }
  return {
    timeoutMs: REQUEST_OPTIONS.timeout.check('timeout', options.timeout) ?? requestTimeoutMs,
    signal: REQUEST_OPTIONS.signal.check('signal', options.signal),
  };
}

function holdsOnlyKnown(options: unknown): boolean {
  if (typeof options !== 'object' || options === null) return false;
  for (const name in options) if (!(name in REQUEST_OPTIONS)) return false;
  return !Array.isArray(options) && !('then' in options);
}
