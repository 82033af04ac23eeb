import type { Message } from '../../protocol/message.js';
import type { AuthenticationReason, LinkReason, TimeoutReason } from '../../protocol/reasons.js';
import type { Payload } from '../sending/output.js';
import { PendingRequest } from './pending-request.js';
import { whenFlushed } from './when-flushed.js';

/** What the settling of a message needs of its session. */
export interface MessageHost {
  /** Why there is no connection, while there is none. */
  readonly whyDisconnected: LinkReason;
  /** What the peer said of the key, while it refuses it. */
  readonly whyRefused: AuthenticationReason;
  /** Counts and logs that a message was not sent. */
  notSent(message: Message<unknown>, reason: TimeoutReason | LinkReason | AuthenticationReason): void;
  /** A message was sent, to which an answer may come. */
  countUnclaimedAnswer(serviceId: number): void;
  /** A message waited in vain when the session closed. */
  countCut(): void;
  /** Why a message that was not written has not been. */
  obstacleTo(request: PendingRequest): TimeoutReason;
}

/** A message of the program to which it expects no answer: settles a promise with whether it was sent. */
export class OutgoingMessage extends PendingRequest {
  readonly #host: MessageHost;
  readonly #resolve: (isSent: boolean) => void;

  /** @param timeoutMs how long it waits to be written */
  constructor(
    host: MessageHost,
    resolve: (isSent: boolean) => void,
    message: Message<unknown>,
    payload: Payload,
    timeoutMs: number,
  ) {
    super('message', message.serviceId, message.dataId, message, payload, timeoutMs);
    this.#host = host;
    this.#resolve = resolve;
  }

  override sent(): void {
    this.#host.countUnclaimedAnswer(this.answerSid);
    whenFlushed(this.#resolve);
  }

  override refused(): void {
    this.#notSent('not-trusted');
  }

  override refusedByPeer(): void {
    this.#notSent(this.#host.whyRefused);
  }

  override timedOut(): void {
    this.#notSent(this.#host.obstacleTo(this));
  }

  override connectionLost(): void {
    this.#notSent(this.#host.whyDisconnected);
  }

  override sessionClosed(): void {
    this.#host.countCut();
    this.#notSent('session-closed');
  }

  #notSent(reason: TimeoutReason | LinkReason | AuthenticationReason): void {
    if (this.message !== null) this.#host.notSent(this.message, reason);
    this.#resolve(false);
  }
}
