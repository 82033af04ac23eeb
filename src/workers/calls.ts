/**
 * Runs the handlers of a worker: a bounded number at once, each for a bounded time; a bounded number of requests waits, and more
 * are refused. Every request gets an answer or a failure.
 */

import type { Clock } from '../base/clock.js';
import { isThenable } from '../base/thenable.js';
import { promiseOf } from '../base/user-code.js';
import type { BusHeaders, BusMessage } from '../bus/bus.js';
import {
  ERROR_CODE_HEADER,
  ERROR_TEXT_HEADER,
  failureHeaders,
  timeoutIn,
} from '../gateway/format/failures.js';
import { STATUS_HEADER } from '../gateway/format/headers.js';
import { type EncodePayloadOptions, encodePayload } from '../gateway/format/payload.js';
import type { UnsentAnswers } from '../gateway/unsent-answers.js';
import { statusAnswerOf } from '../protocol/error-brand.js';
import {
  type AskedRequest,
  BusError,
  ConnectionLostError,
  TimeoutError,
  TooManyRequestsError,
} from '../protocol/errors.js';
import { STATUS_CALLBACK_ERROR } from '../protocol/ids.js';
import { Message } from '../protocol/message.js';
import { STATUS_REASONS } from '../protocol/reasons.js';
import { isStatusAndData, noAnswerError } from '../session/answering/answerer.js';
import { overdueErrorOf } from '../session/answering/overdue.js';
import { type WorkerMessage, workerMessageOf } from './worker-message.js';
import type { Endpoint } from './worker-side.js';

/** What running handlers needs. */
export interface CallsParts {
  readonly clock: Clock;
  readonly maxRunning: number;
  readonly maxWaiting: number;
  readonly callbackTimeoutMs: number;
  readonly encoding: EncodePayloadOptions;
  readonly unsent: UnsentAnswers;
  readonly counts: WorkerCounts;
  /** A request, for an error about it. */
  asked(message: WorkerMessage): AskedRequest;
  /** A handler has failed. */
  failed(thrown: unknown, message: WorkerMessage): void;
  /** A request of an endpoint is over, after so many milliseconds; `failure` says what went wrong, if anything. */
  over(endpoint: Endpoint, tookMs: number, failure: BusHeaders | null): void;
  /** Nothing runs and nothing waits any more. */
  idle(): void;
}

/** What a worker counts. */
export interface WorkerCounts {
  /** Requests and messages that came. */
  received: number;
  /** Requests that were answered, with whatever status. */
  answered: number;
  /** Handlers that failed: they threw, rejected, returned what cannot be sent, or took too long. */
  callbackErrors: number;
  /** Data that did not fit the contract. */
  validationErrors: number;
  /** Requests and messages that were refused because too many waited, or the worker was closing. */
  refused: number;
  /** Requests that were not begun because their time was over. */
  expired: number;
  /** What could not be read. */
  unreadable: number;
  /** What handlers answered after their time was over. */
  lateResults: number;
}

/** One request or message at work. */
interface Call {
  readonly endpoint: Endpoint;
  readonly sent: BusMessage;
  readonly message: WorkerMessage;
  readonly receivedMs: number;
  /** When nobody waits for the answer any more. */
  readonly dueMs: number;
  /** Of the handler; undefined while it has none. */
  timer: unknown;
}

const NO_DATA = new Uint8Array();

/** Runs handlers. */
export class Calls {
  readonly #parts: CallsParts;
  readonly #running = new Set<Call>();
  #waiting: Call[] = [];
  /** Nothing more begins. */
  #isOver = false;

  constructor(parts: CallsParts) {
    this.#parts = parts;
  }

