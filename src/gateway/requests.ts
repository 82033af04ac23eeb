/**
 * Requests for devices: from the bus to the session that has the device now, and its answer back.
 *
 * The law: a request is answered once, with a message or with why there is none. One that was certainly not written may go on to
 * where the device is now, within its time; one that may have been written never does.
 */

import type { Clock } from '../base/clock.js';
import { messageOfThrown } from '../base/thrown.js';
import type { Bus, BusHeaders, BusMessage } from '../bus/bus.js';
import { BusError, ConnectionLostError, TimeoutError, TooManyRequestsError } from '../protocol/errors.js';
import { STATUS_OKAY } from '../protocol/ids.js';
import type { Message } from '../protocol/message.js';
import type { GatewayCounts } from './counts.js';
import { DelayLine } from './delay-line.js';
import type { Device } from './device.js';
import { askElsewhere, mayGoOn, tooManyHops } from './elsewhere.js';
import { failureHeaders } from './format/failures.js';
import { GATEWAY_HEADER, PROGRESS_HEADER, STATUS_HEADER } from './format/headers.js';
import { decodePayload, encodePayload } from './format/payload.js';
import { PROGRESS_AFTER_MS } from './format/presence.js';
import { idsOfSubject } from './format/subjects.js';
import type { Kinds } from './kinds.js';
import { TakenRequest } from './taken-request.js';
import { UnsentAnswers } from './unsent-answers.js';

const EMPTY = new Uint8Array();
const ENCODING = { allowNan: true };
/** Of a subject without one. */
const NO_SERVICE = -1;

/** What the requests of a gateway need of it. */
export interface RequestsParts {
  readonly id: string;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly counts: GatewayCounts;
  readonly kinds: Kinds;
  /** The services that devices can be asked for. */
  readonly services: ReadonlySet<number>;
  readonly requestTimeoutMs: number;
  readonly maxRequests: number;
}

/** The requests of one gateway. */
export class Requests {
  readonly #parts: RequestsParts;
  readonly #okay: BusHeaders;
  #inFlight = 0;
  /** Devices that have not answered all. */
  readonly #busy = new Set<Device>();
  /** Those that were passed on. */
  readonly #passedOn = new Set<TakenRequest>();
  /** By this, the bus does not wait for their answers any longer. */
  readonly #givenUp = new AbortController();
  /** Those of which somebody wants to know which gateway has them. */
  readonly #long: DelayLine<TakenRequest>;
  /** Those that were ready while the bus was away. */
  readonly #unsent: UnsentAnswers;
  #idle: (() => void) | null = null;
  #isRefusing = false;

  constructor(parts: RequestsParts) {
    this.#parts = parts;
    this.#long = new DelayLine(parts.clock, PROGRESS_AFTER_MS, (request) => this.#tellProgress(request));
    this.#unsent = new UnsentAnswers(parts.bus, parts.clock, parts.maxRequests);
    // frozen, and so written once
    this.#okay = Object.freeze({ [STATUS_HEADER]: String(STATUS_OKAY), [GATEWAY_HEADER]: parts.id });
  }

  /** How many are not answered. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Answers that nobody got: the bus was away for too long, or closed. */
  get answersLost(): number {
    return this.#unsent.lost;
  }

  /** The bus brings one. */
  take(device: Device, message: BusMessage): void {
    const { counts, services, maxRequests, requestTimeoutMs, clock } = this.#parts;
    counts.requests++;
    const ids = idsOfSubject(message.subject);
    const { serviceId, dataId } = ids ?? { serviceId: NO_SERVICE, dataId: 0 };
    const request = new TakenRequest(device, message, serviceId, dataId, clock.now(), requestTimeoutMs);
    if (!services.has(serviceId)) return this.#refuse(request, badSubject(message, ids !== null));
    if (this.#isRefusing)
      return this.#refuse(request, new ConnectionLostError(request.asked, false, 'gateway-down'));
    if (this.#inFlight >= maxRequests)
      return this.#refuse(
        request,
        new TooManyRequestsError('too-many-pending', maxRequests, request.asked, 'maxRequests'),
      );
    if (request.timeoutMs === 0)
      return this.#refuse(request, new TimeoutError(request.asked, 0, 'no-answer', false));
    if (!device.isServed) return this.#passOn(request);
    try {
      const { data } = decodePayload(message.data, request);
      this.#ask(device, request, data);
    } catch (error) {
      this.#refuse(request, error);
    }
  }

  #ask(device: Device, request: TakenRequest, data: unknown): void {
    const { serviceId, dataId, timeoutMs } = request;
    const answered = device.session.request(serviceId, dataId, data, { timeout: timeoutMs });
    this.#inFlight++;
    if (device.inFlight++ === 0) this.#busy.add(device);
    if (request.message.headers?.[PROGRESS_HEADER] !== undefined) this.#long.add(request);
    answered.then(
      (answer) => {
        this.#answer(request, answer);
        this.#settled(device);
      },
      (error: unknown) => {
        if (mayGoOn(error) && !this.#isRefusing) this.#passOn(request);
        else this.#refuse(request, error);
        this.#settled(device);
      },
    );
  }

  #answer(request: TakenRequest, answer: Message): void {
    const { id, bus, counts, kinds, clock } = this.#parts;
    counts.answered++;
    try {
      const data = encodePayload(answer, ENCODING);
      const { status } = answer;
      const headers =
        status === STATUS_OKAY ? this.#okay : { [STATUS_HEADER]: String(status), [GATEWAY_HEADER]: id };
      if (data.length > bus.maxPayload) return this.#refuse(request, tooLarge(data.length, bus));
      this.#respond(request, data, headers);
      kinds.done(request.serviceId, clock.now() - request.sinceMs, null);
    } catch (error) {
      // the device has done its work, whatever the bus says of the answer
      const reason = error instanceof BusError ? error.reason : null;
      this.#refuse(request, reason === null ? error : new BusError(reason, { written: true, cause: error }));
    }
  }

