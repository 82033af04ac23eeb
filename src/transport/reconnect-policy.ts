/** How long a client waits before it opens another link. */

import type { Pauses } from '../base/option-rows.js';
import type { ReconnectPolicy } from './comm-instance.js';

/** After a second failure in a row a pause can be this long, in milliseconds, whatever `minDelay` and `maxDelay` say. */
const LEAST_PAUSE_MS = 100;

/** What `reconnect` says, checked. */
export interface ReconnectSettings extends Pauses {
  readonly maxAttempts: number;
  readonly refusedDelayMs: number | false;
}

/**
 * The policy of a client.
 *
 * @param reconnect false: there is one link, and none after it
 * @param connectTimeoutMs how long one attempt may take
 * @param random 0 to 1, for the length of the pauses
 */
export function policyOf(
  reconnect: ReconnectSettings | false,
  connectTimeoutMs: number,
  random: () => number,
): ReconnectPolicy {
  if (reconnect === false)
    return { delayMs: () => 0, refusalDelayMs: null, maxAttempts: 1, reopens: false, connectTimeoutMs };
  const { minDelayMs, maxDelayMs, maxAttempts, refusedDelayMs } = reconnect;
  return {
    // full jitter: clients that lost the same server do not come back at the same moment
    delayMs: (failedAttempts) => random() * longestPauseMs(failedAttempts, minDelayMs, maxDelayMs),
    refusalDelayMs: refusedDelayMs === false ? null : () => refusedDelayMs * (0.75 + random() / 2),
    maxAttempts,
    reopens: true,
    connectTimeoutMs,
  };
}

/** The first pause may be none at all; those after it grow all the same. */
function longestPauseMs(failedAttempts: number, minDelayMs: number, maxDelayMs: number): number {
  if (failedAttempts <= 1) return minDelayMs;
  const grownMs = Math.max(minDelayMs, LEAST_PAUSE_MS) * 2 ** Math.min(failedAttempts - 1, 40);
  return Math.min(Math.max(maxDelayMs, LEAST_PAUSE_MS), grownMs);
}
