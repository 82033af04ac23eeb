import type { Server as NetServer, Socket } from 'node:net';
import { systemClock } from './clock.js';
import { OptionError } from './errors.js';
import { countOption, hostOption, portOption } from './options.js';
import { Session } from './session/session.js';
import { checkSessionOptions, type SessionOptions } from './session/session-options.js';
import { AcceptedTcpStp } from './transport/tcp-comm.js';
import { openServer, type TcpServerOptions } from './transport/tcp-server.js';

/** Connections at once beyond which a server turns peers away: a bound on memory that few servers reach. */
export const DEFAULT_MAX_CONNECTIONS = 1024;

/** Options of {@link listen}: where, and how each session behaves. */
export interface ListenOptions extends SessionOptions, TcpServerOptions {
  /** How many connections there may be at once: 1,024. */
  readonly maxConnections?: number | undefined;
}

/** A listening server: one session per connection. */
export interface Server extends AsyncDisposable {
  /** Where it listens. */
  readonly host: string;
  /** The port it got. */
  readonly port: number;
  /** The sessions whose connection is up. */
  readonly sessions: ReadonlySet<Session>;
  /** How many connections were turned away because there were too many. */
  readonly refusedConnections: number;
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
  checkSessionOptions(options);
  if (typeof onSession !== 'function') throw new OptionError('onSession', 'a function', typeof onSession);
  const host = hostOption(options.host, '127.0.0.1');
  const port = portOption(options.port, 0);
  const maxConnections = countOption('maxConnections', options.maxConnections, DEFAULT_MAX_CONNECTIONS, 1);
  const accepted = new Acceptor(options, onSession);
  const opened = await openServer(host, port, (socket) => accepted.accept(socket));
  opened.server.maxConnections = maxConnections;
  return accepted.serve(opened.server, host, opened.port);
}

class Acceptor {
  readonly #options: ListenOptions;
  readonly #onSession: (session: Session) => void;
  readonly #sessions = new Set<Session>();

  constructor(options: ListenOptions, onSession: (session: Session) => void) {
    this.#options = options;
    this.#onSession = onSession;
  }

  accept(socket: Socket): void {
    const transport = new AcceptedTcpStp(socket, this.#options.clock ?? systemClock);
    const session = new Session(transport, this.#options, { endsWithItsLink: true });
    this.#sessions.add(session);
    session.once('closed', () => this.#sessions.delete(session));
    try {
      this.#onSession(session);
    } catch (error) {
      // one client's session must not take the server with it
      process.emitWarning(
        `onSession threw, the connection is closed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        'SocketProtocolWarning',
      );
      void session.close();
    }
  }

  serve(server: NetServer, host: string, port: number): Server {
    const sessions = this.#sessions;
    let refusedConnections = 0;
    server.on('drop', () => refusedConnections++);
    const close = async (): Promise<void> => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all([...sessions].map((session) => session.close()));
      await closed;
    };
    return {
      host,
      port,
      sessions,
      get refusedConnections() {
        return refusedConnections;
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  }
}
