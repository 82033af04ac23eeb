/**
 * Through here the debugger hears of peers that a server refuses before they have a session: nobody else observes those. No
 * program gets this: an observer is given sessions.
 */

import type { PeerRefusalReason } from '../../protocol/reasons.js';

/** Why a peer got no session, or lost it before its program had set it up. */
export type RefusalCause = PeerRefusalReason | 'set-up-failed';

/** A peer that was refused. */
export interface ObservedRefusal {
  readonly cause: RefusalCause;
  /** The IP address that it came from; null where that is unknown. */
  readonly address: string | null;
  /** What there is to say besides the cause; empty: nothing. */
  readonly detail: string;
}

/** Who hears of them, of one server. */
export interface RefusalObserver {
  refused(refusal: ObservedRefusal): void;
  /** The server has closed. */
  closed(): void;
}

/** @param address where the server listens */
type OpenObserver = (address: string) => RefusalObserver;

const doors = new WeakMap<object, OpenObserver>();

/** Makes an observer of sessions one that hears of refusals, too, where a server gets it. */
export function openRefusalDoor(observe: object, open: OpenObserver): void {
  doors.set(observe, open);
}

/** The door of an observer of sessions; undefined where nobody has opened it. */
export function refusalDoorOf(observe: object | undefined): OpenObserver | undefined {
  return observe === undefined ? undefined : doors.get(observe);
}
