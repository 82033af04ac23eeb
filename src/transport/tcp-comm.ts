/** What the TCP transports share: the callbacks of a session, and the one framed socket that there may be. */

import type { Socket } from 'node:net';
import type { Clock } from '../base/clock.js';
import type { LinkReason } from '../protocol/reasons.js';
import type { StpDrop } from '../wire/stp.js';
import { peerAddressOf } from './address.js';
import type {
  CommInstance,
  ConnectCallback,
  DataCallback,
  DisconnectCallback,
  LinkLimits,
  Unconfirmed,
} from './comm-instance.js';
import { FramedSocket } from './framed-socket.js';
import { readFrugally } from './frugal-reads.js';
import { DEFAULT_LINK_LIMITS } from './link-limits.js';

const ALL_CONFIRMED: Unconfirmed = { messages: 0, bytes: 0 };

/** A transport over one TCP socket at a time. */
export abstract class TcpComm implements CommInstance {
  abstract readonly isClient: boolean;
  protected readonly clock: Clock;
  /** The name of the channel, for loggers. */
  channelName: string | null = null;
  #framed: FramedSocket | null = null;
  #peerAddress: string | undefined;
  #lastUnconfirmed: Unconfirmed = ALL_CONFIRMED;
  #limits: LinkLimits = DEFAULT_LINK_LIMITS;
  #onData: DataCallback = () => {};
  #onConnect: ConnectCallback = () => {};
  #onDisconnect: DisconnectCallback = () => {};
  #onDrop: (drop: StpDrop) => void = () => {};
  #onDrain: () => void = () => {};
  #onEnd: (() => void) | null = null;
  /** The sockets of links that are gone and that linger; null: there has been none. */
  #lingering: Set<Promise<number>> | null = null;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  abstract reconnect(): void;

  initChannelName(name: string | null): void {
    this.channelName = name;
  }

  isConnected(): boolean {
    return this.#framed !== null;
  }

  send(payload: Buffer): boolean {
    return this.#framed?.send(payload) ?? false;
  }

  disconnect(reason: LinkReason): void {
    this.#framed?.disconnect(reason);
  }

  /** Sends what it has, then closes. Resolves when its sockets are gone, with the number of bytes that the peer did not get. */
  async close(): Promise<{ lostBytes: number }> {
    this.#framed?.disconnect('session-closed');
    const lost = await Promise.all(this.#lingering ?? []);
    return { lostBytes: lost.reduce((sum, byteLength) => sum + byteLength, 0) };
  }

  registerCallback(callback: DataCallback): void {
    this.#onData = callback;
  }

  registerConnectCallback(callback: ConnectCallback): void {
    this.#onConnect = callback;
  }

  registerDisconnectCallback(callback: DisconnectCallback): void {
    this.#onDisconnect = callback;
  }

  registerDropCallback(callback: (drop: StpDrop) => void): void {
    this.#onDrop = callback;
  }

  registerDrainCallback(callback: () => void): void {
    this.#onDrain = callback;
  }

  registerEndCallback(callback: () => void): void {
    this.#onEnd = callback;
  }

  get bufferedBytes(): number {
    return this.#framed?.bufferedBytes ?? 0;
  }

  get lastHeardMs(): number {
    return this.#framed?.lastHeardMs ?? 0;
  }

  get arrivedByMs(): number {
    return this.#framed?.arrivedByMs ?? 0;
  }

  get unconfirmed(): Unconfirmed {
    return this.#framed?.unconfirmed ?? this.#lastUnconfirmed;
  }

  get peerAddress(): string | undefined {
    return this.#peerAddress;
  }

  limit(limits: LinkLimits): void {
    this.#limits = limits;
    this.#framed?.limit(limits);
  }

  pause(): void {
    this.#framed?.pause();
  }

  resume(): void {
    this.#framed?.resume();
  }

  /** Takes over a connected socket; the previous one must be gone. */
  protected adopt(socket: Socket): void {
    const framed: FramedSocket = new FramedSocket(socket, this.clock, {
      data: (payload) => this.#onData(payload),
      dropped: (drop) => this.#onDrop(drop),
      drained: () => this.#onDrain(),
      ended: () => {
        if (this.#onEnd === null) return false;
        this.#onEnd();
        return true;
      },
      closed: (reason, detail) => {
        this.#lastUnconfirmed = framed.unconfirmed;
        if (this.#framed === framed) {
          this.#framed = null;
          this.#peerAddress = undefined;
        }
        if (framed.gone !== null) this.#linger(framed.gone);
        this.#onDisconnect(reason, detail);
        this.linkClosed(reason);
      },
    });
    framed.limit(this.#limits);
    this.#framed = framed;
    this.#peerAddress = peerAddressOf(socket);
    this.#onConnect();
    this.linkOpened();
  }

  #linger(gone: Promise<number>): void {
    this.#lingering ??= new Set();
    const lingering = this.#lingering.add(gone);
    void gone.then(() => lingering.delete(gone));
  }

  /** Hooks for subclasses: the link has opened, or closed. */
  protected linkOpened(): void {}
  protected linkClosed(_reason: LinkReason): void {}
}

/** The transport of one accepted connection: there is no other after it. */
export class AcceptedTcpStp extends TcpComm {
  readonly isClient = false;

  constructor(socket: Socket, clock: Clock) {
    super(clock);
    readFrugally(socket);
    this.adopt(socket);
  }

  /** Breaks the connection: only the client can open another. */
  reconnect(): void {
    this.disconnect('reconnect-requested');
  }
}
