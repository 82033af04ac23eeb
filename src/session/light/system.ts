/**
 * The system of the actors of a session that nobody inspects.
 *
 * XState makes a system of its own for each actor without a parent: fifteen functions and seven collections, 2.2 KiB, for
 * inspectors, named actors and snapshots of timers. Of a server's idle sessions nobody asks for any of these. This system is
 * one object: it passes events on, keeps the timers, and stands above the session's actor as its parent, to hear how it ends.
 */

import type { AnyActorRef, EventObject } from 'xstate';

/** A clock, as a system needs it. */
export interface Timers {
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** Hears what the first actor of a system does. */
export interface ActorOwner<E extends EventObject = EventObject> {
  /** It has emitted something. */
  announced(event: E): void;
  /** It has completed a step. */
  stepped(): void;
  /** It has failed. */
  crashed(error: unknown): void;
}

/** An event that is due later. */
interface Scheduled {
  readonly source: AnyActorRef;
  readonly id: string;
  timer: unknown;
}

/** What XState's own actors use of each other, and its types leave out. */
type Receiver = AnyActorRef & { _send(event: EventObject): void };

/** What XState tells a system for its inspectors. */
interface InspectionEvent {
  readonly type: string;
  readonly actorRef: AnyActorRef;
  readonly snapshot?: { readonly status: string };
}

const FAILED = 'xstate.error.actor.';
const STEPPED = '@xstate.snapshot';

/** The names of the actors of each system, by the order in which they are made. */
const NAMES: string[] = [];

/** The system of one session's actors. */
export class LightSystem<O extends ActorOwner = ActorOwner> {
  readonly owner: O;
  readonly _clock: Timers;
  #scheduled: Scheduled[] | null = null;
  #booked = 0;

  constructor(owner: O, clock: Timers) {
    this.owner = owner;
    this._clock = clock;
  }

  // ── as the parent of the first actor ──

  get system(): this {
    return this;
  }

  _send(event: EventObject & { readonly error?: unknown }): void {
    if (event.type.startsWith(FAILED)) this.owner.crashed(event.error);
  }

  // ── what actors ask of their system ──

  _bookId(): string {
    const order = this.#booked++;
    return (NAMES[order] ??= `x:${order}`);
  }

  _register(sessionId: string): string {
    return sessionId;
  }

  _unregister(): void {}

  _sendInspectionEvent({ type, actorRef, snapshot }: InspectionEvent): void {
    if (type === STEPPED && snapshot?.status !== 'error' && isFirst(actorRef, this)) this.owner.stepped();
  }

  _relay(_source: AnyActorRef | undefined, target: Receiver, event: EventObject): void {
    target._send(event);
  }

  get scheduler(): this {
    return this;
  }

  schedule(source: AnyActorRef, target: Receiver, event: EventObject, delayMs: number, id: string): void {
    const scheduled: Scheduled = { source, id, timer: undefined };
    scheduled.timer = this._clock.setTimeout(() => {
      this.#forget(scheduled);
      target._send(event);
    }, delayMs);
    this.#scheduled ??= [];
    this.#scheduled.push(scheduled);
  }

  cancel(source: AnyActorRef, id: string): void {
    this.#cancelIf((scheduled) => scheduled.source === source && scheduled.id === id);
  }

  cancelAll(source: AnyActorRef): void {
    this.#cancelIf((scheduled) => scheduled.source === source);
  }

  #cancelIf(isMeant: (scheduled: Scheduled) => boolean): void {
    for (const scheduled of this.#scheduled?.filter(isMeant) ?? []) {
      this.#forget(scheduled);
      this._clock.clearTimeout(scheduled.timer);
    }
  }

  #forget(scheduled: Scheduled): void {
    const others = this.#scheduled?.filter((each) => each !== scheduled) ?? [];
    // an idle session keeps no empty list
    this.#scheduled = others.length === 0 ? null : others;
  }
}

function isFirst(actor: AnyActorRef, system: unknown): boolean {
  return (actor as { readonly _parent?: unknown })._parent === system;
}
