/** The two sockets of each connection of `proxy`: opened, with TLS where it is asked for, and closed. */

import type { Socket } from 'node:net';
import { systemClock } from '../../base/clock.js';
import { optionReader } from '../../base/option-table.js';
import type { ProxyNoteCode } from '../../inspector/index.js';
import type { LinkReason } from '../../protocol/reasons.js';
import { connectReasonOf, detailOf, lossReasonOf } from '../../transport/network-errors.js';
import { openSocket } from '../../transport/open-socket.js';
import { TCP_CLIENT_OPTIONS, TCP_SERVER_OPTIONS } from '../../transport/option-tables.js';
import type { Listening } from '../../transport/tcp-server.js';
import type { TlsClientSettings, TlsServerSettings } from '../../transport/tls/option-tables.js';
import { secureClient } from '../../transport/tls/secure-client.js';
import { SecureServer } from '../../transport/tls/secure-server.js';
import type { Address } from '../address.js';
import { CutShortError, UsageError } from '../errors.js';
import type { Io } from '../io.js';
import type { LinkOptions } from '../link-options.js';
import type { Fields } from '../output.js';
import type { Side, StreamReader } from '../recording/stream-reader.js';
import { hangUp, relay } from '../relay.js';
import { readSecret } from '../secret.js';
import { tlsOf } from '../tls-settings.js';
import type { Place } from './listening.js';
import { clientLink } from './peer.js';

/** Something about a connection that is not a message. */
export interface ProxyNote {
  readonly code: 'connected' | ProxyNoteCode;
  readonly reason?: LinkReason;
  /** The side that it is about. */
  readonly from?: Side;
  readonly text: string;
  readonly fields?: Fields;
}

/** Shows what happens on a connection. */
export interface LinkReporter {
  /** The readers of both directions. */
  readonly readers: Readonly<Record<Side, StreamReader>>;
  note(note: ProxyNote): void;
  /** Nothing will come any more. */
  stop(): void;
}

/** What the options say about the links of a proxy. */
export interface ProxyLinkOptions extends LinkOptions {
  /** Who talks to the proxy without TLS. */
  readonly plain?: 'clients' | 'server';
  readonly secretFile?: string;
}

type TellLost = (byteLength: number) => void;

/** The sockets that are open. */
export class ProxyLinks {
  readonly #target: Address;
  readonly #options: ProxyLinkOptions;
  readonly #io: Io;
  readonly #secret: Buffer | null;
  readonly #secureServer: SecureServer | null;
  readonly #clientTls: TlsClientSettings | null;
  readonly #sockets = new Set<Socket>();

  /**
   * @param target where the server listens
   * @throws UsageError and OptionError for what cannot be used of the options
   */
  constructor(target: Address, options: ProxyLinkOptions, io: Io) {
    const { tls, tlsPsk, plain, secretFile } = options;
    if (plain !== undefined && tls !== true && tlsPsk !== true)
      throw new UsageError('--plain needs --tls or --tls-psk');
    if (secretFile !== undefined && tlsPsk !== true)
      throw new UsageError('--secret-file of a proxy needs --tls-psk');
    this.#target = target;
    this.#options = options;
    this.#io = io;
    this.#secret = tlsPsk === true ? readSecret(secretFile, io) : null;
    this.#clientTls = plain === 'server' ? null : this.#tlsToServer();
    const serverTls = plain === 'clients' ? null : this.#tlsOfServer();
    this.#secureServer = serverTls === null ? null : new SecureServer(serverTls, systemClock);
  }

  #tlsToServer(): TlsClientSettings | null {
    const link = clientLink(this.#target, this.#options, this.#secret, this.#io);
    return optionReader(TCP_CLIENT_OPTIONS, link)('tls') || null;
  }

  /** The certificate of the proxy is for its clients; who vouches for the server has no say about those. */
  #tlsOfServer(): TlsServerSettings | null {
    const { ca, insecure, pskIdentity, servername, ...shared } = this.#options;
    const named = shared.tlsPsk === true && servername !== undefined ? { servername } : {};
    const tls = tlsOf({ ...shared, ...named }, 'server', this.#secret, this.#io);
    return optionReader(TCP_SERVER_OPTIONS, { tls })('tls') || null;
  }

  /** Both places, with what is encrypted marked as such. */
  secured(here: Place, there: Place): readonly [Place, Place] {
    return [
      this.#secureServer === null ? here : { ...here, tls: this.#secureServer },
      this.#clientTls === null ? there : { ...there, tls: this.#clientTls },
    ];
  }

