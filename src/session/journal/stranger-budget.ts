/**
 * What a server allows its peers before they are trusted, all connections together. A session asks; the server counts. A
 * session without a server, or without a secret, has no such budget.
 */

import type { LinkReason } from '../../protocol/reasons.js';

/** The budget of one peer that is not trusted; most of it is shared with all others. */
export interface StrangerBudget {
  /**
   * A message came and is about to be decoded.
   *
   * @param byteLength how long its payload is
   * @returns why the connection has to end instead, or null
   */
  messageCame(byteLength: number): LinkReason | null;
  /**
   * The peer asked for a seed and may have one.
   *
   * @returns how long it waits for it, in milliseconds; or why the connection has to end instead
   */
  seedAsked(): number | LinkReason;
  /** Takes room for lines of the log; false where they must be left out. */
  takeLines(lines: number): boolean;
  /** Whether another callback may run for a peer that is not trusted. */
  readonly mayCall: boolean;
  /** A callback that answers later has begun. Returns what to call when it has ended. */
  callbackBegan(): () => void;
}
