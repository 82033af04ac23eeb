/**
 * Answers the requests of the peer (protocol.md section 5, rule 5): runs their callbacks, a bounded number at once and
 * each for a bounded time. A callback that itself waits for the peer takes no room from the others.
 */

import { isThenable } from '../../base/thenable.js';
import { errorOfThrown } from '../../base/thrown.js';
import { promiseOf } from '../../base/user-code.js';
import { codeOfError, statusAnswerOf } from '../../protocol/error-brand.js';
import { type MiddlewareError, SessionClosedError } from '../../protocol/errors.js';
import {
  STATUS_AUTH_REQUIRED,
  STATUS_CALLBACK_ERROR,
  STATUS_OPERATION_NOT_PERMITTED,
} from '../../protocol/ids.js';
import { type JsonValue, Message } from '../../protocol/message.js';
import type { Journal } from '../journal/journal.js';
import { HANDLED, RequestTrace } from '../observing/trace.js';
import { requestContext, type TracedLink } from '../observing/trace-contexts.js';
import type { SessionSettings } from '../options.js';
import type { Answer, AnswerMaker, AnswerPlace, Answers } from '../sending/answers.js';
import type { Gate } from '../sending/gate.js';
import type { Caller, Output } from '../sending/output.js';
import type { SessionHandle } from '../session-handle.js';
import { Backlog, type BoundCallback } from './backlog.js';
import { CallbackTimers, TimedCallback } from './callback-timers.js';
import { overdueErrorOf } from './overdue.js';

/** Answers that may wait for one before them while this side waits for the peer: as many as a peer of ours can have pending. */
const MAX_UNSENT_ANSWERS = 10_000;

/** What the answerer works with. */
export interface AnswererParts {
  readonly settings: SessionSettings;
  readonly journal: Journal;
  readonly gate: Gate;
  readonly output: Output;
  readonly answers: Answers;
  readonly handle: SessionHandle;
  readonly comm: TracedLink;
}

/** Runs callbacks and sends what they answer. */
export class Answerer implements Caller {
  /** Callbacks whose answers were not sent because the session closed. */
  cutCallbacks = 0;
  readonly #parts: AnswererParts;
  #running = 0;
  /** Made for the first callback that does not answer at once. */
  #timers: CallbackTimers | null = null;
  #isClosed = false;
  /** Made when a request or an answer has to wait; for most sessions none ever does. */
  #backlog: Backlog | null = null;
  #isCallDue = false;

  constructor(parts: AnswererParts) {
    this.#parts = parts;
    parts.output.caller = this;
  }

