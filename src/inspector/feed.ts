/** What a page of the debugger pulls: entries, how each session stands, and totals. Types alone: the page imports them. */

import type { NumberedEntry } from './entries.js';
import type { TroubleCode } from './troubles.js';

/** How a session stands; `listening`: it is the server itself. */
export type SessionState =
  | 'listening'
  | 'connecting'
  | 'connected'
  | 'trusted'
  | 'refused'
  | 'lost'
  | 'closed';

/** A session, a connection of a proxy, or another group of entries: one row of the list of sessions. */
export interface SessionRow {
  readonly group: string;
  /** The process that it belongs to; null for the one that serves the page. */
  readonly process: string | null;
  /** Who is at the other end; null if unknown. */
  readonly address: string | null;
  /** What the peer calls itself or is bound to; what this side calls itself where it is the client. */
  readonly channelName: string | null;
  /** Which side the session is; null for traffic that somebody else's proxy saw. */
  readonly role: 'client' | 'server' | null;
  readonly codec: string | null;
  readonly state: SessionState;
  /** Nothing more will come from it. */
  readonly isOver: boolean;
  /** Requests without an answer so far, in both directions. */
  readonly inFlight: number;
  readonly messages: number;
  /** Messages in the last whole second. */
  readonly perSecond: number;
  /** Requests that timed out. */
  readonly timeouts: number;
  /** Troubles that no other explains; one that happens again is the same. */
  readonly troubles: number;
  readonly lastTrouble: { readonly number: number; readonly code: string; readonly text: string } | null;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Whether requests can be sent in it from the page. */
  readonly canSend: boolean;
}

/** What happened since the debugger was opened, whether it is still kept or not. */
export interface Totals {
  readonly entries: number;
  readonly messages: number;
  /** Troubles that no other explains; one that happens again is the same. */
  readonly troubles: number;
  /** The entries of kind `trouble`, by code. */
  readonly byCode: Readonly<Partial<Record<TroubleCode, number>>>;
  /** Entries of other processes that never got here, because this debugger was away or too slow. */
  readonly missedElsewhere: number;
  readonly sessions: number;
  /** Rows that were forgotten because there were too many. */
  readonly forgottenSessions: number;
}

/** The answer to `GET /feed?source=ID&after=N&rows=V&limit=5000`. */
export interface Feed {
  /** Another one for each start of a debugger: a page that knew another one starts over. */
  readonly source: string;
  readonly title: string;
  /**
   * When the debugger was opened, in milliseconds of the epoch: an entry's wall clock is this and its `ms`. Null for an old
   * recording, which does not say when it was made.
   */
  readonly startedAt: number | null;
  /** The time now, as `ms` of entries has it. */
  readonly nowMs: number;
  /** Those after `after`, at most `limit`, oldest first. */
  readonly entries: readonly NumberedEntry[];
  /** The number of the newest entry that there is; more than the last of `entries` where there is more to ask for. */
  readonly last: number;
  /** How many between `after` and the first of `entries` are no longer kept. */
  readonly forgotten: number;
  /** The troubles after `after` that are kept though the entries around them are not, oldest first. */
  readonly troubles: readonly NumberedEntry[];
  readonly totals: Totals;
  /** The rows that changed since version `rows`, all of them for 0. */
  readonly sessions: readonly SessionRow[];
  /** Groups whose rows were forgotten since version `rows`. */
  readonly goneSessions: readonly string[];
  /** The version of the rows, to ask on from. */
  readonly version: number;
  /** Whether requests can be sent from the page in any session. */
  readonly canSend: boolean;
}

/** The body of `POST /requests`. */
export interface Ask {
  readonly group: string;
  readonly serviceId: number;
  readonly dataId: number;
  readonly data: unknown;
  /** How long it may take, in milliseconds; what the session has by default unless given. */
  readonly timeout?: number;
}

/** The answer to it: what the peer answered, or why there is no answer. */
export type Asked =
  | { readonly status: number; readonly data: unknown; readonly ms: number }
  | { readonly error: string; readonly code: string; readonly reason: string | null };

/** The answer to `GET /names?group=NAME`: what can be asked for by name. */
export interface Names {
  readonly services: readonly {
    readonly serviceId: number;
    readonly name: string;
    readonly data: readonly { readonly dataId: number; readonly name: string }[];
  }[];
}
