/**
 * A real session on a real framed socket, and at the other end of it the test, which puts on the stream what it likes.
 * Time is virtual; what came of the input is recorded.
 */

import type { Socket } from 'node:net';
import {
  type DropReason,
  deriveKey,
  type JsonValue,
  type LinkReason,
  type Message,
  Session,
  type SessionOptions,
  SID_EXECUTE_REQUEST,
  SID_READ_REQUEST,
  SID_WRITE_REQUEST,
  STATUS_OKAY,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
} from '../../src/index.js';
import { AcceptedTcpStp, TcpComm } from '../../src/transport/tcp-comm.js';
import { type Codec, pureJson } from '../../src/wire/index.js';
import { decodeAll } from '../support/stp.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { frameOf, type Tuple, tupleOf } from './support-bytes.js';
import { FakeSocket, turns } from './support-socket.js';

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

/** A session under test. */
export class Bench {
  readonly clock = new VirtualClock();
  readonly socket = new FakeSocket();
  readonly session: Session;
  readonly #transport: TcpComm;
  /** The requests that a callback of {@link keepStore} handled. */
  readonly ran: Tuple[] = [];
  /** Why the connection was closed; null: it is up. */
  closedBecause: LinkReason | null = null;
  readonly #codec: Codec;

  constructor(role: 'client' | 'server' = 'server', options: SessionOptions = {}) {
    const { clock, socket } = this;
    this.#codec = options.codec ?? pureJson;
    const transport =
      role === 'server' ? new AcceptedTcpStp(socket, clock) : new DialledTcpStp(socket, clock);
    this.#transport = transport;
    this.session = new Session(transport, { clock, ...options });
    this.session.on('disconnected', (reason) => {
      this.closedBecause = reason;
    });
  }

  /** What waits for the peer, in the transport and in the socket. */
  get bufferedBytes(): number {
    return this.#transport.bufferedBytes;
  }

  /** The peer sends bytes in one chunk; everything that needs no time happens. */
  async sends(bytes: Uint8Array): Promise<void> {
    this.socket.arrive(bytes);
    await this.settle();
  }

  /** Lets time pass, and all happen that is due in it. */
  async passes(ms: number): Promise<void> {
    await turns();
    await this.clock.advanceAsync(ms);
    await turns();
  }

  settle(): Promise<void> {
    return this.passes(0);
  }

  /** What the session has sent so far, in order. */
  get heard(): Message<JsonValue>[] {
    return decodeAll(this.socket.readByPeer).frames.map((payload) => this.#codec.decode(payload));
  }

  get dropped(): Partial<Record<DropReason, number>> {
    return this.session.counters.dropped;
  }

  /** The seeds that a server sent, oldest first. */
  get seeds(): string[] {
    return this.heard
      .filter(({ serviceId, dataId }) => serviceId === 1 && dataId === 0)
      .map(({ data }) => String(data));
  }

  /** The peer proves that it holds the secret. */
  async authenticate(): Promise<void> {
    await this.sends(frameOf(0, 0));
    await this.sends(frameOf(0, 1, deriveKey(this.seeds.at(-1) ?? '', Buffer.from(SECRET))));
  }

  /** For a client that authenticates by itself: the peer takes part, and accepts whatever key comes. */
  async serveAuthentication(seed = '5eed'.repeat(16)): Promise<void> {
    await this.settle();
    await this.sends(frameOf(1, 0, seed));
    await this.sends(frameOf(1, 1, true));
  }

  /** Closes the session; returns how many timers are left, which must be none. */
  async close(): Promise<number> {
    const closing = this.session.close();
    this.socket.startReading();
    await this.settle();
    await closing;
    return this.clock.pending;
  }
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