  /** How many callbacks have not settled, and how many wait for their turn. */
  get load(): { readonly running: number; readonly waiting: number } {
    return { running: this.#running, waiting: this.#backlog?.size ?? 0 };
  }

  /** Answers with a status and no data, after the answers that are due before it. */
  answerStatus(responseSid: number, dataId: number, status: number): void {
    const { answers } = this.#parts;
    answers.sendStatus(responseSid, dataId, status, () => this.#statusAnswer(responseSid, dataId, status));
  }

  /**
   * Runs the callback of a request and answers with what it returns.
   *
   * @param byteLength how long the payload of the request is
   */
  call(request: Message<JsonValue>, responseSid: number, callback: BoundCallback, byteLength: number): void {
    if (this.#isRefused) return this.answerStatus(responseSid, request.dataId, STATUS_AUTH_REQUIRED);
    if ((this.#backlog === null || this.#backlog.size === 0) && this.#hasRoom)
      return this.#run(request, responseSid, callback, null);
    const backlog = this.#startBacklog();
    if (backlog.isRefusing) return this.#refuse(request, responseSid);
    const place = this.#parts.answers.reserve(responseSid, request.dataId);
    backlog.push({ request, responseSid, callback, place, byteLength });
    backlog.update();
  }

  /** More wait than may: the peer hears so at once, or as soon as the answers before it have left. */
  #refuse(request: Message<JsonValue>, responseSid: number): void {
    const { journal } = this.#parts;
    journal.drop(
      'too-many-waiting',
      `too many requests wait for their callbacks: ${journal.describe(request)}`,
    );
    this.answerStatus(responseSid, request.dataId, STATUS_CALLBACK_ERROR);
  }

  /** The session drains: nothing new begins, and the peer hears so at once. */
  refuseAtTheEnd(request: Message<JsonValue>, responseSid: number): void {
    const { journal } = this.#parts;
    journal.drop('draining', () => `the session is about to close: ${journal.describe(request)}`);
    this.answerStatus(responseSid, request.dataId, STATUS_OPERATION_NOT_PERMITTED);
  }

  /** More or fewer callbacks may run than before: begins those that may. */
  limitChanged(): void {
    this.callNext();
  }

  /** The peer reads again: sends waiting answers, begins waiting callbacks. */
  outputDrained(): void {
    this.#parts.answers.drained();
    this.callNext();
  }

  /**
   * Forgets the requests of the last connection: their answers, when they come, go nowhere.
   *
   * @param isCut whether this side ends the connection, and the session with it
   */
  linkLost(isCut = false): void {
    const { journal, answers } = this.#parts;
    const waiting = this.#backlog?.clear() ?? [];
    const callbacks = answers.linkLost();
    if (isCut) this.cutCallbacks += callbacks;
    this.#timers?.stopAll();
    for (const { request } of waiting)
      journal.drop('link-lost', `a request whose connection is gone: ${journal.describe(request)}`);
  }

  /** The session is over: clears all timers; results of callbacks that still run go nowhere. */
  close(): void {
    this.#isClosed = true;
    this.linkLost(true);
    this.#timers?.close();
  }

  /** Another peer may wait for room: callbacks of the last connection that still run get their time once more. */
  linkOpened(): void {
    this.linkLost();
    this.#timers?.restartAll();
  }

  #startBacklog(): Backlog {
    return (this.#backlog ??= new Backlog(this.#parts, () => this.callNext()));
  }

  /**
   * Whether another callback may begin. An answer that cannot leave yet counts as a running callback.
   *
   * While this side waits for the peer, as many of the running callbacks may wait with it, and what they wait for may need
   * a callback here: those take no room, nor do the answers behind theirs.
   */
  get #hasRoom(): boolean {
    const { answers, gate, output } = this.#parts;
    if (output.isFull) return false;
    if (this.#hasUsualRoom) return true;
    const { maxRunningCallbacks } = gate.limits;
    const extraRoom = this.#backlog?.extraRoom ?? 0;
    const idle = output.awaited + extraRoom;
    if (idle === 0 || gate.passage !== 'everything') return false;
    return (
      this.#running - idle < maxRunningCallbacks &&
      answers.waitingOfCallbacks < MAX_UNSENT_ANSWERS + extraRoom
    );
  }

  get #hasUsualRoom(): boolean {
    const { answers, gate } = this.#parts;
    return this.#running + answers.waitingOfCallbacks < gate.limits.maxRunningCallbacks;
  }

  /** Whether the server runs as many callbacks of strangers as it may: one that is trusted would be served. */
  get #isRefused(): boolean {
    const { gate, journal } = this.#parts;
    return gate.passage !== 'everything' && journal.strangers?.mayCall === false;
  }

  /** Runs a callback, in the stores of those who trace it. */
  #run(
    request: Message<JsonValue>,
    responseSid: number,
    callback: BoundCallback,
    reserved: AnswerPlace | null,
  ): void {
    if (!HANDLED.hasSubscribers) return this.#call(request, responseSid, callback, reserved, null);
    const { journal, comm } = this.#parts;
    const trace = new RequestTrace(HANDLED, requestContext(journal, comm, request.serviceId, request.dataId));
    trace.run(() => this.#call(request, responseSid, callback, reserved, trace));
  }

  /** Calls a callback. One that answers at once needs no place. */
  #call(
    request: Message<JsonValue>,
    responseSid: number,
    callback: BoundCallback,
    reserved: AnswerPlace | null,
    trace: RequestTrace | null,
  ): void {
    let result: unknown;
    let isLater: boolean;
    try {
      result = callback(request);
      isLater = isThenable(result);
    } catch (error) {
      return this.#deliver(request, responseSid, reserved, this.#failed(request, responseSid, error, trace));
    }
    if (isLater)
      return this.#await(
        result,
        request,
        responseSid,
        reserved ?? this.#reserve(request, responseSid),
        trace,
      );
    const { answers } = this.#parts;
    // nearly always; nothing needs to be made for an answer that does not wait
    if (reserved === null && !this.#isClosed && answers.mayLeave(responseSid, request.dataId))
      return answers.leave(this.#answerOf(request, responseSid, result, trace));
    this.#deliverResult(request, responseSid, reserved, result, trace);
  }

  #deliverResult(
    request: Message<JsonValue>,
    responseSid: number,
    place: AnswerPlace | null,
    result: unknown,
    trace: RequestTrace | null,
  ): void {
    this.#deliver(request, responseSid, place, () => this.#answerOf(request, responseSid, result, trace));
  }

  #reserve(request: Message<JsonValue>, responseSid: number): AnswerPlace {
    const { answers } = this.#parts;
    const place = answers.reserve(responseSid, request.dataId);
    // the callback itself has closed the session
    if (this.#isClosed) this.linkLost(true);
    return place;
  }

  #deliver(
    request: Message<JsonValue>,
    responseSid: number,
    place: AnswerPlace | null,
    answer: AnswerMaker,
  ): void {
    const { answers } = this.#parts;
    if (place === null && !this.#isClosed) answers.send(responseSid, request.dataId, answer, true);
    else answers.fill(place ?? this.#reserve(request, responseSid), answer, true);
  }

  #await(
    result: unknown,
    request: Message<JsonValue>,
    responseSid: number,
    place: AnswerPlace,
    trace: RequestTrace | null,
  ): void {
    const { settings, journal, gate, answers, handle } = this.#parts;
    const { clock, callbackTimeoutMs } = settings;
    const timers = (this.#timers ??= new CallbackTimers(clock, callbackTimeoutMs));
    this.#running++;
    const ended = gate.passage === 'everything' ? undefined : journal.strangers?.callbackBegan();
    let isSettled = false;
    const settle = (outcome: () => AnswerMaker): void =>
      handle.guard(() => {
        // also one that fails too late has failed
        const answer = outcome();
        if (isSettled) {
          return journal.drop(
            'late-result',
            `what a callback answered too late to: ${journal.describe(request)}`,
          );
        }
        isSettled = true;
        timers.remove(timed);
        this.#running--;
        ended?.();
        answers.fill(place, answer, true);
        this.#moved();
      });
    const elapsed = (): void =>
      handle.guard(() => {
        if (timers.extend(timed)) return;
        const error =
          overdueErrorOf(result) ??
          new Error(`the callback did not answer within ${callbackTimeoutMs} ms (callbackTimeout)`);
        settle(() => this.#failed(request, responseSid, error, trace));
      });
    const closed = (): void =>
      trace?.failed(new SessionClosedError(`${journal.nameOf(request)} was answered`));
    const timed = new TimedCallback(elapsed, closed);
    // the callback may have ended the link, or the session
    timers.add(timed, gate.isLinked);
    if (this.#isClosed) closed();
    // a foreign promise may throw from `then`; that counts as a rejection
    promiseOf(result).then(
      (value) => settle(() => () => this.#answerOf(request, responseSid, value, trace)),
      (error: unknown) => settle(() => this.#failed(request, responseSid, error, trace, place)),
    );
  }

  /** A callback has ended. */
  #moved(): void {
    const { answers } = this.#parts;
    if (this.#backlog === null && answers.waiting === 0) return;
    this.#startBacklog().moves++;
    this.callNext();
  }

  /** Begins the callbacks that wait, as far as there is room. */
  callNext(): void {
    const backlog = this.#backlog;
    // the transport of a closed session may be another's by now
    if (backlog === null || this.#isClosed) return;
    const { answers, gate } = this.#parts;
    while (!this.#isClosed && backlog.size > 0 && this.#hasRoom) {
      const call = backlog.shift();
      if (call === undefined) break;
      backlog.moves++;
      const { request, responseSid, callback, place } = call;
      if (gate.mayPass(request.serviceId, request.dataId) && !this.#isRefused)
        this.#run(request, responseSid, callback, place);
      // the peer was trusted when it arrived and no longer is, or the server has no room for strangers
      else answers.fill(place, () => this.#statusAnswer(responseSid, request.dataId, STATUS_AUTH_REQUIRED));
    }
    if (this.#hasUsualRoom) backlog.extraRoom = 0;
    backlog.update();
  }

  answerWaits(): void {
    this.#startBacklog().update();
  }

  /** Not at once: a program that asks something does not expect other callbacks to run inside of that call. */
  callSoon(): void {
    if (this.#isCallDue) return;
    this.#isCallDue = true;
    queueMicrotask(() => {
      this.#isCallDue = false;
      this.#parts.handle.guard(() => this.callNext());
    });
  }

  #answerOf(
    request: Message<JsonValue>,
    responseSid: number,
    result: unknown,
    trace: RequestTrace | null,
  ): Answer {
    try {
      if (!isStatusAndData(result)) throw noAnswerError();
      const [status, data] = result;
      const answer = this.#parts.answers.encoded(
        new Message<unknown>({ serviceId: responseSid, dataId: request.dataId, status, data }),
      );
      trace?.answered(status);
      return answer;
    } catch (error) {
      return this.#failed(request, responseSid, error, trace)();
    }
  }

  /** A callback threw or rejected: tells it, and makes the answer. A `StatusError` is an answer, and no failure. */
  #failed(
    request: Message<JsonValue>,
    responseSid: number,
    thrown: unknown,
    trace: RequestTrace | null,
    place: AnswerPlace | null = null,
  ): AnswerMaker {
    const answer = statusAnswerOf(thrown);
    if (answer !== null)
      return () => this.#answerOf(request, responseSid, [answer.status, answer.data], trace);
    trace?.failedWith(STATUS_CALLBACK_ERROR, errorOfThrown(thrown));
    this.callbackFailed(request, thrown, place !== null && place.places === null);
    return () => this.#statusAnswer(responseSid, request.dataId, STATUS_CALLBACK_ERROR);
  }

  /**
   * Tells that a callback failed.
   *
   * @param thrown what it threw, or an Error that says what it returned
   * @param isOrphaned whether the connection of the message is gone
   */
  callbackFailed(message: Message<JsonValue>, thrown: unknown, isOrphaned = false): void {
    // one that waits for the peer fails because of the end of the connection, which everybody knows of
    const isExpected = (isOrphaned || this.#isClosed) && isOfLoss(thrown);
    this.#parts.journal.callbackFailed(message, thrown, { isOver: this.#isClosed, isExpected });
  }

  #statusAnswer(serviceId: number, dataId: number, status: number): Answer {
    return this.#parts.answers.encoded(new Message<unknown>({ serviceId, dataId, status }));
  }
}

/** Whether a callback returned what it must: a status and the data. */
export function isStatusAndData(result: unknown): result is readonly [number, unknown] {
  return Array.isArray(result) && result.length === 2 && Number.isSafeInteger(result[0]) && result[0] >= 0;
}

/** The error for a callback that did not. */
export function noAnswerError(): Error {
  return new Error('the callback returned no [status, data]');
}

/** Whether what was thrown says no more than that the connection or the session ended. */
function isOfLoss(thrown: unknown): boolean {
  switch (codeOfError(thrown)) {
    case 'ERR_CONNECTION_LOST':
    case 'ERR_SESSION_CLOSED':
      return true;
    case 'ERR_MIDDLEWARE':
      return (thrown as MiddlewareError).reason === 'next-called-too-late';
    default:
      return false;
  }
}
