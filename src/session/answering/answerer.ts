/**
 * Answers the requests of the peer (protocol.md section 5, rule 5): runs their callbacks, a bounded number at once and
 * each for a bounded time, and keeps the answers in order.
 */

import { StatusError } from '../../protocol/errors.js';
import { STATUS_AUTH_REQUIRED, STATUS_CALLBACK_ERROR } from '../../protocol/ids.js';
import { type JsonValue, Message } from '../../protocol/message.js';
import type { DropReason } from '../journal/counters.js';
import type { SessionSettings } from '../options.js';
import type { BoundCallback } from '../receiving/callbacks.js';
import {
  type Answer,
  AnswerLines,
  type AnswerMaker,
  type AnswerOutlet,
  type AnswerPlace,
} from './answer-lines.js';

/** What an answerer needs of its session. */
export interface AnswererHost {
  readonly settings: SessionSettings;
  readonly outlet: AnswererOutlet;
  /** How many callbacks may run at once, as things are. */
  readonly maxRunningCallbacks: number;
  /** Whether this side has asked the peer something: then reading must go on, or its callbacks wait for ever. */
  readonly isAwaitingAnswers: boolean;
  /** Whether a message of the peer may be handled, as things are. */
  mayPass(serviceId: number, dataId: number): boolean;
  describe(message: Message<unknown>): string;
  drop(reason: DropReason, detail: string): void;
  /** Runs what nobody calls who could catch it; what it throws ends the session. */
  guard(run: () => void): void;
  /** A callback failed; `error` is what it threw, or an Error that says what it returned. */
  callbackFailed(request: Message<JsonValue>, error: unknown): void;
}

/** What an answerer needs of the way out. */
export interface AnswererOutlet {
  readonly isFull: boolean;
  /** Encodes a message; throws a TypeError where its data is no JSON, a RangeError where it is too long. */
  encode(message: Message<unknown>): Buffer;
  transmit(message: Message<unknown>, payload: Buffer): void;
  /** Too many callbacks are running: no more requests, please; and: on with them. */
  pauseReading(reason: 'callbacks'): void;
  resumeReading(reason: 'callbacks'): void;
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
export class Answerer implements AnswerOutlet {
  readonly #host: AnswererHost;
  #lines: AnswerLines;
  #running = 0;
  /** The time-outs of the callbacks that run. */
  #timers: Set<unknown> | null = null;
  #isClosed = false;
  /** What came while as many ran as may: the rest of a chunk, or what came in between answers that are waited for. */
  #waiting: Call[] = [];

  constructor(host: AnswererHost) {
    this.#host = host;
    this.#lines = new AnswerLines(this);
  }

  /** How many callbacks have begun and not answered. */
  get running(): number {
    return this.#running;
  }

  get isFull(): boolean {
    return this.#host.outlet.isFull;
  }

  transmit(message: Message<unknown>, payload: Buffer): void {
    this.#host.outlet.transmit(message, payload);
  }

  answerLost({ message }: Answer): void {
    const host = this.#host;
    host.drop('link-lost', `an answer whose connection is gone: ${host.describe(message)}`);
  }

  /** Forgets the requests of the last connection: their answers, when they come, go nowhere. */
  reset(): void {
    const host = this.#host;
    const lines = this.#lines;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#lines = new AnswerLines(this);
    lines.close();
    for (const { request } of waiting)
      host.drop('link-lost', `a request whose connection is gone: ${host.describe(request)}`);
  }

