/** Relaying, for a program between two others: messages that no callback here handles are passed on. */

import type { JsonValue, Message } from '../protocol/message.js';

/** The method that sets where a session passes on what it does not handle. */
export const RELAY_TO: unique symbol = Symbol('relay what the session does not handle');

/** The property that says how many requests were given up after they were sent, so that their answers may still come. */
export const LATE_ANSWERS: unique symbol = Symbol('how many late answers may still come');

/** Where messages go that no callback handles. They have passed the gate: nothing of a stranger comes here. */
export interface Relay {
  /**
   * Answers a request as a callback does: `[status, data]`, now or later. The limits and the time-out of callbacks hold, and what
   * it throws is answered like what a callback throws.
   */
  request(message: Message<JsonValue>): unknown;
  /** A message that is no request, and the answer to none that waits. Must not throw. */
  unsolicited(message: Message<JsonValue>): void;
}
