import { patienceLeftMs } from '../../base/clock.js';
import { isThenable } from '../../base/thenable.js';
import { promiseOf } from '../../base/user-code.js';
import { statusAnswerOf } from '../../protocol/error-brand.js';
import { MiddlewareError } from '../../protocol/errors.js';
import { STATUS_AUTH_REQUIRED } from '../../protocol/ids.js';
import { type JsonValue, Message } from '../../protocol/message.js';
import type { MiddlewareReason } from '../../protocol/reasons.js';
import { isStatusAndData, noAnswerError } from '../answering/answerer.js';
import type { BoundCallback } from '../answering/backlog.js';
import type { Asking } from '../asking/asking.js';
import type { Gate } from '../sending/gate.js';
import { proceed } from './chain.js';
import { type RequestFields, RequestView } from './request-view.js';
import { Run, type WhyOver } from './run.js';
import type { Answer, Middleware } from './types.js';

/** What a run asks of those that hold it. */
export interface IncomingHost {
  readonly asking: Asking;
  readonly gate: Gate;
  readonly random: () => number;
  readonly callbackTimeoutMs: number;
  /** How many connections there have been. */
  readonly connections: number;
  readonly isClosed: boolean;
  /** A middleware pauses: the end of the connection must end that. */
  pausing(run: IncomingRun): void;
  ended(run: IncomingRun): void;
}

/** A request of the peer on its way to its callback. Its time is watched by who called: `callbackTimeout` is that of all of it. */
export class IncomingRun extends Run {
  readonly mayRepeat = false;
  readonly #host: IncomingHost;
  readonly #request: Message<JsonValue>;
  readonly #callback: BoundCallback;
  readonly #connection: number;
  /** When its time began, by the clock. */
  readonly #sinceMs: number;
  #isAnswered = false;

  constructor(
    middlewares: readonly Middleware[],
    host: IncomingHost,
    request: Message<JsonValue>,
    callback: BoundCallback,
  ) {
    super(middlewares, host.asking.clock, host.random);
    this.#host = host;
    this.#request = request;
    this.#callback = callback;
    this.#connection = host.connections;
    this.#sinceMs = this.clock.now();
  }

  /**
   * Begins; called once.
   *
   * @returns status and data, as a callback does
   * @throws what a middleware threw, or the callback
   */
  start(fields: RequestFields): unknown {
    const view = new RequestView(this, fields, this.#host.callbackTimeoutMs, this.#sinceMs);
    let answer: Answer | Promise<Answer>;
    try {
      answer = proceed(this, 0, view);
    } catch (error) {
      this.#answered();
      throw error;
    }
    if (isThenable(answer)) return answer.then(pairOf).finally(() => this.#answered());
    this.#answered();
    return pairOf(answer);
  }

  /** What a middleware has begun and does not wait for ends. */
  #answered(): void {
    this.#isAnswered = true;
    this.endPauses();
    this.#host.ended(this);
  }

  /** A callback must not begin for nobody: when the peer has its answer, has been told that it failed, or is gone. */
  get whyOver(): WhyOver | null {
    const { isClosed, gate, connections, callbackTimeoutMs } = this.#host;
    const isOver =
      this.#isAnswered ||
      isClosed ||
      !gate.isLinked ||
      connections !== this.#connection ||
      patienceLeftMs(this.clock, this.#sinceMs, callbackTimeoutMs) <= 0;
    return isOver ? { error: this.misuse('next-called-too-late') } : null;
  }

  misuse(reason: MiddlewareReason): MiddlewareError {
    return new MiddlewareError(reason, 'in', this.#host.asking.asked(this.#request));
  }

  protected pauseBegan(): void {
    this.#host.pausing(this);
  }

  /** Runs the callback. The status that it answers with by throwing is an answer as well. */
  last({ data }: RequestView): Answer | Promise<Answer> {
    const { serviceId, dataId, status, data: original } = this.#request;
    // the peer was trusted when it asked, and perhaps no longer is
    if (!this.#host.gate.mayPass(serviceId, dataId)) return { status: STATUS_AUTH_REQUIRED, data: null };
    const request =
      data === original ? this.#request : new Message<JsonValue>({ serviceId, dataId, status, data });
    try {
      const result = this.#callback(request);
      return isThenable(result) ? promiseOf(result).then(answerOf, answerOfThrown) : answerOf(result);
    } catch (error) {
      return answerOfThrown(error);
    }
  }
}

function pairOf({ status, data }: Answer): readonly [number, unknown] {
  return [status, data];
}

function answerOf(result: unknown): Answer {
  if (!isStatusAndData(result)) throw noAnswerError();
  const [status, data] = result;
  return { status, data: data as JsonValue };
}

function answerOfThrown(thrown: unknown): Answer {
  const answer = statusAnswerOf(thrown);
  if (answer === null) throw thrown;
  return { status: answer.status, data: answer.data as JsonValue };
}
