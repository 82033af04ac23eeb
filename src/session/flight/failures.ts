/** Which failures a person will ask about, and how often somebody hears of them. */

import type { LinkReason, Reason } from '../../protocol/reasons.js';

/** What went wrong. */
export type FailureKind =
  /** The two sides have different secrets, or one of them has none, or no verdict came. */
  | 'authentication-failed'
  /** The connection is gone, and with it requests that had been sent. */
  | 'requests-lost'
  /** The connection broke: the network, the system or a silent peer; nobody closed it. */
  | 'connection-broken'
  /** The peer exceeded a limit, or speaks another protocol, and was disconnected. */
  | 'limit-exceeded'
  /** A handler or callback failed. */
  | 'callback-error'
  /** The session closed itself after an error that it cannot go on with. */
  | 'session-failed';

/** Ends of links that are failures by themselves. What a server does about strangers is none: they decide how often it happens. */
const KINDS_OF_LOSS: Readonly<Partial<Record<LinkReason, FailureKind>>> = {
  'connection-reset': 'connection-broken',
  'network-error': 'connection-broken',
  'peer-silent': 'connection-broken',
  'output-stalled': 'connection-broken',
  'answer-overdue': 'connection-broken',
  'answer-not-sent': 'connection-broken',
  'frame-too-long': 'limit-exceeded',
  'peer-speaks-tls': 'limit-exceeded',
  'peer-speaks-http': 'limit-exceeded',
  'peer-speaks-ssh': 'limit-exceeded',
  'too-many-bad-frames': 'limit-exceeded',
  'too-much-noise': 'limit-exceeded',
  'frame-timeout': 'limit-exceeded',
  'slow-consumer': 'limit-exceeded',
  'too-many-seed-requests': 'limit-exceeded',
};

/**
 * What the end of a link is.
 *
 * @param lost how many requests had been sent and were not answered
 * @returns null where it is no failure
 */
export function kindOfLoss(reason: LinkReason, lost: number): FailureKind | null {
  if (reason === 'session-closed') return null;
  return lost > 0 ? 'requests-lost' : (KINDS_OF_LOSS[reason] ?? null);
}

/** One failure of a kind in this time; further ones are counted. */
const PAUSE_MS = 1_000;

/** A failure that somebody hears of when the step is complete. */
export interface FailureNote {
  readonly kind: FailureKind;
  readonly reason: Reason | null;
  readonly detail: string;
  readonly suppressed: number;
}

/** Lets one failure of each kind a second through. */
export class FailurePace {
  readonly #told = new Map<FailureKind, { atMs: number; suppressed: number }>();

  /** How many of its kind were suppressed since the last that was let through; null: this one is as well. */
  admit(kind: FailureKind, nowMs: number): number | null {
    const last = this.#told.get(kind);
    if (last !== undefined && nowMs - last.atMs < PAUSE_MS) {
      last.suppressed++;
      return null;
    }
    this.#told.set(kind, { atMs: nowMs, suppressed: 0 });
    return last?.suppressed ?? 0;
  }
}
