import type { Socket } from 'node:net';
import { type ActorRefFrom, createActor } from 'xstate';
import { connectionMachine } from '../../machines/connection.js';
import type { Clock } from '../base/clock.js';
import type { Pauses } from '../base/option-rows.js';
import { optionReader } from '../base/option-table.js';
import { ConnectError } from '../protocol/errors.js';
import { type LinkReason, textOfReason } from '../protocol/reasons.js';
import { type AddressOr, addressOf, optionsOfAddress } from './address.js';
import type { ReconnectPolicy } from './comm-instance.js';
import { onread } from './frugal-reads.js';
import { connectReasonOf, detailOf } from './network-errors.js';
import { openSocket } from './open-socket.js';
import { admitTcpClientOptions, TCP_CLIENT_OPTIONS } from './option-tables.js';
import { TcpComm } from './tcp-comm.js';
import { TlsFailure } from './tls/failures.js';
import type { TlsClientSettings } from './tls/option-tables.js';
import type { TlsClientOption } from './tls/options.js';
import { secureClient } from './tls/secure-client.js';

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

/** After a second failure in a row a pause can be this long, in milliseconds, whatever `minDelay` and `maxDelay` say. */
const LEAST_PAUSE_MS = 100;

/** Where a client connects to, and how. */
export interface TcpClientOptions {
  /** A name or an address; an empty text is this machine, as in Python: 127.0.0.1. */
  readonly host?: string | undefined;
  readonly port: number;
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
export class TcpClientStp extends TcpComm {
  readonly isClient = true;
  /** `host:port` as given in the options. */
  readonly address: string;
  readonly #host: string;
  readonly #port: number;
  readonly #addressTimeoutMs: number;
  readonly #policy: ReconnectPolicy;
  readonly #tls: TlsClientSettings | null;
  #attempt: Socket | null = null;
  #isSupervised = false;
  /** The attempt that was under way when a session took over is the first attempt of that session. */
  #isHandedOver = false;
  #supervisor: ActorRefFrom<typeof connectionMachine> | null = null;
  #isClosed = false;
  #onFailure: (error: Error) => void = () => {};

