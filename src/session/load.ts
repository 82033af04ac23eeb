/** What the server of a session sums up: of all of its sessions, as often as its program wants, and once when each ends. */

import type { Wiring } from './wiring.js';

/** By this, a server asks its sessions. */
export const SESSION_LOAD: unique symbol = Symbol('load of a session');

/** How much a session has carried, and what is under way. */
export interface SessionLoad {
  readonly messagesSent: number;
  readonly messagesReceived: number;
  /** Requests of this side that are written and wait for their answer. */
  readonly asked: number;
  /** Callbacks that run, or wait to. */
  readonly answering: number;
}

/** As of now. */
export function loadOf({ journal, output, answerer }: Wiring): SessionLoad {
  const { messagesSent, messagesReceived } = journal.counts;
  const { inLine, ghosts } = output.pending;
  const { running, waiting } = answerer.load;
  return { messagesSent, messagesReceived, asked: inLine - ghosts, answering: running + waiting };
}
