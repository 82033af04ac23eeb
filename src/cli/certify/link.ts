/** A connection as bytes: nothing on it is answered, masked or refused on the way. */

import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { systemClock } from '../../base/clock.js';
import { ConnectError } from '../../protocol/errors.js';
import { addressOf } from '../../transport/address.js';
import { connectReasonOf, detailOf } from '../../transport/network-errors.js';
import { openSocket } from '../../transport/open-socket.js';
import type { TlsClientSettings } from '../../transport/tls/option-tables.js';
import { secureClient } from '../../transport/tls/secure-client.js';
import type { Address } from '../address.js';

/** What happens to a connection; nothing follows `closed`. */
export interface LinkHandlers {
  opened(): void;
  bytes(chunk: Buffer): void;
  /** The peer ended its stream. */
  ended(): void;
  /** @param error why it is gone, or why it never came to be; null: in order */
  closed(error: Error | null): void;
}

/** A connection, which may not be open yet. */
export interface RawLink {
  /** Writes a segment; what cannot be written any more is lost, as the peer will see. */
  write(bytes: Uint8Array): void;
  /** Ends our stream. */
  end(): void;
  destroy(): void;
}

/** Opens a connection to the peer, or waits for the peer to open one. */
export type OpenLink = (handlers: LinkHandlers) => RawLink;

/**
 * Opens sockets.
 *
 * @param address where the peer listens
 * @param tls how to encrypt; null: not at all
 */
export function socketLinks(address: Address, tls: TlsClientSettings | null): OpenLink {
  return (handlers) => new SocketLink(address, tls, handlers);
}

class SocketLink implements RawLink {
  #socket: Socket;
  readonly #handlers: LinkHandlers;
  readonly #place: string;
  #isOpen = false;
  #isClosed = false;

  constructor(address: Address, tls: TlsClientSettings | null, handlers: LinkHandlers) {
    this.#handlers = handlers;
    this.#place = 'path' in address ? address.path : addressOf(address.host, address.port);
    this.#socket = openSocket('path' in address ? address : { ...address, addressTimeoutMs: 1_000 });
    const fail = (error: Error): void => this.#closed(error);
    this.#socket.once('error', fail);
    this.#socket.once('connect', () => {
      if (tls === null) return this.#opened(this.#socket);
      this.#socket.off('error', fail);
      secureClient(this.#socket, tls, {
        clock: systemClock,
        host: 'path' in address ? '' : address.host,
        secured: (secured) => this.#opened(secured),
        failed: (failure) =>
          this.#closed(new ConnectError(this.#place, failure.reason, failure.message, failure)),
      });
    });
  }

  #opened(socket: Socket): void {
    this.#socket = socket;
    this.#isOpen = true;
    follow(socket, { ...this.#handlers, closed: (error) => this.#closed(error) });
  }

  #closed(error: Error | null): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (error === null || this.#isOpen || error instanceof ConnectError) return this.#handlers.closed(error);
    this.#handlers.closed(new ConnectError(this.#place, connectReasonOf(error), detailOf(error), error));
  }

  write(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** Reports that a stream is open, and what comes on it until it is closed. */
export function follow(stream: Duplex, handlers: LinkHandlers): void {
  let failure: Error | null = null;
  stream.on('error', (error) => {
    failure = error;
  });
  stream.on('data', (chunk: Buffer) => handlers.bytes(chunk));
  stream.once('end', () => handlers.ended());
  stream.once('close', () => handlers.closed(failure));
  handlers.opened();
}
