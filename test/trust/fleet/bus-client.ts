/** A client of the simulated cluster: what programs get as their bus. */

import type { Clock } from '../../../src/base/clock.js';
import { onAbort, reasonOf } from '../../../src/base/signals.js';
import type {
  Bus,
  BusHeaders,
  BusMessage,
  BusRequestOptions,
  BusState,
  BusSubscription,
  PublishOptions,
  RequestAllOptions,
  SubscribeOptions,
} from '../../../src/bus/bus.js';
import { checkMessage, checkPattern, checkSubject, checkWait } from '../../../src/bus/checks.js';
import { giveMessage, StateListeners } from '../../../src/bus/hearing.js';
import { BusError } from '../../../src/protocol/errors.js';
import type { BusReason } from '../../../src/protocol/reasons.js';
import type { BusServer, Packet, ServerConnection, ServerSubscription } from './bus-server.js';
import type { Cluster } from './cluster.js';
import type { Pipe } from './pipe.js';

/** The program that a client is a part of. */
export interface BusProgram {
  readonly name: string;
  readonly own: Clock;
  /** Something comes in. */
  hear(callback: () => void): void;
}

/** A connection to one server, from both ends. */
interface Connection {
  readonly server: BusServer;
  readonly up: Pipe;
  readonly down: Pipe;
  readonly atServer: ServerConnection;
  /** Who waits until the server has taken all that was sent. */
  readonly flushes: Set<Flush>;
}

interface Flush {
  readonly done: () => void;
  readonly failed: () => void;
}

interface Subscription extends BusSubscription {
  readonly subject: string;
  readonly queue: string | null;
  isOver: boolean;
  isDraining: boolean;
  readonly onPacket: (packet: Packet) => void;
  /** As its server has it; null: it has none at the moment. */
  atServer: ServerSubscription | null;
}

/** A request that waits for its answer, or for its answers. */
interface Waiting {
  readonly packet: Packet;
  isSent: boolean;
  readonly answered: (packet: Packet) => void;
  readonly failed: (error: unknown) => void;
}

/** One client. */
export class BusClient implements Bus {
  readonly name: string;
  readonly maxPayload: number;
  state: BusState = 'connecting';
  readonly #cluster: Cluster;
  readonly #program: BusProgram;
  readonly #subscriptions = new Set<Subscription>();
  readonly #listeners = new StateListeners(this);
  readonly #waiting = new Map<string, Waiting>();
  readonly #inbox: string;
  #requests = 0;
  #inboxSubscription: Subscription | null = null;
  #connection: Connection | null = null;
  #closing: Promise<void> | null = null;
  #wasUp: (() => void) | null = null;

  constructor(cluster: Cluster, program: BusProgram) {
    this.#cluster = cluster;
    this.#program = program;
    this.name = `cluster as ${program.name}`;
    this.maxPayload = cluster.config.maxPayload;
    this.#inbox = cluster.newInbox();
    this.#dial();
  }

  /** Resolves when it is up for the first time. */
  up(): Promise<void> {
    if (this.state === 'up') return Promise.resolve();
    return new Promise((resolve) => {
      this.#wasUp = resolve;
    });
  }

  /** Requests that wait. */
  get pending(): number {
    return this.#waiting.size;
  }

  /** The server that it is connected to. */
  get server(): BusServer | null {
    return this.#connection?.server ?? null;
  }

  // ── the connection ──

