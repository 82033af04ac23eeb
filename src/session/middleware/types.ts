/** What a middleware is: a plain function around the requests of a session. */

import type { AbortSignalLike } from '../../base/signals.js';
import type { JsonValue } from '../../protocol/message.js';
import type { Session } from '../session.js';

/** The answer to a request, whatever its status. */
export interface Answer {
  readonly status: number;
  readonly data: JsonValue;
}

/** An answer as a middleware may give it. */
export interface GivenAnswer {
  /** `STATUS_OKAY` (0) where it is left out. */
  readonly status?: number | undefined;
  /** Whatever JSON can carry; `null` where it is left out. */
  readonly data?: unknown;
}

/** What a middleware may change of a request before it goes on. */
export interface RequestChange {
  /** Other data; what is left out stays. */
  readonly data?: unknown;
  /**
   * How long this attempt may take from when it is sent, in milliseconds, and never longer than what is left of the request's
   * time. Requests of this side only.
   */
  readonly timeout?: number | undefined;
}

/**
 * Goes on with the request: to the next middleware, and at last to the peer or to the callback.
 *
 * @returns the answer, whatever its status; rejects where there is none: a failure of a request (`TimeoutError`,
 *   `ConnectionLostError` and so on), or what the callback threw
 */
export type Next = (change?: RequestChange) => Promise<Answer>;

interface RequestInMiddleware {
  readonly serviceId: number;
  readonly dataId: number;
  readonly status: number;
  /** What `addData` or a contract calls it; null where it has no name. */
  readonly dataName: string | null;
  readonly session: Session;
  /** How much is left of the request's time, in milliseconds: of its time-out, or of `callbackTimeout`. */
  readonly timeLeft: number;
  /**
   * Waits, on the clock of the session.
   *
   * @param ms how long, in milliseconds
   * @throws (rejects) what ended the request, as soon as it is over: nobody waits for it any more
   */
  pause(ms: number): Promise<void>;
}

/** A request of this side, before it is sent. */
export interface OutgoingRequest extends RequestInMiddleware {
  readonly direction: 'out';
  readonly data: unknown;
  /** What may cancel it. */
  readonly signal: AbortSignalLike | undefined;
}

/** A request of the peer that may pass, before its callback runs. */
export interface IncomingRequest extends RequestInMiddleware {
  readonly direction: 'in';
  readonly data: JsonValue;
}

/**
 * A function around the requests of a session: those of this side before they are sent, those of the peer before their callbacks
 * run. It returns the answer: its own, a changed one, or what `next` gave.
 *
 * @example
 * ```ts
 * import { connect } from 'socket-protocol';
 *
 * const session = await connect({ port: 17017 });
 * const remove = session.use(async (message, next) => {
 *   const startMs = performance.now();
 *   try {
 *     return await next();
 *   } finally {
 *     console.log(message.direction, message.dataName ?? message.dataId, performance.now() - startMs, 'ms');
 *   }
 * });
 * await session.read(0);
 * remove();
 * ```
 */
export type Middleware = (
  message: OutgoingRequest | IncomingRequest,
  next: Next,
) => GivenAnswer | PromiseLike<GivenAnswer>;
