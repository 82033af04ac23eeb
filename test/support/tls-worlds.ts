/** Two ends of TLS over sockets of this machine: ours at one of them, or at both. */

import { once } from 'node:events';
import { type AddressInfo, connect as connectSocket, createServer, type Server, type Socket } from 'node:net';
import {
  type ConnectionOptions,
  connect as connectTls,
  createServer as createTlsServer,
  type TlsOptions as NodeServerOptions,
  type TLSSocket,
} from 'node:tls';
import { systemClock } from '../../src/base/clock.js';
import type { TlsFailure } from '../../src/transport/tls/failures.js';
import { tlsClientRow, tlsServerRow } from '../../src/transport/tls/option-tables.js';
import type { TlsClientOptions, TlsServerOptions } from '../../src/transport/tls/options.js';
import { secureClient } from '../../src/transport/tls/secure-client.js';
import { SecureServer, type TlsPeer } from '../../src/transport/tls/secure-server.js';

/** Long enough for a pre-shared key. */
export const LONG_SECRET = 'correct horse battery staple, and more';

/** How a handshake of ours ended. */
export type Outcome = { socket: TLSSocket; peer: TlsPeer | null } | { failure: TlsFailure | null };

/** A server of a test, with all its sockets. */
export class World implements AsyncDisposable {
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<{ destroy(): unknown }>();
  /** How the handshakes of our server ended, in order. */
  readonly outcomes: Outcome[] = [];
  #waiting: (() => void)[] = [];

  /** Our server; returns its port. */
  async ours(options: TlsServerOptions, clock = systemClock): Promise<number> {
    return this.secured(new SecureServer(serverSettings(options), clock));
  }

  /** A server of ours that a test has made. */
  async secured(secure: SecureServer): Promise<number> {
    return this.#listen(
      createServer((socket) =>
        secure.accept(this.keep(socket), {
          secured: (encrypted, peer) => this.#came({ socket: encrypted.on('error', () => {}), peer }),
          failed: (failure) => this.#came({ failure }),
        }),
      ),
    );
  }

  /** A server of Node alone; returns its port. */
  async nodes(options: NodeServerOptions): Promise<number> {
    return this.#listen(createTlsServer(options, (socket) => this.keep(socket).on('error', () => {})));
  }

  /** A server without TLS. */
  async plain(onSocket: (socket: Socket) => void = () => {}): Promise<number> {
    return this.#listen(createServer((socket) => onSocket(this.keep(socket).on('error', () => {}))));
  }

  async #listen(server: Server): Promise<number> {
    this.#servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  /** Our client at a port. */
  async connectOurs(port: number, options: TlsClientOptions, clock = systemClock): Promise<Outcome> {
    const socket = await this.socketTo(port);
    return new Promise((resolve) => {
      this.keep(
        secureClient(socket, clientSettings(options), {
          clock,
          host: '127.0.0.1',
          secured: (encrypted) => resolve({ socket: encrypted.on('error', () => {}), peer: null }),
          failed: (failure) => resolve({ failure }),
        }),
      );
    });
  }

  /** Node's client at a port: the error, or the socket. */
  async connectNodes(port: number, options: ConnectionOptions): Promise<TLSSocket | Error> {
    const socket = this.keep(connectTls({ port, host: '127.0.0.1', ...options }));
    return new Promise((resolve) => {
      socket.once('secureConnect', () => resolve(socket));
      socket.on('error', resolve);
    });
  }

  async socketTo(port: number): Promise<Socket> {
    const socket = this.keep(connectSocket(port, '127.0.0.1'));
    await once(socket, 'connect');
    return socket;
  }

  /** Waits until so many handshakes of our server have ended. */
  async ended(count: number): Promise<void> {
    while (this.outcomes.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  keep<T extends { destroy(): unknown }>(socket: T): T {
    this.#sockets.add(socket);
    return socket;
  }

  #came(outcome: Outcome): void {
    this.outcomes.push(outcome);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

/** The settings of a client's options. */
export function clientSettings(options: TlsClientOptions) {
  const settings = tlsClientRow().check('tls', options);
  if (settings === false) throw new Error('no TLS');
  return settings;
}

/** The settings of a server's options. */
export function serverSettings(options: TlsServerOptions) {
  const settings = tlsServerRow().check('tls', options);
  if (settings === false) throw new Error('no TLS');
  return settings;
}

/** The reason of a handshake that failed; 'secured' where it did not. */
export function reasonOf(outcome: Outcome): string {
  return 'failure' in outcome ? (outcome.failure?.reason ?? 'gone') : 'secured';
}
