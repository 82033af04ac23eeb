import type { EventNames } from '../base/event-names.js';
import type { PeerRefusalReason } from '../protocol/reasons.js';
import type { Session } from '../session/session.js';
import type { ServerCloseReport } from './close-report.js';

/** Peers that a server turned away or disconnected, as the event `refused` gives them. */
export interface PeerRefusal {
  readonly reason: PeerRefusalReason;
  /** Where the last of them came from; undefined where that is unknown. */
  readonly address: string | undefined;
  /** How many there were since the last event of this reason. */
  readonly count: number;
  /** What there is to say of the last of them besides the reason. */
  readonly detail?: string;
}

/** The events of a server and what their listeners get. */
export interface ServerEvents {
  /** A connection has its session, and `onSession` has been called with it. */
  session: [session: Session];
  /**
   * `onSession` threw or rejected, or a listener of `session` did: that connection is closed. Where it rejects because the
   * connection is gone already, this event is all; otherwise there is a log line and a process warning, too.
   */
  sessionError: [error: Error, session: Session];
  /** Peers were turned away: at most one event a second for each reason. `counters` has the totals. */
  refused: [refusal: PeerRefusal];
  /** The server has closed, and all of its sessions; what had to be cut or was lost. */
  closed: [report: ServerCloseReport];
}

/** The events of a server, by name. */
export const SERVER_EVENTS: EventNames<ServerEvents> = {
  session: true,
  sessionError: true,
  refused: true,
  closed: true,
};
