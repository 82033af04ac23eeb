/** What the connections of a server have carried, those that are closed included. */

import { SESSION_LOAD } from '../session/load.js';
import type { RosterEntry } from './roster.js';

/** What a server has carried, and what is under way. */
export interface TrafficTotals {
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly messagesReceived: number;
  readonly messagesSent: number;
  readonly asked: number;
  readonly answering: number;
}

/** Sums up what connections have carried. */
export class Traffic {
  readonly #ended = { bytesReceived: 0, bytesSent: 0, messagesReceived: 0, messagesSent: 0 };

  /** A connection is over: nothing of it is kept but its numbers. */
  ended(entry: RosterEntry): void {
    addTo(this.#ended, entry);
  }

  /** All connections together: those that are over, and these. */
  totals(entries: Iterable<RosterEntry>): TrafficTotals {
    const totals = { ...this.#ended, asked: 0, answering: 0 };
    for (const entry of entries) {
      const load = addTo(totals, entry);
      totals.asked += load?.asked ?? 0;
      totals.answering += load?.answering ?? 0;
    }
    return totals;
  }
}

function addTo(
  totals: { bytesReceived: number; bytesSent: number; messagesReceived: number; messagesSent: number },
  { session, stream }: RosterEntry,
): { readonly asked: number; readonly answering: number } | undefined {
  const load = session?.[SESSION_LOAD];
  totals.bytesReceived += stream?.bytesRead ?? 0;
  totals.bytesSent += stream?.bytesWritten ?? 0;
  totals.messagesReceived += load?.messagesReceived ?? 0;
  totals.messagesSent += load?.messagesSent ?? 0;
  return load;
}
