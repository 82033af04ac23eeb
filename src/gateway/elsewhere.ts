/** Requests that reach a gateway after their device has left it: they go on to where the device is now. */

import type { Clock } from '../base/clock.js';
import type { Bus, BusHeaders, BusMessage } from '../bus/bus.js';
import { BusError, ConnectionLostError, NoSuchPeerError, TimeoutError } from '../protocol/errors.js';
import { TIMEOUT_HEADER } from './format/failures.js';
import type { TakenRequest } from './taken-request.js';
import { askUntilHeard } from './until-heard.js';

/** The header of a request that a gateway passes on: how often that was done. */
const HOPS_HEADER = 'Sp-Hops';
/** How often a request may be passed on: a device that moves faster than its messages is not followed for ever. */
const MAX_HOPS = 3;

/** Whether a request that failed so was certainly not written, on a connection that is gone: the device may be elsewhere. */
export function mayGoOn(error: unknown): boolean {
  return error instanceof ConnectionLostError && !error.written && error.reason !== 'gateway-down';
}

/** The error of a request that was passed on often enough; null for another. */
export function tooManyHops(request: TakenRequest): NoSuchPeerError | null {
  return hopsIn(request.message.headers) < MAX_HOPS ? null : noSuchPeer(request);
}

/**
 * Asks as this gateway, within the time that the request has left; again for a moment where nobody got it, if another gateway
 * says that it has the device.
 *
 * @param signal gives it up
 * @throws (rejects) NoSuchPeerError where nobody has it, TimeoutError, the BusError of the bus, or the reason of the signal
 */
export async function askElsewhere(
  request: TakenRequest,
  bus: Bus,
  clock: Clock,
  signal: AbortSignal,
): Promise<BusMessage> {
  const { message, device, asked, dueMs } = request;
  if (dueMs - clock.now() < 1) throw new TimeoutError(asked, request.timeoutMs, 'not-connected', false);
  const hops = String(hopsIn(message.headers) + 1);
  try {
    return await askUntilHeard({
      bus,
      clock,
      subject: message.subject,
      data: message.data,
      dueMs,
      signal,
      headersFor: (timeoutMs) => ({
        ...message.headers,
        [TIMEOUT_HEADER]: String(timeoutMs),
        [HOPS_HEADER]: hops,
      }),
      mayBeHeard: () => device.holder !== null,
    });
  } catch (error) {
    if (!(error instanceof BusError)) throw error;
    if (error.reason === 'bus-no-responders') throw noSuchPeer(request);
    if (error.reason !== 'bus-timeout') throw error;
    throw new TimeoutError(asked, request.timeoutMs, 'no-answer', error.written);
  }
}

function noSuchPeer({ device, asked }: TakenRequest): NoSuchPeerError {
  return new NoSuchPeerError(device.name, 0, asked);
}

function hopsIn(headers: BusHeaders | null): number {
  const hops = Number(headers?.[HOPS_HEADER] ?? 0);
  return hops >= 0 ? hops : MAX_HOPS;
}
