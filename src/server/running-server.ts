import { EventEmitter } from 'node:events';
import { callersOf, withCallers } from '../base/callers.js';
import type { CloseOptions } from '../session/close-options.js';
import { INSPECT, type Inspecting, inspected } from '../session/portrait.js';
import type { Session } from '../session/session.js';
import type { TlsServerOptions } from '../transport/tls/options.js';
import type { ServerCloseReport } from './close-report.js';
import type { Server, ServerCounters } from './listen.js';
import type { Roster } from './roster.js';
import type { ServerEvents } from './server-events.js';

/** What a server is to its program. */
export interface ServerParts {
  readonly host: string;
  readonly port: number;
  readonly roster: Roster;
  readonly counters: () => ServerCounters;
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
  readonly #parts: ServerParts;

  constructor(parts: ServerParts) {
    super();
    this.host = parts.host;
    this.port = parts.port;
    this.#parts = parts;
  }

  get sessions(): ReadonlySet<Session> {
    return this.#parts.roster.sessions;
  }

  get counters(): ServerCounters {
    return this.#parts.counters();
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
    const { host, port } = this;
    return { host, port, sessions: this.#parts.roster.size, counters: Object.fromEntries(counters) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