  /**
   * @param options where to connect to, and how; or, as in Python, the host (an empty text: this machine) and the port,
   *   and then the other options
   * @throws OptionError for a wrong option
   */
  constructor(...options: AddressOr<TcpClientOptions>) {
    const given = optionsOfAddress(options);
    admitTcpClientOptions(given);
    const read = optionReader(TCP_CLIENT_OPTIONS, given);
    super(read('clock'));
    this.#host = read('host');
    this.#port = read('port');
    this.address = addressOf(this.#host, this.#port);
    this.#addressTimeoutMs = read('addressTimeout');
    this.#tls = read('tls') || null;
    this.#policy = policyOf(read('reconnect'), read('connectTimeout'), read('random'));
    queueMicrotask(() => {
      if (!this.#isSupervised && !this.#isClosed) this.#superviseItself();
    });
  }

  supervise(): ReconnectPolicy {
    this.#isSupervised = true;
    // from now on there is one machine for the links
    this.#supervisor?.stop();
    this.#supervisor = null;
    this.#isHandedOver = this.#attempt !== null;
    return this.#policy;
  }

  registerFailureCallback(callback: (error: Error) => void): void {
    this.#onFailure = callback;
  }

  reconnect(): void {
    if (this.#isClosed) return;
    const isHandedOver = this.#isHandedOver && this.#attempt !== null;
    this.#isHandedOver = false;
    if (isHandedOver) return;
    this.disconnect('reconnect-requested');
    const socket = this.openSocket();
    this.#attempt = socket;
    const fail = (error: Error): void => {
      if (this.#attempt !== socket) return;
      this.#attempt = null;
      socket.destroy();
      const reason = error instanceof TlsFailure ? error.reason : connectReasonOf(error);
      const failure = new ConnectError(this.address, reason, detailOf(error), error);
      this.#onFailure(failure);
      this.#supervisor?.send({ type: 'link.failed', reason: failure.reason });
    };
    socket.once('error', fail);
    socket.once('connect', () => {
      if (this.#attempt !== socket) return;
      if (isOwnPeer(socket)) return fail(new OwnPeerError());
      socket.off('error', fail);
      const opened = (link: Socket): void => {
        if (this.#attempt !== socket) return void link.destroy();
        this.#attempt = null;
        this.adopt(link);
      };
      if (this.#tls === null) return opened(socket);
      secureClient(socket, this.#tls, { clock: this.clock, host: this.#host, secured: opened, failed: fail });
    });
  }

  /** A socket that is being connected; a simulated network brings its own. */
  protected openSocket(): Socket {
    return openSocket({
      host: this.#host,
      port: this.#port,
      addressTimeoutMs: this.#addressTimeoutMs,
      // what is encrypted is read by TLS
      ...(this.#tls === null ? { onread } : {}),
    });
  }

  override disconnect(reason: LinkReason): void {
    const attempt = this.#attempt;
    this.#attempt = null;
    attempt?.destroy();
    super.disconnect(reason);
  }

  override async close(): Promise<{ lostBytes: number }> {
    this.#isClosed = true;
    this.#supervisor?.stop();
    this.#supervisor = null;
    const attempt = this.#attempt;
    this.#attempt = null;
    attempt?.destroy();
    const closed = super.close();
    if (attempt !== null && !attempt.closed) await new Promise((resolve) => attempt.once('close', resolve));
    return closed;
  }

  /** Without a session the transport runs the machine that decides about links by itself. */
  #superviseItself(): void {
    const machine = connectionMachine.provide({
      actions: {
        'open a link': () => this.reconnect(),
        'break the link': (_, { reason }) => this.disconnect(reason),
        'close the transport': () => {},
        'report established': () => {},
        'report lost': () => {},
        'report a failed attempt': () => {},
        'report refused': () => {},
        'report abandoned': () => {},
      },
      delays: {
        'connect time-out': this.#policy.connectTimeoutMs,
        'reconnect delay': ({ context }) => this.#policy.delayMs(context.failedAttempts),
        'refusal delay': 0,
      },
    });
    const { reopens, maxAttempts } = this.#policy;
    const input = {
      opensLinks: true,
      reopensLinks: reopens,
      needsTrust: false,
      returnsAfterRefusal: false,
      maxAttempts,
    };
    this.#supervisor = createActor(machine, { input, clock: this.clock }).start();
    this.#supervisor.send({ type: 'connection.open' });
  }

  protected override linkOpened(): void {
    this.#supervisor?.send({ type: 'link.opened' });
  }

  protected override linkClosed(reason: LinkReason): void {
    this.#supervisor?.send({ type: 'link.closed', reason });
  }
}

/** What `reconnect` says, checked. */
interface ReconnectSettings extends Pauses {
  readonly maxAttempts: number;
  readonly refusedDelayMs: number | false;
}

function policyOf(
  reconnect: ReconnectSettings | false,
  connectTimeoutMs: number,
  random: () => number,
): ReconnectPolicy {
  if (reconnect === false)
    return { delayMs: () => 0, refusalDelayMs: null, maxAttempts: 1, reopens: false, connectTimeoutMs };
  const { minDelayMs, maxDelayMs, maxAttempts, refusedDelayMs } = reconnect;
  return {
    // full jitter: clients that lost the same server do not come back at the same moment
    delayMs: (failedAttempts) => random() * longestPauseMs(failedAttempts, minDelayMs, maxDelayMs),
    refusalDelayMs: refusedDelayMs === false ? null : () => refusedDelayMs * (0.75 + random() / 2),
    maxAttempts,
    reopens: true,
    connectTimeoutMs,
  };
}

/** The first pause may be none at all; those after it grow all the same. */
function longestPauseMs(failedAttempts: number, minDelayMs: number, maxDelayMs: number): number {
  if (failedAttempts <= 1) return minDelayMs;
  const grownMs = Math.max(minDelayMs, LEAST_PAUSE_MS) * 2 ** Math.min(failedAttempts - 1, 40);
  return Math.min(Math.max(maxDelayMs, LEAST_PAUSE_MS), grownMs);
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
