/** One exchange that a program waits for: what it consists of, where it is, and how it is settled. */

import type { JsonValue, Message } from '../../protocol/message.js';
import type { Payload } from '../sending/output.js';
import type { Line } from './line.js';
import { INITIAL_STATE, type RequestState } from './states.js';
import { Timed } from './timer-groups.js';

/** Which of the machine's states and actions concern a pending request. */
export type PendingKind = 'request' | 'message' | 'receive';

/**
 * A pending request. Its `state` is a state of the `pending-request` machine, whose actions settle it: exactly one of the
 * ways to settle is called, once. Thousands may be in flight, so that each is one object, of a class for its kind.
 */
export class PendingRequest extends Timed {
  state: RequestState = INITIAL_STATE;
  readonly kind: PendingKind;
  /** The ids by which an answer is recognised. */
  readonly answerSid: number;
  readonly dataId: number;
  /** What is written, and its payload; null for a receive, and when it is written: neither is kept alive for the answer. */
  message: Message<unknown> | null;
  payload: Payload | null;
  readonly timeoutMs: number;
  /** Its place: in a queue before it is written, in a line after. */
  queue: Set<PendingRequest> | null = null;
  line: Line | null = null;
  before: PendingRequest | null = null;
  behind: PendingRequest | null = null;

  /** @param timeoutMs how long it waits in all */
  constructor(
    kind: PendingKind,
    answerSid: number,
    dataId: number,
    message: Message<unknown> | null,
    payload: Payload | null,
    timeoutMs: number,
  ) {
    super();
    this.kind = kind;
    this.answerSid = answerSid;
    this.dataId = dataId;
    this.message = message;
    this.payload = payload;
    this.timeoutMs = timeoutMs;
  }

  /** What inspectors and logs may see of it. */
  toJSON(): object {
    return { kind: this.kind, answerSid: this.answerSid, dataId: this.dataId, state: this.state.name };
  }

  // ── the ways to settle; a kind has those that the machine knows for it ──

  answered(_answer: Message<JsonValue>): void {
    neverCalled();
  }

  sent(): void {
    neverCalled();
  }

  refused(): void {
    neverCalled();
  }

  /** The peer refused the key. */
  refusedByPeer(): void {
    neverCalled();
  }

  timedOut(): void {
    neverCalled();
  }

  cancelled(): void {
    neverCalled();
  }

  /** @param _written whether it was written before */
  connectionLost(_written: boolean): void {
    neverCalled();
  }

  sessionClosed(): void {
    neverCalled();
  }
}

/** For what the machine of a pending request never does to its kind. */
export function neverCalled(): never {
  throw new Error('the machine of a pending request settled it in a way that its kind does not have');
}
