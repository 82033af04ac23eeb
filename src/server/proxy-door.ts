/**
 * The first door, for connections of proxies: each begins with a header that names the client's address.
 *
 * The law: until its header has come, a connection has no address, and costs a socket, its first bytes and a timer. Connections
 * from a proxy must send one; it is read from nobody else, so that no other peer can claim an address.
 */

import type { Duplex } from 'node:stream';
import type { Clock } from '../base/clock.js';
import { setOrigin } from '../transport/origin.js';
import { ProxyHeaderFlaw, readProxyHeader } from '../transport/proxy-header.js';
import { addressOfOrigin, type NetworkList } from './networks.js';
import type { ServerLog } from './server-log.js';

/** A proxy sends the header as soon as it is connected. */
export const PROXY_HEADER_TIMEOUT_MS = 5_000;
/** A connection that has been silent for so long makes room for others. */
const FRESH_MS = 1_000;
/** How long a proxy that came by itself has to read that this side has ended. */
const LINGER_MS = 1_000;

/** What becomes of a connection at the door. */
export interface ProxyDoorKeeper {
  /** It is a client's, whose address the socket has from now on. */
  entered(socket: Duplex): void;
  /** It is the proxy's own, to see whether somebody is there. */
  checked(socket: Duplex): void;
}

/** A connection that has not said whose it is. */
interface Waiting {
  readonly sinceMs: number;
  /** Its place is needed. */
  pushOut(): void;
}

/** The proxies of one server, and their connections that have not said whose they are. */
export class ProxyDoor {
  readonly #proxies: NetworkList;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #log: ServerLog;
  /** The oldest first. */
  readonly #waiting = new Map<Duplex, Waiting>();
  /** How often what has happened. */
  readonly counts = { failedProxyHeaders: 0, proxyHeaderTimeouts: 0, proxyChecks: 0 };

  /** @param timeoutMs how long a header may take */
  constructor(proxies: NetworkList, clock: Clock, timeoutMs: number, log: ServerLog) {
    this.#proxies = proxies;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#log = log;
  }

  /** How many connections have not said whose they are. */
  get pending(): number {
    return this.#waiting.size;
  }

  /** Whether a connection comes from a proxy, or its address is unknown: HAProxy's health checks have left when they are accepted. */
  isProxy(socket: Duplex): boolean {
    const address = addressOfOrigin(socket);
    return address === undefined ? hasLeft(socket) : this.#proxies.has(address);
  }

  /** Pushes out the connection that has been silent for longest; false where all have just come. */
  makeRoom(): boolean {
    const [oldest] = this.#waiting.values();
    if (oldest === undefined || this.#clock.now() - oldest.sinceMs < FRESH_MS) return false;
    oldest.pushOut();
    return true;
  }

  /** Ends the connections that have not said whose they are. */
  close(): void {
    for (const socket of this.#waiting.keys()) socket.destroy();
  }

  /**
   * Waits for the header.
   *
   * @param socket a connection of a proxy, of which nothing has been read
   */
  open(socket: Duplex, keeper: ProxyDoorKeeper): void {
    const proxyAddress = addressOfOrigin(socket);
    let bytes: Buffer = Buffer.alloc(0);

    const settle = (): void => {
      this.#waiting.delete(socket);
      this.#clock.clearTimeout(timer);
      socket.off('readable', onReadable).off('end', onEnd).off('close', onEnd);
    };
    const refuse = (flaw: string): void => {
      settle();
      socket.destroy();
      this.counts.failedProxyHeaders++;
      this.#log.turnedAway('proxyHeadersInvalid', proxyAddress, flaw);
    };
    const giveUp = (): void => {
      settle();
      socket.destroy();
      this.counts.proxyHeaderTimeouts++;
      this.#log.turnedAway('proxyHeaderTimeouts', proxyAddress, `${bytes.length} bytes came`);
    };
    const onReadable = (): void => {
      const chunk: Buffer | null = socket.read();
      if (chunk === null) return;
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      const header = readProxyHeader(bytes);
      if (header === null) return;
      if (header instanceof ProxyHeaderFlaw) return refuse(header.message);
      settle();
      // a socket that is closed already no longer knows its address, and must not pass for another
      const isClient = !header.isOwn && proxyAddress !== undefined;
      if (isClient) setOrigin(socket, header.origin);
      else this.counts.proxyChecks++;
      if (bytes.length > header.byteLength) socket.unshift(bytes.subarray(header.byteLength));
      // only then will Node tell the next listener of bytes that are there already
      process.nextTick(() => {
        socket.off('error', ignore);
        if (socket.destroyed) return;
        if (isClient) keeper.entered(socket);
        else keeper.checked(socket);
      });
    };
    const onEnd = (): void => {
      if (bytes.length > 0) return refuse('a header that is cut off');
      settle();
      socket.destroy();
      // a health check that only looks whether it can connect
      this.counts.proxyChecks++;
    };
    const timer = this.#clock.setTimeout(giveUp, this.#timeoutMs);
    this.#waiting.set(socket, { sinceMs: this.#clock.now(), pushOut: giveUp });
    socket.on('error', ignore).on('readable', onReadable).once('end', onEnd).once('close', onEnd);
  }

  /** Ends a connection that has no client. */
  dismiss(socket: Duplex): void {
    socket.on('error', ignore).end();
    socket.resume();
    const timer = this.#clock.setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => this.#clock.clearTimeout(timer));
  }
}

/** Whether a connection is of the network, and its peer is gone: only then has it no address. */
function hasLeft(socket: Duplex): boolean {
  const { _handle: handle } = socket as { _handle?: { getpeername?: unknown } | null };
  return typeof handle?.getpeername === 'function';
}

/** The close that follows says the same. */
function ignore(): void {}
