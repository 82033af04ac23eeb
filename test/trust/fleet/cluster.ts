/**
 * A cluster of message servers, as NATS has them, on virtual time and from a seed: what a client has published arrives at its
 * server a while later, servers tell each other who has subscribed where, and everything that is under way can be lost. Never
 * kinder than nats-server: whatever that may lose, tell late or tell wrongly, this does more often.
 */

import type { Random } from '../random.js';
import type { SimulatedTime } from '../simulation/clock.js';
import { BusServer, type ServerHost } from './bus-server.js';
import { Pipe } from './pipe.js';

/** What a cluster is like. */
export interface ClusterConfig {
  readonly servers: number;
  /** The longest time that one way between a client and its server takes. */
  readonly latencyMs: number;
  /** The same between two servers. */
  readonly routeLatencyMs: number;
  readonly straysAtChance: number;
  readonly maxPayload: number;
  /** How long a client waits before it dials again. */
  readonly redialMs: number;
}

/** What a cluster without faults is like: for tests of programs that use a bus. */
export const CALM_CLUSTER: ClusterConfig = {
  servers: 1,
  latencyMs: 0,
  routeLatencyMs: 0,
  straysAtChance: 0,
  maxPayload: 1024 * 1024,
  redialMs: 100,
};

/** Its servers and the ways between them. */
export class Cluster implements ServerHost {
  readonly time: SimulatedTime;
  readonly random: Random;
  readonly config: ClusterConfig;
  readonly servers: readonly BusServer[];
  /** Pairs of servers that cannot reach each other. */
  readonly #apart = new Set<string>();
  #inboxes = 0;

  constructor(time: SimulatedTime, random: Random, config: ClusterConfig) {
    this.time = time;
    this.random = random;
    this.config = config;
    this.servers = Array.from({ length: config.servers }, (_, i) => new BusServer(i, this));
    for (const [one, other] of this.#pairs()) this.#join(one, other);
  }

  get straysAtChance(): number {
    return this.config.straysAtChance;
  }

  /** A name that nobody else has. */
  newInbox(): string {
    return `_INBOX.${++this.#inboxes}`;
  }

  /** A way between a client and its server. */
  pipe(): Pipe {
    return new Pipe(this.time, () => this.random.fraction() * this.config.latencyMs);
  }

  get upServers(): BusServer[] {
    return this.servers.filter(({ isUp }) => isUp);
  }

  /** How many subscriptions there are at all servers. */
  get subscriptions(): number {
    return this.servers.reduce((sum, { subscriptions }) => sum + subscriptions, 0);
  }

  /** The process of a server is gone: what was under way to it, from it and in it is lost. */
  kill(server: BusServer): void {
    if (!server.isUp) return;
    server.isUp = false;
    for (const other of this.servers) this.#part(server, other);
    for (const connection of [...server.connections]) {
      server.drop(connection);
      connection.end();
    }
  }

  /** It is started again, and knows nothing. */
  restart(server: BusServer): void {
    if (server.isUp) return;
    server.isUp = true;
    for (const other of this.upServers) {
      if (other === server || this.#apart.has(pairOf(server, other))) continue;
      this.time.after(this.random.fraction() * this.config.redialMs, () => this.#meet(server, other));
    }
  }

  /** Two servers do not reach each other any more, and find that out after what they have sent each other is lost. */
  partition(one: BusServer, other: BusServer, noticedAfterMs: number): void {
    if (this.#apart.has(pairOf(one, other))) return;
    this.#apart.add(pairOf(one, other));
    const ways = [one.routes.get(other), other.routes.get(one)];
    for (const way of ways) if (way !== undefined) way.pipe.isSilent = true;
    this.time.after(noticedAfterMs, () => {
      for (const [from, to, way] of [[one, other, ways[0]] as const, [other, one, ways[1]] as const])
        if (way !== undefined && from.routes.get(to) === way) from.part(to);
      this.#meet(one, other);
    });
  }

  /** They reach each other again: a while later all that was subscribed meanwhile is known. */
  heal(one: BusServer, other: BusServer): void {
    if (!this.#apart.delete(pairOf(one, other))) return;
    this.time.after(this.random.fraction() * this.config.redialMs, () => this.#meet(one, other));
  }

  /** Every server is up, and reaches every other. */
  healAll(): void {
    for (const server of this.servers) this.restart(server);
    for (const [one, other] of this.#pairs()) this.heal(one, other);
  }

  #meet(one: BusServer, other: BusServer): void {
    if (!one.isUp || !other.isUp || this.#apart.has(pairOf(one, other))) return;
    const isThere = (route: { pipe: Pipe } | undefined): boolean => route?.pipe.isSilent === false;
    if (isThere(one.routes.get(other)) && isThere(other.routes.get(one))) return;
    this.#join(one, other);
  }

  #join(one: BusServer, other: BusServer): void {
    const pipe = (): Pipe => new Pipe(this.time, () => this.random.fraction() * this.config.routeLatencyMs);
    const [there, back] = [pipe(), pipe()];
    // first both know of each other, or what the first tells is told to somebody who does not listen
    one.join({ to: other, pipe: there });
    other.join({ to: one, pipe: back });
  }

  #part(one: BusServer, other: BusServer): void {
    one.part(other);
    other.part(one);
  }

  #pairs(): [BusServer, BusServer][] {
    return this.servers.flatMap((one, i) =>
      this.servers.slice(i + 1).map((other): [BusServer, BusServer] => [one, other]),
    );
  }
}

function pairOf(one: BusServer, other: BusServer): string {
  return one.index < other.index ? `${one.index}-${other.index}` : `${other.index}-${one.index}`;
}
