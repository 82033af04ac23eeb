/** A way to a bus that can be lost, that can be deaf without knowing, and whose subscriptions drain when the test says so. */

import type {
  Bus,
  BusMessage,
  BusRequestOptions,
  BusState,
  BusSubscription,
  PublishOptions,
  RequestAllOptions,
  SubscribeOptions,
} from '../../src/bus/bus.js';
import { BusError } from '../../src/index.js';

type OnMessage = (message: BusMessage) => void;

/** A subscription that comes and goes with its bus. */
class FickleSubscription implements BusSubscription {
  readonly #bus: FickleBus;
  readonly #subject: string;
  readonly #onMessage: OnMessage;
  readonly #options: SubscribeOptions | undefined;
  #inner: BusSubscription | null = null;

  constructor(bus: FickleBus, subject: string, onMessage: OnMessage, options: SubscribeOptions | undefined) {
    this.#bus = bus;
    this.#subject = subject;
    this.#onMessage = onMessage;
    this.#options = options;
  }

  connect(): void {
    this.#inner ??= this.#bus.inner.subscribe(
      this.#subject,
      (message) => {
        if (!this.#bus.isDeaf) this.#onMessage(this.#bus.guarded(message));
      },
      this.#options,
    );
  }

  disconnect(): void {
    this.#inner?.unsubscribe();
    this.#inner = null;
  }

  unsubscribe(): void {
    this.#bus.subscriptions.delete(this);
    this.disconnect();
  }

  async drain(): Promise<void> {
    this.#bus.subscriptions.delete(this);
    this.#bus.drained.push(this.#subject);
    await this.#inner?.drain();
    await this.#bus.mayDrain;
  }
}

/** A way to a bus. */
export class FickleBus implements Bus {
  readonly name = 'fickle';
  readonly inner: Bus;
  readonly subscriptions = new Set<FickleSubscription>();
  /** The subjects whose subscriptions were drained. */
  readonly drained: string[] = [];
  /** It takes everything, gives nothing, and does not know. */
  isDeaf = false;
  mayDrain: Promise<void> = Promise.resolve();
  readonly #listeners = new Set<(state: BusState, detail: string | null) => void>();
  #state: BusState = 'up';

  constructor(inner: Bus) {
    this.inner = inner;
  }

  get state(): BusState {
    return this.#state;
  }

  /** How many hear of its state. */
  get listeners(): number {
    return this.#listeners.size;
  }

  get maxPayload(): number {
    return this.inner.maxPayload;
  }

  lose(): void {
    for (const subscription of this.subscriptions) subscription.disconnect();
    this.#become('away');
  }

  find(): void {
    for (const subscription of this.subscriptions) subscription.connect();
    this.#become('up');
  }

  /** From now on drained subscriptions are so when the returned function is called. */
  holdDrains(): () => void {
    let release = (): void => {};
    this.mayDrain = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  #become(state: BusState): void {
    this.#state = state;
    this.tell(null);
  }

  /** Says more about its state. */
  tell(detail: string | null): void {
    for (const listener of this.#listeners) listener(this.#state, detail);
  }

  /** Answers leave by this way as well. */
  guarded(message: BusMessage): BusMessage {
    const { subject, data, headers, reply } = message;
    const respond: BusMessage['respond'] = (answer, answerHeaders) => {
      if (this.#state === 'away') throw new BusError('bus-away', { subject });
      message.respond(answer, answerHeaders);
    };
    return { subject, data, headers, reply, respond };
  }

  publish(subject: string, data: Uint8Array, options?: PublishOptions): void {
    if (this.#state === 'away') throw new BusError('bus-away', { subject });
    if (!this.isDeaf) this.inner.publish(subject, data, options);
  }

  subscribe(subject: string, onMessage: OnMessage, options?: SubscribeOptions): BusSubscription {
    const subscription = new FickleSubscription(this, subject, onMessage, options);
    this.subscriptions.add(subscription);
    if (this.#state === 'up') subscription.connect();
    return subscription;
  }

  request(subject: string, data: Uint8Array, options: BusRequestOptions): Promise<BusMessage> {
    if (this.#state === 'away') return Promise.reject(new BusError('bus-away', { subject }));
    return this.inner.request(subject, data, options);
  }

  requestAll(subject: string, data: Uint8Array, options: RequestAllOptions): Promise<BusMessage[]> {
    return this.inner.requestAll(subject, data, options);
  }

  flush(): Promise<void> {
    return this.inner.flush();
  }

  onState(listener: (state: BusState, detail: string | null) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
