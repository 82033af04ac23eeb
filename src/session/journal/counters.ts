/** What a session counts: nothing is dropped silently. */

import type { DropReason } from '../../protocol/reasons.js';

/** One drop, as the event `dropped` gives it. */
export interface Drop {
  readonly reason: DropReason;
  /** One line about it, free of confidential or forged text. */
  readonly detail: string;
}

/** Counters of a session, since it was made. */
export interface Counters {
  readonly messagesSent: number;
  readonly messagesReceived: number;
  readonly connections: number;
  /** Failed attempts: of this client, or of the client of this server. */
  readonly failedAuthentications: number;
  readonly timeouts: number;
  /** How often `send` resolved with false; each is logged with the reason, and a full queue is also among the drops. */
  readonly messagesNotSent: number;
  /** Messages sent after the last byte from the peer, on connections that died: whether they arrived is unknown. */
  readonly messagesUnconfirmed: number;
  /** Handlers and callbacks that threw, rejected, took too long or returned what cannot be sent; a `StatusError` is no failure. */
  readonly callbackErrors: number;
  /** Requests and answers that did not fit a contract: not sent, or refused when they came. */
  readonly validationErrors: number;
  /** Log lines about drops, and about a peer before trust, that were left out because there were too many a second. */
  readonly suppressedLogLines: number;
  /** Drops by reason; a reason that never occurred is missing. */
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
}

/** The counters that are numbers, as the session writes them. */
export interface MutableCounts {
  messagesSent: number;
  messagesReceived: number;
  connections: number;
  failedAuthentications: number;
  timeouts: number;
  messagesNotSent: number;
  messagesUnconfirmed: number;
  callbackErrors: number;
  validationErrors: number;
}
