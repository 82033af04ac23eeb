/**
 * Answers the requests of the peer (protocol.md section 5, rule 5): runs their callbacks, a bounded number at once and
 * each for a bounded time, and keeps the answers in order.
 */

import type { Clock } from '../clock.js';
import { StatusError } from '../errors.js';
import { STATUS_AUTH_REQUIRED, STATUS_CALLBACK_ERROR } from '../protocol/ids.js';
import { type JsonValue, Message } from '../protocol/message.js';
import { type Answer, AnswerLines, type AnswerPlace } from './answer-lines.js';
import type { BoundCallback } from './callbacks.js';

/** What an answerer needs of its session. */
export interface AnswererHost {
  readonly clock: Clock;
  readonly callbackTimeoutMs: number;
  /** How many callbacks may run at once, as things are. */
  maxRunningCallbacks(): number;
  /** Whether the callback of a request may run, as things are. */
  mayRun(request: Message<JsonValue>): boolean;
  /** Whether this side has asked the peer something: then reading must go on, or its callbacks wait for ever. */
  isAwaitingAnswers(): boolean;
  /** Encodes a message; throws a TypeError where its data is no JSON, a RangeError where it is too long. */
  encode(message: Message<unknown>): Buffer;
  transmit(answer: Answer): void;
  /** An answer was made for a connection that is gone. */
  linkLost(answer: Answer): void;
  /** A request waited for its callback to be run, and its connection is gone. */
  requestLost(request: Message<JsonValue>): void;
  /** Runs what nobody calls who could catch it; what it throws ends the session. */
  guard(run: () => void): void;
  /** A callback answered (or failed) after its request had been answered for it. */
  lateResult(request: Message<JsonValue>): void;
  /** A callback failed; `error` is what it threw, or an Error that says what it returned. */
  callbackFailed(request: Message<JsonValue>, error: unknown): void;
  /** Too many callbacks are running: no more requests, please; and: on with them. */
  pauseReading(): void;
  resumeReading(): void;
}

/** So many requests wait for their callbacks while answers to our own are read; after that reading pauses all the same. */
const MAX_WAITING_CALLS = 1_024;

interface Call {
  readonly request: Message<JsonValue>;
  readonly responseSid: number;
  readonly callback: BoundCallback;
  readonly place: AnswerPlace;
  readonly lines: AnswerLines;
}

/** Runs callbacks and sends what they answer. */
export class Answerer {
  readonly #host: AnswererHost;
  #lines: AnswerLines;
  #running = 0;
  /** The time-outs of the callbacks that run. */
  readonly #timers = new Set<unknown>();
  #isClosed = false;
  /** What came while as many ran as may: the rest of a chunk, or what came in between answers that are waited for. */
  #waiting: Call[] = [];

  constructor(host: AnswererHost) {
    this.#host = host;
    this.#lines = this.#newLines();
  }

  /** How many callbacks have begun and not answered. */
  get running(): number {
    return this.#running;
  }

  /** Forgets the requests of the last connection: their answers, when they come, go nowhere. */
  reset(): void {
    const lines = this.#lines;
    const waiting = this.#waiting;
    lines.close();
    this.#waiting = [];
    this.#lines = this.#newLines();
    for (const { request } of waiting) this.#host.requestLost(request);
  }

