import { createServer, type Server, type Socket } from 'node:net';
import { callersOf, withCallers } from '../base/callers.js';
import type { Clock } from '../base/clock.js';
import { optionReader } from '../base/option-table.js';
import { warn } from '../base/warnings.js';
import { ListenError } from '../protocol/errors.js';
import { type AddressOr, addressOf, optionsOfAddress } from './address.js';
import { listenReasonOf } from './network-errors.js';
import { ANY_HOST, admitTcpServerOptions, TCP_SERVER_OPTIONS } from './option-tables.js';
import { TcpComm } from './tcp-comm.js';
import type { TlsServerOption } from './tls/options.js';
import { SecureServer } from './tls/secure-server.js';

/** How many peers may wait their turn; more are turned away. */
const MAX_WAITING_PEERS = 8;
/** How many may be in the middle of their TLS handshake. */
const MAX_TLS_HANDSHAKES = 64;

/** Where a server listens. */
export interface TcpServerOptions {
  /**
   * A name or an address; an empty text is all addresses of this machine, as in Python. Without TLS, any but its own needs a
   * trusted network: 127.0.0.1.
   */
  readonly host?: string | undefined;
  /** 0 lets the system choose a free one. */
  readonly port: number;
  /** How many connections may wait until the program takes them; the system may allow fewer: 4,096. */
  readonly backlog?: number | undefined;
  /** Encrypted, and by whom: see docs/tls.md. Never falls back to plain text: off. */
  readonly tls?: TlsServerOption | undefined;
  /** The clock; a test brings its own. */
  readonly clock?: Clock | undefined;
}

/** Where a server opens its socket. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly backlog?: number;
}

/**
 * Opens a listening socket.
 *
 * @returns the server and the port it got
 * @throws (rejects) ListenError with the address in it
 */
export function openServer(
  { host, port, backlog = TCP_SERVER_OPTIONS.backlog.default }: ListenAddress,
  onSocket: (socket: Socket) => void,
): Promise<{ server: Server; port: number }> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: false }, onSocket);
    const address = addressOf(host, port);
    const fail = (error: Error): void =>
      reject(new ListenError(address, listenReasonOf(error), error.message, error));
    server.once('error', fail);
    // Node knows what to do where there is no IPv6
    server.listen(host === ANY_HOST ? { port, backlog } : { host, port, backlog }, () => {
      server.off('error', fail);
      warnOfFailedAccepts(server, address);
      const bound = server.address();
      resolve({ server, port: typeof bound === 'object' && bound !== null ? bound.port : port });
    });
  });
}

/** Existing connections go on, but somebody should know; once, until a connection gets through again. */
function warnOfFailedAccepts(server: Server, address: string): void {
  let isWarned = false;
  server.on('connection', () => {
    isWarned = false;
  });
  server.on('error', ({ message }) => {
    if (isWarned) return;
    isWarned = true;
    warn('SP_ACCEPT_FAILED', `accepting on ${address} failed: ${message}`, { scope: server });
  });
}

/**
 * The server's end of a TCP connection, for one peer at a time, like the original's: while one is connected the others
 * wait, and are served in order.
 *
 * @example
 * ```ts
 * import { PureJsonProtocol, TcpServerStp } from 'socket-protocol';
 *
 * const transport = new TcpServerStp({ port: 17017 });
 * const protocol = new PureJsonProtocol(transport, { channelName: 'example_server' });
 * console.log('listening on', await transport.listening());
 * ```
 */
export class TcpServerStp extends TcpComm {
  readonly isClient = false;
  readonly #listening: Promise<{ server: Server; port: number }>;
  readonly #waiting: Socket[] = [];
  readonly #secure: SecureServer | null;
  #onFailure: (error: Error) => void = () => {};
  /** Why it does not listen; a session that comes later should hear of it. */
  #failure: Error | null = null;
  #isClosed = false;

  /**
   * @param options where to listen; or, as in Python, the host (an empty text: all addresses) and the port, and then
   *   the other options
   * @throws OptionError for a wrong option
   */
  constructor(...options: AddressOr<TcpServerOptions>) {
    const given = optionsOfAddress(options);
    admitTcpServerOptions(given);
    const read = optionReader(TCP_SERVER_OPTIONS, given);
    super(read('clock'));
    const address = { host: read('host'), port: read('port'), backlog: read('backlog') };
    const tls = read('tls');
    this.#secure = tls === false ? null : new SecureServer(tls, this.clock);
    this.#listening = openServer(address, (socket) => this.#accept(socket));
    this.#listening.catch((error: Error) => {
      this.#failure = error;
      this.#onFailure(error);
    });
  }

  /** Resolves with the port when peers can connect; rejects with a ListenError. */
  async listening(): Promise<number> {
    const callers = callersOf(this.listening);
    try {
      return (await this.#listening).port;
    } catch (error) {
      throw withCallers(error, callers);
    }
  }

  /** The callback gets a ListenError where this cannot listen, also where that is known already. */
  registerFailureCallback(callback: (error: Error) => void): void {
    this.#onFailure = callback;
    const failure = this.#failure;
    // the session that registers is still being made
    if (failure !== null) queueMicrotask(() => callback(failure));
  }

  /** Breaks the connection, if there is one, and serves the next peer. */
  reconnect(): void {
    this.disconnect('reconnect-requested');
  }

  override async close(): Promise<{ lostBytes: number }> {
    this.#isClosed = true;
    for (const socket of this.#waiting) socket.destroy();
    this.#secure?.close();
    const closed = super.close();
    const opened = await this.#listening.catch(() => null);
    await new Promise<void>((resolve) => opened?.server.close(() => resolve()) ?? resolve());
    return closed;
  }

  #accept(socket: Socket): void {
    const secure = this.#secure;
    if (secure === null) return this.#welcome(socket);
    if (this.#isClosed || secure.pending >= MAX_TLS_HANDSHAKES) return void socket.destroy();
    secure.accept(socket, { secured: (encrypted) => this.#welcome(encrypted), failed: () => {} });
  }

  #welcome(socket: Socket): void {
    if (this.#isClosed || this.#waiting.length >= MAX_WAITING_PEERS) {
      socket.destroy();
    } else if (!this.isConnected()) {
      this.adopt(socket);
    } else {
      this.#waiting.push(socket);
      socket.on('error', () => {}); // 'close' follows
      socket.once('close', () => {
        const place = this.#waiting.indexOf(socket);
        if (place !== -1) this.#waiting.splice(place, 1);
      });
    }
  }

  protected override linkClosed(): void {
    if (this.#isClosed) return;
    queueMicrotask(() => {
      if (this.isConnected() || this.#isClosed) return;
      const next = this.#waiting.shift();
      if (next !== undefined) this.adopt(next);
    });
  }
}
