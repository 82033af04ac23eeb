import type { EventNames } from '../../base/event-names.js';
import type { Message } from '../../protocol/message.js';
import type { AuthenticationReason, LinkReason } from '../../protocol/reasons.js';
import type { CloseReport } from '../close-options.js';
import type { Failure } from '../flight/flight-record.js';
import type { Drop } from './counters.js';

/** The events of a session and what their listeners get. */
export interface SessionEvents {
  /** A connection is established. */
  connected: [];
  /** The connection is gone; requests that were on it have been rejected. */
  disconnected: [reason: LinkReason];
  /** An attempt to connect failed, or this server cannot listen; another follows unless `abandoned` comes as well. */
  connectFailed: [error: Error];
  /**
   * There will be no further attempt to connect, unless `reconnect` is called: the last one failed, the key was refused for good,
   * or the connection is gone and `reconnect` is false. Nothing waits for a connection any more.
   */
  abandoned: [reason: LinkReason];
  /** Both sides hold the same secret: everything passes. */
  trusted: [];
  /** The connection is no longer trusted. */
  untrusted: [];
  /**
   * An authentication failed: of this client, or of the client of this server. Of a client that authenticates by itself,
   * `wrong-secret` is a verdict: what waits is rejected, and the next attempt follows after `reconnect.refusedDelay`.
   */
  authenticationFailed: [reason: AuthenticationReason];
  /** The channel took over the peer's name, which is unverified text. */
  channelName: [name: string];
  /**
   * The peer has given its name, as `peerName` has it: once on a connection, also where the channel has a name of its own.
   * Unverified text, unless the name is bound to a certificate.
   */
  peerNamed: [name: string];
  /** A message came in, before it is handled; messages of an authentication are left out. */
  message: [message: Message];
  /** Something was dropped; `counters` has the totals. */
  dropped: [drop: Drop];
  /**
   * A handler or callback failed: it threw or rejected, took longer than `callbackTimeout`, or returned what cannot be sent. The
   * peer only hears "callback error". A `StatusError` is the answer to a request, and no failure. What was thrown and is no
   * error is the `cause` of the one that comes here.
   */
  callbackError: [error: Error, message: Message];
  /**
   * Something failed that a person will ask about: with what the flight recorder has. At most one of each kind a second; where nobody
   * listens, nothing is made for it. `disconnected`, `authenticationFailed`, `callbackError` and `closed` come as well.
   */
  failure: [failure: Failure];
  /** The session is over for good, and its transport has closed; what had to be cut or was lost. */
  closed: [report: CloseReport];
}

/** The events of a session, by name. */
export const SESSION_EVENTS: EventNames<SessionEvents> = {
  connected: true,
  disconnected: true,
  connectFailed: true,
  abandoned: true,
  trusted: true,
  untrusted: true,
  authenticationFailed: true,
  channelName: true,
  peerNamed: true,
  message: true,
  dropped: true,
  callbackError: true,
  failure: true,
  closed: true,
};
