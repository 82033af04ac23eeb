/**
 * Requests for devices over a bus.
 *
 * The law: a request is sent again only where certainly nobody got it, and only within its own time. Everything else that goes wrong is
 * an error that says whether its outcome is known.
 */

import { lateError, lateReason } from '../base/callers.js';
import type { Clock } from '../base/clock.js';
import { type AbortSignalLike, reasonOf } from '../base/signals.js';
import { pause } from '../base/waiting.js';
import type { Bus, BusHeaders, BusMessage } from '../bus/bus.js';
import { failureOf, saysFailure, TIMEOUT_HEADER } from '../gateway/format/failures.js';
import { PROGRESS_HEADER } from '../gateway/format/headers.js';
import { decodePayload } from '../gateway/format/payload.js';
import { codeOfError } from '../protocol/error-brand.js';
import {
  type AskedRequest,
  BusError,
  ConnectionLostError,
  NoSuchPeerError,
  SessionClosedError,
  TimeoutError,
  TooManyRequestsError,
} from '../protocol/errors.js';
import type { Message } from '../protocol/message.js';
import type { Arrival, Arrivals } from './arrivals.js';
import { FOLLOWED_FROM_MS, type Followed, type Progress } from './progress.js';

/** The pauses before a request is sent again that nobody got: a device that has moved is known everywhere within milliseconds. */
const PAUSES_MS = [5, 20, 50, 75, 100];

/** What requests work with. */
export interface RequestParts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly arrivals: Arrivals;
  readonly progress: Progress;
  readonly retryForMs: number;
  readonly maxPendingRequests: number;
}

/** A request for a device. */
export interface DeviceRequest {
  readonly device: string;
  /** The same in Unicode's normal form C, by which gateways know it. */
  readonly deviceKey: string;
  readonly subject: string;
  readonly payload: Uint8Array;
  /** Those of the answer. */
  readonly answerIds: { readonly serviceId: number; readonly dataId: number };
  readonly timeoutMs: number;
  readonly signal: AbortSignalLike | undefined;
  readonly waitsForDevice: boolean;
  /** The request, for an error. */
  asked(): AskedRequest;
}

/** Sends requests, and counts those that wait. */
export class DeviceRequests {
  /** How many requests were sent again because nobody had got them. */
  retries = 0;
  pending = 0;
  isClosed = false;
  readonly #parts: RequestParts;

  constructor(parts: RequestParts) {
    this.#parts = parts;
  }

  /**
   * Refuses what cannot begin.
   *
   * @throws the reason of the signal, SessionClosedError, TooManyRequestsError
   */
  admit({ signal, asked }: DeviceRequest): void {
    if (signal?.aborted === true) throw reasonOf(signal);
    if (this.isClosed) throw this.#closed(asked());
    const { maxPendingRequests } = this.#parts;
    if (this.pending >= maxPendingRequests)
      throw new TooManyRequestsError('too-many-pending', maxPendingRequests, asked());
  }

