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
  /** When the time of this attempt is over, by the clock. */
  readonly #dueMs: number;

  constructor(run: Run, fields: RequestFields, dueMs: number) {
    this.direction = fields.direction;
    this.serviceId = fields.serviceId;
    this.dataId = fields.dataId;
    this.status = fields.status;
    this.data = fields.data;
    this.dataName = fields.dataName;
    this.session = fields.session;
    this.signal = fields.signal;
    this.#run = run;
    this.#dueMs = dueMs;
    Object.freeze(this);
  }

  get timeLeft(): number {
    return Math.max(0, this.#dueMs - this.#run.clock.now());
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
   * @throws TypeError for a change that is none, OptionError for a wrong time-out
   */
  changed(change: RequestChange | undefined): RequestView {
    if (change === undefined) return this;
    if (typeof change !== 'object' || change === null)
      throw new TypeError('next takes what changes, as in next({ data }), or nothing');
    const { data = this.data } = change;
    const timeoutMs = PAUSE.check('timeout', change.timeout);
    if (timeoutMs !== undefined && this.direction === 'in')
      throw new TypeError('next({ timeout }) is for requests of this side; callbacks have callbackTimeout');
    const dueMs =
      timeoutMs === undefined ? this.#dueMs : Math.min(this.#dueMs, this.#run.clock.now() + timeoutMs);
    return new RequestView(this.#run, { ...this, data }, dueMs);
  }
}

/** Whoever does not wait for it needs not hear of its failure. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
