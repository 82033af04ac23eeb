import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { callersOf, withCallers } from '../base/callers.js';
import { OptionError } from '../protocol/errors.js';
import type { CloseOptions } from '../session/close-options.js';
import { INSPECT, type Inspecting, inspected } from '../session/portrait.js';
import type { Session } from '../session/session.js';
import { flawOf } from '../transport/duplex.js';
import type { Listening } from '../transport/tcp-server.js';
import type { TlsServerOptions } from '../transport/tls/options.js';
import type { ServerCloseReport } from './close-report.js';
import type { Server, ServerCounters } from './listen.js';
import type { Roster } from './roster.js';
import type { ServerEvents } from './server-events.js';

/** What a server is to its program. */
export interface ServerParts {
  readonly listening: Listening;
  readonly roster: Roster;
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

  constructor(parts: ServerParts) {
    super();
    const { host, port, path } = parts.listening;
    this.host = host;
    this.port = port;
    this.path = path;
    this.#parts = parts;
  }

  get sessions(): ReadonlySet<Session> {
    return this.#parts.roster.sessions;
  }

  get counters(): ServerCounters {
    return this.#parts.counters();
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
