import type { Socket } from 'node:net';
import { type ActorRefFrom, createActor } from 'xstate';
import { connectionMachine } from '../../machines/connection.js';
import { type Clock, systemClock } from '../base/clock.js';
import { countOption, hostOption, portOption, timeoutOption } from '../base/options.js';
import { ConnectError, OptionError } from '../protocol/errors.js';
import { addressOf } from './address.js';
import type { ReconnectPolicy } from './comm-instance.js';
import { openSocket } from './open-socket.js';
import { TcpComm } from './tcp-comm.js';

/** Where devices listen unless they say otherwise. */
export const DEFAULT_HOST = '127.0.0.1';

/** How a client comes back after a connection failed or was lost; all times in milliseconds. */
export interface ReconnectOptions {
  /** The longest pause before the first new attempt; it doubles with each failure: 100 ms. */
  readonly minDelay?: number | undefined;
  /** The longest pause of all: 30,000 ms. */
  readonly maxDelay?: number | undefined;
  /** How many attempts in a row may fail before it gives up: never gives up. */
  readonly maxAttempts?: number | undefined;
}

/** Where a client connects to, and how. */
export interface TcpClientOptions {
  /** A name or an address; 127.0.0.1 unless set. */
  readonly host?: string | undefined;
  readonly port: number;
  /** How to come back; false: not at all. */
  readonly reconnect?: ReconnectOptions | false | undefined;
  /** How long one attempt may take: 10,000 ms. */
  readonly connectTimeout?: number | undefined;
  /** The clock; a test brings its own. */
  readonly clock?: Clock | undefined;
  /** 0 to 1, for the length of the pauses; a test brings its own. */
  readonly random?: (() => number) | undefined;
}

const DEFAULT_MIN_DELAY_MS = 100;
const DEFAULT_MAX_DELAY_MS = 30_000;
const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;

/**
 * The client's end of a TCP connection; comes back by itself, with growing pauses of random length.
 *
 * The `connection` machine decides when to open a link: that of the session which takes the transport over, or one of
 * its own where nobody does.
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
  /** `host:port` as it was asked for. */
  readonly address: string;
  readonly #host: string;
  readonly #port: number;
  readonly #policy: ReconnectPolicy;
  #attempt: Socket | null = null;
  #isSupervised = false;
  #supervisor: ActorRefFrom<typeof connectionMachine> | null = null;
  #isClosed = false;
  #onFailure: (error: Error) => void = () => {};

  /** @throws OptionError for a wrong option */
  constructor(options: TcpClientOptions) {
    super(options.clock ?? systemClock);
    this.#host = hostOption(options.host, DEFAULT_HOST);
    this.#port = portOption(options.port, 1);
    this.address = addressOf(this.#host, this.#port);
    this.#policy = policyOf(options);
    queueMicrotask(() => {
      if (!this.#isSupervised && !this.#isClosed) this.#superviseItself();
    });
  }

  supervise(): ReconnectPolicy {
    this.#isSupervised = true;
    return this.#policy;
  }

  registerFailureCallback(callback: (error: Error) => void): void {
    this.#onFailure = callback;
  }

  reconnect(): void {
    if (this.#isClosed) return;
    this.disconnect('a new connection was asked for');
    const socket = this.openSocket();
    this.#attempt = socket;
    const fail = (error: Error): void => {
      if (this.#attempt !== socket) return;
      this.#attempt = null;
      socket.destroy();
      const failure = new ConnectError(this.address, reasonOf(error), error);
      this.#onFailure(failure);
      this.#supervisor?.send({ type: 'link.failed', reason: failure.message });
    };
    socket.once('error', fail);
    socket.once('connect', () => {
      if (this.#attempt !== socket) return;
      this.#attempt = null;
      socket.off('error', fail);
      this.adopt(socket);
    });
  }

  /** A socket that is being connected; a simulated network brings its own. */
  protected openSocket(): Socket {
    return openSocket({ host: this.#host, port: this.#port });
  }

  override disconnect(reason: string): void {
    const attempt = this.#attempt;
    this.#attempt = null;
    attempt?.destroy();
    super.disconnect(reason);
  }

  override close(): Promise<void> {
    this.#isClosed = true;
    this.#supervisor?.stop();
    const attempt = this.#attempt;
    this.#attempt = null;
    attempt?.destroy();
    return super.close();
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
        'report abandoned': () => {},
      },
      delays: {
        'connect time-out': this.#policy.connectTimeoutMs,
        'reconnect delay': ({ context }) => this.#policy.delayMs(context.failedAttempts),
      },
    });
    const { reopens, maxAttempts } = this.#policy;
    const input = { opensLinks: true, reopensLinks: reopens, maxAttempts };
    this.#supervisor = createActor(machine, { input, clock: this.clock }).start();
    this.#supervisor.send({ type: 'connection.open' });
  }

  protected override linkOpened(): void {
    this.#supervisor?.send({ type: 'link.opened' });
  }

  protected override linkClosed(reason: string): void {
    this.#supervisor?.send({ type: 'link.closed', reason });
  }
}

function policyOf(options: TcpClientOptions): ReconnectPolicy {
  const { reconnect = {}, connectTimeout } = options;
  if (reconnect !== false && (typeof reconnect !== 'object' || reconnect === null)) {
    throw new OptionError('reconnect', 'an object or false', String(reconnect));
  }
  const connectTimeoutMs = timeoutOption('connectTimeout', connectTimeout, DEFAULT_CONNECT_TIMEOUT_MS);
  if (reconnect === false) return { delayMs: () => 0, maxAttempts: 1, reopens: false, connectTimeoutMs };
  const minDelayMs = timeoutOption('reconnect.minDelay', reconnect.minDelay, DEFAULT_MIN_DELAY_MS);
  const maxDelayMs = timeoutOption('reconnect.maxDelay', reconnect.maxDelay, DEFAULT_MAX_DELAY_MS);
  if (maxDelayMs < minDelayMs) {
    throw new OptionError('reconnect.maxDelay', `at least minDelay (${minDelayMs} ms)`, String(maxDelayMs));
  }
  const maxAttempts = countOption(
    'reconnect.maxAttempts',
    reconnect.maxAttempts,
    Number.POSITIVE_INFINITY,
    1,
    true,
  );
  const random = options.random ?? Math.random;
  return {
    // full jitter: clients that lost the same server do not come back at the same moment
    delayMs: (failedAttempts) =>
      random() * Math.min(maxDelayMs, minDelayMs * 2 ** Math.min(failedAttempts - 1, 40)),
    maxAttempts,
    reopens: true,
    connectTimeoutMs,
  };
}

/** One line for what Node says in several ways: a name that does not resolve, a refusal, one refusal per address. */
function reasonOf(error: Error): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return [
      ...new Set(error.errors.map((each: unknown) => (each instanceof Error ? each.message : String(each)))),
    ].join('; ');
  }
  return error.message || error.name;
}