  #dial(): void {
    const { time, random, config, upServers } = this.#cluster;
    const server = upServers.length === 0 ? null : random.of(upServers);
    time.after(random.fraction() * config.latencyMs * 2, () => {
      this.#program.hear(() => {
        if (this.state === 'closed' || this.#connection !== null) return;
        if (server?.isUp === true) this.#connected(server);
        else this.#redial();
      });
    });
  }

  #redial(): void {
    const { time, random, config } = this.#cluster;
    time.after(config.redialMs * (0.5 + random.fraction()), () => this.#dial());
  }

  #connected(server: BusServer): void {
    const [up, down] = [this.#cluster.pipe(), this.#cluster.pipe()];
    const connection: Connection = {
      server,
      up,
      down,
      flushes: new Set(),
      atServer: {
        subscriptions: new Set(),
        tell: (packet) => this.#downTo(connection, () => this.#answered(packet)),
        end: () => this.#broken(connection, 'the server ended the connection'),
      },
    };
    server.connections.add(connection.atServer);
    this.#connection = connection;
    for (const subscription of this.#subscriptions) this.#sendSubscription(subscription);
    if (this.#closing === null) this.#enter('up', null);
    for (const waiting of [...this.#waiting.values()]) if (!waiting.isSent) this.#sendRequest(waiting);
    this.#wasUp?.();
    this.#wasUp = null;
  }

  /** Something goes to the client; lost, where its connection is. */
  #downTo(connection: Connection, callback: () => void): void {
    connection.down.carry(() =>
      this.#program.hear(() => {
        if (this.#connection === connection) callback();
      }),
    );
  }

  #up(callback: (server: BusServer, connection: Connection) => void): void {
    const connection = this.#connection;
    if (connection === null) return;
    connection.up.carry(() => {
      if (connection.server.connections.has(connection.atServer)) callback(connection.server, connection);
    });
  }

  /** A fault: the connection is gone, and both ends hear of it at once. */
  cut(): void {
    const connection = this.#connection;
    if (connection === null) return;
    connection.server.drop(connection.atServer);
    this.#broken(connection, 'the connection was reset');
  }

  /** A fault: nothing arrives any more, and each end finds that out by itself. */
  goSilent(clientAfterMs: number, serverAfterMs: number): void {
    const connection = this.#connection;
    if (connection === null) return;
    connection.up.isSilent = true;
    connection.down.isSilent = true;
    const { time } = this.#cluster;
    time.after(serverAfterMs, () => connection.server.drop(connection.atServer));
    time.after(clientAfterMs, () => this.#broken(connection, 'stale connection'));
  }

  /** A fault: what comes is late. */
  stall(forMs: number): void {
    this.#connection?.down.stall(forMs);
  }

  /** The process is gone: its system ends the connection. */
  abandon(isNoticed: boolean, serverAfterMs: number): void {
    const connection = this.#connection;
    if (connection === null) return;
    connection.up.isSilent = true;
    const { time } = this.#cluster;
    time.after(isNoticed ? 0 : serverAfterMs, () => connection.server.drop(connection.atServer));
  }

  #broken(connection: Connection, detail: string): void {
    connection.up.break();
    connection.down.break();
    this.#program.hear(() => {
      if (this.#connection !== connection) return;
      this.#connection = null;
      for (const subscription of [...this.#subscriptions]) {
        subscription.atServer = null;
        if (subscription.isDraining) this.#forget(subscription);
      }
      for (const flush of [...connection.flushes]) flush.failed();
      if (this.#closing !== null) return;
      this.#enter('away', detail);
      this.#redial();
    });
  }

  #enter(state: BusState, detail: string | null): void {
    if (this.state === state) return;
    this.state = state;
    this.#listeners.tell(state, detail);
  }

  onState(listener: (state: BusState, detail: string | null) => void): () => void {
    return this.#listeners.add(listener);
  }

  // ── publish and subscribe ──

  publish(subject: string, data: Uint8Array, { headers, reply }: PublishOptions = {}): void {
    if (this.state === 'closed') throw new BusError('bus-closed', { subject });
    const packet = this.#packetOf(subject, data, headers, reply ?? null);
    if (this.#connection === null) throw new BusError('bus-away', { subject });
    this.#send(packet);
  }

  /** What is to be sent, as it is now. */
  #packetOf(
    subject: string,
    data: Uint8Array,
    headers: BusHeaders | undefined,
    reply: string | null,
  ): Packet {
    checkSubject(subject, reply ?? undefined);
    checkMessage(subject, data, headers, this.maxPayload);
    const hasHeaders = headers !== undefined && Object.keys(headers).length > 0;
    const copy = hasHeaders ? { ...headers } : null;
    return { subject, data: data.slice(), headers: copy, reply, isNoResponders: false };
  }

  #send(packet: Packet): void {
    this.#up((server, { atServer }) => server.publish(packet, atServer));
  }

  subscribe(
    subject: string,
    onMessage: (message: BusMessage) => void,
    { queue }: SubscribeOptions = {},
  ): BusSubscription {
    if (this.#closing !== null) throw new BusError('bus-closed', { subject });
    checkPattern(subject, queue);
    return this.#subscribe(subject, queue ?? null, (packet) =>
      giveMessage(onMessage, this.#messageOf(packet), subject, this),
    );
  }

  #subscribe(subject: string, queue: string | null, onPacket: (packet: Packet) => void): Subscription {
    const subscription: Subscription = {
      subject,
      queue,
      isOver: false,
      isDraining: false,
      onPacket,
      atServer: null,
      unsubscribe: () => {
        this.#takeBack(subscription);
        this.#forget(subscription);
      },
      drain: () => this.#drain(subscription),
    };
    this.#subscriptions.add(subscription);
    this.#sendSubscription(subscription);
    return subscription;
  }

  #sendSubscription(subscription: Subscription): void {
    const connection = this.#connection;
    if (connection === null) return;
    const { subject, queue } = subscription;
    const atServer: ServerSubscription = {
      subject,
      queue,
      connection: connection.atServer,
      deliver: (packet) =>
        this.#downTo(connection, () => {
          if (!subscription.isOver) subscription.onPacket(packet);
        }),
    };
    subscription.atServer = atServer;
    this.#up((server) => server.subscribe(atServer));
  }

  #takeBack(subscription: Subscription): void {
    const { atServer } = subscription;
    subscription.atServer = null;
    if (atServer !== null) this.#up((server) => server.unsubscribe(atServer));
  }

  #forget(subscription: Subscription): void {
    subscription.isOver = true;
    this.#subscriptions.delete(subscription);
  }

  /** First the server hears that no more is wanted; what it has sent until then comes before it says that it has heard. */
  async #drain(subscription: Subscription): Promise<void> {
    if (subscription.isOver) return;
    subscription.isDraining = true;
    this.#takeBack(subscription);
    await this.flush().catch(() => {});
    this.#forget(subscription);
  }

  #messageOf({ subject, data, headers, reply }: Packet): BusMessage {
    return {
      subject,
      data,
      headers,
      reply,
      respond: (answer, answerHeaders) => {
        if (reply !== null) this.publish(reply, answer, { headers: answerHeaders });
      },
    };
  }

  flush(): Promise<void> {
    const connection = this.#connection;
    if (connection === null)
      return Promise.reject(new BusError(this.state === 'closed' ? 'bus-closed' : 'bus-away'));
    return new Promise((resolve, reject) => {
      const flush: Flush = {
        done: () => {
          connection.flushes.delete(flush);
          resolve();
        },
        failed: () => {
          connection.flushes.delete(flush);
          reject(new BusError('bus-away'));
        },
      };
      connection.flushes.add(flush);
      this.#up((_, at) => this.#downTo(at, flush.done));
    });
  }

  // ── requests ──

  request(
    subject: string,
    data: Uint8Array,
    { headers, timeoutMs, signal }: BusRequestOptions,
  ): Promise<BusMessage> {
    return new Promise((resolve, reject) => {
      const reply = this.#admitRequest();
      const packet = this.#packetOf(subject, data, headers, reply);
      checkWait('timeoutMs', timeoutMs);
      if (signal?.aborted === true) throw reasonOf(signal);
      const settled = (): void => {
        this.#waiting.delete(reply);
        this.#program.own.clearTimeout(timer);
        unhear();
      };
      const waiting: Waiting = {
        packet,
        isSent: false,
        answered: (answer) => {
          settled();
          if (answer.isNoResponders) reject(new BusError('bus-no-responders', { subject }));
          else resolve(this.#messageOf(answer));
        },
        failed: (error) => {
          settled();
          reject(error as Error);
        },
      };
      const timer = this.#program.own.setTimeout(
        () => waiting.failed(failure('bus-timeout', waiting)),
        timeoutMs,
      );
      const unhear =
        signal === undefined ? () => {} : onAbort(signal, () => waiting.failed(reasonOf(signal)));
      this.#waiting.set(reply, waiting);
      this.#sendRequest(waiting);
    });
  }

  requestAll(
    subject: string,
    data: Uint8Array,
    { headers, maxWaitMs, stallMs = maxWaitMs }: RequestAllOptions,
  ): Promise<BusMessage[]> {
    return new Promise((resolve, reject) => {
      const reply = this.#admitRequest();
      const packet = this.#packetOf(subject, data, headers, reply);
      checkWait('maxWaitMs', maxWaitMs);
      checkWait('stallMs', stallMs);
      if (this.#connection === null) throw new BusError('bus-away', { subject });
      const { own } = this.#program;
      const answers: BusMessage[] = [];
      const settled = (): void => {
        own.clearTimeout(end);
        own.clearTimeout(stall);
        this.#waiting.delete(reply);
      };
      const done = (): void => {
        settled();
        resolve(answers);
      };
      const waiting: Waiting = {
        packet,
        isSent: false,
        answered: (answer) => {
          if (answer.isNoResponders) return done();
          answers.push(this.#messageOf(answer));
          own.clearTimeout(stall);
          stall = own.setTimeout(done, stallMs);
        },
        failed: (error) => {
          settled();
          reject(error as Error);
        },
      };
      const end = own.setTimeout(done, maxWaitMs);
      let stall = own.setTimeout(done, maxWaitMs);
      this.#waiting.set(reply, waiting);
      this.#sendRequest(waiting);
    });
  }

  /** Where the answers to a request go. */
  #admitRequest(): string {
    if (this.#closing !== null) throw new BusError('bus-closed');
    return `${this.#inbox}.${++this.#requests}`;
  }

  #sendRequest(waiting: Waiting): void {
    if (this.#connection === null) return;
    this.#inboxSubscription ??= this.#subscribe(`${this.#inbox}.*`, null, (packet) => this.#answered(packet));
    waiting.isSent = true;
    this.#send(waiting.packet);
  }

  #answered(answer: Packet): void {
    this.#waiting.get(answer.subject)?.answered(answer);
  }

  // ── the end ──

  close(): Promise<void> {
    if (this.#closing === null) {
      let done = (): void => {};
      this.#closing = new Promise((resolve) => {
        done = resolve;
      });
      void this.#close().then(done);
    }
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#enter('leaving', null);
    const drained = [...this.#subscriptions].filter((each) => each !== this.#inboxSubscription);
    await Promise.all(drained.map((each) => each.drain()));
    await this.flush().catch(() => {});
    const connection = this.#connection;
    this.#enter('closed', null);
    for (const waiting of [...this.#waiting.values()]) waiting.failed(failure('bus-closed', waiting));
    for (const subscription of [...this.#subscriptions]) this.#forget(subscription);
    if (connection === null) return;
    this.#connection = null;
    connection.down.break();
    connection.up.carry(() => connection.server.drop(connection.atServer));
  }
}

function failure(reason: BusReason, { packet: { subject }, isSent }: Waiting): BusError {
  return new BusError(reason, { subject, written: isSent });
}
