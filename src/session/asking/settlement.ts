import { defaultMaxListeners, getMaxListeners, setMaxListeners } from 'node:events';
import { ConnectionLostError, SessionClosedError, TimeoutError } from '../../protocol/errors.js';
import type { JsonValue, Message } from '../../protocol/message.js';
import type { Runtime } from '../runtime.js';
import type { PendingRequest, Settle } from './pending-requests.js';

/** What a question resolves and rejects. */
export interface QuestionFields<T> {
  readonly resolve: (result: T) => void;
  readonly reject: (error: unknown) => void;
  /** Makes the result of an answer; what it throws is what the question is rejected with. */
  readonly resultOf: (answer: Message<JsonValue>) => T;
  readonly signal: AbortSignal | undefined;
}

/** As a limit on listeners; Node cannot read the limit 0 of a signal back. */
const UNBOUNDED = Number.MAX_SAFE_INTEGER;

/** Settles the promise of a request: one object for each, for thousands may be in flight. */
export class Question<T> implements Settle {
  readonly #runtime: Runtime;
  readonly #message: Message<unknown>;
  readonly #fields: QuestionFields<T>;
  #unlisten: (() => void) | null = null;

  constructor(runtime: Runtime, message: Message<unknown>, fields: QuestionFields<T>) {
    this.#runtime = runtime;
    this.#message = message;
    this.#fields = fields;
  }

  /** Cancels the request when the signal is aborted. */
  cancelBy(signal: AbortSignal, request: PendingRequest): void {
    // many requests with one signal are no leak: each takes its listener back when it is settled
    if (getMaxListeners(signal) === defaultMaxListeners) setMaxListeners(UNBOUNDED, signal);
    const cancel = (): void => this.#runtime.cancel(request);
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
    const runtime = this.#runtime;
    runtime.counts.timeouts++;
    const what = runtime.nameOf(this.#message);
    const written = request.line !== null;
    const text = written
      ? `no answer to ${what}`
      : `${what} could not be sent (${runtime.obstacleTo(request)})`;
    this.#fail(new TimeoutError(text, request.timeoutMs, written));
  }

  cancelled(): void {
    this.#fail(this.#fields.signal?.reason);
  }

  connectionLost(_: PendingRequest, written: boolean): void {
    const { whyLost } = this.#runtime;
    this.#fail(new ConnectionLostError(this.#runtime.nameOf(this.#message), written, whyLost));
  }

  sessionClosed(): void {
    this.#fail(new SessionClosedError(`${this.#runtime.nameOf(this.#message)} was answered`));
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
  throw new Error('expected the machine of a pending request to settle it in a way of its kind');
}
