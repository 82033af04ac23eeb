import type { Server as NetServer, Socket } from 'node:net';
import { systemClock } from '../base/clock.js';
import { countOption, hostOption, portOption, timeoutOption } from '../base/options.js';
import { textOfThrown } from '../base/thrown.js';
import { OptionError } from '../protocol/errors.js';
import { withInternals } from '../session/internals.js';
import { checkSessionOptions, type SessionOptions } from '../session/options.js';
import { Session } from '../session/session.js';
import { AcceptedTcpStp } from '../transport/tcp-comm.js';
import { openServer, type TcpServerOptions } from '../transport/tcp-server.js';
import { AddressBackoff, type BackoffDelays } from './address-backoff.js';
import { UntrustedPool } from './untrusted-pool.js';

/** Connections at once beyond which a server turns peers away: a bound on memory that few servers reach. */
export const DEFAULT_MAX_CONNECTIONS = 1024;
/** Peers that have not proven anything: more than ever authenticate at the same moment, too few to use up a server. */
export const DEFAULT_MAX_UNTRUSTED_CONNECTIONS = 64;
/** The first pause after three wrong keys: nothing to a person, much to a program that guesses. */
export const DEFAULT_MIN_BACKOFF_MS = 1_000;
/** The longest pause: a device with a new secret should not have to wait longer. */
export const DEFAULT_MAX_BACKOFF_MS = 60_000;

/** How long an address that sends wrong keys is turned away; all times in milliseconds. */
export interface BackoffOptions {
  /** After the third wrong key in a row; it doubles with each further one: 1,000 ms. */
  readonly minDelay?: number | undefined;
  /** The longest: 60,000 ms. */
  readonly maxDelay?: number | undefined;
}

/** Options of {@link listen}: where, and how each session behaves. */
export interface ListenOptions extends SessionOptions, TcpServerOptions {
  /** How many connections there may be at once: 1,024. */
  readonly maxConnections?: number | undefined;
  /** How many of them may be of peers that have not authenticated, where a secret is set; the oldest goes: 64. */
  readonly maxUntrustedConnections?: number | undefined;
  /** How long a peer may take to authenticate, where a secret is set; for as long as it likes unless set. */
  readonly handshakeTimeout?: number | undefined;
  /** How long an address that sends wrong keys is turned away; false: never. */
  readonly backoff?: BackoffOptions | false | undefined;
}

/** How often a server did what, since it listens. */
export interface ServerCounters {
  readonly accepted: number;
  /** Turned away: there were `maxConnections` already. */
  readonly refusedByLimit: number;
  /** Turned away: the address had sent too many wrong keys. */
  readonly refusedByBackoff: number;
  /** Closed: the oldest of too many peers that had not authenticated. */
  readonly evicted: number;
  /** Closed: the peer did not authenticate within `handshakeTimeout`. */
  readonly handshakeTimeouts: number;
}

/** A listening server: one session per connection. */
export interface Server extends AsyncDisposable {
  /** Where it listens. */
  readonly host: string;
  /** The port it got. */
  readonly port: number;
  /** The sessions whose connection is up. */
  readonly sessions: ReadonlySet<Session>;
  /** How often what has happened. */
  readonly counters: ServerCounters;
  /** Stops listening and closes every session. */
  close(): Promise<void>;
}

/**
 * Listens for clients; each connection is a session of its own, which ends with it.
 *
 * @param options where, and how each session behaves
 * @param onSession gets each new session before anything that its client sends is handled: the place for handlers
 * @returns the server, listening
 * @throws (rejects) OptionError for a wrong option; ListenError, with the address, where it cannot listen
 *
 * @example
 * ```ts
 * import { listen } from 'socket-protocol';
 *
 * await using server = await listen({ port: 17017, secret: 'correct horse battery staple' }, (session) => {
 *   session.onRead(0, () => new Date().toString());
 *   session.on('trusted', () => console.log(session.peerAddress, 'is trusted'));
 * });
 * ```
 */
