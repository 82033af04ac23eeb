/** A connection without a network, for tests: real frames, in one process, on the test's own clock. */

import type { Clock } from '../base/clock.js';
import { optionReader } from '../base/option-table.js';
import { ConnectError } from '../protocol/errors.js';
import type { LinkReason } from '../protocol/reasons.js';
import { encodeStp, StpDecoder, type StpDrop } from '../wire/stp.js';
import type {
  CommInstance,
  ConnectCallback,
  DataCallback,
  DisconnectCallback,
  LinkLimits,
  ReconnectPolicy,
} from './comm-instance.js';
import { admitMemoryPairOptions, MEMORY_PAIR_OPTIONS } from './option-tables.js';

/** Settings of a memory pair; times in milliseconds. */
export interface MemoryPairOptions {
  /** The clock that carries the bytes; a test brings its own. */
  readonly clock?: Clock | undefined;
  /** How long bytes take from one end to the other: 0 ms. */
  readonly latency?: number | undefined;
  /** The pause before the client reconnects: 100 ms. */
  readonly reconnectDelay?: number | undefined;
  /** How long an attempt to connect may take: 1,000 ms. */
  readonly connectTimeout?: number | undefined;
}

/** Two transports that are joined to each other. */
export interface MemoryPair {
  readonly client: MemoryComm;
  readonly server: MemoryComm;
}

/**
 * Makes two transports that are joined to each other. The client's session opens the link.
 *
 * @param options the clock and the times
 * @throws OptionError for a wrong option
 *
 * @example
 * ```ts
 * import { createMemoryPair, Session } from 'socket-protocol';
 *
 * const { client, server } = createMemoryPair();
 * new Session(server).onRead(0, () => 'hello');
 * console.log(await new Session(client).read(0)); // hello
 * ```
 */
export function createMemoryPair(options: MemoryPairOptions = {}): MemoryPair {
  admitMemoryPairOptions(options);
  const client = new MemoryComm(true, options);
  const server = new MemoryComm(false, options);
  client.join(server);
  server.join(client);
  return { client, server };
}

/** One end of a memory pair. */
export class MemoryComm implements CommInstance {
  readonly isClient: boolean;
  /** Only a client opens links. */
  readonly supervise?: () => ReconnectPolicy;
  /** While true, attempts to connect fail. */
  refusesConnections = false;
  /** While true, bytes of this end do not arrive and count as buffered. */
  isStalled = false;
  /** Whether a session on it has a heartbeat, as on a network; to be set before the session is made. */
  canDieSilently = false;
  readonly #onTheWay: (() => void)[] = [];
  #lastHeardMs = 0;
  channelName: string | null = null;
  readonly #clock: Clock;
  readonly #latencyMs: number;
  #peer: MemoryComm | null = null;
  #decoder: StpDecoder;
  /** Counts the attempts to open one: an attempt that was broken opens nothing. */
  #attempt = 0;
  /** Counts the links: bytes of an old one never arrive on a new one. */
  #link = 0;
  #isLinked = false;
  #isReading = true;
  /** The peer has ended its stream, behind bytes that have not been read. */
  #hasPeerEnded = false;
  #arrived: Buffer[] = [];
  #stalled: Buffer[] = [];
  #onData: DataCallback = () => {};
  #onConnect: ConnectCallback = () => {};
  #onDisconnect: DisconnectCallback = () => {};
  #onFailure: (error: Error) => void = () => {};
  #onDrop: (drop: StpDrop) => void = () => {};
  #onDrain: () => void = () => {};
  #onEnd: (() => void) | null = null;

