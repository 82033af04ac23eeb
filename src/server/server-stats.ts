import type { SessionLoad } from '../session/load.js';

/** What a server measures, at one moment: plain data, for `JSON.stringify`. Rates are for the reader to make. */
export interface ServerStats {
  /** For how long it has been listening, in seconds. */
  readonly uptime: number;
  readonly connections: {
    /** Those that have a session. */
    readonly now: number;
    /** The most that had one at once. */
    readonly peak: number;
    /** Those that wait for their session. */
    readonly arriving: number;
    /** All that came in, and those of them that are gone. */
    readonly accepted: number;
    readonly closed: number;
    /** Whose peer can be addressed: trusted, or any where no secret is set. */
    readonly trusted: number;
    readonly untrusted: number;
  };
  /** How many sessions each group has. */
  readonly groups: Readonly<Record<string, number>>;
  /** Names that two peers have claimed within the last minutes. */
  readonly contestedNames: number;
  /** Of all sessions since it began to listen, those that are closed included. */
  readonly messagesReceived: number;
  readonly messagesSent: number;
  /** The bytes of payloads, without framing and TLS. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** The requests of this server, of all sessions. */
  readonly requests: {
    /** Written, and waiting for an answer. */
    readonly inFlight: number;
    /** Waiting for peers that are not there (`waitForPeer`). */
    readonly waitingForPeer: number;
  };
  /** The callbacks of this server that answer its peers. */
  readonly callbacks: {
    /** Called, and not settled. */
    readonly running: number;
    /** Requests whose callback has not been called yet. */
    readonly waiting: number;
  };
}

/** What is counted where connections come in. */
export interface Arrived {
  readonly uptimeMs: number;
  readonly accepted: number;
  readonly arriving: number;
}

/** What is counted where sessions are. */
export interface Present {
  readonly now: number;
  readonly peak: number;
  readonly trusted: number;
}

/** Puts them together. */
export function statsOf(
  { uptimeMs, accepted, arriving }: Arrived,
  { now, peak, trusted }: Present,
  { inFlight, running, waiting, ...carried }: SessionLoad,
  addressed: Pick<ServerStats, 'groups' | 'contestedNames'> & { readonly waitingForPeer: number },
): ServerStats {
  const { waitingForPeer, ...names } = addressed;
  return {
    uptime: uptimeMs / 1_000,
    connections: {
      now,
      peak,
      arriving,
      accepted,
      closed: accepted - arriving - now,
      trusted,
      untrusted: now - trusted,
    },
    ...names,
    ...carried,
    requests: { inFlight, waitingForPeer },
    callbacks: { running, waiting },
  };
}
