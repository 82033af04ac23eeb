/** Where a peer that connects comes in: one connection at a time, and of several that wait the newest. */

import type { Duplex } from 'node:stream';
import { systemClock } from '../../base/clock.js';
import { type ListenAddress, openServer } from '../../transport/tcp-server.js';
import type { TlsServerSettings } from '../../transport/tls/option-tables.js';
import { SecureServer } from '../../transport/tls/secure-server.js';
import { follow, type LinkHandlers, type OpenLink, type RawLink } from './link.js';

/** Where peers come in. */
export interface Door extends AsyncDisposable {
  /** 0 where there is a path. */
  readonly port: number;
  readonly open: OpenLink;
}

/**
 * Listens.
 *
 * @param tls how to encrypt; null: not at all
 * @param turnedAway hears why a peer could not come in
 * @throws (rejects) ListenError where it cannot listen
 */
export async function openDoor(
  address: ListenAddress,
  tls: TlsServerSettings | null,
  turnedAway: (why: string) => void,
): Promise<Door> {
  const waiting = new WaitingRoom();
  const secure = tls === null ? null : new SecureServer(tls, systemClock);
  const listening = await openServer(address, (socket) => {
    // each segment is sent as it is written
    socket.setNoDelay(true);
    if (secure === null) return waiting.enter(socket);
    secure.accept(socket, {
      secured: (encrypted) => waiting.enter(encrypted),
      failed: (failure) => {
        if (failure !== null) turnedAway(failure.message);
      },
    });
  });
  return {
    port: listening.port,
    open: waiting.open,
    [Symbol.asyncDispose]: () => {
      secure?.close();
      waiting.close();
      return listening.close();
    },
  };
}

/** Brings together who waits for a peer, and peers that come. */
export class WaitingRoom {
  /** A peer that nobody has waited for yet. */
  #peer: Duplex | null = null;
  /** Who waits for the next peer. */
  #host: AcceptedLink | null = null;
  #isClosed = false;

  /** A peer comes. */
  enter(stream: Duplex): void {
    if (this.#isClosed) return void stream.on('error', ignore).destroy();
    const host = this.#host;
    this.#host = null;
    if (host?.isGivenUp === false) return host.welcome(stream);
    // whoever comes again has given up the connection before
    this.#peer?.destroy();
    this.#peer = stream.on('error', ignore);
  }

  readonly open: OpenLink = (handlers) => {
    const link = new AcceptedLink(handlers);
    const peer = this.#peer;
    this.#peer = null;
    if (peer === null || peer.destroyed) this.#host = link;
    // not before the caller has the link
    else queueMicrotask(() => link.welcome(peer));
    return link;
  };

  close(): void {
    this.#isClosed = true;
    this.#peer?.destroy();
  }
}

/** A connection that the peer opens, sooner or later. */
class AcceptedLink implements RawLink {
  readonly #handlers: LinkHandlers;
  #stream: Duplex | null = null;
  isGivenUp = false;

  constructor(handlers: LinkHandlers) {
    this.#handlers = handlers;
  }

  welcome(stream: Duplex): void {
    if (this.isGivenUp) return void stream.on('error', ignore).destroy();
    this.#stream = stream;
    follow(stream, this.#handlers);
  }

  write(bytes: Uint8Array): void {
    if (this.#stream?.writable === true) this.#stream.write(bytes);
  }

  end(): void {
    this.#stream?.end();
  }

  destroy(): void {
    this.isGivenUp = true;
    this.#stream?.destroy();
  }
}

function ignore(): void {}
