import type { AnyActorRef, EventObject } from 'xstate';

/** What XState's own actors send events with, and its types leave out. */
interface RelayingSystem {
  _relay?(from: AnyActorRef, to: AnyActorRef, event: EventObject): void;
}

/** Sends an event from one actor to another: unlike with `to.send(event)`, inspectors see who sent it. */
export function relay(from: AnyActorRef, to: AnyActorRef, event: EventObject): void {
  const system = from.system as typeof from.system & RelayingSystem;
  if (system._relay === undefined) to.send(event);
  else system._relay(from, to, event);
}
