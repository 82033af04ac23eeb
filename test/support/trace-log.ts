import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel';
import type { RequestTraceContext, TraceContext } from '../../src/index.js';

const EVENTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;

/** One traced operation: its context, and the events that came with it. */
export interface Traced<Context> {
  readonly context: Context;
  readonly events: string[];
}

type Subscribers<Context> = Record<(typeof EVENTS)[number], (context: Context) => void>;

/** A subscriber of one tracing channel, as a program has it: by the name of the channel. */
export class TraceLog<Context extends TraceContext = RequestTraceContext> implements Disposable {
  readonly #byContext = new Map<Context, string[]>();
  readonly #channel: TracingChannel<unknown, Context>;
  readonly #subscribers: Subscribers<Context>;

  constructor(operation: 'request' | 'handle' | 'connect') {
    this.#channel = tracingChannel(`socket-protocol:${operation}`);
    this.#subscribers = Object.fromEntries(
      EVENTS.map((event) => [event, (context: Context) => this.#heard(event, context)]),
    ) as Subscribers<Context>;
    this.#channel.subscribe(this.#subscribers as never);
  }

  #heard(event: string, context: Context): void {
    const events = this.#byContext.get(context) ?? [];
    events.push(event);
    this.#byContext.set(context, events);
  }

  /** Everything so far, in the order in which it began. */
  get all(): Traced<Context>[] {
    return [...this.#byContext].map(([context, events]) => ({ context, events }));
  }

  /** The only one so far. */
  get only(): Traced<Context> {
    const [only, ...more] = this.all;
    if (only === undefined || more.length > 0) throw new Error(`${more.length + 1} operations, or none`);
    return only;
  }

  [Symbol.dispose](): void {
    this.#channel.unsubscribe(this.#subscribers as never);
  }
}

/** The events of an operation that is over. */
export const SUCCEEDED = ['start', 'end', 'asyncStart', 'asyncEnd'];
export const FAILED = ['start', 'end', 'error', 'asyncStart', 'asyncEnd'];
