/** The middlewares of one session. Without any, there is no such object, and a request passes by with one look. */

import { callersNowAndThen } from '../../base/callers.js';
import { reasonOf } from '../../base/signals.js';
import { STATUS_OKAY } from '../../protocol/ids.js';
import type { JsonValue, Message } from '../../protocol/message.js';
import type { BoundCallback } from '../answering/backlog.js';
import type { Asking, RequestLimits } from '../asking/asking.js';
import { Deadlines } from '../asking/deadlines.js';
import type { Journal } from '../journal/journal.js';
import type { SessionSettings } from '../options.js';
import type { Gate } from '../sending/gate.js';
import type { Output } from '../sending/output.js';
import type { Session } from '../session.js';
import type { SessionHandle } from '../session-handle.js';
import { IncomingRun } from './incoming-run.js';
import { OutgoingRun } from './outgoing-run.js';
import type { Middleware } from './types.js';

/** What middlewares work with. */
export interface MiddlewareParts {
  readonly settings: SessionSettings;
  readonly journal: Journal;
  readonly gate: Gate;
  readonly output: Output;
  readonly asking: Asking;
  readonly handle: SessionHandle;
}

/** Takes the requests of a session through its middlewares. */
export class Middlewares {
  readonly #parts: MiddlewareParts;
  readonly #session: Session;
  /** Replaced as a whole: a request that has begun keeps those that there were. */
  #list: readonly { readonly run: Middleware }[] = [];
  #functions: readonly Middleware[] = [];
  readonly #asking = new Set<OutgoingRun>();
  readonly #pausing = new Set<IncomingRun>();
  readonly #deadlines: Deadlines<OutgoingRun>;

  constructor(parts: MiddlewareParts, session: Session) {
    this.#parts = parts;
    this.#session = session;
    this.#deadlines = new Deadlines(parts.settings.clock, {
      elapsed: (run) => run.timeElapsed(),
      failed: (error) => parts.handle.fail(error),
    });
  }

  /**
   * Adds a middleware, inside of those that there are.
   *
   * @returns takes it back, for requests that begin later
   */
  use(middleware: Middleware): () => void {
    // the same function may be there twice, and each is taken back by itself
    const entry = { run: middleware };
    this.#set([...this.#list, entry]);
    return () => this.#set(this.#list.filter((each) => each !== entry));
  }

  #set(list: readonly { readonly run: Middleware }[]): void {
    this.#list = list;
    this.#functions = list.map(({ run }) => run);
  }

  /** Asks through the middlewares; as `request` of asking. */
  request(
    requestSid: number,
    dataId: number,
    data: unknown,
    settings: RequestLimits,
    wantsData: boolean,
    callee: (...args: never) => unknown,
  ): Promise<unknown> {
    const { asking, journal } = this.#parts;
    if (this.#functions.length === 0)
      return asking.request(requestSid, dataId, data, settings, wantsData, callee);
    const { timeoutMs, signal } = settings;
    if (signal?.aborted) throw reasonOf(signal);
    const ids = { serviceId: requestSid, dataId };
    const answerSid = asking.answerSidOf(requestSid);
    asking.admit(ids, false);
    if (this.#asking.size >= this.#parts.settings.maxPendingRequests)
      throw asking.tooMany('too-many-pending', ids);
    const run = new OutgoingRun(this.#functions, this, {
      direction: 'out',
      ...ids,
      status: STATUS_OKAY,
      data,
      dataName: journal.vocabulary.givenDataName(requestSid, dataId) ?? null,
      session: this.#session,
      signal,
      answerSid,
      wantsData,
      timeoutMs,
    });
    run.callers = callersNowAndThen(callee, run.dueMs - timeoutMs);
    this.#asking.add(run);
    try {
      this.#deadlines.start(run, timeoutMs, run.dueMs);
    } catch (error) {
      // without its time-out it may never end by itself; it ends with the session
      this.#parts.handle.fail(error);
      return run.promise;
    }
    run.start();
    return run.promise;
  }

  /** Puts the middlewares around a callback for requests. */
  around(callback: BoundCallback): BoundCallback {
    const middlewares = this.#functions;
    if (middlewares.length === 0) return callback;
    return (request) => this.#answer(middlewares, request, callback);
  }

  #answer(middlewares: readonly Middleware[], request: Message<JsonValue>, callback: BoundCallback): unknown {
    const { serviceId, dataId, status, data } = request;
    const dataName = this.#parts.journal.vocabulary.givenDataName(serviceId, dataId) ?? null;
    const fields = { serviceId, dataId, status, data, dataName, session: this.#session, signal: undefined };
    return new IncomingRun(middlewares, this, request, callback).start({ direction: 'in', ...fields });
  }

  /** Whether a request of this side has begun and is not settled: a session that drains waits for it. */
  get areAsking(): boolean {
    return this.#asking.size > 0;
  }

  /** The session is over: settles what is under way. */
  sessionClosed(): void {
    for (const run of this.#asking) run.sessionClosed();
    this.linkLost();
    this.#deadlines.clear();
  }

  /** Nobody waits for answers of this side any more: ends the pauses. */
  linkLost(): void {
    for (const run of this.#pausing) run.endPauses();
    this.#pausing.clear();
  }

  // ── what a request asks that is under way ──

  get asking(): Asking {
    return this.#parts.asking;
  }

  get gate(): Gate {
    return this.#parts.gate;
  }

  get random(): () => number {
    return this.#parts.settings.random;
  }

  get callbackTimeoutMs(): number {
    return this.#parts.settings.callbackTimeoutMs;
  }

  get connections(): number {
    return this.#parts.journal.counts.connections;
  }

  get isClosed(): boolean {
    return this.#parts.handle.isOver;
  }

  pausing(run: IncomingRun): void {
    this.#pausing.add(run);
  }

  ended(run: OutgoingRun | IncomingRun): void {
    if (run instanceof IncomingRun) return void this.#pausing.delete(run);
    this.#deadlines.stop(run);
    this.#asking.delete(run);
    this.#parts.output.workEnded?.();
  }
}
