import { defaultMaxListeners, getMaxListeners, setMaxListeners } from 'node:events';
import {
  AuthenticationError,
  ConnectionLostError,
  SessionClosedError,
  TimeoutError,
} from '../../protocol/errors.js';
import type { JsonValue, Message } from '../../protocol/message.js';
import type { AuthenticationReason, LinkReason, TimeoutReason } from '../../protocol/reasons.js';
import type { PendingRequest, Settle } from './pending-request.js';

/** What a settlement needs of its session. */
export interface SettlementHost {
  /** Why there is no connection, while there is none. */
  readonly whyDisconnected: LinkReason;
  /** What the peer said of the key, while it refuses it. */
  readonly whyRefused: AuthenticationReason;
  countTimeout(): void;
  /** A request waited in vain when the session closed. */
  countCut(): void;
  /** What a message is called in an error. */
  nameOf(message: Message<unknown>): string;
  /** Why a request that was not written has not been. */
  obstacleTo(request: PendingRequest): TimeoutReason;
  /** Takes a request back. */
  cancel(request: PendingRequest): void;
}

/** What a settlement resolves and rejects. */
export interface SettlementFields<T> {
  readonly resolve: (result: T) => void;
  readonly reject: (error: unknown) => void;
  /** Makes the result of an answer; what it throws is what the promise is rejected with. */
  readonly resultOf: (answer: Message<JsonValue>) => T;
  readonly signal: AbortSignal | undefined;
}

/** As a limit on listeners; Node cannot read the limit 0 of a signal back. */
const UNBOUNDED = Number.MAX_SAFE_INTEGER;

/** Settles the promise of a request: one object for each, because thousands may be in flight. */
export class RequestSettlement<T> implements Settle {
  readonly #host: SettlementHost;
  readonly #message: Message<unknown>;
  readonly #fields: SettlementFields<T>;
  #unlisten: (() => void) | null = null;

  constructor(host: SettlementHost, message: Message<unknown>, fields: SettlementFields<T>) {
    this.#host = host;
    this.#message = message;
    this.#fields = fields;
  }

  /** Cancels the request when the signal is aborted. */
  cancelBy(signal: AbortSignal, request: PendingRequest): void {
    // many requests with one signal are no leak: each takes its listener back when it is settled
    if (getMaxListeners(signal) === defaultMaxListeners) setMaxListeners(UNBOUNDED, signal);
    const cancel = (): void => this.#host.cancel(request);
    signal.addEventListener('abort', cancel, { once: true });
    this.#unlisten = () => signal.removeEventListener('abort', cancel);
  }

  answered(answer: Message<JsonValue>): void {
    this.#unlisten?.();
    try {
      this.#fields.resolve(this.#fields.resultOf(answer));
    } catch (error) {
      this.#fields.reject(error);
    }
  }

  timedOut(request: PendingRequest): void {
    const host = this.#host;
    host.countTimeout();
    const reason = request.line === null ? host.obstacleTo(request) : 'no-answer';
    this.#fail(new TimeoutError(host.nameOf(this.#message), request.timeoutMs, reason));
  }

  cancelled(): void {
    this.#fail(this.#fields.signal?.reason);
  }

  connectionLost(_: PendingRequest, written: boolean): void {
    const host = this.#host;
    const name = host.nameOf(this.#message);
    this.#fail(new ConnectionLostError(name, written, host.whyDisconnected));
  }

  sessionClosed(): void {
    this.#host.countCut();
    this.#fail(new SessionClosedError(`${this.#host.nameOf(this.#message)} was answered`));
  }

  refusedByPeer(): void {
    this.#fail(new AuthenticationError(this.#host.whyRefused));
  }

  sent(): void {
    neverCalled();
  }

  refused(): void {
    neverCalled();
  }

  #fail(error: unknown): void {
    this.#unlisten?.();
    this.#fields.reject(error);
  }
}

/** For what the machine of a pending request never does to its kind. */
export function neverCalled(): never {
  throw new Error('the machine of a pending request settled it in a way that its kind does not have');
}
