import type { Server as NetServer, Socket } from 'node:net';
import type { Clock } from '../base/clock.js';
import { type OptionReader, optionReader, type ValuesOf } from '../base/option-table.js';
import { textOfThrown } from '../base/thrown.js';
import { OptionError } from '../protocol/errors.js';
import { withInternals } from '../session/internals.js';
import { type SessionOptions, type SessionSettings, sessionSettings } from '../session/options.js';
import { Session } from '../session/session.js';
import { TCP_SERVER_OPTIONS } from '../transport/option-tables.js';
import { AcceptedTcpStp } from '../transport/tcp-comm.js';
import { openServer, type TcpServerOptions } from '../transport/tcp-server.js';
import { AddressBackoff } from './address-backoff.js';
import { admitListenOptions, LISTEN_OPTIONS } from './option-tables.js';
import { UntrustedPool } from './untrusted-pool.js';

/** The most connections at once, a bound on memory that few servers reach; further peers are turned away. */
export const DEFAULT_MAX_CONNECTIONS = LISTEN_OPTIONS.maxConnections.default;

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

/** Counters of a server, since it began to listen. */
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
  /** Connections accepted, refused and evicted. */
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
  admitListenOptions(options);
  if (typeof onSession !== 'function') throw new OptionError('onSession', 'a function', typeof onSession);
  const settings = sessionSettings(options);
  const readAddress = optionReader(TCP_SERVER_OPTIONS, options);
  const host = readAddress('host');
  const port = readAddress('port');
  const read = optionReader(LISTEN_OPTIONS, options);
  const maxConnections = read('maxConnections');
  const accepted = new Acceptor(settings, onSession, defencesOf(settings, read));
  const opened = await openServer(host, port, (socket) => accepted.accept(socket));
  opened.server.maxConnections = maxConnections;
  return accepted.serve(opened.server, host, opened.port);
}

/** A server's defences against strangers; null means none. */
interface Defences {
  readonly untrusted: UntrustedPool | null;
  readonly backoff: AddressBackoff | null;
}

function defencesOf(
  { secret, clock }: SessionSettings,
  read: OptionReader<ValuesOf<typeof LISTEN_OPTIONS>>,
): Defences {
  const maxConnections = read('maxUntrustedConnections');
  const handshakeTimeoutMs = read('handshakeTimeout') ?? null;
  const backoff = read('backoff');
  // without a secret everybody is trusted
  if (secret === null) return { untrusted: null, backoff: null };
  return {
    untrusted: new UntrustedPool(clock, { maxConnections, handshakeTimeoutMs }),
    backoff: backoff === false ? null : new AddressBackoff(clock, backoff),
  };
}

class Acceptor {
  readonly #clock: Clock;
  readonly #options: SessionOptions;
  readonly #onSession: (session: Session) => void;
  readonly #defences: Defences;
  readonly #sessions = new Set<Session>();
  readonly #counts = { accepted: 0, refusedByLimit: 0, refusedByBackoff: 0 };

  constructor(settings: SessionSettings, onSession: (session: Session) => void, defences: Defences) {
    this.#clock = settings.clock;
    this.#options = withInternals({}, { endsWithItsLink: true, settings });
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
    const transport = new AcceptedTcpStp(socket, this.#clock);
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
