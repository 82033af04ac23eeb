/** What the iterators of a session give. */

import type { JsonValue, Message, PlainData } from '../../protocol/message.js';
import type { LinkReason } from '../../protocol/reasons.js';

/** The messages that came and may pass, requests and answers included, in their order. */
export interface MessageIterator extends AsyncIterableIterator<Message, undefined> {
  /** How many messages were dropped so far because the loop did not keep up; `counters` has them as `slow-iterator`. */
  readonly dropped: number;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A state of the connection. */
export interface ConnectionState {
  /**
   * `connected`: there is a connection; where a secret is set, nothing passes yet. `trusted`: both sides hold the secret.
   * `untrusted`: the connection is no longer trusted. `disconnected`: there is none. `closed`: the session is over.
   */
  readonly state: 'connected' | 'trusted' | 'untrusted' | 'disconnected' | 'closed';
  /** Why there is no connection; null in any other state. */
  readonly reason: LinkReason | null;
}

/** The states of the connection: the present one, and then each that follows. */
export interface StateIterator extends AsyncIterableIterator<ConnectionState, undefined> {
  /** How many states were dropped so far because the loop did not keep up; `counters` has them as `slow-iterator`. */
  readonly dropped: number;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What a reading brought. */
export interface Reading<T extends PlainData<T> = JsonValue> {
  readonly value: T;
  /** How many readings are missing between the one before and this one: not begun in time, failed, or replaced by a newer one. */
  readonly missed: number;
  /** When the answer came, in milliseconds by the session's clock: that of `performance.now()` unless you gave one. */
  readonly at: number;
}

/** Data of the peer, read again and again; a loop that does not keep up gets the newest. */
export interface ReadingIterator<T extends PlainData<T> = JsonValue>
  extends AsyncIterableIterator<Reading<T>, undefined> {
  /** How many readings were missed so far, including those that no reading has reported yet. */
  readonly missed: number;
  [Symbol.asyncDispose](): Promise<void>;
}
