/** A session as a person wants to see it: `console.log(session)`. Nothing of it is confidential. */

import { authenticationStateOf } from '../protocol/role.js';
import type { Wiring } from './wiring.js';

/** What is shown of a session. */
export interface Portrait {
  readonly id: string;
  readonly role: string;
  /** Who is at the other end; where nobody is, where the transport looks for somebody. */
  readonly peer: string | null;
  /** The state of the session's machine, and those of the machines below it. */
  readonly state: string;
  readonly connection: string;
  readonly authentication: string;
  readonly isTrusted: boolean;
  readonly channelName: string | null;
  readonly peerName: string | null;
  /** What waits for the peer. */
  readonly pending: { readonly queued: number; readonly unanswered: number };
  /** Those that are not zero. */
  readonly counters: object;
}

/** Draws it. */
export function portraitOf({ journal, comm, actor, gate, asking }: Wiring): Portrait {
  const { value, children } = actor.getSnapshot();
  const { queued, inLine } = asking.counts;
  return {
    id: journal.sessionId,
    role: journal.role,
    peer: comm.peerAddress ?? comm.address ?? null,
    state: stateText(value),
    connection: stateText(children.connection?.getSnapshot().value),
    authentication: authenticationStateOf(children.authentication?.getSnapshot().value),
    isTrusted: gate.passage === 'everything',
    channelName: journal.channelName,
    peerName: journal.peerName,
    pending: { queued, unanswered: inLine },
    counters: Object.fromEntries(Object.entries(journal.counters).filter(([, count]) => isCounted(count))),
  };
}

function isCounted(count: unknown): boolean {
  return typeof count === 'object' && count !== null ? Object.keys(count).length > 0 : count !== 0;
}

/** The value of a snapshot as one path: `connected.trusted`. */
function stateText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value ?? 'ended');
  return Object.entries(value)
    .map(([name, inner]) => `${name}.${stateText(inner)}`)
    .join(', ');
}

/** What Node asks an object for, to print it. */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

/** How Node prints something, and the options to pass on. */
export interface Inspecting {
  readonly options: { readonly depth?: number | null };
  readonly inspect: (value: unknown, options: object) => string;
}

/**
 * A portrait as Node prints an object.
 *
 * @param name the name of the class
 * @param portrait null where there is none: a proxy of a session, one that is being made
 * @param depth how many levels may still be shown
 */
export function inspected(
  name: string,
  portrait: object | null,
  depth: number | null,
  { options, inspect }: Inspecting,
): string {
  if (portrait === null || (depth !== null && depth < 0)) return `[${name}]`;
  // each level of nesting counts from here, as it would for an object of Node's
  return `${name} ${inspect(portrait, { ...options, depth: options.depth ?? null })}`;
}