  constructor(isClient: boolean, options: MemoryPairOptions) {
    this.isClient = isClient;
    const read = optionReader(MEMORY_PAIR_OPTIONS, options);
    this.#clock = read('clock');
    this.#latencyMs = read('latency');
    const delayMs = read('reconnectDelay');
    const connectTimeoutMs = read('connectTimeout');
    if (isClient) {
      this.supervise = () => ({
        delayMs: () => delayMs,
        maxAttempts: Number.POSITIVE_INFINITY,
        reopens: true,
        connectTimeoutMs,
      });
    }
    this.#decoder = new StpDecoder({
      frame: (payload) => this.#onData(payload),
      dropped: (drop) => this.#onDrop(drop),
    });
  }

  join(peer: MemoryComm): void {
    this.#peer = peer;
  }

  isConnected(): boolean {
    return this.#isLinked;
  }

  initChannelName(name: string | null): void {
    this.channelName = name;
  }

  reconnect(): void {
    this.disconnect('reconnect-requested');
    if (!this.isClient) return;
    const attempt = this.#attempt;
    this.#later(() => {
      const peer = this.#peer;
      if (this.#isLinked || peer === null || this.#attempt !== attempt) return;
      if (peer.refusesConnections || peer.#isLinked)
        return this.#onFailure(new ConnectError('memory', 'connection-refused'));
      peer.#open();
      this.#open();
    });
  }

  send(payload: Buffer): boolean {
    if (!this.#isLinked) return false;
    this.sendRaw(encodeStp(payload));
    return true;
  }

  /** Puts raw bytes on the stream, for tests that send nonsense. */
  sendRaw(bytes: Buffer): void {
    if (this.isStalled) {
      this.#stalled.push(bytes);
      return;
    }
    const peer = this.#peer;
    const link = this.#link;
    this.#later(() => {
      if (peer?.isConnected() && this.#link === link) peer.#receive(bytes);
    });
  }

  /** Delivers what was held back. */
  unstall(): void {
    this.isStalled = false;
    const bytes = this.#stalled;
    this.#stalled = [];
    for (const each of bytes) this.sendRaw(each);
    this.#onDrain();
  }

  /** Ends the stream of this end, as a peer does that still reads. */
  endStream(): void {
    const peer = this.#peer;
    const link = this.#link;
    this.#later(() => {
      if (this.#link === link && peer?.isConnected()) peer.#peerEnded();
    });
  }

  #peerEnded(): void {
    this.#hasPeerEnded = this.#arrived.length > 0;
    if (this.#hasPeerEnded) return;
    if (this.#onEnd === null) this.disconnect('peer-closed');
    else this.#onEnd();
  }

  disconnect(reason: LinkReason): void {
    const peer = this.#peer;
    this.#attempt++;
    this.#shut(reason);
    if (peer?.isConnected()) this.#later(() => peer.#shut('peer-closed'));
  }

  /** Breaks the link at both ends, like a pulled cable. */
  cut(): void {
    this.#shut('network-error');
    if (this.#peer !== null) this.#peer.#shut('network-error');
  }

  /** Resolves with what is held back: nobody will get that. */
  close(): Promise<{ lostBytes: number }> {
    const lostBytes = this.bufferedBytes;
    this.disconnect('session-closed');
    return Promise.resolve({ lostBytes });
  }

  pause(): void {
    this.#isReading = false;
  }

  resume(): void {
    this.#isReading = true;
    this.#lastHeardMs = this.#clock.now();
    const arrived = this.#arrived;
    this.#arrived = [];
    for (const bytes of arrived) this.#receive(bytes);
    if (this.#hasPeerEnded) this.#peerEnded();
  }

  limit({ maxFrameLength, maxSampleLength = 0 }: LinkLimits): void {
    this.#decoder.maxFrameLength = maxFrameLength;
    this.#decoder.maxSampleLength = maxSampleLength;
  }

  get bufferedBytes(): number {
    return this.#stalled.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  get lastHeardMs(): number {
    return this.#isReading ? this.#lastHeardMs : this.#clock.now();
  }

  get peerAddress(): string {
    return 'memory';
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

  registerFailureCallback(callback: (error: Error) => void): void {
    this.#onFailure = callback;
  }

  registerDropCallback(callback: (drop: StpDrop) => void): void {
    this.#onDrop = callback;
  }

  registerEndCallback(callback: () => void): void {
    this.#onEnd = callback;
  }

  registerDrainCallback(callback: () => void): void {
    this.#onDrain = callback;
  }

  #open(): void {
    this.#link++;
    this.#isLinked = true;
    this.#isReading = true;
    this.#hasPeerEnded = false;
    this.#lastHeardMs = this.#clock.now();
    this.#onConnect();
  }

  #shut(reason: LinkReason): void {
    if (!this.#isLinked) return;
    this.#isLinked = false;
    this.#hasPeerEnded = false;
    this.#arrived = [];
    this.#stalled = [];
    this.#decoder.reset();
    this.#onDisconnect(reason);
  }

  #receive(bytes: Buffer): void {
    this.#lastHeardMs = this.#clock.now();
    if (this.#isReading) this.#decoder.push(bytes);
    else this.#arrived.push(bytes);
  }

  /** In order: a late timer of the system's clock may fire after one that was set later. */
  #later(action: () => void): void {
    this.#onTheWay.push(action);
    this.#clock.setTimeout(() => this.#onTheWay.shift()?.(), this.#latencyMs);
  }
}
