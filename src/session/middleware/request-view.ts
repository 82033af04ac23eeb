import { patienceLeftMs } from '../../base/clock.js';
import { callTimeoutRow } from '../../base/option-rows.js';
import type { AbortSignalLike } from '../../base/signals.js';
import type { Session } from '../session.js';
import type { Run } from './run.js';
import type { RequestChange } from './types.js';

/** What a view shows. */
export interface RequestFields {
  readonly direction: 'out' | 'in';
  readonly serviceId: number;
  readonly dataId: number;
  readonly status: number;
  readonly data: unknown;
  readonly dataName: string | null;
  readonly session: Session;
  readonly signal: AbortSignalLike | undefined;
}

const PAUSE = callTimeoutRow({ why: 'A middleware knows how long it waits.' });

/** A request as a middleware sees it. A changed one is another, so that nobody sees what a later middleware made of it. */
export class RequestView implements RequestFields {
  readonly direction: 'out' | 'in';
  readonly serviceId: number;
  readonly dataId: number;
  readonly status: number;
  readonly data: unknown;
  readonly dataName: string | null;
  readonly session: Session;
  readonly signal: AbortSignalLike | undefined;
  readonly #run: Run;
  /** How long this attempt has, and since when, by the clock. */
  readonly #timeoutMs: number;
  readonly #sinceMs: number;

  constructor(run: Run, fields: RequestFields, timeoutMs: number, sinceMs: number) {
    this.direction = fields.direction;
    this.serviceId = fields.serviceId;
    this.dataId = fields.dataId;
    this.status = fields.status;
    this.data = fields.data;
    this.dataName = fields.dataName;
    this.session = fields.session;
    this.signal = fields.signal;
    this.#run = run;
    this.#timeoutMs = timeoutMs;
    this.#sinceMs = sinceMs;
    Object.freeze(this);
  }

  get timeLeft(): number {
    return Math.max(0, patienceLeftMs(this.#run.clock, this.#sinceMs, this.#timeoutMs));
  }

  pause(ms: number): Promise<void> {
    try {
      return handled(this.#run.pause(PAUSE.check('ms', ms) ?? 0));
    } catch (error) {
      return handled(Promise.reject(error));
    }
  }

  /** The session's source of chance, for middlewares of this library. */
  static randomOf(request: object): () => number {
    return #run in request ? request.#run.random : Math.random;
  }

  /**
   * The same, changed.
   *
   * @throws TypeError for what is no change, OptionError for a wrong time-out
   */
  changed(change: RequestChange | undefined): RequestView {
    if (change === undefined) return this;
    if (typeof change !== 'object' || change === null)
      throw new TypeError('next takes what changes, as in next({ data }), or nothing');
    const { data = this.data } = change;
    const timeoutMs = PAUSE.check('timeout', change.timeout);
    if (timeoutMs !== undefined && this.direction === 'in')
      throw new TypeError('next({ timeout }) is for requests of this side; callbacks have callbackTimeout');
    const fields = { ...this, data };
    if (timeoutMs === undefined) return new RequestView(this.#run, fields, this.#timeoutMs, this.#sinceMs);
    return new RequestView(this.#run, fields, Math.min(this.timeLeft, timeoutMs), this.#run.clock.now());
  }
}

/** Keeps a promise that nobody awaits from being reported as an unhandled rejection. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
