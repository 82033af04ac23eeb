import type { SessionAnnouncement } from '../../machines/index.js';
import type { SessionWatcher } from '../session/internals.js';
import type { Session } from '../session/session.js';
import { Line, Spot } from './line.js';

/** The sessions of a server whose connection is up. */
export class Roster {
  readonly #line = new Line<Session>();
  #set: Set<Session> | null = null;

  get size(): number {
    return this.#line.size;
  }

  /** The same as a Set, for the program: made when it first looks, and kept from then on. */
  get sessions(): ReadonlySet<Session> {
    this.#set ??= new Set(this.#line);
    return this.#set;
  }

  /** Writes a session down, until it is closed. */
  add(session: Session, entry: RosterEntry): void {
    entry.spot = new Spot(session);
    entry.spot.join(this.#line);
    this.#set?.add(session);
  }

  /** Strikes a session off, if it is there. */
  remove({ spot }: RosterEntry): void {
    if (spot === null) return;
    spot.leave();
    this.#set?.delete(spot.member);
  }
}

/** What a roster knows of one session: hears of its end. */
export class RosterEntry implements SessionWatcher {
  readonly #roster: Roster;
  spot: Spot<Session> | null = null;

  constructor(roster: Roster) {
    this.#roster = roster;
  }

  announced({ type }: SessionAnnouncement): void {
    if (type === 'closed') this.#roster.remove(this);
  }
}
