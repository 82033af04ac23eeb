/** Takes connections: which may come in, what session each gets, and what becomes of them. */

import type { Server as NetServer, Socket } from 'node:net';
import type { Clock } from '../base/clock.js';
import { textOfThrown } from '../base/thrown.js';
import { type SessionInternals, type SessionWatcher, withInternals } from '../session/internals.js';
import type { SessionSettings } from '../session/options.js';
import { Session } from '../session/session.js';
import { addressOf } from '../transport/address.js';
import { AcceptedTcpStp } from '../transport/tcp-comm.js';
import { Arrivals } from './arrivals.js';
import type { Defences } from './defences.js';
import { DescriptorWatch, descriptorOf } from './file-descriptors.js';
import { Guest } from './guest.js';
import type { Server, ServerCounters } from './listen.js';
import { networkOf } from './networks.js';
import type { ServerLog } from './server-log.js';

/** What an acceptor works with. */
export interface AcceptorParts {
  readonly settings: SessionSettings;
  readonly onSession: (session: Session) => void;
  readonly maxConnections: number;
  /** Null without a secret: everybody is trusted. */
  readonly defences: Defences | null;
  readonly log: ServerLog;
}

/** Takes the connections of one server. */
export class Acceptor {
  readonly #parts: AcceptorParts;
  readonly #clock: Clock;
  readonly #sessions = new Set<Session>();
  readonly #arrivals: Arrivals<Guest | null>;
  readonly #counts = { accepted: 0, refusedByLimit: 0, refusedByDescriptors: 0, refusedByPool: 0 };
  #descriptors: DescriptorWatch | null = null;
  #address = '';

  constructor(parts: AcceptorParts) {
    this.#parts = parts;
    this.#clock = parts.settings.clock;
    this.#arrivals = new Arrivals<Guest | null>(this.#clock, {
      isSlow: (guest) => guest?.isSlow ?? false,
      get isCrowded() {
        return parts.defences?.pool.isFull ?? false;
      },
      begin: (socket, guest) => this.#begin(socket, guest),
      left: (guest) => guest?.leave(),
    });
  }

  /** Takes a connection, or closes it. */
  accept(socket: Socket): void {
    const { defences } = this.#parts;
    const { remoteAddress } = socket;
    const network = defences === null ? '' : networkOf(remoteAddress);
    const refusal = this.#refusalOf(socket, network);
    if (refusal !== null) return this.#refuse(socket, refusal);
    const guest = defences === null ? null : new Guest(defences, socket, network);
    if (guest?.enter() === false) return this.#refuse(socket, 'refusedByPool');
    this.#counts.accepted++;
    this.#arrivals.add(socket, guest);
  }

  #refusalOf(socket: Socket, network: string): 'refusedByDescriptors' | 'refusedByLimit' | null {
    const { defences, maxConnections } = this.#parts;
    const makeRoom = (): boolean => defences?.pool.makeRoom(network) ?? false;
    const descriptors = this.#descriptors?.judge(descriptorOf(socket)) ?? 'enough';
    if (descriptors !== 'enough' && !makeRoom() && descriptors === 'none') return 'refusedByDescriptors';
    return this.#sessions.size + this.#arrivals.size >= maxConnections && !makeRoom()
      ? 'refusedByLimit'
      : null;
  }

  #refuse(socket: Socket, why: 'refusedByDescriptors' | 'refusedByLimit' | 'refusedByPool'): void {
    this.#counts[why]++;
    this.#parts.log.tell(why, socket.remoteAddress);
    socket.destroy();
  }

  #begin(socket: Socket, guest: Guest | null): void {
    const { settings, onSession } = this.#parts;
    const transport = new AcceptedTcpStp(socket, this.#clock);
    guest?.begin(transport);
    const sessions = this.#sessions;
    // it may be over before it has been made
    let begun: Session | null = null;
    const watcher: SessionWatcher = {
      announced: (announcement) => {
        guest?.announced(announcement);
        if (announcement.type === 'closed' && begun !== null) sessions.delete(begun);
      },
    };
    const internals: SessionInternals = { endsWithItsLink: true, settings, watcher, strangers: guest };
    const session = new Session(transport, withInternals({}, internals));
    begun = session;
    if (!session.isClosed) sessions.add(session);
    try {
      onSession(session);
    } catch (error) {
      // one client's session must not take the server with it
      process.emitWarning(
        `onSession threw, closing the connection: ${textOfThrown(error)}`,
        'SocketProtocolWarning',
      );
      void session.close();
    }
  }

  get #counters(): ServerCounters {
    const { defences, log } = this.#parts;
    return {
      ...this.#counts,
      refusedByBackoff: defences?.counts.refusedByBackoff ?? 0,
      delayedByBackoff: defences?.counts.delayedByBackoff ?? 0,
      wrongKeys: defences?.counts.wrongKeys ?? 0,
      evicted: defences?.pool.evicted ?? 0,
      exceededBudget: defences?.counts.exceededBudget ?? 0,
      handshakeTimeouts: defences?.pool.timedOut ?? 0,
      suppressedLogLines: log.suppressed,
      descriptorShortages: this.#descriptors?.shortages ?? 0,
    };
  }

  /** Serves what an open server accepts. */
  serve(server: NetServer, host: string, port: number): Server {
    const { log } = this.#parts;
    const sessions = this.#sessions;
    const counters = (): ServerCounters => this.#counters;
    this.#address = addressOf(host, port);
    const descriptors = new DescriptorWatch(this.#clock, (limit) => this.#warnOfShortage(limit));
    this.#descriptors = descriptors;
    const close = async (): Promise<void> => {
      descriptors.stop();
      this.#arrivals.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all([...sessions].map((session) => session.close()));
      await closed;
      log.close();
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

  #warnOfShortage(limit: number | null): void {
    const text =
      `out of file descriptors, connections to ${this.#address} are turned away or make room for others` +
      (limit === null ? '' : ` (the limit of the process is ${limit}, see ulimit -n)`);
    process.emitWarning(text, 'SocketProtocolWarning');
    this.#parts.log.warn(text);
  }
}
