/**
 * How every room reaches the session actor. The actor is made last, because the rooms are its effects; this is the one
 * thing that is bound late.
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
  /** Why the session closes by itself. */
  failure: Error | null = null;
  /** The user wants the end: also while the machine, in the middle of something, has yet to hear of it. */
  #isEnding = false;
  /** What was thrown while the session was being made; rethrown to its maker. */
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

  /** Whether the user may ask nothing more: the session is over, or is about to be. */
  get isClosed(): boolean {
    return this.#isEnding || this.isOver;
  }

  /** Whether nothing passes any more, or the machine failed. */
  get isOver(): boolean {
    if (this.#actor === null) return false;
    const { status, value } = this.#actor.getSnapshot();
    return status !== 'active' || value === 'closing';
  }

  /** Sends an event to the session actor, unless the session is over. */
  send(event: SessionEvent): void {
    if (!this.isOver) this.#actor?.send(event);
  }

  /**
   * The user wants the end.
   *
   * @param drainMs how long what has begun may take to finish; null: it may not. The first word about it counts
   */
  end(drainMs: number | null): void {
    const isFirst = !this.isClosed;
    this.#isEnding = true;
    if (drainMs === null) this.send({ type: 'session.close' });
    else if (isFirst) this.send({ type: 'session.drain', timeoutMs: drainMs });
  }

  /** The transport is gone, which is the only thing that a closing session waits for. */
  transportClosed(): void {
    if (this.#actor?.getSnapshot().status === 'active') this.#actor.send({ type: 'transport.closed' });
  }

  /**
   * A transport, a clock, a codec or a random source threw, in the middle of something. What should have followed is lost,
   * so the session closes in an orderly way, right after the current step.
   */
  fail(error: unknown): void {
    if (this.#actor === null) {
      this.#startError ??= errorOfThrown(error);
      return;
    }
    if (this.#isFailing || this.isOver) return;
    this.#isFailing = true;
    this.failure = errorOfThrown(error);
    const what = 'closing the session after an unrecoverable error';
    warnOfThrown(what, error, 'SP_SESSION_FAILED', { scope: this });
    queueMicrotask(() => this.send({ type: 'session.close' }));
  }

  /** A machine threw, which is a defect of this library. Returns true if the session was still being made: `bind` throws. */
  crash(error: unknown): boolean {
    if (this.#actor === null) {
      this.#startError ??= errorOfThrown(error);
      return true;
    }
    this.failure = errorOfThrown(error);
    warnOfThrown('a state machine failed, its session is closed', error, 'SP_INTERNAL', { scope: this });
    return false;
  }

  /** Runs something whose caller could not handle an exception. */
  guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.fail(error);
    }
  }
}
