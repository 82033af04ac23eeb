/** Takes connections: which may come in, what session each gets, and what becomes of them. */

import type { Duplex } from 'node:stream';
import type { Clock } from '../base/clock.js';
import { errorOfThrown, messageOfThrown } from '../base/thrown.js';
import { runUserCode } from '../base/user-code.js';
import { warn } from '../base/warnings.js';
import { ConnectionLostError, OptionError, SessionClosedError } from '../protocol/errors.js';
import { CLOSE_AT_ONCE, type CloseOptions, drainTimeoutOf } from '../session/close-options.js';
import { type FailureSink, type SessionInternals, withInternals } from '../session/internals.js';
import type { SessionSettings } from '../session/options.js';
import { Session } from '../session/session.js';
import { AcceptedTcpStp } from '../transport/tcp-comm.js';
import type { Listening } from '../transport/tcp-server.js';
import type { TlsServerOptions } from '../transport/tls/options.js';
import type { AddressLimit } from './address-limit.js';
import { announce } from './announce.js';
import { Arrivals } from './arrivals.js';
import { type ServerCloseReport, sumOf } from './close-report.js';
import type { Defences } from './defences.js';
import { type AddressingRules, Directory } from './directory.js';
import { Faults } from './faults.js';
import { DescriptorWatch, descriptorOf } from './file-descriptors.js';
import { Guest } from './guest.js';
import { addressOfOrigin, networkOf } from './networks.js';
import type { ProxyDoor } from './proxy-door.js';
import { Roster, RosterEntry } from './roster.js';
import { RunningServer } from './running-server.js';
import type { SecureDoor } from './secure-door.js';
import type { Server } from './server.js';
import type { ServerCounters } from './server-counters.js';
import type { ServerEvents } from './server-events.js';
import type { ServerLog } from './server-log.js';
import { type ServerStats, statsOf } from './server-stats.js';
import type { TlsSource } from './tls-source.js';
import { Traffic } from './traffic.js';

/** What an acceptor works with. */
export interface AcceptorParts {
  readonly settings: SessionSettings;
  readonly onSession: (session: Session) => unknown;
  readonly maxConnections: number;
  /** Null where an address may have any number of them. */
  readonly addresses?: AddressLimit | null;
  /** Null without a secret: everybody is trusted. */
  readonly defences: Defences | null;
  /** By which rules peers are found by name; any number may have the same unless given. */
  readonly addressing?: AddressingRules;
  /** The only name that the peer of a connection may have; null, or without this: whatever it claims. */
  readonly boundNameOf?: (socket: Duplex) => string | null;
  readonly log: ServerLog;
  /** Null without TLS. */
  readonly door?: SecureDoor | null;
  readonly tls?: TlsSource | null;
  /** Null where no proxy is believed. */
  readonly proxies?: ProxyDoor | null;
  /** Where failures of sessions are kept; null: nowhere. */
  readonly failures?: FailureSink | null;
}

/** Why a connection is turned away before it costs anything. */
type Refusal = 'refusedByDescriptors' | 'refusedByLimit' | 'refusedByAddress' | 'refusedByClosing';

/** How many connections may keep the server waiting for their address while there are no file descriptors for them. */
const MAX_PROXIED_WITHOUT_DESCRIPTORS = 4;

