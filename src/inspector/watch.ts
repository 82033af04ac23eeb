/** Makes the options by which sessions become visible, and finds out which of them an event belongs to. */

import type { AnyActorRef, InspectionEvent } from 'xstate';
import type { Observation, ObservedSession } from '../session/journal/observation.js';
import { openRefusalDoor } from '../session/journal/refusal-door.js';
import { CountersClock } from './counters-clock.js';
import type { InspectorHub } from './hub.js';
import { ListenerWatch } from './listener-watch.js';
import { countersEntry, SessionWatch, type Watching } from './session-watch.js';

/** Options that make a session visible, to spread into its own. */
export interface WatchOptions {
  readonly inspect: (event: InspectionEvent) => void;
  readonly observe: (observation: Observation, session: ObservedSession) => void;
}

/**
 * Makes the options that make sessions visible.
 *
 * @param hub where their entries go
 * @param nameOf the name of the next session
 * @param more what all watches of one debugger share, whether the page may send in the sessions, and the name of a server that
 *   refuses peers
 */
export function watchOptions(
  hub: InspectorHub,
  nameOf: () => string,
  {
    counters = countersOf(hub),
    canSend = false,
    listenerNameOf = (address) => `listener ${address}`,
  }: Partial<Pick<Watching, 'counters' | 'canSend'>> & {
    readonly listenerNameOf?: (address: string) => string;
  } = {},
): WatchOptions {
  const watching: Watching = { hub, counters, canSend };
  const watches = new WeakMap<object, SessionWatch>();
  let last: SessionWatch | undefined;
  const watchOf = (system: object | null, root?: AnyActorRef): SessionWatch => {
    // a session that is being made has no system yet; `inspect` saw it a moment ago
    const known = system === null ? last : watches.get(system);
    if (known !== undefined) return known;
    const name = (root === undefined ? null : nameOfOwner(root, hub)) ?? nameOf();
    const watch = new SessionWatch(watching, name);
    if (root === undefined || root.id === 'session') last = watch;
    if (system !== null) watches.set(system, watch);
    return watch;
  };
  const observe: WatchOptions['observe'] = (observation, session) =>
    watchOf(session.system).observed(observation, session);
  openRefusalDoor(observe, (address) => new ListenerWatch(hub, listenerNameOf(address), address));
  return {
    inspect: (event) => {
      const actor = event.actorRef as AnyActorRef;
      watchOf(actor.system, actor).inspected(event);
    },
    observe,
  };
}

/** Shows the counters of sessions in a hub. */
export function countersOf(hub: InspectorHub): CountersClock {
  return new CountersClock((group, session) => {
    // one that has been forgotten meanwhile does not come back for its counters
    if (hub.groups.get(group) !== undefined) hub.add(countersEntry(group, session));
  });
}

/**
 * What stands beside sessions has the name of what it is about before that of its machine: `pump-3 devicePresence`. It is
 * shown with the session of that name, where there is one.
 */
function nameOfOwner({ id, _parent }: AnyActorRef, hub: InspectorHub): string | null {
  if (_parent !== undefined) return null;
  const [, owner] = /^(.+) devicePresence$/s.exec(id) ?? [];
  if (owner !== undefined) return hub.groups.named(owner)?.name ?? owner;
  return id === 'busLink' ? 'bus' : null;
}
