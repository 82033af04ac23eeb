/**
 * The system of the actors of a session that nobody inspects.
 *
 * XState makes a system of its own for each actor without a parent: fifteen functions and seven collections, 2.2 KiB, for
 * inspectors, named actors and snapshots of timers. Nobody asks for any of these here, so that this system is one object: it
 * passes events on, and keeps the timers.
 */

import type { AnyActorRef, EventObject } from 'xstate';

/** A clock, as a system needs it. */
export interface Timers {
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** Hears what the first actor of a system does, in place of those who subscribe. Never throws. */
export interface ActorOwner<E extends EventObject = EventObject> {
  /** One of its actors is in another state, because of an event; for owners that keep a record of it. */
  moved?(actor: string, value: unknown, event: EventObject): void;
  /** It has emitted something. */
  announced(event: E): void;
  /** It has completed a step. */
  stepped(): void;
  /** It has failed, and is stopped. */
  crashed(error: unknown): void;
}

/** What XState's own actors use of each other, and its types leave out. */
type Receiver = AnyActorRef & { _send(event: EventObject): void };

/** An event that is due later. */
interface Scheduled {
  readonly source: AnyActorRef;
  readonly id: string;
  timer: unknown;
}

/** The system of one session's actors. */
export class LightSystem {
  readonly owner: ActorOwner;
  readonly #clock: Timers;
  #scheduled: Scheduled[] | null = null;

  constructor(owner: ActorOwner, clock: Timers) {
    this.owner = owner;
    this.#clock = clock;
  }

  _relay(_source: AnyActorRef | undefined, target: Receiver, event: EventObject): void {
    target._send(event);
  }

  /** Nobody has registered. */
  _unregister(): void {}

  get scheduler(): this {
    return this;
  }

  schedule(source: AnyActorRef, target: Receiver, event: EventObject, delayMs: number, id: string): void {
    const scheduled: Scheduled = { source, id, timer: undefined };
    scheduled.timer = this.#clock.setTimeout(() => {
      this.#forget(scheduled);
      target._send(event);
    }, delayMs);
    this.#scheduled ??= [];
    this.#scheduled.push(scheduled);
  }

  cancel(source: AnyActorRef, id: string): void {
    this.#cancelIf(({ source: from, id: name }) => from === source && name === id);
  }

  cancelAll(source: AnyActorRef): void {
    this.#cancelIf(({ source: from }) => from === source);
  }

  #cancelIf(isMeant: (scheduled: Scheduled) => boolean): void {
    if (this.#scheduled === null) return;
    for (const scheduled of this.#scheduled.filter(isMeant)) {
      this.#forget(scheduled);
      this.#clock.clearTimeout(scheduled.timer);
    }
  }

  #forget(scheduled: Scheduled): void {
    const others = this.#scheduled?.filter((each) => each !== scheduled) ?? [];
    // an idle session keeps no empty list
    this.#scheduled = others.length === 0 ? null : others;
  }
}
