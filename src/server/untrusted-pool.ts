/**
 * The connections of peers that have not authenticated: a bounded number, so that strangers cannot use up a server.
 *
 * The law: who is in a handshake that moves is never pushed out for a newcomer. When the pool is full, those go first who
 * have said nothing, then those who are idle, the oldest of the network that has most of them. Nothing here has a timer,
 * unless the time to authenticate is limited: who has stalled is found when a place is needed.
 */

import type { Clock } from '../base/clock.js';
import type { LinkReason } from '../protocol/reasons.js';
import { Crowd } from './crowd.js';

/** How long a step of a handshake counts: the next follows within a round trip, which is shorter on any link. */
export const MOVING_MS = 5_000;
/** Who comes from a network with more than this part of the places pushes out peers of this network only. */
const FAIR_SHARE = 1 / 2;

/** A connection as the pool sees it. */
export interface Evictable {
  /** Breaks the connection; leads to `remove`. */
  disconnect(reason: LinkReason): void;
}

/** How many, and for how long. */
export interface UntrustedPoolLimits {
  /** How many places there are for peers that are not in a handshake that moves. */
  readonly maxConnections: number;
  /** How many places one network may have where all of them move. */
  readonly maxConnectionsOfNetwork: number;
  /** Null: as long as they like. */
  readonly handshakeTimeoutMs: number | null;
}

/** The place of one connection. */
export interface Place {
  readonly connection: Evictable;
  readonly network: string;
  /** What the peer has done last: nothing, something, or a step of its handshake. */
  kind: 'silent' | 'idle' | 'moving' | 'gone';
  movedMs: number;
  timer: unknown;
}

/** Holds the connections that are not trusted. */
export class UntrustedPool {
  readonly #clock: Clock;
  readonly #limits: UntrustedPoolLimits;
  readonly #silent = new Crowd<Place>();
  readonly #idle = new Crowd<Place>();
  /** In the order of their last step. */
  readonly #moving = new Set<Place>();
  readonly #sizes = new Map<string, number>();
  size = 0;
  /** How many connections were closed because the pool was full, and because their time was over. */
  evicted = 0;
  timedOut = 0;

  constructor(clock: Clock, limits: UntrustedPoolLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Whether the next who comes pushes somebody out. */
  get isFull(): boolean {
    return this.size >= this.#limits.maxConnections;
  }

  /**
   * Gives a place to a connection that is not (or no longer) trusted; pushes another out if the pool is full.
   *
   * @returns null where there is no place: all others are in handshakes that move, and the network has had its share
   */
  add(connection: Evictable, network: string): Place | null {
    const { maxConnectionsOfNetwork, handshakeTimeoutMs } = this.#limits;
    if (this.isFull && !this.makeRoom(network) && this.sizeOf(network) >= maxConnectionsOfNetwork)
      return null;
    const place: Place = { connection, network, kind: 'silent', movedMs: 0, timer: undefined };
    this.#silent.add(place);
    this.#sizes.set(network, this.sizeOf(network) + 1);
    this.size++;
    if (handshakeTimeoutMs !== null) {
      place.timer = this.#clock.setTimeout(() => {
        this.timedOut++;
        this.#close(place, 'handshake-timeout');
      }, handshakeTimeoutMs);
    }
    return place;
  }

  /** The peer has said something that is no step of a handshake. */
  spoke(place: Place): void {
    if (place.kind !== 'silent') return;
    this.#silent.delete(place);
    this.#becomeIdle(place);
  }

  /** The peer has made a step of its handshake. */
  moved(place: Place): void {
    if (place.kind === 'gone') return;
    this.#leaveKind(place);
    place.kind = 'moving';
    place.movedMs = this.#clock.now();
    this.#moving.add(place);
  }

  /** Removes a connection that is trusted now, or gone. */
  remove(place: Place): void {
    if (place.kind === 'gone') return;
    this.#leaveKind(place);
    place.kind = 'gone';
    this.size--;
    const left = this.sizeOf(place.network) - 1;
    if (left > 0) this.#sizes.set(place.network, left);
    else this.#sizes.delete(place.network);
    this.#clock.clearTimeout(place.timer);
  }

  /** How many places a network has. */
  sizeOf(network: string): number {
    return this.#sizes.get(network) ?? 0;
  }

  /**
   * Pushes out one peer, for a newcomer.
   *
   * @param network where the newcomer comes from
   * @returns false where nobody can be pushed out
   */
  makeRoom(network: string): boolean {
    this.#findStalled();
    const isOverShare = this.sizeOf(network) > this.size * FAIR_SHARE && this.#sizes.size > 1;
    const victim = isOverShare
      ? (this.#silent.oldestOf(network) ?? this.#idle.oldestOf(network))
      : (this.#silent.oldestOfLargest() ?? this.#idle.oldestOfLargest());
    if (victim === undefined) return false;
    this.evicted++;
    this.#close(victim, 'too-many-untrusted');
    return true;
  }

  /** A handshake that has not moved for a while is idle. */
  #findStalled(): void {
    const since = this.#clock.now() - MOVING_MS;
    for (const place of this.#moving) {
      if (place.movedMs > since) return;
      this.#moving.delete(place);
      this.#becomeIdle(place);
    }
  }

  #becomeIdle(place: Place): void {
    place.kind = 'idle';
    this.#idle.add(place);
  }

  #leaveKind(place: Place): void {
    if (place.kind === 'silent') this.#silent.delete(place);
    else if (place.kind === 'idle') this.#idle.delete(place);
    else this.#moving.delete(place);
  }

  #close(place: Place, reason: LinkReason): void {
    this.remove(place);
    place.connection.disconnect(reason);
  }
}
