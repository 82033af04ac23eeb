/**
 * Sends requests again for a moment that nobody got: news of a subscription takes some milliseconds from one server of a cluster to
 * the next. That is safe, because nobody acted on them.
 */

import type { Clock } from '../base/clock.js';
import type { AbortSignalLike } from '../base/signals.js';
import { pause } from '../base/waiting.js';
import type { Bus, BusHeaders, BusMessage } from '../bus/bus.js';
import { BusError } from '../protocol/errors.js';

/** The pauses before it is asked again: 250 ms in all, many times what a cluster needs. */
const PAUSES_MS = [10, 40, 200];

/** A request of a gateway. */
export interface GatewayRequest {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly subject: string;
  readonly data: Uint8Array;
  /** When nobody waits for the answer any more. */
  readonly dueMs: number;
  readonly signal: AbortSignalLike;
  /** @param timeoutMs how long there is */
  headersFor(timeoutMs: number): BusHeaders;
  /** Whether it makes sense to ask again. */
  mayBeHeard(): boolean;
}

/**
 * Asks within the time that there is.
 *
 * @throws (rejects) as `request` of the bus
 */
export async function askUntilHeard(request: GatewayRequest): Promise<BusMessage> {
  const { bus, clock, subject, data, dueMs, signal } = request;
  for (let attempt = 0; ; attempt++) {
    const timeoutMs = Math.max(0, Math.floor(dueMs - clock.now()));
    const headers = request.headersFor(timeoutMs);
    try {
      return await bus.request(subject, data, { headers, timeoutMs, signal });
    } catch (error) {
      const isUnheard = error instanceof BusError && error.reason === 'bus-no-responders';
      const pauseMs = PAUSES_MS[attempt];
      if (!isUnheard || pauseMs === undefined || pauseMs >= dueMs - clock.now()) throw error;
      if (!request.mayBeHeard()) throw error;
      await pause(clock, pauseMs, signal);
    }
  }
}