  /**
   * Sends a request that was admitted, and waits for its answer.
   *
   * @throws (rejects) as `request` of a RemoteDevice
   */
  async ask(request: DeviceRequest): Promise<Message> {
    this.pending++;
    const { clock, arrivals } = this.#parts;
    const dueMs = clock.now() + request.timeoutMs;
    let arrival: Arrival | null = null;
    try {
      for (;;) {
        const found = await this.#askUntilFound(request, dueMs);
        if (!(found instanceof Error)) return found;
        if (!request.waitsForDevice) throw found;
        if (this.isClosed) throw this.#closed(request.asked());
        arrival ??= this.#expect(request);
        const hasCome = await arrival.next(this.#leftMs(dueMs), request.signal);
        if (this.isClosed) throw this.#closed(request.asked());
        if (!hasCome) throw new NoSuchPeerError(request.device, request.timeoutMs, request.asked());
      }
    } finally {
      this.pending--;
      if (arrival !== null) arrivals.forget(request.deviceKey, arrival);
    }
  }

  /** Asks, and for a moment again while nobody has got the request. Returns the error where nobody has. */
  async #askUntilFound(request: DeviceRequest, dueMs: number): Promise<Message | Error> {
    let pausedMs = 0;
    for (let attempt = 0; ; attempt++) {
      const answer = await this.#askOnce(request, dueMs);
      if (!(answer instanceof Error)) return answer;
      const pauseMs = PAUSES_MS[attempt] ?? Number.POSITIVE_INFINITY;
      pausedMs += pauseMs;
      if (pausedMs > this.#parts.retryForMs || pauseMs >= this.#leftMs(dueMs)) return answer;
      await pause(this.#parts.clock, pauseMs, request.signal);
      this.retries++;
    }
  }

  /** Returns an error where nobody has got the request; every other one is thrown. */
  async #askOnce(request: DeviceRequest, dueMs: number): Promise<Message | Error> {
    const leftMs = this.#leftMs(dueMs);
    const followed = leftMs > FOLLOWED_FROM_MS ? this.#parts.progress.follow(request.signal) : null;
    let answer: BusMessage;
    try {
      answer = await this.#parts.bus.request(request.subject, request.payload, {
        headers: headersFor(leftMs, followed),
        timeoutMs: leftMs,
        signal: followed?.signal ?? request.signal,
      });
    } catch (error) {
      return await this.#failed(request, error, followed?.isGatewayGone === true);
    } finally {
      followed?.end();
    }
    return this.#read(request, answer);
  }

  #read(request: DeviceRequest, { data, headers }: BusMessage): Message | Error {
    const failure = saysFailure(headers) ? failureOf(headers, request.asked(), request.device) : null;
    if (failure === null) {
      try {
        return decodePayload(data, request.answerIds);
      } catch (error) {
        // the device may have acted on the request
        throw ofRequest(error, request, true);
      }
    }
    const isNowhere = codeOfError(failure) === 'ERR_NO_SUCH_PEER';
    const isUnwritten = request.waitsForDevice && failure instanceof ConnectionLostError && !failure.written;
    if (isNowhere || isUnwritten) return failure;
    throw failure;
  }

  /** What the bus says has happened. */
  #failed(request: DeviceRequest, thrown: unknown, isGatewayGone: boolean): Promise<Error> {
    const { signal, timeoutMs } = request;
    if (isGatewayGone) return lateError(() => new ConnectionLostError(request.asked(), true, 'gateway-down'));
    if (signal?.aborted === true) return lateReason(reasonOf(signal), () => undefined);
    if (codeOfError(thrown) !== 'ERR_BUS') throw thrown;
    const { reason, written } = thrown as BusError;
    if (reason === 'bus-no-responders')
      return Promise.resolve(new NoSuchPeerError(request.device, 0, request.asked()));
    return lateError(() =>
      reason === 'bus-timeout'
        ? new TimeoutError(request.asked(), timeoutMs, written ? 'no-answer' : 'not-connected', written)
        : ofRequest(thrown, request),
    );
  }

  #expect(request: DeviceRequest): Arrival {
    const { arrivals, bus } = this.#parts;
    const arrival = arrivals.expect(request.deviceKey);
    // what comes from then on wakes it; what has come before is found by asking once more
    const lookAgain = (): void => arrival.come();
    bus.flush().then(lookAgain, lookAgain);
    return arrival;
  }

  #leftMs(dueMs: number): number {
    return Math.max(0, dueMs - this.#parts.clock.now());
  }

  #closed(asked: AskedRequest): SessionClosedError {
    return new SessionClosedError(`${asked.name} was answered`, asked);
  }
}

function headersFor(leftMs: number, followed: Followed | null): BusHeaders {
  const timeout = String(Math.ceil(leftMs));
  return followed === null
    ? { [TIMEOUT_HEADER]: timeout }
    : { [TIMEOUT_HEADER]: timeout, [PROGRESS_HEADER]: followed.subject };
}

/** An error of the bus as one of the request, whose stack leads to the caller. */
function ofRequest(thrown: unknown, request: DeviceRequest, written?: boolean): BusError {
  const error = thrown as BusError;
  const { reason, subject = request.subject } = error;
  return new BusError(reason, { subject, written: written ?? error.written, cause: error }, request.asked());
}
