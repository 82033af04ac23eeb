/** What a session counts: nothing that is dropped is dropped in silence. */

import type { DecodeErrorReason } from '../../wire/codec.js';
import type { StpDropReason } from '../../wire/stp.js';

/**
 * Why something was dropped. Besides the reasons of the framing and of the codec:
 * `untrusted`: it is not on the whitelist and the peer is not trusted; `unexpected`: an authentication or channel-name
 * message that the state does not expect; `second-name`: a peer that changes its name; `late-answer`: the answer to a
 * request that nobody waits for any more; `overflow`: the oldest message of a full receive buffer; `stale`: a message
 * that the last connection left in the receive buffer; `expired`: a message that nobody took from it in time;
 * `unsolicited`: a message that nobody waits for while `bufferUnhandled` is off; `late-result`: what a callback answered
 * after its time was over; `link-lost`: an answer whose connection is gone; `not-sent`: an answer that could not be
 * handed to the transport.
 */
export type DropReason =
  | StpDropReason
  | DecodeErrorReason
  | 'untrusted'
  | 'unexpected'
  | 'second-name'
  | 'late-answer'
  | 'overflow'
  | 'stale'
  | 'expired'
  | 'unsolicited'
  | 'late-result'
  | 'link-lost'
  | 'not-sent';

/** One drop, as the event `dropped` tells it. */
export interface Drop {
  readonly reason: DropReason;
  /** One line about it, free of confidential or forged text. */
  readonly detail: string;
}

/** How often what has happened since the session was made. */
export interface Counters {
  readonly messagesSent: number;
  readonly messagesReceived: number;
  readonly connections: number;
  /** Attempts that came to nothing: of this client, or of the client of this server. */
  readonly failedAuthentications: number;
  readonly timeouts: number;
  /** Log lines about drops, and about messages before trust, that were left out, for there were too many a second. */
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
}
