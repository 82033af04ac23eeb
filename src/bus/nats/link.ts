/**
 * One connection to one server, from its first byte to its last. Each has a client of its own, which never reconnects: a client
 * that does drops what it has not written yet, silently.
 */

import {
  type Msg,
  type MsgHdrs,
  MsgHdrsImpl,
  type NatsConnection,
  type Subscription,
} from '@nats-io/transport-node';
import type { BusHeaders } from '../bus.js';

/** What a server did not allow. */
export interface Violation {
  readonly operation: 'publish' | 'subscription' | null;
  readonly subject: string;
  /** What the server said. */
  readonly text: string;
}

/** Whose link it is. */
export interface LinkOwner {
  /** It is over; told once, and not after `close`. */
  lost(link: Link, detail: string): void;
  lameDuck(link: Link): void;
  /** Servers have come to its cluster, or have gone: it knows which there are now. */
  clusterChanged(link: Link): void;
  violated(link: Link, violation: Violation): void;
}

/** A subscription on one link; the link knows what it is. */
export interface LinkSubscription {
  isClosed(): boolean;
}

/** Who gets the messages of a subscription: a single object, because a gateway has many thousands of them. */
export interface Receiver {
  came(link: Link, message: Incoming): void;
}

/** A message as it came. */
export type Incoming = Pick<Msg, 'subject' | 'data' | 'headers' | 'reply'>;

/** One connection to one server. */
export interface Link {
  /** `host:port`. */
  readonly server: string;
  readonly maxPayload: number;
  /** Servers of the cluster, as the last word of this one has them. */
  readonly knownServers: readonly string[];
  /** Begins to tell its owner. */
  begin(owner: LinkOwner): void;
  publish(
    subject: string,
    data: Uint8Array,
    reply: string | undefined,
    headers: BusHeaders | undefined,
  ): void;
  subscribe(subject: string, queue: string | undefined, receiver: Receiver): LinkSubscription;
  /** Ends one of its subscriptions at once. */
  unsubscribe(subscription: LinkSubscription): void;
  /** Ends one; resolves when its last message was given, also where the link breaks. */
  drain(subscription: LinkSubscription): Promise<void>;
  /** Resolves when the server has had all that was written before; rejects where the link breaks. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** A link of the client library. */
export class NatsLink implements Link {
  readonly server: string;
  readonly #client: NatsConnection;
  #knownServers: readonly string[] = [];
  #owner: LinkOwner | null = null;
  #isOver = false;
  #lastError: string | null = null;
  /** The client settles no promise of a connection that is over. */
  readonly #waiting = new Set<() => void>();

  constructor(client: NatsConnection, server: string) {
    this.#client = client;
    this.server = server;
    this.#learn();
  }

  get maxPayload(): number {
    return this.#client.info?.max_payload ?? Number.POSITIVE_INFINITY;
  }

  get knownServers(): readonly string[] {
    return this.#knownServers;
  }

  /** A client that is over knows none any more. */
  #learn(): void {
    const { info } = this.#client;
    if (info !== undefined) this.#knownServers = info.connect_urls ?? [];
  }

  begin(owner: LinkOwner): void {
    this.#owner = owner;
    void this.#follow();
    void this.#client.closed().then(() => this.#end());
  }

  publish(
    subject: string,
    data: Uint8Array,
    reply: string | undefined,
    headers: BusHeaders | undefined,
  ): void {
    const options: { reply?: string; headers?: MsgHdrs } = {};
    if (reply !== undefined) options.reply = reply;
    const block = blockOf(headers);
    if (block !== undefined) options.headers = block;
    // it is written after this turn, and the caller may reuse its bytes
    this.#client.publish(subject, Buffer.from(data), options);
  }