  /** Answers with why there is no answer. */
  #refuse(request: TakenRequest, error: unknown): void {
    const { id, counts, kinds, clock } = this.#parts;
    counts.failure(error);
    kinds.done(request.serviceId, clock.now() - request.sinceMs, messageOfThrown(error));
    try {
      this.#respond(request, EMPTY, { ...failureHeaders(error), [GATEWAY_HEADER]: id });
    } catch (thrown) {
      this.#unsent.lost++;
      counts.failure(thrown);
    }
  }

  /** Answers now, or when the bus is back. */
  #respond(request: TakenRequest, data: Uint8Array, headers: BusHeaders): void {
    this.#unsent.send(() => request.message.respond(data, headers), request.dueMs, data.length);
    request.isOver = true;
  }

  /** It takes long: who asked hears which gateway has it, in case that the gateway is gone one day without a word. */
  #tellProgress({ isOver, message }: TakenRequest): void {
    const subject = message.headers?.[PROGRESS_HEADER];
    if (isOver || subject === undefined) return;
    const { id, bus, counts } = this.#parts;
    try {
      bus.publish(subject, EMPTY, { headers: { [GATEWAY_HEADER]: id } });
    } catch (error) {
      // no subject, or the bus is away: who asked knows that
      counts.failure(error);
    }
  }

  #settled(device: Device): void {
    if (--device.inFlight === 0) this.#busy.delete(device);
    this.#ended();
  }

  #ended(): void {
    this.#inFlight--;
    if (this.#inFlight === 0) this.#idle?.();
  }

  // ── where the device is not here any more ──

  #passOn(request: TakenRequest): void {
    const tooMany = tooManyHops(request);
    if (tooMany !== null) return this.#refuse(request, tooMany);
    const { counts, bus, clock } = this.#parts;
    counts.forwarded++;
    this.#inFlight++;
    this.#passedOn.add(request);
    askElsewhere(request, bus, clock, this.#givenUp.signal).then(
      (answer) => this.#cameBack(request, () => this.#passBack(request, answer)),
      (error: unknown) => this.#cameBack(request, () => this.#refuse(request, error)),
    );
  }

  /** It has an answer from elsewhere, or none will come. */
  #cameBack(request: TakenRequest, answer: () => void): void {
    if (!this.#passedOn.delete(request)) return;
    answer();
    this.#ended();
  }

  #passBack(request: TakenRequest, { data, headers }: BusMessage): void {
    try {
      this.#respond(request, data, headers ?? {});
    } catch (error) {
      // what is there has done its work
      this.#refuse(request, new BusError('bus-failure', { written: true, cause: error }));
    }
  }

  // ── the end ──

  /** Waits until none is under way, at most so long. */
  async idle(timeoutMs: number): Promise<void> {
    if (this.#inFlight === 0 || timeoutMs <= 0) return;
    const { clock } = this.#parts;
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(() => resolve(), timeoutMs);
      this.#idle = () => {
        clock.clearTimeout(timer);
        resolve();
      };
    });
    this.#idle = null;
  }

  /** Ends the waiting of `idle`. */
  stopWaiting(): void {
    this.#idle?.();
  }

  /** What comes from now on is answered with `gateway-down`. */
  refuseNew(): void {
    this.#isRefusing = true;
  }

  /**
   * What has no answer is answered with `gateway-down`.
   *
   * @returns how many there were
   */
  cut(): number {
    const cut = this.#inFlight;
    this.refuseNew();
    this.#long.close();
    for (const request of [...this.#passedOn]) {
      // nobody knows what became of it
      const error = new ConnectionLostError(request.asked, true, 'gateway-down');
      this.#cameBack(request, () => this.#refuse(request, error));
    }
    this.#givenUp.abort();
    // the sessions know what was written
    for (const { session } of this.#busy) session.commInstance.disconnect?.('gateway-down');
    return cut;
  }

  /** Nothing leaves any more. */
  close(): void {
    this.#unsent.close();
  }
}

function badSubject({ subject }: BusMessage, hasIds: boolean): BusError {
  const detail = hasIds
    ? 'no service that a device can be asked for'
    : 'no service id and data id in the subject';
  return new BusError('bus-bad-subject', { subject, detail });
}

function tooLarge(length: number, { maxPayload }: Bus): BusError {
  const detail = `the answer has ${length} bytes, the bus takes ${maxPayload} (maxPayload)`;
  return new BusError('bus-too-large', { written: true, detail });
}
