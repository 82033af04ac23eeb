/** One exchange that a program waits for: what it consists of, where it is, and how it is settled. */

import type { JsonValue, Message } from '../../protocol/message.js';
import type { Payload } from '../sending/output.js';
import type { Line } from './line.js';
import { INITIAL_STATE, type RequestState } from './states.js';
import { Timed } from './timer-groups.js';

/** How the settling of a request reaches its promise. Exactly one of these is called, once. */
export interface Settle {
  answered(message: Message<JsonValue>): void;
  sent(): void;
  refused(): void;
  /** The peer refused the key. */
  refusedByPeer(request: PendingRequest): void;
  timedOut(request: PendingRequest): void;
  cancelled(request: PendingRequest): void;
  connectionLost(request: PendingRequest, written: boolean): void;
  sessionClosed(request: PendingRequest): void;
}

/** What a pending request is made of. */
export interface PendingRequestFields {
  readonly kind: 'request' | 'message' | 'receive';
  /** The ids by which an answer is recognised. */
  readonly answerSid: number;
  readonly dataId: number;
  /** What is written, and its payload; null for a receive. */
  readonly message: Message<unknown> | null;
  readonly payload: Payload | null;
  readonly timeoutMs: number;
  readonly settle: Settle;
}

/** A pending request. Its `state` is a state of the `pending-request` machine. */
export class PendingRequest extends Timed {
  state: RequestState = INITIAL_STATE;
  readonly kind: 'request' | 'message' | 'receive';
  readonly answerSid: number;
  readonly dataId: number;
  readonly message: Message<unknown> | null;
  readonly timeoutMs: number;
  readonly settle: Settle;
  payload: Payload | null;
  /** The answer, while it is being settled. */
  answer: Message<JsonValue> | null = null;
  /** Its place: in a queue before it is written, in a line after. */
  queue: Set<PendingRequest> | null = null;
  line: Line | null = null;
  before: PendingRequest | null = null;
  behind: PendingRequest | null = null;

  constructor(fields: PendingRequestFields) {
    super();
    this.kind = fields.kind;
    this.answerSid = fields.answerSid;
    this.dataId = fields.dataId;
    this.message = fields.message;
    this.payload = fields.payload;
    this.timeoutMs = fields.timeoutMs;
    this.settle = fields.settle;
  }

  /** What inspectors and logs may see of it. */
  toJSON(): object {
    return { kind: this.kind, answerSid: this.answerSid, dataId: this.dataId, state: this.state.name };
  }
}
