/**
 * What only this library can set: settings that a user has no use for, and the random source, which a user must not be able
 * to weaken. They travel with the options under a symbol that is not exported.
 */

import type { SessionAnnouncement } from '../../machines/index.js';
import type { FailureKind } from './flight/failures.js';
import type { Failure } from './flight/flight-record.js';
import type { StrangerBudget } from './journal/stranger-budget.js';
import type { SessionOptions, SessionSettings } from './options.js';

const INTERNALS = Symbol('internals of a session');

/**
 * Hears what a session announces, in the step in which it happens. The books of a server hang on this and not on the public
 * emitter, whose listeners a program may remove.
 */
export interface SessionWatcher {
  /** @param session whose announcement it is: one watcher may have many */
  announced(announcement: SessionAnnouncement, session: object): void;
  /** The peer has given its name: the first on this connection, cleaned, and nothing that anybody has verified. */
  peerNamed?(name: string, session: object): void;
}

/** Takes the failures of sessions, to keep them. Never throws. */
export interface FailureSink {
  /** Whether it would keep another one of a kind now; a record is not made in vain. */
  wants(kind: FailureKind): boolean;
  take(failure: Failure): void;
}

/** Settings of a session that are not options. */
export interface SessionInternals {
  /** The session is over with its first link, as that of an accepted connection is. */
  readonly endsWithItsLink?: boolean;
  /** Where seeds come from; a simulation brings its own, to be reproducible. */
  readonly randomBytes?: (length: number) => Buffer;
  /** The options, checked: all sessions of one listener have the same. */
  readonly settings?: SessionSettings;
  /** The server's books. */
  readonly watcher?: SessionWatcher;
  /** Where failures are kept. */
  readonly failures?: FailureSink | null;
  /** What the peer may cost before it is trusted, where a server counts; it hears of the session before the books do. */
  readonly strangers?: (StrangerBudget & SessionWatcher) | null;
  /** The only name that the peer may have, because something has proven it; null: whatever it claims. */
  readonly boundName?: string | null;
}

/** The same options, with internals. */
export function withInternals<T extends SessionOptions>(options: T, internals: SessionInternals): T {
  return { ...options, [INTERNALS]: internals };
}

/** The internals that options carry; none in a user's options. */
export function internalsOf(options: SessionOptions): SessionInternals {
  return (options as { readonly [INTERNALS]?: SessionInternals } | null)?.[INTERNALS] ?? {};
}
