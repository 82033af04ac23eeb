/**
 * The connections of peers that have not authenticated: a bounded number, so that strangers cannot use up a server.
 *
 * The law: a peer whose handshake makes progress is never pushed out for a newcomer. When the pool is full, silent peers go
 * first, then idle ones, the oldest of the network that has most of them; those that connected or spoke within the last second
 * go last, or a crowd of newcomers would push each other out. Nothing here has a timer, unless the time to authenticate is
 * limited: stalled peers are found when a place is needed.
 */

import type { Clock } from '../base/clock.js';
import type { LinkReason } from '../protocol/reasons.js';
import { Crowd, type Member } from './crowd.js';
import { Line, Spot } from './line.js';

/** How long a step of a handshake counts: the next follows within a round trip, which is shorter on any link. */
export const MOVING_MS = 5_000;
/** How long a peer that has connected or spoken counts as busy: a handshake begins with the first round trip. */
export const FRESH_MS = 1_000;
/** A flood that talks is told from newcomers by its number: so many, and so many times as many. */
const FLOOD = 256;
const FLOOD_RATIO = 16;
/** A newcomer from a network with more than this part of the places pushes out peers of its own network only. */
const FAIR_SHARE = 1 / 2;

const BUSY: readonly Kind[] = ['new', 'fresh'];

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

/** Who can be pushed out: has just come, has just spoken, has never said anything, has not for a while. */
type Kind = 'new' | 'fresh' | 'silent' | 'idle';

/** The place of one connection. */
export class Place implements Member {
  readonly connection: Evictable;
  readonly network: string;
  kind: Kind | 'moving' | 'gone' = 'gone';
  /** When it came, said something, or made a step of its handshake. */
  actedMs = 0;
  timer: unknown;
  /** Among those who are busy, or those who move. */
  readonly turn: Spot<Place> = new Spot<Place>(this);
  /** In the crowd of its kind. */
  readonly spot: Spot<Member> = new Spot<Member>(this);

  constructor(connection: Evictable, network: string) {
    this.connection = connection;
    this.network = network;
  }
}

/** Holds the connections that are not trusted. */
export class UntrustedPool {
  readonly #clock: Clock;
  readonly #limits: UntrustedPoolLimits;
  readonly #crowds: Readonly<Record<Kind, Crowd<Place>>> = {
    new: new Crowd(),
    fresh: new Crowd(),
    silent: new Crowd(),
    idle: new Crowd(),
  };
  /** Peers that are new, fresh or moving, in the order of their last act. */
  readonly #recent = new Line<Place>();
  readonly #moving = new Line<Place>();
  readonly #sizes = new Map<string, number>();
  size = 0;
  /** How many connections were closed because the pool was full, and because their time was over. */
  evicted = 0;
  timedOut = 0;

  constructor(clock: Clock, limits: UntrustedPoolLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Whether the next newcomer pushes a peer out. */
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
    const place = new Place(connection, network);
    this.#become(place, 'new');
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
    if (place.kind !== 'moving' && place.kind !== 'gone') this.#become(place, 'fresh');
  }

  /** The peer has made a step of its handshake. */
  moved(place: Place): void {
    if (place.kind !== 'gone') this.#become(place, 'moving');
  }

  /** Removes a connection that is trusted now, or gone. */
  remove(place: Place): void {
    if (place.kind === 'gone') return;
    this.#become(place, 'gone');
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
    const victim = this.#victim(isOverShare ? network : null);
    if (victim === undefined) return false;
    this.evicted++;
    this.#close(victim, 'too-many-untrusted');
    return true;
  }

  /** @param network where it has to come from; null: anywhere */
  #victim(network: string | null): Place | undefined {
    const { new: newcomers, fresh } = this.#crowds;
    const isFlood = fresh.size > FLOOD && fresh.size > newcomers.size * FLOOD_RATIO;
    const kinds: readonly Kind[] = ['silent', 'idle', ...(isFlood ? BUSY.toReversed() : BUSY)];
    for (const kind of kinds) {
      const crowd = this.#crowds[kind];
      const victim = network === null ? crowd.oldestOfLargest() : crowd.oldestOf(network);
      if (victim !== undefined) return victim;
    }
    return undefined;
  }

  /** A peer that has done nothing for a while is no longer busy, and a handshake that has not moved is idle. */
  #findStalled(): void {
    const now = this.#clock.now();
    for (const place of this.#recent) {
      if (now - place.actedMs < FRESH_MS) break;
      this.#become(place, place.kind === 'new' ? 'silent' : 'idle');
    }
    for (const place of this.#moving) {
      if (now - place.actedMs < MOVING_MS) break;
      this.#become(place, 'idle');
    }
  }

  #become(place: Place, kind: Place['kind']): void {
    const { kind: before } = place;
    place.turn.leave();
    if (before !== 'moving' && before !== 'gone') this.#crowds[before].delete(place);
    place.kind = kind;
    if (kind === 'gone') return;
    if (kind !== 'moving') this.#crowds[kind].add(place);
    if (kind === 'silent' || kind === 'idle') return;
    place.actedMs = this.#clock.now();
    if (kind === 'moving') place.turn.join(this.#moving);
    else place.turn.join(this.#recent);
  }

  #close(place: Place, reason: LinkReason): void {
    this.remove(place);
    place.connection.disconnect(reason);
  }
}
