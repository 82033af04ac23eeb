/**
 * What gateways, workers and their programs need of a message bus: a small interface, which NATS and a bus in this process provide.
 * Subjects are words with dots between them; in a subscription `*` stands for one word and `>` for all that follow.
 */

import type { AbortSignalLike } from '../base/signals.js';

/** Headers of a message: each name once. */
export type BusHeaders = Readonly<Record<string, string>>;

/** A message as a subscriber gets it. */
export interface BusMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  /** Null where it has none. */
  readonly headers: BusHeaders | null;
  /** Where the answer goes; null where nobody waits for one. */
  readonly reply: string | null;
  /**
   * Publishes the answer; does nothing where nobody waits for one.
   *
   * @throws BusError as `publish` of {@link Bus}
   */
  respond(data: Uint8Array, headers?: BusHeaders): void;
}

/** A subscription. */
export interface BusSubscription {
  /** Nothing more comes from now on, also of what is under way. */
  unsubscribe(): void;
  /**
   * The bus sends nothing more; what it has sent is still given to the subscriber.
   *
   * @returns when the last message was given; an answer that comes after its call has returned is not waited for
   */
  drain(): Promise<void>;
}

/**
 * How the way to the bus is: `connecting` was never up; `up` carries messages; `away` will come back by itself; `leaving` ends, and
 * what has begun is finished; `closed` is over.
 */
export type BusState = 'connecting' | 'up' | 'away' | 'leaving' | 'closed';

/** Options of {@link Bus.publish}. */
export interface PublishOptions {
  readonly headers?: BusHeaders | undefined;
  /** Where an answer goes. */
  readonly reply?: string | undefined;
}

/** Options of {@link Bus.subscribe}. */
export interface SubscribeOptions {
  /** Of all subscribers with the same queue to whose subjects a message fits, the same or not, one gets it. */
  readonly queue?: string | undefined;
}

/** Options of {@link Bus.request}. */
export interface BusRequestOptions {
  readonly headers?: BusHeaders | undefined;
  /** How long to wait for the answer, in milliseconds, the time in which the bus is away included. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignalLike | undefined;
}

/** Options of {@link Bus.requestAll}. */
export interface RequestAllOptions {
  readonly headers?: BusHeaders | undefined;
  /** How long to wait for answers in all, in milliseconds. */
  readonly maxWaitMs: number;
  /** How long to wait for another one after each, in milliseconds; as long as `maxWaitMs` unless set. */
  readonly stallMs?: number | undefined;
}

/** A message bus. */
export interface Bus {
  /** What errors and logs call it. */
  readonly name: string;
  readonly state: BusState;
  /** How many bytes of data and headers a message may have. */
  readonly maxPayload: number;
  /**
   * Sends a message to the subscribers of a subject. Nothing is kept for later: while the bus is away, it throws.
   *
   * @throws BusError, with `bus-away`, `bus-closed`, `bus-too-large` or `bus-bad-subject`
   */
  publish(subject: string, data: Uint8Array, options?: PublishOptions): void;
  /**
   * Subscribes, from `flush` on for certain; a subscription outlives the times in which the bus is away.
   *
   * @param onMessage gets each message in the order of its sender; what it throws is a warning of the process
   * @throws BusError, with `bus-closed` or `bus-bad-subject`
   */
  subscribe(
    subject: string,
    onMessage: (message: BusMessage) => void,
    options?: SubscribeOptions,
  ): BusSubscription;
  /**
   * Asks, and waits for the first answer. Where the bus is away the request is held back until it is up again, within its time.
   *
   * @throws (rejects) BusError: `bus-no-responders` where nobody has subscribed (nobody got it); `bus-timeout`, whose `written`
   *   says whether it was sent; `bus-closed`; and as `publish`. OptionError for what is no time.
   *   Rejects with the reason of the signal when it is aborted
   */
  request(subject: string, data: Uint8Array, options: BusRequestOptions): Promise<BusMessage>;
  /**
   * Asks all subscribers and gathers what they answer in time; none where nobody has subscribed.
   *
   * @throws (rejects) BusError: `bus-timeout` where the bus was away for all that time; `bus-closed`; and as `publish`. OptionError for
   *   what is no time
   */
  requestAll(subject: string, data: Uint8Array, options: RequestAllOptions): Promise<BusMessage[]>;
  /**
   * Resolves when the bus has taken all that was published and subscribed before.
   *
   * @throws (rejects) BusError where the bus is away, goes away meanwhile, or is closed
   */
  flush(): Promise<void>;
  /**
   * Hears of each change of `state`, in the step in which it happens, and again of the same state where something else is to be
   * said about it (`detail`). Returns what ends that.
   */
  onState(listener: (state: BusState, detail: string | null) => void): () => void;
  /**
   * Ends it: subscriptions are drained, what was published is flushed, and requests of this side that still wait are rejected
   * with `bus-closed`. The same for every call.
   */
  close(): Promise<void>;
}
