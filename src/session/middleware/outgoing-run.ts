/**
 * A request of this side on its way through the middlewares. However long those take and whatever they do, the program hears of the
 * end of it: in time, when its signal is aborted, or when the session closes.
 */

import { type Callers, lateError, lateReason, withCallers } from '../../base/callers.js';
import { type AbortSignalLike, onAbort, reasonOf } from '../../base/signals.js';
import { promiseOf } from '../../base/user-code.js';
import { codeOfError } from '../../protocol/error-brand.js';
import { errorOfStatus } from '../../protocol/error-of-status.js';
import {
  type AskedRequest,
  MiddlewareError,
  SessionClosedError,
  TimeoutError,
} from '../../protocol/errors.js';
import { noteFailedAfterSending } from '../../protocol/failed-after-sending.js';
import { STATUS_OKAY } from '../../protocol/ids.js';
import { type JsonValue, Message } from '../../protocol/message.js';
import type { MiddlewareReason } from '../../protocol/reasons.js';
import type { Asking, RequestLimits } from '../asking/asking.js';
import { proceed } from './chain.js';
import { type RequestFields, RequestView } from './request-view.js';
import { Run, type WhyOver } from './run.js';
import type { Answer, Middleware } from './types.js';

/** What a run asks of those that hold it. */
export interface OutgoingHost {
  readonly asking: Asking;
  readonly random: () => number;
  /** It is settled: nobody need watch it any more. */
  ended(run: OutgoingRun): void;
}

/** What is asked. */
export interface OutgoingFields extends RequestFields {
  readonly answerSid: number;
  /** Resolve with the data of the answer, and reject for any status but okay; otherwise, with the answer. */
  readonly wantsData: boolean;
  readonly timeoutMs: number;
}

/** A request of this side. */
export class OutgoingRun extends Run {
  readonly mayRepeat = true;
  /** Who asked, where that was recorded. */
  callers: Callers | undefined = undefined;
  readonly promise: Promise<unknown>;
  readonly #host: OutgoingHost;
  readonly #fields: OutgoingFields;
  readonly #resolve: (result: unknown) => void;
  /** Makes the error of a `next` that is called when all is over; null while it goes on. */
  #overError: (() => unknown) | null = null;
  #isSettled = false;
  /** Attempts that wait for their answers. */
  #attempts = 0;
  /** Whether the peer may have got any of them. */
  #isWritten = false;
  #hasTimedOut = false;
  #lastTurn: unknown;
  #unlisten: (() => void) | null = null;

  constructor(middlewares: readonly Middleware[], host: OutgoingHost, fields: OutgoingFields) {
    super(middlewares, host.asking.clock, host.random);
    this.#host = host;
    this.#fields = fields;
    this.dueMs = this.clock.now() + fields.timeoutMs;
    let settle: (result: unknown) => void = () => {};
    this.promise = new Promise((resolve) => {
      settle = resolve;
    });
    this.#resolve = settle;
  }

