/**
 * What a program takes one by one, in a loop: `for await (const value of feed)`.
 *
 * A feed costs nothing before it is asked for its first value, and ends with the loop, with a signal, or with the session. It keeps a
 * bounded number of values for a loop that does not keep up, and counts what it drops.
 */

import { type AbortSignalLike, onAbort, reasonOf } from '../../base/signals.js';

/** A feed, as those see it that hold it. */
export interface OpenFeed {
  /** The session is about to end. */
  sessionClosing(): void;
}

/** Where feeds are registered while they are open. */
export interface FeedHost {
  /** Whether the session is over: then nothing will come. */
  readonly isOver: boolean;
  opened(feed: OpenFeed): void;
  ended(feed: OpenFeed): void;
}

/** Somebody who waits for the next value. */
interface Taker<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

type FeedState = 'not begun' | 'open' | 'ended';

/** Values that a program takes one by one. */
export abstract class Feed<T> implements AsyncIterableIterator<T, undefined>, OpenFeed {
  readonly #host: FeedHost;
  readonly #signal: AbortSignalLike | undefined;
  #state: FeedState = 'not begun';
  readonly #values: T[] = [];
  readonly #takers: Taker<T>[] = [];
  /** Why it ended; the next call rejects with it, once. */
  #failure: { readonly error: unknown } | null = null;
  #unlisten: (() => void) | null = null;

  constructor(host: FeedHost, signal: AbortSignalLike | undefined) {
    this.#host = host;
    this.#signal = signal;
  }

  /** The first value is asked for. */
  protected abstract begun(): void;
  /** Nothing is asked for any more; called once, where `begun` was. */
  protected abstract over(): void;
  /** The session is about to end. */
  abstract sessionClosing(): void;

  /**
   * The next value.
   *
   * @throws (rejects) the reason of the signal, or why there will be no other value
   */
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#state === 'not begun') this.#begin();
    const [value] = this.#values;
    if (this.#values.length > 0) {
      this.#values.shift();
      return Promise.resolve({ done: false, value: value as T });
    }
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) return Promise.reject(failure.error);
    if (this.#state === 'ended') return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#takers.push({ resolve, reject }));
  }

  /** Ends it, as `break` does. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#discard();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Ends it, and rejects with `error`. */
  throw(error?: unknown): Promise<IteratorResult<T, undefined>> {
    this.#discard();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** As `return`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#discard();
  }

  #begin(): void {
    this.#state = 'open';
    const signal = this.#signal;
    if (signal?.aborted) return this.#aborted(signal);
    this.#host.opened(this);
    if (signal !== undefined) {
      const unlisten = onAbort(signal, () => this.#aborted(signal));
      // a signal may call back while it is given its listener
      if (this.#isEnded) unlisten();
      else this.#unlisten = unlisten;
    }
    if (this.#isEnded) return;
    this.begun();
    if (this.#host.isOver) this.sessionClosing();
  }

  get #isEnded(): boolean {
    return this.#state === 'ended';
  }

  #aborted(signal: AbortSignalLike): void {
    this.#values.length = 0;
    this.fail(reasonOf(signal));
  }

  #discard(): void {
    this.#values.length = 0;
    this.end();
    this.#failure = null;
  }

  /** A value for the program. */
  protected offer(value: T): void {
    if (this.#isEnded) return;
    const taker = this.#takers.shift();
    if (taker === undefined) this.#values.push(value);
    else taker.resolve({ done: false, value });
  }

  /** How many values wait to be taken. */
  protected get waiting(): number {
    return this.#values.length;
  }

  /** Takes back the oldest value that waits. */
  protected takeBack(): T | undefined {
    return this.#values.shift();
  }

  /** Nothing more will come; what waits can still be taken. */
  protected end(): void {
    if (this.#isEnded) return;
    const wasOpen = this.#state === 'open';
    this.#state = 'ended';
    this.#unlisten?.();
    if (wasOpen) {
      this.#host.ended(this);
      this.over();
    }
    for (const { resolve } of this.#takers.splice(0)) resolve({ done: true, value: undefined });
  }

  /** As `end`; the first waiting call, or else the next one, rejects with the reason. */
  protected fail(error: unknown): void {
    if (this.#isEnded) return;
    const taker = this.#takers.shift();
    if (taker === undefined) this.#failure = { error };
    else taker.reject(error);
    this.end();
  }
}