export async function listen(options: ListenOptions, onSession: (session: Session) => void): Promise<Server> {
  const settings = checkSessionOptions(options);
  const { secret, clock } = settings;
  if (typeof onSession !== 'function') throw new OptionError('onSession', 'a function', typeof onSession);
  const host = hostOption(options.host, '127.0.0.1');
  const port = portOption(options.port, 0);
  const maxConnections = countOption('maxConnections', options.maxConnections, DEFAULT_MAX_CONNECTIONS, 1);
  const maxUntrusted = countOption(
    'maxUntrustedConnections',
    options.maxUntrustedConnections,
    DEFAULT_MAX_UNTRUSTED_CONNECTIONS,
    1,
  );
  const handshakeTimeoutMs =
    options.handshakeTimeout === undefined
      ? null
      : timeoutOption('handshakeTimeout', options.handshakeTimeout, 0);
  const delays = backoffDelays(options.backoff);
  const accepted = new Acceptor(withInternals(options, { endsWithItsLink: true, settings }), onSession, {
    // without a secret there is nobody to tell strangers from friends
    untrusted:
      secret === null ? null : new UntrustedPool(clock, { maxConnections: maxUntrusted, handshakeTimeoutMs }),
    backoff: secret === null || delays === null ? null : new AddressBackoff(clock, delays),
  });
  const opened = await openServer(host, port, (socket) => accepted.accept(socket));
  opened.server.maxConnections = maxConnections;
  return accepted.serve(opened.server, host, opened.port);
}

function backoffDelays(backoff: BackoffOptions | false | undefined = {}): BackoffDelays | null {
  if (backoff === false) return null;
  if (typeof backoff !== 'object' || backoff === null)
    throw new OptionError('backoff', 'an object or false', String(backoff));
  const minDelayMs = timeoutOption('backoff.minDelay', backoff.minDelay, DEFAULT_MIN_BACKOFF_MS);
  const maxDelayMs = timeoutOption('backoff.maxDelay', backoff.maxDelay, DEFAULT_MAX_BACKOFF_MS);
  if (maxDelayMs < minDelayMs)
    throw new OptionError('backoff.maxDelay', `at least minDelay (${minDelayMs} ms)`, String(maxDelayMs));
  return { minDelayMs, maxDelayMs };
}

/** What a server with a secret does about strangers; null: nothing. */
interface Defences {
  readonly untrusted: UntrustedPool | null;
  readonly backoff: AddressBackoff | null;
}

class Acceptor {
  readonly #options: ListenOptions;
  readonly #onSession: (session: Session) => void;
  readonly #defences: Defences;
  readonly #sessions = new Set<Session>();
  readonly #counts = { accepted: 0, refusedByLimit: 0, refusedByBackoff: 0 };

  constructor(options: ListenOptions, onSession: (session: Session) => void, defences: Defences) {
    this.#options = options;
    this.#onSession = onSession;
    this.#defences = defences;
  }

  accept(socket: Socket): void {
    if (this.#defences.backoff?.isBlocked(socket.remoteAddress)) {
      this.#counts.refusedByBackoff++;
      socket.destroy();
      return;
    }
    this.#counts.accepted++;
    const transport = new AcceptedTcpStp(socket, this.#options.clock ?? systemClock);
    const session = new Session(transport, this.#options);
    this.#sessions.add(session);
    session.once('closed', () => this.#sessions.delete(session));
    this.#defend(session, transport, socket.remoteAddress);
    try {
      this.#onSession(session);
    } catch (error) {
      // one client's session must not take the server with it
      process.emitWarning(
        `onSession threw, closing the connection: ${textOfThrown(error)}`,
        'SocketProtocolWarning',
      );
      void session.close();
    }
  }

  #defend(session: Session, transport: AcceptedTcpStp, address: string | undefined): void {
    const { untrusted, backoff } = this.#defences;
    if (untrusted !== null) {
      untrusted.add(transport);
      session.on('trusted', () => untrusted.remove(transport));
      session.on('untrusted', () => {
        if (session.isConnected()) untrusted.add(transport);
      });
      session.once('closed', () => untrusted.remove(transport));
    }
    if (backoff !== null) {
      session.on('authenticationFailed', () => backoff.failed(address));
      session.on('trusted', () => backoff.succeeded(address));
    }
  }

  get #counters(): ServerCounters {
    const { untrusted } = this.#defences;
    return {
      ...this.#counts,
      evicted: untrusted?.evicted ?? 0,
      handshakeTimeouts: untrusted?.timedOut ?? 0,
    };
  }

  serve(server: NetServer, host: string, port: number): Server {
    const sessions = this.#sessions;
    const counters = (): ServerCounters => this.#counters;
    server.on('drop', () => this.#counts.refusedByLimit++);
    const close = async (): Promise<void> => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all([...sessions].map((session) => session.close()));
      await closed;
    };
    return {
      host,
      port,
      sessions,
      get counters() {
        return counters();
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  }
}
