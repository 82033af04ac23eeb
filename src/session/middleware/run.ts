/**
 * One request on its way through the middlewares, in either direction. What both directions share: whether it is over, how much time
 * is left, and the pauses of its middlewares, none of which outlives it.
 */

import type { Clock } from '../../base/clock.js';
import type { MiddlewareError } from '../../protocol/errors.js';
import type { MiddlewareReason } from '../../protocol/reasons.js';
import { Timed } from '../asking/timer-groups.js';
import type { RequestView } from './request-view.js';
import type { Answer, Middleware } from './types.js';

/** Why nothing more may begin: the value is anything, also undefined. */
export interface WhyOver {
  readonly error: unknown;
}

/** A middleware that waits. */
interface Pause {
  readonly timer: unknown;
  readonly reject: (error: unknown) => void;
}

/** One request, and the middlewares that it goes through. */
export abstract class Run extends Timed {
  readonly middlewares: readonly Middleware[];
  readonly clock: Clock;
  readonly random: () => number;
  /** Whether `next` may be called again after it has failed: asking again is safe, running a callback again is not. */
  abstract readonly mayRepeat: boolean;
  #pauses: Set<Pause> | null = null;

  constructor(middlewares: readonly Middleware[], clock: Clock, random: () => number) {
    super();
    this.middlewares = middlewares;
    this.clock = clock;
    this.random = random;
  }

  /** What comes after the last middleware: the peer, or the callback. */
  abstract last(request: RequestView): Answer | Promise<Answer>;
  /** Null while it goes on. */
  abstract get whyOver(): WhyOver | null;
  /** A middleware was used in a way that leaves no clear answer. */
  abstract misuse(reason: MiddlewareReason): MiddlewareError;
  /** The first of its pauses has begun. */
  protected abstract pauseBegan(): void;

  /** Waits for a middleware. */
  pause(ms: number): Promise<void> {
    const over = this.whyOver;
    if (over !== null) return Promise.reject(over.error);
    const waited = new Promise<void>((resolve, reject) => {
      const timer = this.clock.setTimeout(() => {
        this.#pauses?.delete(pause);
        const meanwhile = this.whyOver;
        if (meanwhile === null) resolve();
        else reject(meanwhile.error);
      }, ms);
      const pause: Pause = { timer, reject };
      this.#pauses ??= new Set();
      this.#pauses.add(pause);
    });
    this.pauseBegan();
    return waited;
  }

  /** It is over: ends the pauses. */
  endPauses(): void {
    const pauses = this.#pauses;
    if (pauses === null) return;
    this.#pauses = null;
    const error = this.whyOver?.error;
    for (const { timer, reject } of pauses) {
      this.clock.clearTimeout(timer);
      reject(error);
    }
  }
}