  /** The session is over: no time-out is left behind, and what the callbacks that still run answer goes nowhere. */
  close(): void {
    this.#isClosed = true;
    this.reset();
    for (const timer of this.#timers) this.#host.clock.clearTimeout(timer);
    this.#timers.clear();
  }

  /** This side asks the peer something, out of a callback perhaps: the answer must be read. */
  awaitsAnswer(): void {
    if (this.#waiting.length > 0 && this.#waiting.length < MAX_WAITING_CALLS) this.#host.resumeReading();
  }

  /** More callbacks may run than before: begins those that wait. */
  limitChanged(): void {
    if (this.#waiting.length > 0) this.#callNext();
  }

  /** Answers with a status and no data, after the answers that are due before it. */
  answerStatus(responseSid: number, dataId: number, status: number): void {
    this.#send(this.#statusAnswer(responseSid, dataId, status));
  }

  #send(answer: Answer): void {
    const { serviceId, dataId } = answer.message;
    if (this.#lines.isFree(serviceId, dataId)) this.#host.transmit(answer);
    else this.#lines.fill(this.#lines.enter(serviceId, dataId), answer);
  }

  /** Runs the callback of a request and answers with what it returns. */
  call(request: Message<JsonValue>, responseSid: number, callback: BoundCallback): void {
    if (this.#running >= this.#host.maxRunningCallbacks() || this.#waiting.length > 0) {
      const place = this.#lines.enter(responseSid, request.dataId);
      this.#waiting.push({ request, responseSid, callback, place, lines: this.#lines });
      if (this.#waiting.length >= MAX_WAITING_CALLS || !this.#host.isAwaitingAnswers())
        this.#host.pauseReading();
      return;
    }
    let result: unknown;
    let isLater: boolean;
    try {
      result = callback(request);
      isLater = isThenable(result);
    } catch (error) {
      return this.#send(this.#failed(request, responseSid, error));
    }
    if (!isLater) return this.#send(this.#answerOf(request, responseSid, result));
    const place = this.#lines.enter(responseSid, request.dataId);
    this.#await(result, { request, responseSid, callback, place, lines: this.#lines });
  }

  #newLines(): AnswerLines {
    return new AnswerLines(
      (answer) => this.#host.transmit(answer),
      (answer) => this.#host.linkLost(answer),
    );
  }

  #await(result: unknown, call: Call): void {
    const { clock, callbackTimeoutMs } = this.#host;
    this.#running++;
    let isSettled = false;
    const settle = (answer: () => Answer): void =>
      this.#host.guard(() => {
        if (isSettled) return this.#host.lateResult(call.request);
        isSettled = true;
        clock.clearTimeout(timer);
        this.#timers.delete(timer);
        this.#running--;
        call.lines.fill(call.place, answer());
        this.#callNext();
      });
    const timer = clock.setTimeout(() => {
      const error = new Error(`expected the callback to answer within ${callbackTimeoutMs} ms, got nothing`);
      settle(() => this.#failed(call.request, call.responseSid, error));
    }, callbackTimeoutMs);
    this.#timers.add(timer);
    // a promise of somebody's own making may throw when it is asked; that is a rejection as well
    Promise.resolve(result).then(
      (value) => settle(() => this.#answerOf(call.request, call.responseSid, value)),
      (error: unknown) => settle(() => this.#failed(call.request, call.responseSid, error)),
    );
  }

  #callNext(): void {
    while (!this.#isClosed && this.#running < this.#host.maxRunningCallbacks()) {
      const call = this.#waiting.shift();
      if (call === undefined) return this.#host.resumeReading();
      if (!this.#host.mayRun(call.request)) {
        // it came from a trusted peer, and waited; the trust is gone meanwhile
        const answer = this.#statusAnswer(call.responseSid, call.request.dataId, STATUS_AUTH_REQUIRED);
        call.lines.fill(call.place, answer);
        continue;
      }
      let result: unknown;
      let isLater: boolean;
      try {
        result = call.callback(call.request);
        isLater = isThenable(result);
      } catch (error) {
        call.lines.fill(call.place, this.#failed(call.request, call.responseSid, error));
        continue;
      }
      if (isLater) this.#await(result, call);
      else call.lines.fill(call.place, this.#answerOf(call.request, call.responseSid, result));
    }
  }

  #answerOf(request: Message<JsonValue>, responseSid: number, result: unknown): Answer {
    try {
      if (!isStatusAndData(result)) {
        throw new Error('expected the callback to return [status, data], got something else');
      }
      const [status, data] = result;
      const message = new Message<unknown>({ serviceId: responseSid, dataId: request.dataId, status, data });
      return { message, payload: this.#host.encode(message) };
    } catch (error) {
      return this.#failed(request, responseSid, error);
    }
  }

  #failed(request: Message<JsonValue>, responseSid: number, error: unknown): Answer {
    if (error instanceof StatusError) return this.#statusAnswer(responseSid, request.dataId, error.status);
    this.#host.callbackFailed(request, error);
    return this.#statusAnswer(responseSid, request.dataId, STATUS_CALLBACK_ERROR);
  }

  #statusAnswer(serviceId: number, dataId: number, status: number): Answer {
    const message = new Message<unknown>({ serviceId, dataId, status });
    return { message, payload: this.#host.encode(message) };
  }
}

function isStatusAndData(result: unknown): result is readonly [number, unknown] {
  return Array.isArray(result) && result.length === 2 && Number.isSafeInteger(result[0]) && result[0] >= 0;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
