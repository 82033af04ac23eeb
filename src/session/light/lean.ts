/**
 * What an actor holds, and nobody asks for in a session that nobody inspects: the options that it was made with, whose shape
 * Node makes anew for each actor, collections for those who look on, and functions for XState's own interpreter. With all of
 * it an actor at rest takes 1.7 KiB, without 0.9.
 */

import { Actor, type AnyActorRef } from 'xstate';

/** What XState's types leave out, or do not let change. */
interface ActorInternals {
  options: object;
  observers: Set<never>;
  eventListeners: Map<never, never>;
  send: unknown;
  readonly _actorScope: { emit: unknown; actionExecutor: unknown };
}

function refuse(): never {
  throw new Error('expected nobody to look on an actor that nobody inspects');
}

const NO_OPTIONS = Object.freeze({});
const NOBODY = Object.assign(new Set<never>(), { add: refuse });
const NO_LISTENERS = Object.assign(new Map<never, never>(), { set: refuse });

/** Takes from a new actor what it will not need; all such actors share what is left in its place. */
export function makeLean<A extends AnyActorRef>(actor: A): A {
  const inner = actor as unknown as ActorInternals;
  inner.options = NO_OPTIONS;
  inner.observers = NOBODY;
  inner.eventListeners = NO_LISTENERS;
  // as a method, not bound: nobody takes it off its actor
  inner.send = Actor.prototype.send;
  inner._actorScope.emit = inner._actorScope.actionExecutor = refuse;
  return actor;
}
