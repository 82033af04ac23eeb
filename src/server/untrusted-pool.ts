/**
 * The connections of peers that have not authenticated: a bounded number, so that strangers cannot use up a server, and
 * (optionally) for a bounded time. When the pool is full the oldest connection goes: an honest client has authenticated
 * long before, and a flood of silent connections pushes out only its own.
 */

import type { Clock } from '../base/clock.js';
import type { LinkReason } from '../protocol/reasons.js';

/** A connection as the pool sees it. */
export interface Evictable {
  /** Breaks the connection; leads to `remove`. */
  disconnect(reason: LinkReason): void;
}

/** How many, and for how long; null means no time limit. */
export interface UntrustedPoolLimits {
  readonly maxConnections: number;
  readonly handshakeTimeoutMs: number | null;
}

/** Holds the connections that are not trusted, oldest first. */
export class UntrustedPool {
  readonly #clock: Clock;
  readonly #limits: UntrustedPoolLimits;
  readonly #timers = new Map<Evictable, unknown>();
  /** How many connections were closed because the pool was full, and because their time was over. */
  evicted = 0;
  timedOut = 0;

  constructor(clock: Clock, limits: UntrustedPoolLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.#timers.size;
  }

  /** Adds a connection that is not (or no longer) trusted; evicts the oldest if the pool is full. */
  add(connection: Evictable): void {
    this.remove(connection);
    const { maxConnections, handshakeTimeoutMs } = this.#limits;
    const timer =
      handshakeTimeoutMs === null
        ? undefined
        : this.#clock.setTimeout(() => {
            this.timedOut++;
            this.#close(connection, 'handshake-timeout');
          }, handshakeTimeoutMs);
    this.#timers.set(connection, timer);
    while (this.#timers.size > maxConnections) {
      const [oldest] = this.#timers.keys();
      if (oldest === undefined) return;
      this.evicted++;
      this.#close(oldest, 'too-many-untrusted');
    }
  }

  /** Removes a connection that is trusted now, or gone. */
  remove(connection: Evictable): void {
    const timer = this.#timers.get(connection);
    if (timer !== undefined) this.#clock.clearTimeout(timer);
    this.#timers.delete(connection);
  }

  #close(connection: Evictable, reason: LinkReason): void {
    this.remove(connection);
    connection.disconnect(reason);
  }
}
