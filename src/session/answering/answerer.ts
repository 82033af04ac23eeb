/**
 * Answers the requests of the peer (protocol.md section 5, rule 5): runs their callbacks, a bounded number at once and
 * each for a bounded time.
 */

import { isThenable } from '../../base/thenable.js';
import { textOfThrown } from '../../base/thrown.js';
import { StatusError } from '../../protocol/errors.js';
import { STATUS_AUTH_REQUIRED, STATUS_CALLBACK_ERROR } from '../../protocol/ids.js';
import { type JsonValue, Message } from '../../protocol/message.js';
import type { Journal } from '../journal/journal.js';
import type { SessionSettings } from '../options.js';
import type { Answer, AnswerMaker, AnswerPlace, Answers, Caller } from '../sending/answers.js';
import type { Gate } from '../sending/gate.js';
import type { Output } from '../sending/output.js';
import type { SessionHandle } from '../session-handle.js';

/** A callback with the extra arguments of its registration applied. */
export type BoundCallback = (message: Message<JsonValue>) => unknown;

/** With more requests waiting than this, reading pauses even while we wait for answers ourselves. */
const MAX_WAITING_CALLS = 1_024;

/** A request whose callback waits for its turn. */
interface Call {
  readonly request: Message<JsonValue>;
  readonly responseSid: number;
  readonly callback: BoundCallback;
  readonly place: AnswerPlace;
}

/** What the answerer works with. */
export interface AnswererParts {
  readonly settings: SessionSettings;
  readonly journal: Journal;
  readonly gate: Gate;
  readonly output: Output;
  readonly answers: Answers;
  readonly handle: SessionHandle;
}

/** Runs callbacks and sends what they answer. */
export class Answerer implements Caller {
  readonly #parts: AnswererParts;
  #running = 0;
  /** The time-outs of the callbacks that run. */
  #timers: Set<unknown> | null = null;
  #isClosed = false;
  /** Requests that arrived while the maximum was running. */
  #waiting: Call[] = [];

  constructor(parts: AnswererParts) {
    this.#parts = parts;
    parts.answers.caller = this;
  }

  /** Answers with a status and no data, after the answers that are due before it. */
  answerStatus(responseSid: number, dataId: number, status: number): void {
    this.#send(responseSid, dataId, () => this.#statusAnswer(responseSid, dataId, status));
  }

  /** Runs the callback of a request and answers with what it returns. */
  call(request: Message<JsonValue>, responseSid: number, callback: BoundCallback): void {
    if (this.#isRefused) return this.answerStatus(responseSid, request.dataId, STATUS_AUTH_REQUIRED);
    if (this.#hasRoom && this.#waiting.length === 0) return this.#run(request, responseSid, callback, null);
    const place = this.#parts.answers.reserve(responseSid, request.dataId);
    this.#waiting.push({ request, responseSid, callback, place });
    this.#reportLoad();
  }

  /** More or fewer callbacks may run than before: begins those that may. */
  limitChanged(): void {
    if (this.#waiting.length > 0) this.callNext();
  }

  /** The peer reads again: sends waiting answers, begins waiting callbacks. */
  outputDrained(): void {
    this.#parts.answers.drained();
    this.callNext();
  }

  /** Forgets the requests of the last connection: their answers, when they come, go nowhere. */
  linkLost(): void {
    const { journal, answers } = this.#parts;
    const waiting = this.#waiting;
    this.#waiting = [];
    answers.linkLost();
    for (const { request } of waiting)
      journal.drop('link-lost', `a request whose connection is gone: ${journal.describe(request)}`);
  }

  /** The session is over: clears all timers; results of callbacks that still run go nowhere. */
  close(): void {
    this.#isClosed = true;
    this.linkLost();
    const { clock } = this.#parts.settings;
    for (const timer of this.#timers ?? []) clock.clearTimeout(timer);
    this.#timers = null;
  }

  /** Whether another callback may begin. An answer that cannot leave yet counts as a running callback. */
  get #hasRoom(): boolean {
    return this.#running + this.#parts.answers.waiting < this.#parts.gate.limits.maxRunningCallbacks;
  }

  /** Whether the server runs as many callbacks of strangers as it may: one that is trusted would be served. */
  get #isRefused(): boolean {
    const { gate, journal } = this.#parts;
    return gate.passage !== 'everything' && journal.strangers?.mayCall === false;
  }

  /** Runs a callback. One that answers at once needs no place. */
  #run(
    request: Message<JsonValue>,
    responseSid: number,
    callback: BoundCallback,
    reserved: AnswerPlace | null,
  ): void {
    let result: unknown;
    let isLater: boolean;
    try {
      result = callback(request);
      isLater = isThenable(result);
    } catch (error) {
      return this.#deliver(request, responseSid, reserved, () => this.#failed(request, responseSid, error));
    }
    if (!isLater) {
      return this.#deliver(request, responseSid, reserved, () =>
        this.#answerOf(request, responseSid, result),
      );
    }
    const place = reserved ?? this.#parts.answers.reserve(responseSid, request.dataId);
    this.#await(result, request, responseSid, place);
  }

