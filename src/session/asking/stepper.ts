/**
 * How pending requests are stepped through the `pending-request` machine: by XState, one actor each, while somebody
 * inspects the session; otherwise through a table that is derived from the machine. Which states there are, where events
 * lead and what is done on the way is the machine's; where a request stands in queue and line is its holder's.
 */

import type { Clock } from '../../base/clock.js';
import type { ActionHost } from './actions.js';
import type { DeadlinesOwner } from './deadlines.js';
import type { PendingRequest } from './pending-request.js';
import type { RequestEventType, RequestState } from './states.js';

/** Steps requests. */
export interface Stepper {
  /**
   * Takes a request that was just made, and starts its time.
   *
   * @throws what the clock throws
   */
  begin(request: PendingRequest): void;
  /**
   * Gives a request an event; a state that does not expect it ignores it.
   *
   * @throws what the clock throws, after the request has taken its step
   */
  step(request: PendingRequest, type: RequestEventType): void;
  /** The delay of a request's state, which the holder was asked to report, is over. */
  elapse(request: PendingRequest): void;
  /** The session is over: leaves no timer behind. */
  close(): void;
}

/**
 * The holder, as steppers see it. It answers `elapsed` by calling `elapse`, in its turn with everything else that the
 * holder hears.
 */
export interface SteppingHost extends ActionHost, DeadlinesOwner<PendingRequest> {
  readonly clock: Clock;
  readonly lateAnswerGraceMs: number;
  /**
   * Places and counts follow a request into its next state, before the actions of the step run.
   *
   * @returns whether `release` is to be called when they have run
   */
  enter(request: PendingRequest, state: RequestState): boolean;
  /** Writes what waited for this step. */
  release(): void;
  /** What a request is called for people. */
  nameOf(request: PendingRequest): string;
}