/** Takes the connections of one server. */
export class Acceptor {
  readonly #parts: AcceptorParts;
  readonly #clock: Clock;
  readonly #roster = new Roster();
  readonly #arrivals: Arrivals<Guest | null>;
  readonly #counts = {
    accepted: 0,
    refusedByLimit: 0,
    refusedByAddress: 0,
    refusedByDescriptors: 0,
    refusedByClosing: 0,
    sessionErrors: 0,
  };
  readonly #directory: Directory;
  readonly #traffic = new Traffic();
  readonly #sinceMs: number;
  readonly #faults: Faults;
  #descriptors: DescriptorWatch | null = null;
  /** What the program has; null until it listens. */
  #server: RunningServer | null = null;
  /** Null while it takes connections. */
  #closing: Promise<ServerCloseReport> | null = null;

  constructor(parts: AcceptorParts) {
    this.#parts = parts;
    this.#clock = parts.settings.clock;
    this.#sinceMs = this.#clock.now();
    this.#faults = new Faults(this.#clock, parts.log);
    const { addressing = { duplicateNames: 'allow', group: null } } = parts;
    const faults = this.#faults;
    this.#directory = new Directory(this.#roster, {
      ...addressing,
      clock: this.#clock,
      log: parts.log,
      faults,
    });
    this.#roster.books = {
      directory: this.#directory,
      traffic: this.#traffic,
      needsTrust: parts.settings.secret !== null,
    };
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
  accept(socket: Duplex): void {
    // the system gave it to the program before that stopped listening
    if (this.#closing !== null) return this.#refuse(socket, 'refusedByClosing');
    const { proxies } = this.#parts;
    if (proxies?.isProxy(socket) === true) this.#askForOrigin(socket, proxies);
    else this.#admit(socket);
  }

  /** Its limits are those of its client, whose address comes first; only how many ask is limited until then. */
  #askForOrigin(socket: Duplex, proxies: ProxyDoor): void {
    const isShort = this.#descriptors?.judge(descriptorOf(socket)) === 'none';
    const most = isShort ? MAX_PROXIED_WITHOUT_DESCRIPTORS : this.#parts.maxConnections;
    if (proxies.pending >= most && !proxies.makeRoom())
      return this.#refuse(socket, isShort ? 'refusedByDescriptors' : 'refusedByLimit');
    const { door } = this.#parts;
    proxies.open(socket, {
      entered: (proxied) => {
        if (this.#closing === null) this.#admit(proxied);
        else this.#refuse(proxied, 'refusedByClosing');
      },
      checked: (own) => {
        if (!door) return proxies.dismiss(own);
        // a check may want to see the certificate
        door.open(own, { entered: (encrypted) => proxies.dismiss(encrypted), left: () => {} });
      },
    });
  }

  #admit(socket: Duplex): void {
    const { defences, addresses = null } = this.#parts;
    const address = addressOfOrigin(socket);
    const network = defences === null && addresses === null ? '' : networkOf(address);
    const refusal = this.#refusalOf(socket, network);
    if (refusal !== null) return this.#refuse(socket, refusal);
    const guest = defences === null ? null : new Guest(defences, socket, network);
    if (guest?.enter() === false) {
      defences?.refusedByPool(address, false);
      return void socket.destroy();
    }
    addresses?.add(socket, network);
    this.#counts.accepted++;
    const { door } = this.#parts;
    if (!door) return this.#arrivals.add(socket, guest);
    door.open(socket, {
      entered: (encrypted) => this.#arrivals.add(encrypted, guest),
      left: () => guest?.leave(),
    });
  }

  #refusalOf(socket: Duplex, network: string): Refusal | null {
    const { addresses = null, defences, maxConnections } = this.#parts;
    if (addresses?.isReachedBy(socket, network) === true) return 'refusedByAddress';
    const makeRoom = (): boolean => defences?.pool.makeRoom(network) ?? false;
    const descriptors = this.#descriptors?.judge(descriptorOf(socket)) ?? 'enough';
    if (descriptors !== 'enough' && !makeRoom() && descriptors === 'none') return 'refusedByDescriptors';
    const size = this.#roster.size + this.#arrivals.size + (this.#parts.door?.pending ?? 0);
    return size >= maxConnections && !makeRoom() ? 'refusedByLimit' : null;
  }

  #refuse(socket: Duplex, why: Refusal): void {
    this.#counts[why]++;
    this.#parts.log.turnedAway(why, addressOfOrigin(socket));
    socket.destroy();
  }

  #begin(socket: Duplex, guest: Guest | null): void {
    const session = this.#sessionOf(socket, guest);
    if (session === null) return;
    let verb = 'threw';
    runUserCode(
      () => this.#parts.onSession(session),
      (thrown) => this.#setUpFailed(session, `onSession ${verb}`, thrown),
    );
    verb = 'rejected';
    if (session.isClosed) return;
    this.#announce('session', [session], (thrown) =>
      this.#setUpFailed(session, 'a listener of "session" failed', thrown),
    );
  }

  /** The session of a connection; null where none can be made, because something that the program provides threw. */
  #sessionOf(socket: Duplex, guest: Guest | null): Session | null {
    const transport = new AcceptedTcpStp(socket, this.#clock);
    guest?.begin(transport);
    const { settings, failures = null } = this.#parts;
    const entry = new RosterEntry(this.#roster, addressOfOrigin(socket));
    try {
      const boundName = this.#parts.boundNameOf?.(socket) ?? null;
      const internals: SessionInternals = {
        endsWithItsLink: true,
        settings,
        watcher: entry,
        strangers: guest,
        boundName,
        failures,
      };
      const session = new Session(transport, withInternals({}, internals));
      // it may be over before it has been made
      if (!session.isClosed) this.#roster.add(session, entry);
      return session;
    } catch (error) {
      this.#counts.sessionErrors++;
      this.#faults.tell('SP_ON_SESSION_FAILED', 'a session could not be made, closing the connection', error);
      this.#parts.log.observed('set-up-failed', addressOfOrigin(socket), messageOfThrown(error));
      guest?.leave();
      socket.destroy();
      return null;
    }
  }

  /** The set-up of one client's session must not take the server with it. */
  #setUpFailed(session: Session, what: string, thrown: unknown): void {
    this.#counts.sessionErrors++;
    // an async function that used a connection when it ended: nobody did anything wrong
    const isMereEnd =
      session.isClosed && (thrown instanceof ConnectionLostError || thrown instanceof SessionClosedError);
    if (!isMereEnd) {
      this.#faults.tell('SP_ON_SESSION_FAILED', `${what}, closing the connection`, thrown);
      this.#parts.log.observed('set-up-failed', session.peerAddress, `${what}: ${messageOfThrown(thrown)}`);
    }
    this.#announce('sessionError', [errorOfThrown(thrown), session]);
    void session.close();
  }

  get #counters(): ServerCounters {
    const { defences, log, door, proxies } = this.#parts;
    return {
      ...this.#counts,
      failedTlsHandshakes: door?.counts.failedTlsHandshakes ?? 0,
      tlsHandshakeTimeouts: door?.counts.tlsHandshakeTimeouts ?? 0,
      refusedByPeerName: door?.counts.refusedByPeerName ?? 0,
      failedProxyHeaders: proxies?.counts.failedProxyHeaders ?? 0,
      proxyHeaderTimeouts: proxies?.counts.proxyHeaderTimeouts ?? 0,
      proxyChecks: proxies?.counts.proxyChecks ?? 0,
      ...this.#directory.counts,
      refusedByPool: defences?.counts.refusedByPool ?? 0,
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

  get #stats(): ServerStats {
    const directory = this.#directory;
    const { size: now, peak, all } = this.#roster;
    return statsOf(
      {
        uptimeMs: this.#clock.now() - this.#sinceMs,
        accepted: this.#counts.accepted,
        arriving: this.#arrivals.size,
      },
      { now, peak, trusted: directory.peers.length },
      this.#traffic.sumWith(all),
      {
        groups: directory.groupSizes,
        contestedNames: directory.contestedNames,
        waitingForPeer: directory.waits.size,
      },
    );
  }

  /** Serves what an open server accepts. */
  serve(listening: Listening): Server {
    this.#descriptors = new DescriptorWatch(this.#clock, (limit) => this.#warnOfShortage(limit));
    const running = new RunningServer({
      listening,
      roster: this.#roster,
      directory: this.#directory,
      settings: this.#parts.settings,
      stats: () => this.#stats,
      counters: () => this.#counters,
      accept: (stream) => this.accept(stream),
      close: (options) => this.#close(listening, options),
      reloadTls: (options) => this.#reloadTls(options),
    });
    this.#server = running;
    this.#parts.log.listenWith({
      address: this.#address,
      get hearsRefusals() {
        return running.listenerCount('refused') > 0;
      },
      refused: (refusal) => this.#announce('refused', [refusal]),
    });
    return running;
  }

  get #address(): string {
    return this.#server?.address ?? 'the server';
  }

  #announce<K extends keyof ServerEvents>(
    event: K,
    args: ServerEvents[K],
    failed = (thrown: unknown): void =>
      this.#faults.tell('SP_LISTENER_FAILED', `a listener of "${event}" failed`, thrown),
  ): void {
    if (this.#server !== null) announce(this.#server, event, args, failed);
  }

  async #reloadTls(options?: TlsServerOptions): Promise<void> {
    const { tls } = this.#parts;
    if (!tls) throw new OptionError('tls', 'options when the server begins to listen', 'none');
    await tls.reload(options);
  }

  /** A call without `drain` ends the draining of one before. */
  async #close(listening: Listening, options: CloseOptions = CLOSE_AT_ONCE): Promise<ServerCloseReport> {
    const drains = drainTimeoutOf(options) !== null;
    if (this.#closing === null) this.#closing = this.#closeOnce(listening, options);
    else if (!drains) for (const session of this.#roster.sessions) void session.close();
    return this.#closing;
  }

  async #closeOnce(listening: Listening, options: CloseOptions): Promise<ServerCloseReport> {
    this.#descriptors?.stop();
    const closed = listening.close();
    this.#arrivals.close();
    this.#parts.proxies?.close();
    this.#parts.door?.close();
    this.#directory.close();
    const report = sumOf(
      await Promise.all([...this.#roster.sessions].map((session) => session.close(options))),
    );
    await closed;
    this.#parts.log.close();
    this.#faults.close();
    this.#announce('closed', [report]);
    return report;
  }

  #warnOfShortage(limit: number | null): void {
    const text =
      `out of file descriptors, connections to ${this.#address} are turned away or make room for others` +
      (limit === null ? '' : ` (the limit of the process is ${limit}, see ulimit -n)`);
    warn('SP_NO_DESCRIPTORS', text, { scope: this });
    this.#parts.log.warn(text);
  }
}