  #deliver(
    request: Message<JsonValue>,
    responseSid: number,
    place: AnswerPlace | null,
    answer: AnswerMaker,
  ): void {
    if (place === null) this.#send(responseSid, request.dataId, answer);
    else this.#parts.answers.fill(place, answer);
  }

  #send(responseSid: number, dataId: number, answer: AnswerMaker): void {
    if (!this.#parts.answers.send(responseSid, dataId, answer)) this.#reportLoad();
  }

  #await(result: unknown, request: Message<JsonValue>, responseSid: number, place: AnswerPlace): void {
    const { settings, journal, gate, answers, handle } = this.#parts;
    const { clock, callbackTimeoutMs } = settings;
    this.#running++;
    const ended = gate.passage === 'everything' ? undefined : journal.strangers?.callbackBegan();
    let isSettled = false;
    const settle = (answer: AnswerMaker): void =>
      handle.guard(() => {
        if (isSettled) {
          return journal.drop(
            'late-result',
            `what a callback answered too late to: ${journal.describe(request)}`,
          );
        }
        isSettled = true;
        clock.clearTimeout(timer);
        this.#timers?.delete(timer);
        this.#running--;
        ended?.();
        answers.fill(place, answer);
        this.callNext();
      });
    const timer = clock.setTimeout(() => {
      const error = new Error(`the callback did not answer within ${callbackTimeoutMs} ms (callbackTimeout)`);
      settle(() => this.#failed(request, responseSid, error));
    }, callbackTimeoutMs);
    this.#timers ??= new Set();
    this.#timers.add(timer);
    // a foreign promise may throw from `then`; that counts as a rejection
    Promise.resolve(result).then(
      (value) => settle(() => this.#answerOf(request, responseSid, value)),
      (error: unknown) => settle(() => this.#failed(request, responseSid, error)),
    );
  }

  /** Begins the callbacks that wait, as far as there is room. */
  callNext(): void {
    const { answers, gate, output } = this.#parts;
    while (!this.#isClosed && this.#hasRoom && !output.isFull) {
      const call = this.#waiting.shift();
      if (call === undefined) break;
      const { request, responseSid, callback, place } = call;
      if (gate.mayPass(request.serviceId, request.dataId) && !this.#isRefused)
        this.#run(request, responseSid, callback, place);
      // the peer was trusted when it arrived and no longer is, or the server has no room for strangers
      else answers.fill(place, () => this.#statusAnswer(responseSid, request.dataId, STATUS_AUTH_REQUIRED));
    }
    this.#reportLoad();
  }

  #reportLoad(): void {
    const waiting = this.#waiting.length + this.#parts.answers.waiting;
    const hasRoom = this.#waiting.length === 0 && this.#hasRoom;
    this.#parts.output.callbackLoad = hasRoom ? 'room' : waiting >= MAX_WAITING_CALLS ? 'full' : 'some';
  }

  #answerOf(request: Message<JsonValue>, responseSid: number, result: unknown): Answer {
    try {
      if (!isStatusAndData(result)) throw new Error('the callback returned no [status, data]');
      const [status, data] = result;
      return this.#parts.answers.encoded(
        new Message<unknown>({ serviceId: responseSid, dataId: request.dataId, status, data }),
      );
    } catch (error) {
      return this.#failed(request, responseSid, error);
    }
  }

  #failed(request: Message<JsonValue>, responseSid: number, error: unknown): Answer {
    if (error instanceof StatusError) return this.#statusAnswer(responseSid, request.dataId, error.status);
    this.callbackFailed(request, error);
    return this.#statusAnswer(responseSid, request.dataId, STATUS_CALLBACK_ERROR);
  }

  /** A callback failed; `error` is what it threw, or an Error that says what it returned. */
  callbackFailed(message: Message<JsonValue>, error: unknown): void {
    const { journal } = this.#parts;
    journal.note('callback-failed', null, `${journal.describe(message)}: ${textOfThrown(error)}`);
  }

  #statusAnswer(serviceId: number, dataId: number, status: number): Answer {
    return this.#parts.answers.encoded(new Message<unknown>({ serviceId, dataId, status }));
  }
}

function isStatusAndData(result: unknown): result is readonly [number, unknown] {
  return Array.isArray(result) && result.length === 2 && Number.isSafeInteger(result[0]) && result[0] >= 0;
}