  /** How many handlers have not settled, and how many requests wait for their turn. */
  get load(): { readonly running: number; readonly waiting: number } {
    return { running: this.#running.size, waiting: this.#waiting.length };
  }

  get isIdle(): boolean {
    return this.#running.size === 0 && this.#waiting.length === 0;
  }

  /** Something came for an endpoint. */
  receive(endpoint: Endpoint, sent: BusMessage): void {
    const { clock, counts, maxRunning, maxWaiting } = this.#parts;
    counts.received++;
    const message = this.#read(endpoint, sent);
    if (message === null) return;
    const receivedMs = clock.now();
    const dueMs = receivedMs + timeoutIn(sent.headers);
    const call: Call = { endpoint, sent, message, receivedMs, dueMs, timer: undefined };
    if (this.#isOver) return this.#refuseAtTheEnd(call);
    if (this.#running.size < maxRunning && this.#waiting.length === 0) return this.#run(call);
    if (this.#waiting.length < maxWaiting) {
      this.#waiting.push(call);
      return;
    }
    counts.refused++;
    this.#fail(
      call,
      new TooManyRequestsError('too-many-pending', maxWaiting, this.#parts.asked(message), 'maxWaiting'),
    );
  }

  /**
   * Ends it: what waits is refused, and the requesters of handlers that run are told that the outcome is unknown.
   *
   * @returns how many handlers run whose answers were not sent
   */
  cut(): number {
    this.#isOver = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const call of waiting) this.#refuseAtTheEnd(call);
    const running = [...this.#running];
    for (const call of running) {
      this.#ended(call);
      this.#fail(call, new ConnectionLostError(this.#parts.asked(call.message), true, 'session-closed'));
    }
    return running.length;
  }

  #read(endpoint: Endpoint, sent: BusMessage): WorkerMessage | null {
    try {
      return workerMessageOf(sent);
    } catch (error) {
      this.#parts.counts.unreadable++;
      const headers = failureHeaders(error);
      this.#parts.over(endpoint, 0, headers);
      this.#respondWithFailure(sent, headers, Number.POSITIVE_INFINITY);
      return null;
    }
  }

  #refuseAtTheEnd(call: Call): void {
    this.#parts.counts.refused++;
    this.#fail(call, new ConnectionLostError(this.#parts.asked(call.message), false, 'session-closed'));
  }

  #run(call: Call): void {
    const { clock, counts } = this.#parts;
    const { endpoint, message, receivedMs, dueMs } = call;
    if (clock.now() >= dueMs) {
      counts.expired++;
      const asked = this.#parts.asked(message);
      return this.#fail(call, new TimeoutError(asked, dueMs - receivedMs, 'no-answer', false));
    }
    let result: unknown;
    try {
      result = endpoint.callback(message);
    } catch (error) {
      return this.#failed(call, error);
    }
    if (isThenable(result)) this.#await(call, result);
    else this.#answer(call, result);
  }

  #await(call: Call, result: unknown): void {
    const { clock, callbackTimeoutMs, counts } = this.#parts;
    this.#running.add(call);
    const settle = (answer: () => void): void => {
      if (!this.#running.has(call)) {
        counts.lateResults++;
        return;
      }
      this.#ended(call);
      answer();
      this.#next();
    };
    call.timer = clock.setTimeout(() => {
      const late = new Error(`the handler did not answer within ${callbackTimeoutMs} ms (callbackTimeout)`);
      settle(() => this.#failed(call, overdueErrorOf(result) ?? late));
    }, callbackTimeoutMs);
    promiseOf(result).then(
      (value) => settle(() => this.#answer(call, value)),
      (error: unknown) => settle(() => this.#failed(call, error)),
    );
  }

  #ended(call: Call): void {
    this.#running.delete(call);
    this.#parts.clock.clearTimeout(call.timer);
  }

  /** A handler has ended: the next one may begin. */
  #next(): void {
    while (this.#running.size < this.#parts.maxRunning) {
      const call = this.#waiting.shift();
      if (call === undefined) break;
      this.#run(call);
    }
    if (this.isIdle) this.#parts.idle();
  }

  #answer(call: Call, result: unknown): void {
    try {
      if (!isStatusAndData(result)) throw noAnswerError();
      const [status, data] = result;
      this.#send(call, status, data, null);
    } catch (error) {
      this.#failed(call, error);
    }
  }

  /** A handler threw or rejected. A `StatusError` is an answer, and no failure. */
  #failed(call: Call, thrown: unknown): void {
    const answer = statusAnswerOf(thrown);
    if (answer !== null) return this.#answer(call, [answer.status, answer.data]);
    this.#parts.counts.callbackErrors++;
    this.#parts.failed(thrown, call.message);
    // what was thrown stays here, as with a session
    this.#send(call, STATUS_CALLBACK_ERROR, null, {
      [ERROR_CODE_HEADER]: '500',
      [ERROR_TEXT_HEADER]: STATUS_REASONS['callback-error'],
    });
  }

  /**
   * Answers with a message.
   *
   * @param failure what tools count, where the handler has failed
   * @throws TypeError or RangeError for data that cannot be sent, before anything is
   */
  #send(call: Call, status: number, data: unknown, failure: BusHeaders | null): void {
    const { endpoint, message, receivedMs, dueMs, sent } = call;
    const { counts, clock, encoding } = this.#parts;
    if (sent.reply !== null) {
      const { responseSid, dataId } = endpoint.entry;
      const payload = encodePayload(
        new Message<unknown>({ serviceId: responseSid, dataId, status, data }),
        encoding,
      );
      try {
        this.#respond(sent, payload, { [STATUS_HEADER]: String(status), ...failure }, dueMs);
      } catch (error) {
        // it is too long for the bus; the handler has done its work
        this.#parts.failed(error, message);
        counts.callbackErrors++;
        return this.#fail(call, new BusError('bus-too-large', { written: true }, this.#parts.asked(message)));
      }
      counts.answered++;
    }
    this.#parts.over(endpoint, clock.now() - receivedMs, failure);
  }

  /** Answers with a failure. */
  #fail({ endpoint, sent, receivedMs, dueMs }: Call, error: Error): void {
    const headers = failureHeaders(error);
    this.#parts.over(endpoint, this.#parts.clock.now() - receivedMs, headers);
    this.#respondWithFailure(sent, headers, dueMs);
  }

  /** Never throws: nobody can be told of a failure that the bus does not take, and it is counted as lost. */
  #respondWithFailure(sent: BusMessage, headers: BusHeaders, dueMs: number): void {
    try {
      this.#respond(sent, NO_DATA, headers, dueMs);
    } catch {
      this.#parts.unsent.lost++;
    }
  }

  #respond(sent: BusMessage, data: Uint8Array, headers: BusHeaders, dueMs: number): void {
    if (sent.reply !== null) this.#parts.unsent.send(() => sent.respond(data, headers), dueMs, data.length);
  }
}
