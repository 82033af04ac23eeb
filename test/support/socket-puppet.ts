/** A session on a framed socket, and at the other end of it the test, which puts on the stream what it likes. */

import type { Socket } from 'node:net';
import {
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  type DropReason,
  type JsonValue,
  type LinkReason,
  type Message,
  type Role,
  type Session,
  type SessionOptions,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_EXECUTE_REQUEST,
  SID_READ_REQUEST,
  SID_WRITE_REQUEST,
  STATUS_OKAY,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
} from '../../src/index.js';
import { AcceptedTcpStp, TcpComm } from '../../src/transport/tcp-comm.js';
import { StpDecoder } from '../../src/wire/index.js';
import { frameOf, type Tuple, tupleOf } from './bytes.js';
import { FakeSocket, turns } from './fake-socket.js';
import { type Link, Puppet } from './puppet.js';
import { VirtualClock } from './virtual-clock.js';

export const SECRET = '3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f';
export const ASCTIME = 'Sun Feb  2 00:00:44 2025';

/** The transport of a client whose socket is there already; it opens no other. */
class DialledTcpStp extends TcpComm {
  readonly isClient = true;

  constructor(socket: Socket, clock: VirtualClock) {
    super(clock);
    this.adopt(socket);
  }

  reconnect(): void {
    this.disconnect('reconnect-requested');
  }
}

/** A puppet whose bytes go through a framed socket, whole frames or not. */
export class SocketPuppet extends Puppet {
  readonly socket: FakeSocket;
  readonly #transport: TcpComm;
  /** The requests that a callback of {@link keepStore} handled. */
  readonly ran: Tuple[] = [];
  /** Why the connection was closed; null: it is up. */
  closedBecause: LinkReason | null = null;

  /** @param role of the session; the puppet has the other */
  constructor(role: Role = 'server', options: SessionOptions = {}) {
    const clock = new VirtualClock();
    const socket = new FakeSocket();
    const transport =
      role === 'server' ? new AcceptedTcpStp(socket, clock) : new DialledTcpStp(socket, clock);
    super(clock, socketLink(transport, socket), { session: options });
    this.socket = socket;
    this.#transport = transport;
    this.session.on('disconnected', (reason) => {
      this.closedBecause = reason;
    });
  }

  /** What waits for the peer, in the transport and in the socket. */
  get bufferedBytes(): number {
    return this.#transport.bufferedBytes;
  }

  /** The peer sends bytes in one chunk; everything that needs no time happens. */
  async sends(bytes: Buffer): Promise<void> {
    this.write(bytes);
    await this.settle();
  }

  /** Lets time pass, and all happen that is due in it. */
  async passes(ms: number): Promise<void> {
    await turns();
    await this.clock.advanceAsync(ms);
    await turns();
  }

  override settle(): Promise<void> {
    return this.passes(0);
  }

  get dropped(): Partial<Record<DropReason, number>> {
    return this.session.counters.dropped;
  }

  /** The peer proves that it holds the secret. */
  async authenticate(): Promise<void> {
    await this.sends(frameOf(SID_AUTH_REQUEST, DID_AUTH_SEED));
    await this.sends(frameOf(SID_AUTH_REQUEST, DID_AUTH_KEY, this.keyFor(this.seeds.at(-1) ?? '')));
  }

  /** For a client that authenticates by itself: the peer takes part, and accepts any key. */
  async serveAuthentication(seed = '5eed'.repeat(16)): Promise<void> {
    await this.settle();
    await this.sends(frameOf(SID_AUTH_RESPONSE, DID_AUTH_SEED, seed));
    await this.sends(frameOf(SID_AUTH_RESPONSE, DID_AUTH_KEY, true));
  }

  override async close(): Promise<number> {
    const closing = super.close();
    // what waits for the peer must not keep it open
    this.socket.startReading();
    return await closing;
  }
}

function socketLink(transport: TcpComm, socket: FakeSocket): Link {
  return {
    transport,
    write: (bytes) => socket.arrive(bytes),
    listen: (hear) => {
      const decoder = new StpDecoder({ frame: hear });
      socket.onRead = (bytes) => void decoder.push(bytes);
    },
  };
}

/** Callbacks that do what the Python peer does: data 0 can be read, everything can be written, execute echoes. */
export function keepStore(session: Session, ran: Tuple[]): void {
  const store = new Map<number, JsonValue>([[0, ASCTIME]]);
  const record = (message: Message): void => void ran.push(tupleOf(message));
  session.registerCallback(SID_READ_REQUEST, null, (message) => {
    record(message);
    return store.has(message.dataId)
      ? [STATUS_OKAY, store.get(message.dataId)]
      : [STATUS_SERVICE_OR_DATA_UNKNOWN, null];
  });
  session.registerCallback(SID_WRITE_REQUEST, null, (message) => {
    record(message);
    store.set(message.dataId, message.data);
    return [STATUS_OKAY, null];
  });
  session.registerCallback(SID_EXECUTE_REQUEST, null, (message) => {
    record(message);
    return [STATUS_OKAY, message.data];
  });
}
