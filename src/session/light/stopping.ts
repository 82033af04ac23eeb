/** How XState's machines stop the actors below them. */

import type { AnyActorRef, AnyActorScope } from 'xstate';

/** What XState's own machines use of an actor and of a system, and its types leave out. */
interface ActorInternals {
  readonly _processingStatus: number;
}
interface SystemInternals {
  _unregister(actor: AnyActorRef): void;
}

/** Of XState's `_processingStatus`. */
const [RUNNING, STOPPED] = [1, 2];

/** Whether an actor was stopped, perhaps before it had started. */
export function wasStopped(actor: AnyActorRef): boolean {
  return statusOf(actor) === STOPPED;
}

/** Stops an actor: at once if it has not started, else when all that was sent to it has arrived. */
export function stopActor(scope: AnyActorScope, actor: AnyActorRef): void {
  unregister(scope.system as typeof scope.system & SystemInternals, actor);
  if (statusOf(actor) === RUNNING) scope.defer(() => scope.stopChild(actor));
  else scope.stopChild(actor);
}

function unregister(system: SystemInternals, actor: AnyActorRef): void {
  const { children } = (actor.getSnapshot() ?? {}) as { readonly children?: Record<string, AnyActorRef> };
  for (const child of Object.values(children ?? {})) unregister(system, child);
  system._unregister(actor);
}

function statusOf(actor: AnyActorRef): number {
  return (actor as AnyActorRef & ActorInternals)._processingStatus;
}
