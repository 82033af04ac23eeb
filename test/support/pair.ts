import { createMemoryPair, type MemoryComm, Session, type SessionOptions } from '../../src/index.js';
import { VirtualClock } from './virtual-clock.js';

/** What the two sessions of a pair are made with. */
export interface PairOptions {
  readonly client?: SessionOptions;
  readonly server?: SessionOptions;
  readonly both?: SessionOptions;
}

/** Two sessions over a memory pair, on virtual time. */
export class Pair {
  readonly clock = new VirtualClock();
  readonly clientComm: MemoryComm;
  readonly serverComm: MemoryComm;
  readonly client: Session;
  readonly server: Session;

  constructor(options: PairOptions = {}) {
    const { client, server } = createMemoryPair({ clock: this.clock });
    this.clientComm = client;
    this.serverComm = server;
    this.server = new Session(server, { clock: this.clock, ...options.both, ...options.server });
    this.client = new Session(client, {
      clock: this.clock,
      autoAuth: true,
      ...options.both,
      ...options.client,
    });
  }

  /** A pair that has connected (and authenticated, where both have the secret). */
  static async connected(options: PairOptions = {}): Promise<Pair> {
    const pair = new Pair(options);
    await pair.settle();
    return pair;
  }

  /** Lets everything happen that needs no time. */
  settle(): Promise<void> {
    return this.clock.advanceAsync(0);
  }

  /** Closes both ends; returns how many timers are left, which must be none. */
  async close(): Promise<number> {
    await Promise.all([this.client.close(), this.server.close()]);
    await this.settle();
    return this.clock.pending;
  }
}

/** What became of a promise so far, without waiting for it. */
export function watch<T>(promise: Promise<T>): {
  state: 'pending' | 'resolved' | 'rejected';
  value?: T;
  error?: unknown;
} {
  const watched: ReturnType<typeof watch<T>> = { state: 'pending' };
  promise.then(
    (value) => Object.assign(watched, { state: 'resolved', value }),
    (error: unknown) => Object.assign(watched, { state: 'rejected', error }),
  );
  return watched;
}
