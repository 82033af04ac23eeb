/** What the sessions of a server have carried, those that are closed included. */

import { SESSION_LOAD, type SessionLoad } from '../session/load.js';
import type { Session } from '../session/session.js';

type Sums = { -readonly [Name in keyof SessionLoad]: number };

/** Sums up what sessions have carried. */
export class Traffic {
  readonly #ended: Sums = {
    messagesReceived: 0,
    messagesSent: 0,
    bytesReceived: 0,
    bytesSent: 0,
    inFlight: 0,
    running: 0,
    waiting: 0,
  };

  /** A session is over: nothing of it is kept but its numbers. */
  ended(session: Session): void {
    // what was under way is not any more
    addTo(this.#ended, { ...session[SESSION_LOAD], inFlight: 0, running: 0, waiting: 0 });
  }

  /** Of the sessions that are over, and of these. */
  sumWith(sessions: Iterable<Session>): SessionLoad {
    const sums = { ...this.#ended };
    for (const session of sessions) addTo(sums, session[SESSION_LOAD]);
    return sums;
  }
}

function addTo(sums: Sums, load: SessionLoad): void {
  sums.messagesReceived += load.messagesReceived;
  sums.messagesSent += load.messagesSent;
  sums.bytesReceived += load.bytesReceived;
  sums.bytesSent += load.bytesSent;
  sums.inFlight += load.inFlight;
  sums.running += load.running;
  sums.waiting += load.waiting;
}
