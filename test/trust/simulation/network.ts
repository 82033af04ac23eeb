/** The network of a world: links, and the faults that befall them. */

import type { Random } from '../random.js';
import type { SimulatedTime } from './clock.js';
import type { WorldConfig } from './config.js';
import type { Fault } from './faults.js';
import { type Direction, Link, type Weather } from './link.js';
import type { Party } from './party.js';
import { SimulatedSocket } from './socket.js';

/** What a network needs of its world. */
export interface NetworkHost {
  readonly time: SimulatedTime;
  readonly random: Random;
  readonly config: WorldConfig;
  /** The server's program. */
  readonly serverParty: Party;
  isStaleReplay: boolean;
  accept(socket: SimulatedSocket): void;
  /** How many pieces a window has cut off writes, each of which takes a step of its own to arrive. */
  pieces: number;
  fired(fault: Fault): void;
  note(what: string, value: number): void;
}

type Front = 'front-closes' | 'front-silent';

/** Faults that change the next bytes that are written. */
const DISTORTIONS: ReadonlySet<Fault> = new Set([
  'split',
  'merge',
  'delay',
  'drop-tail',
  'corrupt-byte',
  'insert-byte',
  'duplicate-frame',
]);

/** Connects sockets to a server that may be down. */
export class Network implements Weather {
  readonly links: Link[] = [];
  isServerUp = true;
  /** What takes connections in the place of the server. */
  #front: Front | null = null;
  readonly #host: NetworkHost;
  readonly #distortions = new Map<Direction, Fault>();
  /** The last bytes of each way, for those that come too late. */
  readonly #lastBytes = new Map<Direction, Buffer>();

  constructor(host: NetworkHost) {
    this.#host = host;
  }

  /** A socket that will be connected, or refused. */
  connect(party: Party): SimulatedSocket {
    const { time, serverParty } = this.#host;
    const socket = new SimulatedSocket(time, party);
    time.after(this.latencyMs(), () => {
      if (socket.destroyed) return;
      if (this.#front !== null) return this.#connectToFront(socket, this.#front);
      if (!this.isServerUp) return socket.reset('ECONNREFUSED');
      const link = this.#link(socket, serverParty);
      // the system connects, whatever the program does
      serverParty.hear(() => {
        if (link.server.destroyed) return;
        link.server.isAccepted = true;
        this.#host.accept(link.server);
      });
      socket.connected();
    });
    return socket;
  }

  #link(socket: SimulatedSocket, server: Party | null): Link {
    const link = new Link(socket, server, this.#host.time, this);
    link.server.isAccepted = false;
    this.links.push(link);
    this.#host.note('link', this.links.length);
    return link;
  }

  #connectToFront(socket: SimulatedSocket, front: Front): void {
    this.#host.fired(front);
    const link = this.#link(socket, null);
    socket.connected();
    if (front === 'front-closes') this.#host.time.after(this.latencyMs(), () => link.server.destroy());
  }

  /** For a while connections end at a front, such as a port-forward whose server is not up. */
  #putUpFront(front: Front): void {
    const { random, time } = this.#host;
    this.#front = front;
    if (random.chance(0.7)) this.resetAll();
    const before = this.links.length;
    time.after(random.between(50, 20_000), () => {
      if (this.#front !== front) return;
      this.#front = null;
      // those of a silent front may stay as they are for ever
      if (random.chance(0.5)) for (const link of this.links.slice(before)) link.reset();
    });
  }

  /** A program goes on: it reads what waits. */
  thaw(party: Party): void {
    party.thaw(() => {
      for (const { up, down } of this.links) {
        if (up.to.belongsTo(party)) up.deliver();
        if (down.to.belongsTo(party)) down.deliver();
      }
    });
  }

  latencyMs(): number {
    const { random, config } = this.#host;
    return config.latencyMs === 0 ? 0 : random.fraction() * config.latencyMs;
  }

  cut(): void {
    this.#host.pieces++;
  }

  get aliveLinks(): Link[] {
    return this.links.filter((link) => link.isAlive);
  }

  /** How many links there are on which a program has stopped reading. */
  get pausedLinks(): number {
    return this.aliveLinks.filter(({ client, server }) => client.isPaused || server.isPaused).length;
  }

  /** Breaks every link at once. */
  resetAll(): void {
    for (const link of this.aliveLinks) link.reset();
  }