  /** Reads the certificate for the clients again; those that are connected keep what they have. */
  reloadTls(): void {
    const settings = this.#secureServer === null ? null : this.#tlsOfServer();
    if (this.#secureServer === null || settings === null)
      throw new UsageError('the proxy shows none to its clients (--plain)');
    this.#secureServer.settings = settings;
  }

  /**
   * Opens the way from a client to the server, and relays what passes.
   *
   * @param client has just connected
   * @param tellLost gets how many bytes a side did not read
   */
  open(client: Socket, reporter: LinkReporter, tellLost: TellLost): void {
    this.#add(client);
    if (this.#secureServer === null) return this.#openUpstream(client, reporter, tellLost);
    this.#secureServer.accept(client, {
      secured: (secured) => {
        this.#replace(client, secured);
        this.#openUpstream(secured, reporter, tellLost);
      },
      failed: (failure) => {
        if (failure !== null) noteFailure(reporter, 'client', failure, failure.reason);
        reporter.note(hungUp('client'));
        reporter.stop();
      },
    });
  }

  #openUpstream(client: Socket, reporter: LinkReporter, tellLost: TellLost): void {
    const upstream = openSocket(this.#target);
    this.#add(upstream);
    if (this.#clientTls === null) return relayWith(client, upstream, reporter, tellLost);
    this.#secure(upstream, client, reporter, this.#clientTls, (secured) =>
      relayWith(client, secured, reporter, tellLost, true),
    );
  }

  /** Nothing is read from the client before the server has shown who it is. */
  #secure(
    upstream: Socket,
    client: Socket,
    reporter: LinkReporter,
    settings: TlsClientSettings,
    secured: (socket: Socket) => void,
  ): void {
    const clientGone = (): void => {
      upstream.destroy();
      reporter.note(hungUp('client'));
      reporter.stop();
    };
    const ignore = (): void => {};
    const fail = (error: Error, reason: LinkReason): void => {
      client.off('close', clientGone);
      noteFailure(reporter, 'server', error, reason);
      reporter.stop();
      hangUp(client, ignore);
    };
    const notConnected = (error: Error): void => fail(error, connectReasonOf(error));
    client.on('error', ignore).once('close', clientGone);
    upstream.once('error', notConnected);
    upstream.once('connect', () => {
      upstream.off('error', notConnected);
      const host = 'path' in this.#target ? '' : this.#target.host;
      secureClient(upstream, settings, {
        clock: systemClock,
        host,
        secured: (socket) => {
          client.off('close', clientGone).off('error', ignore);
          this.#replace(upstream, socket);
          secured(socket);
        },
        failed: (failure) => fail(failure, failure.reason),
      });
    });
  }

  #add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  /** What is encrypted closes what is below it. */
  #replace(raw: Socket, secured: Socket): void {
    this.#sockets.delete(raw);
    this.#add(secured);
  }

  /**
   * Hangs up on both sides and closes the server.
   *
   * @throws (rejects) CutShortError where something that was sent was not passed on
   */
  async close(listening: Listening): Promise<void> {
    let lostBytes = 0;
    this.#secureServer?.close();
    for (const socket of this.#sockets) {
      // what comes now is too late: its other side has been told the end
      socket.unpipe();
      socket.on('data', (chunk: Buffer) => {
        lostBytes += chunk.length;
      });
      hangUp(socket, (byteLength) => {
        lostBytes += byteLength;
      });
    }
    await listening.close();
    if (lostBytes > 0) throw new CutShortError(`Cut at the end: ${lostBytes} bytes that were not passed on`);
  }
}

/** Relays a connection, and reports what passes. */
function relayWith(
  client: Socket,
  upstream: Socket,
  reporter: LinkReporter,
  tellLost: TellLost,
  isConnected = false,
): void {
  let isServerReached = isConnected;
  upstream.once('connect', () => {
    isServerReached = true;
  });
  relay(client, upstream, {
    bytes: (from, chunk) => reporter.readers[from].push(chunk),
    failed: (from, error) => {
      const reason = from === 'client' || isServerReached ? lossReasonOf(error) : connectReasonOf(error);
      noteFailure(reporter, from, error, reason);
    },
    closed: (from) => {
      reporter.readers[from].end();
      reporter.note(hungUp(from));
      reporter.stop();
    },
    lost: (_, byteLength) => tellLost(byteLength),
  });
}

function noteFailure(reporter: LinkReporter, from: Side, error: Error, reason: LinkReason): void {
  reporter.note({
    code: 'connection-failed',
    text: `connection to the ${from} failed: ${detailOf(error)}`,
    reason,
    from,
    fields: { from, reason },
  });
}

function hungUp(from: Side): ProxyNote {
  return { code: 'hung-up', from, text: `the ${from} hung up`, fields: { from } };
}
