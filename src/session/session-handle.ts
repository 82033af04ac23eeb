/**
 * How every room reaches the session actor. The actor is made last, for its effects are the rooms; this is the one thing
 * that is bound late.
 */

import type { SessionEvent } from '../../machines/index.js';
import { errorOfThrown, warnOfThrown } from '../base/thrown.js';

/** What a handle needs of the actor. */
export interface SessionActorRef {
  send(event: SessionEvent): void;
  getSnapshot(): { readonly status: string; readonly value: unknown };
}

/** Takes events for the session actor, and failures that end the session. */
export class SessionHandle {
  #actor: SessionActorRef | null = null;
  #isFailing = false;
  /** What was thrown while the session was being made: its maker gets it. */
  #startError: Error | null = null;

  /**
   * The actor runs from now on.
   *
   * @throws what an effect threw while it started
   */
  bind(actor: SessionActorRef): void {
    if (this.#startError !== null) throw this.#startError;
    this.#actor = actor;
  }

  /** Whether the session is over for good, or its machine failed. */
  get isClosed(): boolean {
    if (this.#actor === null) return false;
    const { status, value } = this.#actor.getSnapshot();
    return status !== 'active' || value === 'closed';
  }

  /** Sends an event to the session actor; a session that is over hears nothing. */
  send(event: SessionEvent): void {
    if (!this.isClosed) this.#actor?.send(event);
  }

  /**
   * A transport, a clock, a codec or a random source threw, in the middle of something. What was to follow is lost, so
   * the session closes, in its own way, as soon as the step that it is in has ended.
   */
  fail(error: unknown): void {
    if (this.#actor === null) {
      this.#startError ??= errorOfThrown(error);
      return;
    }
    if (this.#isFailing || this.isClosed) return;
    this.#isFailing = true;
    warnOfThrown('closing the session after an unrecoverable error', error);
    queueMicrotask(() => this.send({ type: 'session.close' }));
  }

  /** A machine threw, which is a defect of this library; true where the session was being made, and its maker gets it. */
  crash(error: unknown): boolean {
    if (this.#actor === null) {
      this.#startError ??= errorOfThrown(error);
      return true;
    }
    warnOfThrown('a state machine failed, its session is closed', error);
    return false;
  }

  /** Runs something that nobody calls who could catch what it throws. */
  guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.fail(error);
    }
  }
}
