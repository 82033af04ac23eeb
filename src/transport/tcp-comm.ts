/** What the transports over streams share: the callbacks of a session, and the one framed stream that there may be. */

import type { Duplex } from 'node:stream';
import type { Clock } from '../base/clock.js';
import type { LinkReason } from '../protocol/reasons.js';
import type { LazyPayload, StpDrop } from '../wire/stp.js';
import { localAddressOf, peerAddressOf } from './address.js';
import type {
  CommInstance,
  ConnectCallback,
  DataCallback,
  DisconnectCallback,
  LinkLimits,
  LinkListener,
  Unconfirmed,
} from './comm-instance.js';
import { FramedSocket, type FramedSocketHandler } from './framed-socket.js';
import { readFrugally } from './frugal-reads.js';
import { DEFAULT_LINK_LIMITS } from './link-limits.js';

const ALL_CONFIRMED: Unconfirmed = { messages: 0, bytes: 0 };

/** Callbacks that were registered one by one. */
class Callbacks implements LinkListener {
  receive: DataCallback = () => {};
  opened: ConnectCallback = () => {};
  closed: DisconnectCallback = () => {};
  dropped: (drop: StpDrop) => void = () => {};
  drained: () => void = () => {};
  peerEnded: (() => void) | null = null;

  get receiver(): this {
    return this;
  }

  ended(): boolean {
    this.peerEnded?.();
    return this.peerEnded !== null;
  }
}

const NOBODY: LinkListener = new Callbacks();

/** A transport over one stream at a time, which is a TCP socket most of the time. */
export abstract class TcpComm implements CommInstance {
  abstract readonly isClient: boolean;
  protected readonly clock: Clock;
  /** The name of the channel, for loggers. */
  channelName: string | null = null;
  #framed: FramedSocket | null = null;
  #peerAddress: string | undefined;
  #lastUnconfirmed: Unconfirmed = ALL_CONFIRMED;
  #limits: LinkLimits = DEFAULT_LINK_LIMITS;
  #listener = NOBODY;
  /** The streams of links that are gone and that linger; null: there has been none. */
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

  /** As `send`, and through it where a program has put its own in front of ours. */
  sendLazy(payload: LazyPayload): boolean {
    if (this.send !== TcpComm.prototype.send) return this.send(payload.toBytes());
    return this.#framed?.send(payload) ?? false;
  }

  disconnect(reason: LinkReason): void {
    this.#framed?.disconnect(reason);
  }

  /** Sends what it has, then closes. Resolves when its streams are gone, with the number of bytes that the peer did not get. */
  async close(): Promise<{ lostBytes: number }> {
    this.#framed?.disconnect('session-closed');
    const lost = await Promise.all(this.#lingering ?? []);
    return { lostBytes: lost.reduce((sum, byteLength) => sum + byteLength, 0) };
  }

  /** Calls back on one object; callbacks that were registered before are not called any more. */
  protected callBackOn(listener: LinkListener): void {
    this.#listener = listener;
  }

  get #callbacks(): Callbacks {
    if (this.#listener instanceof Callbacks && this.#listener !== NOBODY) return this.#listener;
    const callbacks = new Callbacks();
    this.#listener = callbacks;
    return callbacks;
  }

  registerCallback(callback: DataCallback): void {
    this.#callbacks.receive = callback;
  }

  registerConnectCallback(callback: ConnectCallback): void {
    this.#callbacks.opened = callback;
  }

  registerDisconnectCallback(callback: DisconnectCallback): void {
    this.#callbacks.closed = callback;
  }

  registerDropCallback(callback: (drop: StpDrop) => void): void {
    this.#callbacks.dropped = callback;
  }

  registerDrainCallback(callback: () => void): void {
    this.#callbacks.drained = callback;
  }

  registerEndCallback(callback: () => void): void {
    this.#callbacks.peerEnded = callback;
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

  get localAddress(): string | undefined {
    return this.#framed === null ? undefined : localAddressOf(this.#framed.stream);
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

  /** Takes over an open stream; the previous one must be gone. */
  protected adopt(stream: Duplex): void {
    const { framed } = new TcpComm.#Link(this, stream);
    framed.limit(this.#limits);
    this.#framed = framed;
    this.#peerAddress = peerAddressOf(stream) ?? this.addressOfPeer;
    this.#listener.opened();
    this.linkOpened();
  }

  #closed(framed: FramedSocket, reason: LinkReason, detail: string | undefined): void {
    this.#lastUnconfirmed = framed.unconfirmed;
    if (this.#framed === framed) {
      this.#framed = null;
      this.#peerAddress = undefined;
    }
    if (framed.gone !== null) this.#linger(framed.gone);
    this.#listener.closed(reason, detail);
    this.linkClosed(reason);
  }

  /** A framed stream and what it reports: inside the class, where it reaches what the transport hides. */
  static readonly #Link = class implements FramedSocketHandler {
    readonly framed: FramedSocket;
    readonly #comm: TcpComm;

    constructor(comm: TcpComm, stream: Duplex) {
      this.#comm = comm;
      this.framed = new FramedSocket(stream, comm.clock, this);
    }

    data(payload: Buffer): void {
      this.#comm.#listener.receiver.receive(payload);
    }

    dropped(drop: StpDrop): void {
      this.#comm.#listener.dropped(drop);
    }

    drained(): void {
      this.#comm.#listener.drained();
    }

    ended(): boolean {
      return this.#comm.#listener.ended();
    }

    closed(reason: LinkReason, detail?: string): void {
      this.#comm.#closed(this.framed, reason, detail);
    }
  };

  #linger(gone: Promise<number>): void {
    this.#lingering ??= new Set();
    const lingering = this.#lingering.add(gone);
    void gone.then(() => lingering.delete(gone));
  }

  /** Who is at the other end, where no stream says it. */
  protected get addressOfPeer(): string | undefined {
    return undefined;
  }

  /** Hooks for subclasses: the link has opened, or closed. */
  protected linkOpened(): void {}
  protected linkClosed(_reason: LinkReason): void {}
}

/** The transport of one accepted connection: there is no other after it. */
export class AcceptedTcpStp extends TcpComm {
  readonly isClient = false;

  constructor(stream: Duplex, clock: Clock) {
    super(clock);
    readFrugally(stream);
    this.adopt(stream);
  }

  listenWith(listener: LinkListener): void {
    this.callBackOn(listener);
  }

  /** Breaks the connection: only the client can open another. */
  reconnect(): void {
    this.disconnect('reconnect-requested');
  }
}
