/** What the server of a session sums up: of all of its sessions, as often as its program wants, and once when each ends. */

import type { Wiring } from './wiring.js';

/** By this, a server asks its sessions. */
export const SESSION_LOAD: unique symbol = Symbol('load of a session');

/** How much a session has carried, and what is under way. */
export interface SessionLoad {
  readonly messagesReceived: number;
  readonly messagesSent: number;
  /** The bytes of payloads, without framing and TLS. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** Requests of this side that are written and wait for their answer. */
  readonly inFlight: number;
  /** Callbacks that were called and have not settled. */
  readonly running: number;
  /** Requests of the peer whose callback has not been called yet. */
  readonly waiting: number;
}

/** As of now; `session.stats()` says more, and takes longer. */
export function loadOf({ journal, output, answerer }: Wiring): SessionLoad {
  const { bytesReceived, bytesSent, counts } = journal;
  const { messagesReceived, messagesSent } = counts;
  const { inLine, ghosts } = output.pending;
  const inFlight = inLine - ghosts;
  return { messagesReceived, messagesSent, bytesReceived, bytesSent, inFlight, ...answerer.load };
}
