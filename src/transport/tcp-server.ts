import { createServer, type Server, type Socket } from 'node:net';
import { callersOf, withCallers } from '../base/callers.js';
import type { Clock } from '../base/clock.js';
import { optionReader } from '../base/option-table.js';
import { warn } from '../base/warnings.js';
import { ListenError, OptionError } from '../protocol/errors.js';
import { type AddressOr, addressOf, optionsOfAddress, refuseTwoAddresses } from './address.js';
import { listenReasonOf } from './network-errors.js';
import { ANY_HOST, admitTcpServerOptions, TCP_SERVER_OPTIONS } from './option-tables.js';
import { TcpComm } from './tcp-comm.js';
import type { TlsFailure } from './tls/failures.js';
import type { TlsServerOption } from './tls/options.js';
import { SecureServer } from './tls/secure-server.js';
import { textOfPath } from './unix-path.js';
import { DEFAULT_MODE, listenAtPath } from './unix-socket.js';

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
  /** 0 lets the system choose a free one; needed unless there is a `path`. */
  readonly port?: number | undefined;
  /**
   * The path of a Unix socket, in the place of host and port; with a NUL character in front a name of Linux's abstract
   * namespace. A socket that nobody serves any more is replaced, and the file is removed at the end.
   */
  readonly path?: string | undefined;
  /** The permissions of the file at `path`, who may write may connect: 0o600. */
  readonly mode?: number | undefined;
  /** How many connections may wait until the program takes them; the system may allow fewer: 4,096. */
  readonly backlog?: number | undefined;
  /** Encrypted, and by whom: see docs/tls.md. Never falls back to plain text: off. */
  readonly tls?: TlsServerOption | undefined;
  /** The clock; a test brings its own. */
  readonly clock?: Clock | undefined;
}

/** Where a server opens its socket: at a host and a port, or at a path. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** Null: there are a host and a port. */
  readonly path?: string | null;
  /** The permissions of the file at the path. */
  readonly mode?: number;
  readonly backlog?: number;
}

/** Something that listens. */
export interface Listening {
  /** Empty where there is a path. */
  readonly host: string;
  /** The port it got; 0 where there is none. */
  readonly port: number;
  readonly path: string | null;
  /** As texts have it. */
  readonly address: string;
  /** Stops listening; resolves when the connections that it took are gone as well. */
  close(): Promise<void>;
}

/**
 * Reads where to listen.
 *
 * @param readHost reads the host where it is checked in another way
 * @throws OptionError for a wrong option, and for a path beside a host or port
 */
export function listenAddressOf(
  options: Pick<TcpServerOptions, keyof ListenAddress>,
  readHost?: () => string,
): ListenAddress {
  const read = optionReader(TCP_SERVER_OPTIONS, options);
  const [path, mode, backlog] = [read('path'), read('mode'), read('backlog')];
  refuseTwoAddresses(options, 'path');
  if (path !== undefined) return { host: '', port: 0, path, mode: mode ?? DEFAULT_MODE, backlog };
  if (mode === undefined) return { host: readHost?.() ?? read('host'), port: read('port'), backlog };
  throw new OptionError('mode', 'no mode without a path: a port has no permissions', 'a mode');
}

/**
 * Opens a listening socket.
 *
 * @throws (rejects) ListenError with the address in it
 */
export async function openServer(
  {
    host,
    port,
    path = null,
    mode = DEFAULT_MODE,
    backlog = TCP_SERVER_OPTIONS.backlog.default,
  }: ListenAddress,
  onSocket: (socket: Socket) => void,
): Promise<Listening> {
  const server = createServer({ allowHalfOpen: false }, onSocket);
  if (path === null) {
    const bound = await listenAtPort(server, { host, port, backlog });
    return { host, port: bound, path, address: addressOf(host, bound), close: () => closing(server) };
  }
  const remove = await listenAtPath(server, { path, mode, backlog });
  const address = textOfPath(path);
  warnOfFailedAccepts(server, address);
  return {
    host: '',
    port: 0,
    path,
    address,
    close: () => {
      // before anybody can find it closed
      remove();
      return closing(server);
    },
  };
}

function closing(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** Returns the port it got. */
function listenAtPort(
  server: Server,
  { host, port, backlog }: { readonly host: string; readonly port: number; readonly backlog: number },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const address = addressOf(host, port);
    const fail = (error: Error): void =>
      reject(new ListenError(address, listenReasonOf(error), error.message, error));
    server.once('error', fail);
    // Node knows what to do where there is no IPv6
    server.listen(host === ANY_HOST ? { port, backlog } : { host, port, backlog }, () => {
      server.off('error', fail);
      warnOfFailedAccepts(server, address);
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
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
  readonly #listening: Promise<Listening>;
  readonly #waiting: Socket[] = [];
  readonly #secure: SecureServer | null;
  #onFailure: (error: Error) => void = () => {};
  /** Why it does not listen; a session that comes later should hear of it. */
  #failure: Error | null = null;
  #isClosed = false;

  /**
   * @param options where to listen, at a port or at the path of a Unix socket; or, as in Python, the host (an empty text: all addresses) and the port, and then
   *   the other options
   * @throws OptionError for a wrong option
   */
  constructor(...options: AddressOr<TcpServerOptions>) {
    const given = optionsOfAddress(options);
    admitTcpServerOptions(given);
    const read = optionReader(TCP_SERVER_OPTIONS, given);
    super(read('clock'));
    const tls = read('tls');
    this.#secure = tls === false ? null : new SecureServer(tls, this.clock);
    this.#listening = openServer(listenAddressOf(given), (socket) => this.#accept(socket));
    this.#listening.catch((error: Error) => {
      this.#failure = error;
      this.#onFailure(error);
    });
  }

  /** Resolves with the port when peers can connect, which is 0 where there is a path; rejects with a ListenError. */
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
    await opened?.close();
    return closed;
  }

  #accept(socket: Socket): void {
    const secure = this.#secure;
    if (secure === null) return this.#welcome(socket);
    if (this.#isClosed || secure.pending >= MAX_TLS_HANDSHAKES) return void socket.destroy();
    secure.accept(socket, {
      secured: (encrypted) => this.#welcome(encrypted),
      failed: (failure) => {
        if (failure !== null) this.#warnOfRefusal(failure);
      },
    });
  }

  /** A transport has no log; once a minute for each reason. */
  #warnOfRefusal({ reason, message }: TlsFailure): void {
    warn('SP_PEERS_REFUSED', `a peer was turned away: ${message}`, { scope: this, matter: reason });
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
