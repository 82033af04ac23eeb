import type { Socket } from 'node:net';
import type { Clock } from '../base/clock.js';
import { type OptionReader, optionReader, type ValuesOf } from '../base/option-table.js';
import { textOfReason } from '../protocol/reasons.js';
import { type AddressOr, addressOf, optionsOfAddress, refuseTwoAddresses } from './address.js';
import { canReadFrugally, onread } from './frugal-reads.js';
import { openSocket, type SocketAddress } from './open-socket.js';
import { type Attempt, type AttemptListener, OpeningComm } from './opening-comm.js';
import { admitTcpClientOptions, TCP_CLIENT_OPTIONS } from './option-tables.js';
import { policyOf } from './reconnect-policy.js';
import type { TlsClientOption } from './tls/options.js';
import { textOfPath } from './unix-path.js';

/** How a client comes back after a connection failed or was lost; all times in milliseconds. */
export interface ReconnectOptions {
  /** The longest pause before the first new attempt; it doubles with each failure: 100 ms. */
  readonly minDelay?: number | undefined;
  /** The longest pause of all: 30,000 ms. */
  readonly maxDelay?: number | undefined;
  /** How many attempts in a row may fail before it gives up: no limit. */
  readonly maxAttempts?: number | undefined;
  /** The pause after the server refused the key, give or take a quarter; false: until `reconnect` is called: 60,000 ms. */
  readonly refusedDelay?: number | false | undefined;
}

/** Whose certificate a server at a path has, unless `tls.servername` says it. */
const LOCALHOST = 'localhost';

/** Where a client connects to, a host and a port or a path, and how. */
export interface TcpClientOptions {
  /** A name or an address; an empty text is this machine, as in Python: 127.0.0.1. */
  readonly host?: string | undefined;
  /** Needed unless there is a `path`. */
  readonly port?: number | undefined;
  /**
   * The path of a Unix socket, in the place of host and port; with a NUL character in front a name of Linux's abstract
   * namespace.
   */
  readonly path?: string | undefined;
  /** How to come back; false: not at all. */
  readonly reconnect?: ReconnectOptions | false | undefined;
  /** How long one attempt may take: 10,000 ms. */
  readonly connectTimeout?: number | undefined;
  /** How long an address of a name may take when there are others to try: 2,500 ms. */
  readonly addressTimeout?: number | undefined;
  /** Encrypted, and to whom: see docs/tls.md. Never falls back to plain text: off. */
  readonly tls?: TlsClientOption | undefined;
  /** The clock; a test brings its own. */
  readonly clock?: Clock | undefined;
  /** 0 to 1, for the length of the pauses; a test brings its own. */
  readonly random?: (() => number) | undefined;
}

/**
 * The client's end of a TCP connection; comes back by itself, with growing pauses of random length.
 *
 * The `connection` machine decides when to open a link: that of the session that takes the transport over, or its own
 * if there is none.
 *
 * @example
 * ```ts
 * import { PureJsonProtocol, TcpClientStp } from 'socket-protocol';
 *
 * const transport = new TcpClientStp({ host: 'thermostat.local', port: 17017, reconnect: { maxDelay: 5_000 } });
 * const protocol = new PureJsonProtocol(transport, { channelName: 'thermostat' });
 * ```
 */
export class TcpClientStp extends OpeningComm {
  readonly isClient = true;
  /** `host:port` as given in the options, or the path. */
  readonly address: string;
  readonly #target: SocketAddress;

  /**
   * @param options where to connect to, a host and a port or the path of a Unix socket, and how; or, as in Python, the host (an empty text: this machine) and the port,
   *   and then the other options
   * @throws OptionError for a wrong option
   */
  constructor(...options: AddressOr<TcpClientOptions>) {
    const given = optionsOfAddress(options);
    admitTcpClientOptions(given);
    const read = optionReader(TCP_CLIENT_OPTIONS, given);
    refuseTwoAddresses(given, 'path');
    const tls = read('tls') || null;
    const target = targetOf(read);
    super(
      read('clock'),
      policyOf(read('reconnect'), read('connectTimeout'), read('random')),
      tls === null ? null : { settings: tls, host: 'path' in target ? LOCALHOST : target.host },
    );
    // what is encrypted is read by TLS
    this.#target = tls === null && canReadFrugally ? { ...target, onread } : target;
    this.address = 'path' in target ? textOfPath(target.path) : addressOf(target.host, target.port);
  }

  protected override begin(listener: AttemptListener): Attempt {
    const socket = this.openSocket();
    const fail = (error: Error): void => {
      socket.destroy();
      listener.failed(error);
    };
    socket.once('error', fail);
    socket.once('connect', () => {
      // one that was given up, or broke, before it could say so: whatever it still reports has its listener
      if (socket.destroyed) return;
      if (isOwnPeer(socket)) return fail(new OwnPeerError());
      socket.off('error', fail);
      listener.opened(socket);
    });
    return {
      giveUp: async () => {
        socket.destroy();
        if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
      },
    };
  }

  /** A socket that is being connected; a simulated network brings its own. */
  protected openSocket(): Socket {
    return openSocket(this.#target);
  }
}

function targetOf(read: OptionReader<ValuesOf<typeof TCP_CLIENT_OPTIONS>>): SocketAddress {
  const [path, addressTimeoutMs] = [read('path'), read('addressTimeout')];
  if (path !== undefined) return { path };
  return { host: read('host'), port: read('port'), addressTimeoutMs };
}

/**
 * Whether a connection leads back to itself: a client that connects again and again to a local port where nobody listens
 * is now and then given that very port as its own.
 */
function isOwnPeer({ localAddress, localPort, remoteAddress, remotePort }: Socket): boolean {
  return localPort !== undefined && localPort === remotePort && localAddress === remoteAddress;
}

/** As the system would have said it. */
class OwnPeerError extends Error {
  readonly code = 'ESELFCONNECT';

  constructor() {
    super(textOfReason('connected-to-itself'));
  }
}
