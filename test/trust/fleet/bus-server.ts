/** A server of the simulated cluster: who has subscribed, here and elsewhere, and where a message goes. */

import type { BusHeaders } from '../../../src/bus/bus.js';
import type { Random } from '../random.js';
import type { Pipe } from './pipe.js';
import { SubjectTree } from './subject-tree.js';

/** A message on its way. */
export interface Packet {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: BusHeaders | null;
  readonly reply: string | null;
  /** What a server says by itself: nobody has subscribed. */
  readonly isNoResponders: boolean;
}

/** A subscription as a server has it. */
export interface ServerSubscription {
  readonly subject: string;
  readonly queue: string | null;
  readonly connection: ServerConnection;
  /** Gives a message to the client. */
  readonly deliver: (packet: Packet) => void;
}

/** The server's end of a connection to a client. */
export interface ServerConnection {
  readonly subscriptions: Set<ServerSubscription>;
  /** What the server says by itself, to the client that has published. */
  readonly tell: (packet: Packet) => void;
  /** The server ends it. */
  readonly end: () => void;
}

/** What another server has told about its clients. */
interface RemoteInterest {
  readonly subject: string;
  readonly queue: string | null;
  readonly at: BusServer;
}

/** What a server needs of its cluster. */
export interface ServerHost {
  readonly random: Random;
  /** How often a queue's message goes to another server though there is somebody here. */
  readonly straysAtChance: number;
}

/** The way to another server. */
export interface Route {
  readonly to: BusServer;
  readonly pipe: Pipe;
}

/** One server; see {@link Cluster}. */
export class BusServer {
  readonly index: number;
  isUp = true;
  readonly connections = new Set<ServerConnection>();
  readonly routes = new Map<BusServer, Route>();
  /** Messages that another server has sent here, for somebody who has just left. */
  lost = 0;
  readonly #host: ServerHost;
  readonly #local = new SubjectTree<ServerSubscription>();
  readonly #counts = new Map<string, number>();
  readonly #remote = new SubjectTree<RemoteInterest>();
  readonly #remoteKeys = new Map<BusServer, Map<string, RemoteInterest>>();

  constructor(index: number, host: ServerHost) {
    this.index = index;
    this.#host = host;
  }

  /** How many subscriptions its clients have. */
  get subscriptions(): number {
    return this.#local.size;
  }

  subscribe(subscription: ServerSubscription): void {
    subscription.connection.subscriptions.add(subscription);
    this.#local.add(subscription.subject, subscription);
    this.#count(subscription, 1);
  }

  unsubscribe(subscription: ServerSubscription): void {
    if (!subscription.connection.subscriptions.delete(subscription)) return;
    this.#local.delete(subscription.subject, subscription);
    this.#count(subscription, -1);
  }

  /** Forgets a client. */
  drop(connection: ServerConnection): void {
    if (!this.connections.delete(connection)) return;
    for (const subscription of [...connection.subscriptions]) this.unsubscribe(subscription);
  }

  /** Other servers hear of the first and of the last of a kind. */
  #count({ subject, queue }: ServerSubscription, change: 1 | -1): void {
    const key = keyOf(subject, queue);
    const count = (this.#counts.get(key) ?? 0) + change;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
    const isNews = count === 0 || (count === 1 && change === 1);
    if (!isNews) return;
    for (const route of this.routes.values()) this.#tellInterest(route, subject, queue, count > 0);
  }

  #tellInterest({ to, pipe }: Route, subject: string, queue: string | null, isThere: boolean): void {
    pipe.carry(() => to.#heardInterest(this, subject, queue, isThere));
  }

  #heardInterest(at: BusServer, subject: string, queue: string | null, isThere: boolean): void {
    const keys = this.#remoteKeys.get(at);
    if (keys === undefined) return;
    const key = keyOf(subject, queue);
    const known = keys.get(key);
    if (isThere && known === undefined) {
      const interest = { subject, queue, at };
      keys.set(key, interest);
      this.#remote.add(subject, interest);
    }
    if (!isThere && known !== undefined) {
      keys.delete(key);
      this.#remote.delete(subject, known);
    }
  }

  /** The way to another server is there: it hears of all that is subscribed here. */
  join(route: Route): void {
    this.part(route.to);
    this.routes.set(route.to, route);
    this.#remoteKeys.set(route.to, new Map());
    for (const key of this.#counts.keys()) {
      const [subject = '', queue = ''] = key.split(' ');
      this.#tellInterest(route, subject, queue === '' ? null : queue, true);
    }
  }

  /** The way to another server is gone, and with it whatever it has told. */
  part(other: BusServer): void {
    this.routes.get(other)?.pipe.break();
    this.routes.delete(other);
    for (const interest of this.#remoteKeys.get(other)?.values() ?? [])
      this.#remote.delete(interest.subject, interest);
    this.#remoteKeys.delete(other);
  }

  /** A message of a client. */
  publish(packet: Packet, from: ServerConnection): void {
    const { random, straysAtChance } = this.#host;
    const queues = new Map<string, ServerSubscription[]>();
    let isHeard = false;
    for (const subscription of this.#local.match(packet.subject)) {
      isHeard = true;
      if (subscription.queue === null) subscription.deliver(packet);
      else push(queues, subscription.queue, subscription);
    }
    const elsewhere = new Map<string, BusServer[]>();
    const forwards = new Map<BusServer, string[]>();
    for (const { queue, at } of this.#remote.match(packet.subject)) {
      isHeard = true;
      if (queue !== null) push(elsewhere, queue, at);
      else if (!forwards.has(at)) forwards.set(at, []);
    }
    for (const [queue, members] of queues) {
      if (elsewhere.has(queue) && random.chance(straysAtChance)) continue;
      elsewhere.delete(queue);
      random.of(members).deliver(packet);
    }
    for (const [queue, servers] of elsewhere) push(forwards, random.of(servers), queue);
    for (const [server, forQueues] of forwards) this.#forward(server, packet, forQueues);
    if (!isHeard && packet.reply !== null) from.tell(noResponders(packet.reply));
  }

  #forward(to: BusServer, packet: Packet, queues: readonly string[]): void {
    this.routes.get(to)?.pipe.carry(() => to.#forwarded(packet, queues));
  }

  /** A message of another server, which has said whom it is for. */
  #forwarded(packet: Packet, queues: readonly string[]): void {
    const members = new Map<string, ServerSubscription[]>(queues.map((queue) => [queue, []]));
    let isHeard = false;
    for (const subscription of this.#local.match(packet.subject)) {
      if (subscription.queue === null) {
        subscription.deliver(packet);
        isHeard = true;
      } else members.get(subscription.queue)?.push(subscription);
    }
    for (const each of members.values()) {
      if (each.length === 0) continue;
      this.#host.random.of(each).deliver(packet);
      isHeard = true;
    }
    // whoever it was for has left, and nobody tells the sender
    if (!isHeard) this.lost++;
  }
}

function keyOf(subject: string, queue: string | null): string {
  return `${subject} ${queue ?? ''}`;
}

function noResponders(subject: string): Packet {
  return { subject, data: new Uint8Array(0), headers: null, reply: null, isNoResponders: true };
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
