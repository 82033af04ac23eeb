/** The options of closing a session, and the report of what was cut. */

import { optionsDoor } from '../base/option-names.js';
import { msRow, switchRow } from '../base/option-rows.js';
import type { RowsFor } from '../base/option-table.js';

/** How to close. */
export interface CloseOptions {
  /** Whether pending requests and running callbacks may finish first, while nothing new begins: off. */
  readonly drain?: boolean | undefined;
  /**
   * How long that may take in all, after which the rest is cut. Then what was sent goes out, as with any `close`
   * (`closeTimeout`); a peer that is silent at the end takes a second of it: 10,000 ms.
   */
  readonly timeout?: number | undefined;
}

/** What became of what was under way when a session closed. */
export interface CloseReport {
  /** Bytes that were sent and did not get as far as the peer's system, as far as the transport knows. */
  readonly lostBytes: number;
  /** Requests and messages that waited, and were rejected or given up. */
  readonly cutRequests: number;
  /** Callbacks for the peer whose answers were not sent. */
  readonly cutCallbacks: number;
  /** Why the session closed by itself: what a transport, a clock or a codec threw, or a defect of this library. */
  readonly error?: Error;
}

/** The options of {@link CloseOptions}. */
export const CLOSE_OPTIONS = {
  drain: switchRow({ default: false, why: 'A program that ends usually wants to end now.' }),
  timeout: msRow({
    default: 10_000,
    why: 'Longer than most requests take, and shorter than supervisors wait before they kill.',
  }),
} satisfies RowsFor<CloseOptions>;

const admitCloseOptions = optionsDoor('CloseOptions', 'close({ drain: true })', CLOSE_OPTIONS);

/** No options. */
export const CLOSE_AT_ONCE: CloseOptions = Object.freeze({});

/**
 * Checks how to close.
 *
 * @returns how long to drain, in milliseconds; null: not at all
 * @throws OptionError for a wrong option, for one that does not exist, and for anything that holds no options
 */
export function drainTimeoutOf(options: CloseOptions): number | null {
  if (options === CLOSE_AT_ONCE) return null;
  admitCloseOptions(options);
  const timeoutMs = CLOSE_OPTIONS.timeout.check('timeout', options.timeout);
  return CLOSE_OPTIONS.drain.check('drain', options.drain) ? timeoutMs : null;
}