  /** The session is over: no time-out is left behind, and what the callbacks that still run answer goes nowhere. */
  close(): void {
    this.#isClosed = true;
    this.reset();
    const { clock } = this.#host.settings;
    for (const timer of this.#timers ?? []) clock.clearTimeout(timer);
    this.#timers = null;
  }

  /** This side asks the peer something, out of a callback perhaps: the answer must be read. */
  awaitsAnswer(): void {
    const { length } = this.#waiting;
    if ((length > 0 || this.#lines.ready > 0) && length + this.#lines.ready < MAX_WAITING_CALLS)
      this.#host.outlet.resumeReading('callbacks');
  }

  /** More callbacks may run than before: begins those that wait. */
  limitChanged(): void {
    if (this.#waiting.length > 0) this.#callNext();
  }

  /** The peer reads again: sends what waited, begins what waited for that. */
  outputDrained(): void {
    this.#lines.drain();
    this.#callNext();
  }

  /** Answers with a status and no data, after the answers that are due before it. */
  answerStatus(responseSid: number, dataId: number, status: number): void {
    this.#send(responseSid, dataId, () => this.#statusAnswer(responseSid, dataId, status));
  }

  #send(responseSid: number, dataId: number, answer: AnswerMaker): void {
    if (this.#lines.isFree(responseSid, dataId)) {
      const { message, payload } = answer();
      return this.transmit(message, payload);
    }
    this.#lines.fill(this.#lines.enter(responseSid, dataId), answer);
    this.#pauseWhereFull();
  }

  /** Runs the callback of a request and answers with what it returns. */
  call(request: Message<JsonValue>, responseSid: number, callback: BoundCallback): void {
    const { dataId } = request;
    if (!this.#hasRoom || this.#waiting.length > 0) {
      const place = this.#lines.enter(responseSid, dataId);
      this.#waiting.push({ request, responseSid, callback, place, lines: this.#lines });
      return this.#pauseWhereFull();
    }
    let result: unknown;
    let isLater: boolean;
    try {
      result = callback(request);
      isLater = isThenable(result);
    } catch (error) {
      return this.#send(responseSid, dataId, () => this.#failed(request, responseSid, error));
    }
    if (!isLater) return this.#send(responseSid, dataId, () => this.#answerOf(request, responseSid, result));
    const place = this.#lines.enter(responseSid, dataId);
    this.#await(result, { request, responseSid, callback, place, lines: this.#lines });
  }

  /** Whether another callback may begin. An answer that cannot leave yet counts as one that is still being made. */
  get #hasRoom(): boolean {
    return this.#running + this.#lines.ready < this.#host.maxRunningCallbacks;
  }

  #pauseWhereFull(): void {
    const waiting = this.#waiting.length + this.#lines.ready;
    const isFull = this.#waiting.length > 0 || !this.#hasRoom;
    if (isFull && (waiting >= MAX_WAITING_CALLS || !this.#host.isAwaitingAnswers))
      this.#host.outlet.pauseReading('callbacks');
  }

  #await(result: unknown, call: Call): void {
    const host = this.#host;
    const { clock, callbackTimeoutMs } = host.settings;
    this.#running++;
    let isSettled = false;
    const settle = (answer: AnswerMaker): void =>
      host.guard(() => {
        if (isSettled) {
          return host.drop(
            'late-result',
            `what a callback answered too late to: ${host.describe(call.request)}`,
          );
        }
        isSettled = true;
        clock.clearTimeout(timer);
        this.#timers?.delete(timer);
        this.#running--;
        call.lines.fill(call.place, answer);
        this.#callNext();
      });
    const timer = clock.setTimeout(() => {
      const error = new Error(`expected the callback to answer within ${callbackTimeoutMs} ms, got nothing`);
      settle(() => this.#failed(call.request, call.responseSid, error));
    }, callbackTimeoutMs);
    this.#timers ??= new Set();
    this.#timers.add(timer);
    // a promise of somebody's own making may throw when it is asked; that is a rejection as well
    Promise.resolve(result).then(
      (value) => settle(() => this.#answerOf(call.request, call.responseSid, value)),
      (error: unknown) => settle(() => this.#failed(call.request, call.responseSid, error)),
    );
  }

  #callNext(): void {
    while (!this.#isClosed && this.#hasRoom && !this.isFull) {
      const call = this.#waiting.shift();
      if (call === undefined) return this.#host.outlet.resumeReading('callbacks');
      const { request, responseSid, place, lines } = call;
      if (!this.#host.mayPass(request.serviceId, request.dataId)) {
        // it came from a trusted peer, and waited; the trust is gone meanwhile
        lines.fill(place, () => this.#statusAnswer(responseSid, request.dataId, STATUS_AUTH_REQUIRED));
        continue;
      }
      let result: unknown;
      let isLater: boolean;
      try {
        result = call.callback(request);
        isLater = isThenable(result);
      } catch (error) {
        lines.fill(place, () => this.#failed(request, responseSid, error));
        continue;
      }
      if (isLater) this.#await(result, call);
      else lines.fill(place, () => this.#answerOf(request, responseSid, result));
    }
  }

  #answerOf(request: Message<JsonValue>, responseSid: number, result: unknown): Answer {
    try {
      if (!isStatusAndData(result)) {
        throw new Error('expected the callback to return [status, data], got something else');
      }
      const [status, data] = result;
      const message = new Message<unknown>({ serviceId: responseSid, dataId: request.dataId, status, data });
      return { message, payload: this.#host.outlet.encode(message) };
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
    return { message, payload: this.#host.outlet.encode(message) };
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