  /** Ends what still holds bytes back. Links that are dead stay so, and nobody is told. */
  heal(): void {
    this.isServerUp = true;
    this.#front = null;
    this.#distortions.clear();
    for (const link of this.links) if (link.isAlive) this.#clear(link);
  }

  #clear(link: Link): void {
    for (const way of [link.up, link.down]) {
      way.windowBytes = 64 * 1024;
      way.release();
    }
  }

  /** Lets a fault befall a link; false where there is none that it could befall. */
  strike(fault: Fault): boolean {
    const { random, time } = this.#host;
    if (fault === 'front-closes' || fault === 'front-silent') {
      this.#putUpFront(fault);
      return true;
    }
    const alive = this.aliveLinks;
    if (alive.length === 0) return false;
    const link = random.of(alive);
    const way = random.chance(0.5) ? link.up : link.down;
    if (DISTORTIONS.has(fault)) {
      this.#distortions.set(way, fault);
      return true;
    }
    switch (fault) {
      case 'stall':
        way.stall(time.nowMs + random.between(5, 4_000));
        break;
      case 'long-stall':
        way.stall(time.nowMs + random.between(4_000, 45_000));
        break;
      case 'fin':
        way.from.destroySoon();
        break;
      case 'rst':
        link.reset();
        break;
      case 'half-open':
        link.goSilent(random.between(2_000, 60_000));
        break;
      case 'old-bytes':
        return this.#replayStale(way, link);
      case 'backpressure':
        way.windowBytes = random.of([16, 64, 256]);
        time.after(random.between(10, 2_000), () => {
          way.windowBytes = 64 * 1024;
          way.pump();
        });
        break;
      default:
        return false;
    }
    this.#host.fired(fault);
    return true;
  }

  /** The link breaks, the client comes back, and then bytes of the old link arrive at its old socket. */
  #replayStale(way: Direction, link: Link): boolean {
    const { random, time } = this.#host;
    const bytes = this.#lastBytes.get(way);
    if (bytes === undefined) return false;
    link.reset();
    time.after(random.between(0, 400), () => {
      // a program that was frozen may not know yet
      if (!way.to.isKnownToBeGone || way.to.isFrozen) return;
      this.#host.fired('old-bytes');
      this.#host.isStaleReplay = true;
      way.replayStale(random.chance(0.5) ? bytes : bytes.subarray(0, random.between(1, bytes.length)));
      this.#host.isStaleReplay = false;
    });
    return true;
  }

  distort(way: Direction, bytes: Buffer): Buffer[] {
    this.#lastBytes.set(way, bytes);
    const fault = this.#distortions.get(way);
    if (fault === undefined) return [bytes];
    this.#distortions.delete(way);
    this.#host.fired(fault);
    return this.#distorted(way, bytes, fault);
  }

  #distorted(way: Direction, bytes: Buffer, fault: Fault): Buffer[] {
    const { random, time } = this.#host;
    const at = random.below(bytes.length);
    switch (fault) {
      case 'split':
        return pieces(bytes, random.between(2, 6), random);
      case 'merge':
        way.gather(time.nowMs + random.between(1, 50));
        return [bytes];
      case 'delay':
        way.stall(time.nowMs + random.between(1, 300));
        return [bytes];
      case 'drop-tail':
        way.isCut = true;
        this.#dropTail(way, random.chance(0.5));
        return [bytes.subarray(0, at)];
      case 'corrupt-byte': {
        const copy = Buffer.from(bytes);
        copy[at] = (copy[at] as number) ^ random.between(1, 255);
        return [copy];
      }
      case 'insert-byte':
        return [Buffer.concat([bytes.subarray(0, at), random.bytes(1), bytes.subarray(at)])];
      default:
        return [bytes, bytes];
    }
  }

  /** The sender dies in the middle of a frame. */
  #dropTail(way: Direction, isReset: boolean): void {
    const link = this.links.find(({ up, down }) => up === way || down === way);
    this.#host.time.after(0, () => {
      if (isReset) link?.reset();
      else way.from.destroy();
    });
  }
}

function pieces(bytes: Buffer, count: number, random: Random): Buffer[] {
  const cuts = Array.from({ length: count - 1 }, () => random.below(bytes.length + 1)).sort((a, b) => a - b);
  return [0, ...cuts].map((cut, i) => bytes.subarray(cut, cuts[i] ?? bytes.length));
}
