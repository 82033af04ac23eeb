/** One session in a world, on a real transport over a simulated socket, with a tap on every payload. */

import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../../src/base/clock.js';
import type { SessionOptions } from '../../../src/session/options.js';
import { Session } from '../../../src/session/session.js';
import type { Wiring } from '../../../src/session/wiring.js';
import type { DataCallback, DisconnectCallback, LinkListener } from '../../../src/transport/comm-instance.js';
import { StreamStp } from '../../../src/transport/stream.js';
import { TcpClientStp } from '../../../src/transport/tcp-client.js';
import { AcceptedTcpStp } from '../../../src/transport/tcp-comm.js';

/** Hears what passes between a transport and its session. */
export interface Tap {
  sent(payload: Buffer): void;
  received(payload: Buffer): void;
  opened(): void;
  closing(): void;
  closed(): void;
}

/** A client's transport whose sockets are simulated. */
export class TappedClient extends TcpClientStp {
  tap: Tap | null = null;
  readonly #open: () => Socket;

  /** @param refusedDelay how long it stays away after its key was refused; false: for ever */
  constructor(clock: Clock, random: () => number, refusedDelay: number | false, open: () => Socket) {
    super({ port: 1, clock, random, connectTimeout: 5_000, reconnect: { refusedDelay } });
    this.#open = open;
  }

  protected override openSocket(): Socket {
    return this.#open();
  }

  override send(payload: Buffer): boolean {
    const isTaken = super.send(payload);
    if (isTaken) this.tap?.sent(payload);
    return isTaken;
  }

  override registerCallback(callback: DataCallback): void {
    super.registerCallback(tappedData(this, callback));
  }

  override registerConnectCallback(callback: () => void): void {
    super.registerConnectCallback(() => {
      this.tap?.opened();
      callback();
    });
  }

  override registerDisconnectCallback(callback: DisconnectCallback): void {
    super.registerDisconnectCallback(tappedEnd(this, callback));
  }
}

/** A client's transport over streams that are no sockets, with the same tap. */
export class TappedStream extends StreamStp {
  tap: Tap | null = null;

  /** @param refusedDelay as for {@link TappedClient} */
  constructor(
    clock: Clock,
    random: () => number,
    refusedDelay: number | false,
    stream: () => Promise<Duplex>,
  ) {
    super({ stream, clock, random, connectTimeout: 5_000, reconnect: { refusedDelay } });
  }

  override send(payload: Buffer): boolean {
    const isTaken = super.send(payload);
    if (isTaken) this.tap?.sent(payload);
    return isTaken;
  }

  override registerCallback(callback: DataCallback): void {
    super.registerCallback(tappedData(this, callback));
  }

  override registerConnectCallback(callback: () => void): void {
    super.registerConnectCallback(() => {
      this.tap?.opened();
      callback();
    });
  }

  override registerDisconnectCallback(callback: DisconnectCallback): void {
    super.registerDisconnectCallback(tappedEnd(this, callback));
  }
}

/** The transport of an accepted connection, with the same tap. */
export class TappedAccepted extends AcceptedTcpStp {
  tap: Tap | null = null;

  override send(payload: Buffer): boolean {
    const isTaken = super.send(payload);
    if (isTaken) this.tap?.sent(payload);
    return isTaken;
  }

  override listenWith(listener: LinkListener): void {
    const receive = tappedData(this, (payload) => listener.receiver.receive(payload));
    const closed = tappedEnd(this, (reason, detail) => listener.closed(reason, detail));
    super.listenWith({
      receiver: { receive },
      opened: () => listener.opened(),
      closed,
      ended: () => listener.ended(),
      dropped: (drop) => listener.dropped(drop),
      drained: () => listener.drained(),
    });
  }
}

interface Tapped {
  readonly tap: Tap | null;
}

function tappedData(tapped: Tapped, callback: DataCallback): DataCallback {
  return (payload) => {
    tapped.tap?.received(payload);
    callback(payload);
  };
}

function tappedEnd(tapped: Tapped, callback: DisconnectCallback): DisconnectCallback {
  return (reason, detail) => {
    tapped.tap?.closing();
    callback(reason, detail);
    tapped.tap?.closed();
  };
}

/** A session and the wiring inside it, which the invariants look into. */
export interface Opened {
  readonly session: Session;
  readonly wiring: Wiring;
}

/** Any of them. */
export type TappedTransport = TappedClient | TappedStream | TappedAccepted;

/** Makes a session and keeps hold of its wiring, which no door shows. */
export function openSession(transport: TappedTransport, options: SessionOptions): Opened {
  startedWiring = null;
  const session = new Session(transport, options);
  const wiring = startedWiring as Wiring | null;
  if (wiring === null) throw new Error('expected the session to start a wiring, got none');
  return { session, wiring };
}

let startedWiring: Wiring | null = null;

/** For the probe: a wiring has started. */
export function wiringStarted(wiring: Wiring): void {
  startedWiring = wiring;
}