  subscribe(subject: string, queue: string | undefined, receiver: Receiver): LinkSubscription {
    // violations are reported to the follower of the link
    const callback = (error: Error | null, message: Msg): void => {
      if (error === null) receiver.came(this, message);
    };
    return slimmed(this.#client.subscribe(subject, queue === undefined ? { callback } : { callback, queue }));
  }

  unsubscribe(subscription: LinkSubscription): void {
    if (!this.#client.isClosed() && !subscription.isClosed()) (subscription as Subscription).unsubscribe();
  }

  async drain(subscription: LinkSubscription): Promise<void> {
    if (this.#isOver || subscription.isClosed()) return;
    await this.#unlessOver((subscription as Subscription).drain()).catch(() => {});
  }

  flush(): Promise<void> {
    if (this.#isOver) return Promise.reject(new Error('the connection is over'));
    return this.#unlessOver(this.#client.flush());
  }

  async close(): Promise<void> {
    this.#owner = null;
    this.#end();
    await this.#client.close();
  }

  #unlessOver(promise: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const over = (): void => reject(new Error('the connection is over'));
      this.#waiting.add(over);
      promise.then(resolve, reject).finally(() => this.#waiting.delete(over));
    });
  }

  async #follow(): Promise<void> {
    for await (const status of this.#client.status()) {
      if (status.type === 'update') this.#clusterChanged();
      else if (status.type === 'ldm') this.#owner?.lameDuck(this);
      else if (status.type === 'error') this.#failed(status.error);
      else if (status.type === 'disconnect') this.#end();
      else if (status.type === 'staleConnection') this.#stale();
    }
  }

  #clusterChanged(): void {
    this.#learn();
    this.#owner?.clusterChanged(this);
  }

  /** The client would write to it once more, and wait for that to leave. */
  #stale(): void {
    this.#lastError ??= 'it has not answered for too long';
    this.#end();
    void this.#client.close();
  }

  #failed(error: Error): void {
    const { name, message } = error;
    this.#lastError = message;
    // a class of the client's may be that of another copy of it
    if (name !== 'PermissionViolationError' && !/violation for|maximum subscriptions/i.test(message)) return;
    const { operation = null, subject = '' } = error as Error & Partial<Violation>;
    this.#owner?.violated(this, { operation, subject, text: message });
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const over of this.#waiting) over();
    const owner = this.#owner;
    this.#owner = null;
    owner?.lost(this, this.#lastError ?? 'the connection broke');
  }
}

/** In place of a promise that nothing awaits. */
const NOBODYS = { resolve: (): void => {} };

/**
 * The client makes three promises for each subscription, for loops over its messages and for those who wait for its end. There
 * is neither here, and they take half of its memory: 0.6 KiB of each device of a gateway.
 */
function slimmed(subscription: Subscription): Subscription {
  for (const name of ['signal', 'iterClosed', 'closed']) {
    const promise: unknown = Reflect.get(subscription, name);
    if (promise instanceof Promise && 'resolve' in promise) Reflect.set(subscription, name, NOBODYS);
  }
  return subscription;
}

/** What the client library makes of headers, with the method that it writes them by. */
type EncodedHeaders = MsgHdrs & Pick<MsgHdrsImpl, 'encode'>;

/** Blocks of frozen headers: a gateway sends the same headers with each answer, so their bytes are made once. */
const fixedBlocks = new WeakMap<BusHeaders, MsgHdrs>();

/** Each name once; undefined where there is none: a block without headers would not be one. */
function blockOf(headers: BusHeaders | undefined): MsgHdrs | undefined {
  if (headers === undefined) return undefined;
  if (!Object.isFrozen(headers)) return newBlockOf(headers);
  const known = fixedBlocks.get(headers);
  if (known !== undefined) return known;
  const block = newBlockOf(headers);
  if (block === undefined) return undefined;
  const bytes = block.encode();
  block.encode = () => bytes;
  fixedBlocks.set(headers, block);
  return block;
}

function newBlockOf(headers: BusHeaders): EncodedHeaders | undefined {
  // a name is whatever a stranger wrote, `__proto__` as well
  const values: Record<string, string[]> = Object.create(null);
  let isEmpty = true;
  for (const name in headers) {
    values[name] = [headers[name] ?? ''];
    isEmpty = false;
  }
  return isEmpty ? undefined : (MsgHdrsImpl.fromRecord(values) as EncodedHeaders);
}
