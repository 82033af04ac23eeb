/**
 * Traces operations on the channels of `node:diagnostics_channel`, with the events, and in the order, that `tracePromise` gives an
 * async function: `start`, `end`, then `error` where it failed, `asyncStart`, `asyncEnd`.
 *
 * `tracePromise` itself is not used, because it gives the program another promise than without subscribers: a request is settled
 * a turn later then, and a rejection that nobody handles counts as handled. Here a trace has a promise of its own.
 *
 * Without subscribers it costs nothing: callers ask `hasSubscribers` first, and then make no trace.
 */

import type { AsyncLocalStorage } from 'node:async_hooks';
import { type TracingChannelSubscribers, tracingChannel } from 'node:diagnostics_channel';
import type { ConnectTraceContext, RequestTraceContext, TraceContext } from './trace-contexts.js';

/**
 * One of the channels that make a tracing channel of Node's. The types are ours, because those of Node change the order of their
 * arguments from one version to another.
 */
export interface TraceEventChannel<Context extends object> {
  readonly hasSubscribers: boolean;
  publish(context: Context): void;
  bindStore<Store>(store: AsyncLocalStorage<Store>, transform?: (context: Context) => Store): void;
  unbindStore<Store>(store: AsyncLocalStorage<Store>): unknown;
  runStores<T>(context: Context, operation: () => T): T;
}

/** One of Node's tracing channels, to which a subscriber of some of its events may subscribe. */
export interface OperationChannel<Context extends object> {
  readonly hasSubscribers: boolean;
  readonly start: TraceEventChannel<Context>;
  readonly end: TraceEventChannel<Context>;
  readonly asyncStart: TraceEventChannel<Context>;
  readonly asyncEnd: TraceEventChannel<Context>;
  readonly error: TraceEventChannel<Context>;
  subscribe(subscribers: Partial<TracingChannelSubscribers<Context>>): void;
  unsubscribe(subscribers: Partial<TracingChannelSubscribers<Context>>): void;
}

/** A request of this side, until its answer or failure. */
export const REQUESTS: OperationChannel<RequestTraceContext> = tracingChannel('socket-protocol:request');
/** A request of the peer, from the call of its callback until its answer is made. */
export const HANDLED: OperationChannel<RequestTraceContext> = tracingChannel('socket-protocol:handle');
/** An attempt of this side to open a link. */
export const CONNECTS: OperationChannel<ConnectTraceContext> = tracingChannel('socket-protocol:connect');

/**
 * The tracing channels of this library, with the types of what they publish; `tracingChannel('socket-protocol:request')` of Node is
 * the same channels, for programs that do not import this package.
 *
 * @example
 * ```ts
 * import { tracing } from 'socket-protocol';
 *
 * tracing.request.subscribe({
 *   asyncEnd: ({ kind, dataId, status, error }) => console.log(kind, dataId, status, error),
 * });
 * ```
 */
export const tracing: {
  readonly request: OperationChannel<RequestTraceContext>;
  readonly handle: OperationChannel<RequestTraceContext>;
  readonly connect: OperationChannel<ConnectTraceContext>;
} = { request: REQUESTS, handle: HANDLED, connect: CONNECTS };

/** One operation that somebody hears of. */
export class Trace<Context extends TraceContext> {
  readonly #channel: OperationChannel<Context>;
  readonly #context: Context;
  #isOver = false;
  #end = (): void => {};

  /** @param context what all events carry; the same object for each */
  constructor(channel: OperationChannel<Context>, context: Context) {
    this.#channel = channel;
    this.#context = context;
  }

  /**
   * Begins the operation, in the stores that subscribers have bound to `start`.
   *
   * @returns what it returns
   * @throws what it throws; it has then failed with that
   */
  run<T>(operation: () => T): T {
    const channel = this.#channel;
    const context = this.#context;
    return channel.start.runStores(context, () => {
      // what ends the operation runs as part of something else; the turn of this promise has the stores of the operation
      void new Promise<void>((resolve) => {
        this.#end = resolve;
      }).then(() => this.#publishEnd());
      try {
        return operation();
      } catch (error) {
        this.failed(error);
        throw error;
      } finally {
        channel.end.publish(context);
      }
    });
  }

  /** It is over; only the first call of this and of `failed` counts. */
  ended(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#end();
  }

  /** It failed. */
  failed(error: unknown): void {
    if (this.#isOver) return;
    this.#context.error = error;
    this.ended();
  }

  #publishEnd(): void {
    const { error, asyncStart, asyncEnd } = this.#channel;
    const context = this.#context;
    if ('error' in context) error.publish(context);
    asyncStart.publish(context);
    asyncEnd.publish(context);
  }

  /** What its events carry. */
  protected get context(): Context {
    return this.#context;
  }
}

/** A request that somebody hears of. */
export class RequestTrace extends Trace<RequestTraceContext> {
  /** Its answer has this status. */
  answered(status: number): void {
    this.context.status ??= status;
    this.ended();
  }

  /** It failed after an answer with this status. */
  failedWith(status: number, error: unknown): void {
    this.context.status ??= status;
    this.failed(error);
  }
}

/** An attempt to open a link that somebody hears of. */
export class ConnectTrace extends Trace<ConnectTraceContext> {
  /** There is a link. */
  opened(peerAddress: string | null): void {
    this.context.peerAddress = peerAddress;
    this.ended();
  }
}
