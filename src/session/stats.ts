/** What a session measures, at one moment: `session.stats()`. */

import type { DropReason } from '../protocol/reasons.js';
import type { Role } from '../protocol/role.js';
import { loadOf } from './load.js';
import type { RequestLatencies } from './observing/latency.js';
import type { Wiring } from './wiring.js';

/**
 * A snapshot of what a session has measured since it was made. It is plain data, for `JSON.stringify`; all times are in seconds,
 * all sizes in bytes.
 */
export interface SessionStats {
  /** The session, within this process. */
  readonly sessionId: string;
  readonly role: Role;
  /** Payloads that came, also those that could not be read, and those that were sent. */
  readonly framesReceived: number;
  readonly framesSent: number;
  /** The bytes of those payloads. The framing, four bytes a payload and one for each colon, is not among them, nor is TLS. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** Messages that came and could be read, and those that were sent: a server sums them up. */
  readonly messagesReceived: number;
  readonly messagesSent: number;
  /** How often what was dropped; a reason that never occurred is missing. */
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
  readonly link: {
    /** How long the present link has been open; null: there is none. */
    readonly uptime: number | null;
    /** How often a link opened after the first. */
    readonly reconnects: number;
    /** How many bytes the transport has that the system has not taken. */
    readonly bufferedBytes: number;
  };
  /** The requests of this side. */
  readonly requests: {
    /** Written, and waiting for an answer. */
    readonly inFlight: number;
    /** Not written yet, and their bytes. */
    readonly queued: number;
    readonly queuedBytes: number;
    /** Timed out, and their late answers may still come. */
    readonly ghosts: number;
    readonly timeouts: number;
    /** From the call until the bytes of the answer came; of requests that were answered, whatever the status. */
    readonly latency: RequestLatencies;
  };
  /** The callbacks of this side that answer the peer. */
  readonly callbacks: {
    /** Called, and not settled. */
    readonly running: number;
    /** Requests whose callback has not been called yet. */
    readonly waiting: number;
    readonly errors: number;
  };
  /** How long the peer took to answer the heartbeat, which only asks a silent peer; null: it has not been asked. */
  readonly heartbeat: { readonly last: number; readonly smoothed: number } | null;
}

/** Takes a snapshot. */
export function statsOf(wiring: Wiring): SessionStats {
  const { journal, link, output, asking, heartbeat } = wiring;
  const { inFlight, running, waiting, ...carried } = loadOf(wiring);
  const { counts } = journal;
  const { queued, queuedBytes, ghosts } = output.pending;
  const { ageMs } = link;
  const roundTrip = heartbeat?.roundTrip ?? null;
  return {
    sessionId: journal.sessionId,
    role: journal.role,
    framesReceived: journal.framesReceived,
    framesSent: counts.messagesSent,
    ...carried,
    dropped: journal.counters.dropped,
    link: {
      uptime: ageMs === null ? null : ageMs / 1_000,
      reconnects: Math.max(0, counts.connections - 1),
      bufferedBytes: output.bufferedBytes,
    },
    requests: {
      inFlight,
      queued,
      queuedBytes,
      ghosts,
      timeouts: counts.timeouts,
      latency: asking.latencies,
    },
    callbacks: { running, waiting, errors: counts.callbackErrors },
    heartbeat:
      roundTrip === null ? null : { last: roundTrip.lastMs / 1_000, smoothed: roundTrip.smoothedMs / 1_000 },
  };
}
