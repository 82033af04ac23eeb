import type { SessionAnnouncement } from '../../machines/index.js';
import type { LinkReason } from '../protocol/reasons.js';
import type { SessionWatcher } from '../session/internals.js';
import type { Session } from '../session/session.js';
import type { Directory } from './directory.js';
import { Line, Spot } from './line.js';
import { SessionSet } from './session-set.js';
import type { Traffic } from './traffic.js';

/** What hangs on the comings and goings of a server's sessions. */
export interface RosterBooks {
  readonly directory: Directory;
  readonly traffic: Traffic;
  /** Whether a peer has to be trusted before it can be addressed. */
  readonly needsTrust: boolean;
}

/** The sessions of a server whose connection is up. */
export class Roster {
  readonly #line = new Line<RosterEntry>();
  #set: SessionSet | null = null;
  /** Null until they are there, and in tests of less. */
  books: RosterBooks | null = null;
  /** The most that there have been at once. */
  peak = 0;

  get size(): number {
    return this.#line.size;
  }

  get entries(): Iterable<RosterEntry> {
    return this.#line;
  }

  get all(): Session[] {
    const sessions: Session[] = [];
    for (const { session } of this.#line) if (session !== null) sessions.push(session);
    return sessions;
  }

  /** The same as a Set, for the program: made when it first looks, and kept from then on. */
  get sessions(): SessionSet {
    if (this.#set !== null) return this.#set;
    this.#set = new SessionSet(this.books?.directory ?? null);
    for (const session of this.all) this.#set.add(session);
    return this.#set;
  }

  /** Writes a session down, until it is closed. */
  add(session: Session, entry: RosterEntry): void {
    entry.session = session;
    entry.spot = new Spot(entry);
    entry.spot.join(this.#line);
    if (this.#line.size > this.peak) this.peak = this.#line.size;
    this.#set?.add(session);
    if (this.books?.needsTrust !== false) return;
    entry.isAddressable = true;
    this.books.directory.enter(entry);
  }

  /** Strikes a session off, if it is there. */
  remove({ spot, session }: RosterEntry): void {
    if (spot === null || session === null || spot.line === null) return;
    spot.leave();
    this.#set?.delete(session);
    this.books?.traffic.ended(session);
  }
}

/** What a roster knows of one session: hears of its end, and whether its peer can be addressed. */
export class RosterEntry implements SessionWatcher {
  readonly #roster: Roster;
  /** Where its connection comes from. */
  readonly address: string | undefined;
  /** Null until it has been made. */
  session: Session | null = null;
  spot: Spot<RosterEntry> | null = null;
  isAddressable = false;
  /** Its place among those of its name, and its groups, in a directory that has begun its books. */
  nameSpot: Spot<RosterEntry> | null = null;
  groups: readonly string[] | null = null;

  constructor(roster: Roster, address?: string) {
    this.#roster = roster;
    this.address = address;
  }

  announced(announcement: SessionAnnouncement): void {
    switch (announcement.type) {
      case 'trusted':
        this.isAddressable = true;
        return this.#roster.books?.directory.enter(this);
      case 'disconnected':
        this.#leave(announcement.reason);
        if (announcement.reason === 'peer-name-mismatch') this.#roster.books?.directory.mismatched(this);
        return;
      case 'untrusted':
      case 'closing':
        return this.#leave('session-closed');
      case 'closed':
        return this.#roster.remove(this);
    }
  }

  peerNamed(): void {
    this.#roster.books?.directory.enter(this);
  }

  #leave(reason: LinkReason): void {
    if (!this.isAddressable) return;
    this.isAddressable = false;
    this.#roster.books?.directory.leave(this, reason);
  }
}
