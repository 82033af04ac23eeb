/** What changes while an actor processes one event: a machine's actions work on it, one after the other. */

import type { AnyActorRef, AnyActorScope, EventObject } from 'xstate';

/** What XState gives the functions of a machine. It never changes: what is assigned is in the next one. */
export interface Args {
  readonly context: object;
  readonly event: EventObject;
  readonly self: AnyActorRef;
  readonly system: AnyActorScope['system'];
}

/** The actors below an actor, by their ids. */
export type Children = Readonly<Record<string, AnyActorRef | undefined>>;

/** Of all actors that have none below them. */
export const NO_CHILDREN: Children = Object.freeze({});

/** A snapshot in the making. */
export class Draft {
  args: Args;
  children: Children;
  readonly scope: AnyActorScope;
  /** An actor that is being made acts when it starts. */
  readonly isInitial: boolean;

  constructor(
    scope: AnyActorScope,
    event: EventObject,
    context: object,
    children: Children,
    isInitial: boolean,
  ) {
    this.args = { context, event, self: scope.self, system: scope.system };
    this.children = children;
    this.scope = scope;
    this.isInitial = isInitial;
  }

  /** Acts upon the world. */
  execute(effect: () => void): void {
    if (this.isInitial) this.scope.defer(effect);
    else effect();
  }

  /** Acts upon other actors: they hear of it when the snapshot is complete, and after all that is executed. */
  defer(effect: () => void): void {
    const { scope } = this;
    if (this.isInitial) scope.defer(() => scope.defer(effect));
    else scope.defer(effect);
  }

  assign(context: object): void {
    const { event, self, system } = this.args;
    this.args = { context, event, self, system };
  }
}
