/** The network between devices and gateways: real framing over simulated sockets, in the places of ports. */

import type { Duplex } from 'node:stream';
import { MemoryPlace } from '../../../src/transport/memory-streams.js';
import type { Random } from '../random.js';
import type { SimulatedTime } from '../simulation/clock.js';
import { Link, type Weather } from '../simulation/link.js';
import { SimulatedSocket } from '../simulation/socket.js';
import type { Program } from './program.js';

/** What doors need of their world. */
export interface DoorHost {
  readonly time: SimulatedTime;
  readonly random: Random;
  /** The longest time that bytes take. */
  readonly deviceLatencyMs: number;
  /** A server has taken a connection: it takes few in one turn of the event loop, and here a turn does not pass by itself. */
  turnIsDue: boolean;
}

/** The place where a gateway listens, and after it the one that takes its place. */
export class Door extends MemoryPlace implements Weather {
  readonly links: Link[] = [];
  readonly #host: DoorHost;
  /** Who listens behind it; another one, where the gateway was started again. */
  program: Program;
  #onStream: ((stream: Duplex) => void) | null = null;

  constructor(host: DoorHost, program: Program) {
    super();
    this.#host = host;
    this.program = program;
  }

  override listen(onStream: (stream: Duplex) => void): () => void {
    this.#onStream = onStream;
    return () => {
      this.#onStream = null;
    };
  }

  get isOpen(): boolean {
    return this.#onStream !== null && !this.program.isDead;
  }

  /** A device's socket, which will be connected, or refused. */
  open(socket: SimulatedSocket, opened: (link: Link) => void): void {
    const { time } = this.#host;
    time.after(this.latencyMs(), () => {
      if (socket.destroyed) return;
      if (!this.isOpen) return socket.reset('ECONNREFUSED');
      const { program } = this;
      const link = new Link(socket, program, time, this);
      link.server.isAccepted = false;
      this.links.push(link);
      opened(link);
      program.hear(() => {
        if (link.server.destroyed) return;
        link.server.isAccepted = true;
        this.#host.turnIsDue = true;
        if (this.#onStream === null) link.server.destroy();
        else this.#onStream(link.server.asSocket());
      });
      socket.connected();
    });
  }

  /** The machine of the gateway is gone: its devices hear of it, or not until they ask. */
  vanish(isSilent: boolean): void {
    this.#onStream = null;
    for (const link of this.links) {
      if (!link.isAlive) continue;
      if (!isSilent) link.reset();
      else {
        link.up.isSilent = true;
        link.down.isSilent = true;
      }
    }
  }

  /** The gateway's program goes on after it stood still. */
  readOn(): void {
    for (const link of this.links) link.up.deliver();
  }

  latencyMs(): number {
    return this.#host.random.fraction() * this.#host.deviceLatencyMs;
  }

  distort(_direction: unknown, bytes: Buffer): Buffer[] {
    return [bytes];
  }

  cut(): void {}
}

/** A socket of a program, not connected to anything yet. */
export function socketOf(host: DoorHost, program: Program): SimulatedSocket {
  return new SimulatedSocket(host.time, program);
}
