/** One way to a bus in this process. */

import { bufferOf } from '../base/bytes.js';
import { reasonOf } from '../base/signals.js';
import { BusError } from '../protocol/errors.js';
import type {
  BusHeaders,
  BusMessage,
  BusRequestOptions,
  BusState,
  BusSubscription,
  PublishOptions,
  RequestAllOptions,
  SubscribeOptions,
} from './bus.js';
import { checkMessage, checkPattern, checkSubject, checkWait } from './checks.js';
import { giveMessage, type OnMessage, type OnState, StateListeners } from './hearing.js';
import { AllAnswers, type AnswersHost, OneAnswer } from './memory-answers.js';
import type { MemoryBus, MemoryBusStats } from './memory-bus.js';
import type { Exchange, Sent, Subscriber } from './memory-exchange.js';

const NO_OPTIONS: PublishOptions & SubscribeOptions = {};

/** One way to a bus in this process, with a state of its own. */
export class MemoryConnection implements MemoryBus, AnswersHost {
  readonly name: string;
  readonly maxPayload: number;
  readonly exchange: Exchange;
  readonly #subscriptions = new Set<MemorySubscription>();
  readonly #listeners = new StateListeners(this);
  #state: BusState = 'up';
  #closed: Promise<void> | null = null;

  constructor(exchange: Exchange, name: string) {
    this.name = name;
    this.maxPayload = exchange.maxPayload;
    this.exchange = exchange;
  }

  get state(): BusState {
    return this.#state;
  }

  connect(name: string = this.name): MemoryBus {
    return new MemoryConnection(this.exchange, name);
  }

  stats(): MemoryBusStats {
    return this.exchange.stats();
  }

  publish(subject: string, data: Uint8Array, { headers, reply }: PublishOptions = NO_OPTIONS): void {
    if (this.#state === 'closed') throw closed(subject);
    checkSubject(subject, reply);
    checkMessage(subject, data, headers, this.maxPayload);
    this.exchange.send(sentCopy(subject, data, headers, reply ?? null));
  }

  /** As `publish`, to a subject that was checked when it came as one for answers. */
  respond(subject: string, data: Uint8Array, headers: BusHeaders | undefined): void {
    if (this.#state === 'closed') throw closed(subject);
    checkMessage(subject, data, headers, this.maxPayload);
    this.exchange.send(sentCopy(subject, data, headers, null));
  }

  subscribe(
    subject: string,
    onMessage: OnMessage,
    { queue }: SubscribeOptions = NO_OPTIONS,
  ): BusSubscription {
    if (this.#state !== 'up') throw closed(subject);
    checkPattern(subject, queue);
    const subscription = new MemorySubscription(this, subject, onMessage, queue ?? null);
    this.exchange.add(subscription);
    this.#subscriptions.add(subscription);
    return subscription;
  }

  /** Ends a subscription; what is under way is still given to it. */
  release(subscription: MemorySubscription): void {
    if (this.#subscriptions.delete(subscription)) this.exchange.remove(subscription);
  }

  request(subject: string, data: Uint8Array, options: BusRequestOptions): Promise<BusMessage> {
    return new Promise((resolve, reject) => {
      this.#admitRequest(subject, data, options.headers);
      checkWait('timeoutMs', options.timeoutMs);
      if (options.signal?.aborted === true) throw reasonOf(options.signal);
      const answer = new OneAnswer(this, subject, options, resolve, reject);
      const isHeard = this.exchange.send(sentCopy(subject, data, options.headers, answer.inbox));
      if (!isHeard) answer.nobodyThere();
    });
  }

  requestAll(subject: string, data: Uint8Array, options: RequestAllOptions): Promise<BusMessage[]> {
    return new Promise((resolve, reject) => {
      this.#admitRequest(subject, data, options.headers);
      const { maxWaitMs, stallMs = maxWaitMs } = options;
      checkWait('maxWaitMs', maxWaitMs);
      checkWait('stallMs', stallMs);
      const answers = new AllAnswers(this, options, resolve, reject);
      const isHeard = this.exchange.send(sentCopy(subject, data, options.headers, answers.inbox));
      if (!isHeard) answers.complete();
    });
  }

  #admitRequest(subject: string, data: Uint8Array, headers: BusHeaders | undefined): void {
    if (this.#state !== 'up') throw closed(subject);
    checkSubject(subject);
    checkMessage(subject, data, headers, this.maxPayload);
  }

  messageOf(sent: Sent): BusMessage {
    return new MemoryMessage(sent, this);
  }

  flush(): Promise<void> {
    return this.#state === 'closed' ? Promise.reject(closed()) : this.exchange.flushed();
  }

  onState(listener: OnState): () => void {
    return this.#listeners.add(listener);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#become('leaving');
    for (const subscription of [...this.#subscriptions]) this.release(subscription);
    await this.exchange.flushed();
    // what subscribers have published in their last calls
    await this.exchange.flushed();
    this.#become('closed');
    for (const answer of this.exchange.answersFor(this)) answer.busClosed();
  }

  #become(state: BusState): void {
    this.#state = state;
    this.#listeners.tell(state, null);
  }
}

/** The bytes and headers are the sender's, who may change them. */
function sentCopy(
  subject: string,
  data: Uint8Array,
  headers: BusHeaders | undefined,
  reply: string | null,
): Sent {
  return { subject, data: Buffer.from(bufferOf(data)), headers: copyOfHeaders(headers), reply };
}

function copyOfHeaders(headers: BusHeaders | undefined): BusHeaders | null {
  return headers === undefined || isEmpty(headers) ? null : { ...headers };
}

function isEmpty(headers: BusHeaders): boolean {
  for (const _ in headers) return false;
  return true;
}

function closed(subject?: string): BusError {
  return new BusError('bus-closed', { subject });
}

/** One of a connection. */
class MemorySubscription implements Subscriber, BusSubscription {
  readonly pattern: string;
  readonly queue: string | null;
  readonly #connection: MemoryConnection;
  readonly #onMessage: OnMessage;
  #isOver = false;

  constructor(connection: MemoryConnection, pattern: string, onMessage: OnMessage, queue: string | null) {
    this.#connection = connection;
    this.pattern = pattern;
    this.#onMessage = onMessage;
    this.queue = queue;
  }

  receive(sent: Sent): void {
    if (this.#isOver) return;
    const connection = this.#connection;
    giveMessage(this.#onMessage, connection.messageOf(sent), this.pattern, connection);
  }

  unsubscribe(): void {
    this.#isOver = true;
    this.#connection.release(this);
  }

  drain(): Promise<void> {
    this.#connection.release(this);
    return this.#connection.exchange.flushed();
  }
}

/** A message as one subscriber gets it. */
class MemoryMessage implements BusMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: BusHeaders | null;
  readonly reply: string | null;
  readonly #connection: Pick<MemoryConnection, 'respond'>;

  constructor(sent: Sent, connection: Pick<MemoryConnection, 'respond'>) {
    this.subject = sent.subject;
    this.data = sent.data;
    this.headers = sent.headers;
    this.reply = sent.reply;
    this.#connection = connection;
  }

  respond(data: Uint8Array, headers?: BusHeaders): void {
    if (this.reply !== null) this.#connection.respond(this.reply, data, headers);
  }
}
