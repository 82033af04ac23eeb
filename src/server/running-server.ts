import { EventEmitter } from 'node:events';
import type { Session } from '../session/session.js';
import type { Server, ServerCounters } from './listen.js';
import type { ServerEvents } from './server-events.js';

/** What a server is to its program. */
export interface ServerParts {
  readonly host: string;
  readonly port: number;
  readonly sessions: ReadonlySet<Session>;
  readonly counters: () => ServerCounters;
  readonly close: () => Promise<void>;
}

/**
 * The server as its program has it. Nothing of the server hangs on the listeners here: a program may remove them all, and
 * they may fail.
 */
export class RunningServer extends EventEmitter<ServerEvents> implements Server {
  readonly host: string;
  readonly port: number;
  readonly sessions: ReadonlySet<Session>;
  readonly #parts: ServerParts;

  constructor(parts: ServerParts) {
    super();
    this.host = parts.host;
    this.port = parts.port;
    this.sessions = parts.sessions;
    this.#parts = parts;
  }

  get counters(): ServerCounters {
    return this.#parts.counters();
  }

  close(): Promise<void> {
    return this.#parts.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