  /** Begins; called once. */
  start(): void {
    const { signal } = this.#fields;
    if (signal !== undefined) this.#listenTo(signal);
    if (this.#isSettled) return;
    let answer: Answer | Promise<Answer>;
    try {
      const { timeoutMs } = this.#fields;
      const view = new RequestView(this, this.#fields, timeoutMs, this.dueMs - timeoutMs);
      answer = proceed(this, 0, view);
    } catch (error) {
      return this.#failed(error);
    }
    promiseOf(answer).then(
      (given) => this.#answered(given as Answer),
      (error: unknown) => this.#failed(error),
    );
  }

  get whyOver(): WhyOver | null {
    return this.#overError === null ? null : { error: this.#overError() };
  }

  get #asked(): AskedRequest {
    return this.#host.asking.asked(this.#fields);
  }

  misuse(reason: MiddlewareReason): MiddlewareError {
    return new MiddlewareError(reason, 'out', this.#asked);
  }

  protected pauseBegan(): void {}

  /** Sends it; each attempt is a request of its own, and has what is left of the time. */
  async last(request: RequestView): Promise<Answer> {
    const { asking } = this.#host;
    const { serviceId, dataId, data, signal } = request;
    // whole milliseconds: requests of equal time-outs share a timer
    const limits: RequestLimits = { timeoutMs: Math.ceil(request.timeLeft), signal, hasBegun: true };
    this.#attempts++;
    try {
      const answer = await asking.request(serviceId, dataId, data, limits, false, this.last);
      this.#isWritten = true;
      return answer as Message<JsonValue>;
    } catch (error) {
      this.#attemptFailed(error);
      throw error;
    } finally {
      this.#attempts--;
      if (this.#overError !== null) this.#endSoon();
    }
  }

  #attemptFailed(error: unknown): void {
    const code = codeOfError(error);
    this.#hasTimedOut = code === 'ERR_TIMEOUT';
    if (code === 'ERR_TIMEOUT' || code === 'ERR_CONNECTION_LOST')
      this.#isWritten ||= (error as { readonly written: boolean }).written;
  }

  #listenTo(signal: AbortSignalLike): void {
    const unlisten = onAbort(signal, () => this.#aborted(signal));
    // a signal may call back while it is given its listener
    if (this.#isSettled) unlisten();
    else this.#unlisten = unlisten;
  }

  #aborted(signal: AbortSignalLike): void {
    const reason = reasonOf(signal);
    this.#settle(
      () => lateReason(reason, () => this.callers),
      () => reason,
    );
  }

  /** The time is over. An attempt that waits ends by itself now, and the middlewares may still make something of that. */
  timeElapsed(): void {
    if (this.#isSettled) return;
    this.#overError = () => this.#timeoutError();
    if (this.#attempts === 0) this.#endSoon();
  }

  #endSoon(): void {
    if (this.#isSettled || this.#attempts > 0 || this.#lastTurn !== undefined) return;
    this.#lastTurn = this.clock.setTimeout(() => this.#timedOut(), 0);
  }

  #timedOut(): void {
    // an attempt that timed out has been counted
    if (!this.#hasTimedOut) this.#host.asking.countTimeout();
    this.#settleLate(() => this.#timeoutError());
  }

  #timeoutError(): TimeoutError {
    return new TimeoutError(this.#asked, this.#fields.timeoutMs, 'middleware-pending', this.#isWritten);
  }

  /** The session is over. */
  sessionClosed(): void {
    // an attempt that waits is counted itself
    if (this.#attempts === 0) this.#host.asking.countCut();
    this.#settleLate(() => new SessionClosedError(`${this.#asked.name} was answered`, this.#asked));
  }

  #answered(answer: Answer): void {
    const { wantsData, answerSid: serviceId, dataId } = this.#fields;
    const { status, data } = answer;
    if (wantsData && status === STATUS_OKAY) return this.#settle(() => data);
    const message =
      answer instanceof Message ? answer : new Message<JsonValue>({ serviceId, dataId, status, data });
    if (!wantsData) return this.#settle(() => message);
    const statusName = this.#host.asking.statusName(status);
    this.#settle(() =>
      lateError(
        () => errorOfStatus(message, statusName, this.#asked),
        () => this.callers,
      ),
    );
  }

  #failed(error: unknown): void {
    const { callers } = this;
    if (this.#isWritten || this.#attempts > 0) noteFailedAfterSending(error);
    this.#settle(() => Promise.reject(callers === undefined ? error : withCallers(error, callers)));
  }

  /** Rejects with an error that is made when it can be known who waits for it. */
  #settleLate(make: () => Error): void {
    this.#settle(() => lateError(make, () => this.callers), make);
  }

  /**
   * @param result makes what the promise of the program resolves with
   * @param overError makes what a middleware hears that goes on all the same
   */
  #settle(result: () => unknown, overError: () => unknown = () => this.misuse('next-called-too-late')): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#overError ??= overError;
    this.#unlisten?.();
    if (this.#lastTurn !== undefined) this.clock.clearTimeout(this.#lastTurn);
    this.endPauses();
    this.#host.ended(this);
    this.#resolve(result());
  }
}
