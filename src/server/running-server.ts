import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { callersOf, withCallers } from '../base/callers.js';
import { warnOfMisspeltEvents } from '../base/event-names.js';
import { optionReader } from '../base/option-table.js';
import { wrongResult } from '../base/returned.js';
import { isThenable } from '../base/thenable.js';
import { OptionError } from '../protocol/errors.js';
import type { JsonValue, Message, PlainData } from '../protocol/message.js';
import type { CloseOptions } from '../session/close-options.js';
import type { SessionSettings } from '../session/options.js';
import { INSPECT, type Inspecting, inspected } from '../session/portrait.js';
import { NO_OPTIONS } from '../session/request-options.js';
import type { Session } from '../session/session.js';
import { flawOf } from '../transport/duplex.js';
import type { Listening } from '../transport/tcp-server.js';
import type { TlsServerOptions } from '../transport/tls/options.js';
import {
  askAll,
  askOf,
  type BroadcastMessage,
  type BroadcastResult,
  type BroadcastValue,
} from './broadcast.js';
import type { ServerCloseReport } from './close-report.js';
import type { Directory } from './directory.js';
import { NamedPeer } from './named-peer.js';
import {
  admitBroadcastOptions,
  BROADCAST_OPTIONS,
  type BroadcastOptions,
  type PeerRequestOptions,
} from './peer-options.js';
import type { Roster } from './roster.js';
import type { Server } from './server.js';
import type { ServerCounters } from './server-counters.js';
import { SERVER_EVENTS, type ServerEvents } from './server-events.js';
import type { ServerStats } from './server-stats.js';
import type { ServerSessions } from './session-set.js';

/** What a server is to its program. */
export interface ServerParts {
  readonly listening: Listening;
  readonly roster: Roster;
  readonly directory: Directory;
  readonly settings: Pick<SessionSettings, 'clock' | 'requestTimeoutMs' | 'maxPendingRequests'>;
  readonly stats: () => ServerStats;
  readonly counters: () => ServerCounters;
  readonly accept: (stream: Duplex) => void;
  readonly close: (options?: CloseOptions) => Promise<ServerCloseReport>;
  readonly reloadTls: (options?: TlsServerOptions) => Promise<void>;
}

/**
 * The server as its program has it. Nothing of the server hangs on the listeners here: a program may remove them all, and
 * they may fail.
 */
export class RunningServer extends EventEmitter<ServerEvents> implements Server {
  readonly host: string;
  readonly port: number;
  readonly path: string | null;
  readonly #parts: ServerParts;

  static {
    warnOfMisspeltEvents(RunningServer.prototype, 'a server', SERVER_EVENTS);
  }

  constructor(parts: ServerParts) {
    super();
    const { host, port, path } = parts.listening;
    this.host = host;
    this.port = port;
    this.path = path;
    this.#parts = parts;
  }

  get sessions(): ServerSessions {
    return this.#parts.roster.sessions;
  }

  get counters(): ServerCounters {
    return this.#parts.counters();
  }

  stats(): ServerStats {
    return this.#parts.stats();
  }

  peer(name: string, options: PeerRequestOptions = NO_OPTIONS): NamedPeer {
    const { directory, settings } = this.#parts;
    return new NamedPeer(name, options, { directory, ...settings });
  }

  request(
    name: string,
    requestSid: number,
    dataId: number,
    data?: unknown,
    options?: PeerRequestOptions,
  ): Promise<Message> {
    return this.#ask(name, (peer) => peer.request(requestSid, dataId, data, options));
  }

  read<T extends PlainData<T> = JsonValue>(
    name: string,
    dataId: number,
    options?: PeerRequestOptions,
  ): Promise<T> {
    return this.#ask(name, (peer) => peer.read<T>(dataId, options));
  }

  write<T extends PlainData<T> = JsonValue>(
    name: string,
    dataId: number,
    data: unknown,
    options?: PeerRequestOptions,
  ): Promise<T> {
    return this.#ask(name, (peer) => peer.write<T>(dataId, data, options));
  }

  execute<T extends PlainData<T> = JsonValue>(
    name: string,
    dataId: number,
    data?: unknown,
    options?: PeerRequestOptions,
  ): Promise<T> {
    return this.#ask(name, (peer) => peer.execute<T>(dataId, data, options));
  }

  #ask<T>(name: string, ask: (peer: NamedPeer) => Promise<T>): Promise<T> {
    try {
      return ask(this.peer(name));
    } catch (error) {
      return Promise.reject(withCallers(error, callersOf(this.#ask)));
    }
  }

  async broadcast<M extends BroadcastMessage>(
    message: M,
    options: BroadcastOptions = {},
  ): Promise<BroadcastResult<BroadcastValue<M>>[]> {
    admitBroadcastOptions(options);
    const { directory } = this.#parts;
    const read = optionReader(BROADCAST_OPTIONS, options);
    const [group, filter, signal, timeout] = [read('group'), read('filter'), read('signal'), read('timeout')];
    const ask = askOf(message, { timeout, signal });
    const members = group === null ? directory.peers : [...directory.group(group)];
    const chosen = filter === undefined ? members : members.filter((session) => passes(filter, session));
    const results = await askAll(chosen, ask, { concurrency: read('concurrency'), signal });
    return results as BroadcastResult<BroadcastValue<M>>[];
  }

  /** As texts have it. */
  get address(): string {
    return this.#parts.listening.address;
  }

  accept(stream: Duplex): void {
    const flaw = flawOf(stream);
    if (flaw !== null) throw new OptionError('stream', 'an open Duplex of bytes', flaw);
    this.#parts.accept(stream);
  }

  close(options?: CloseOptions): Promise<ServerCloseReport> {
    return this.#parts.close(options);
  }

  async reloadTls(options?: TlsServerOptions): Promise<void> {
    const callers = callersOf(this.reloadTls);
    try {
      await this.#parts.reloadTls(options);
    } catch (error) {
      throw withCallers(error, callers);
    }
  }

  /** What `console.log` shows: where it listens, how many sessions it has, and the counters that are not zero. */
  [INSPECT](depth: number | null, options: Inspecting['options'], inspect: Inspecting['inspect']): string {
    return inspected('Server', this.toJSON(), depth, { options, inspect });
  }

  /** The same as an object, for `JSON.stringify`. */
  toJSON(): object {
    const counters = Object.entries(this.counters).filter(([, count]) => count !== 0);
    const { host, port, path, address } = this;
    const where = path === null && host !== '' ? { host, port } : { address };
    return { ...where, sessions: this.#parts.roster.size, counters: Object.fromEntries(counters) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** A promise would let everybody pass. */
function passes(filter: (session: Session) => unknown, session: Session): unknown {
  const isChosen = filter(session);
  if (isThenable(isChosen)) throw wrongResult('filter', 'true or false', isChosen);
  return isChosen;
}
