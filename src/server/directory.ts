/**
 * Finds the peers of a server by name and by group.
 *
 * The law: where a secret is set, the name of a peer counts from the moment it is trusted. `duplicateNames` decides between two
 * peers of one name. A server that looks nobody up pays nothing: the books begin with the first look, or with a rule that needs
 * them.
 */

import type { Clock } from '../base/clock.js';
import { wrongResult } from '../base/returned.js';
import type { LinkReason } from '../protocol/reasons.js';
import type { Session } from '../session/session.js';
import type { Faults } from './faults.js';
import { Line, Spot } from './line.js';
import { NameContests } from './name-contests.js';
import { PeerWaits } from './peer-waits.js';
import type { Roster, RosterEntry } from './roster.js';
import type { ServerLog } from './server-log.js';

/** What becomes of two peers of one name. */
export type DuplicateNames = 'allow' | 'evict' | 'refuse';

/** The group or the groups of a session; null, or undefined, for none. */
export type GroupOf = (session: Session) => string | readonly string[] | null | undefined;

/**
 * Hears at once when a name can be addressed and when it cannot any more, to tell others of the peers of a server. Only where
 * `duplicateNames` lets a name have one peer. Must not throw.
 */
export interface NameWatcher {
  /** A peer can be addressed by its name. It takes the place of the one that had the name, if there is one. */
  entered(name: string, session: Session): void;
  /** Nobody here has the name any more. */
  left(name: string, session: Session, reason: LinkReason): void;
}

/** By which rules peers are addressed. */
export interface AddressingRules {
  readonly duplicateNames: DuplicateNames;
  readonly group: GroupOf | null;
  /** Null, or left out: nobody. */
  readonly watcher?: NameWatcher | null;
  /** Contests for names, where somebody else has them too; the directory closes them. */
  readonly contests?: NameContests | null;
}

/** What a directory works with. */
export interface DirectoryParts extends AddressingRules {
  readonly clock: Clock;
  readonly log: ServerLog;
  readonly faults: Faults;
}

const NOBODY: ReadonlySet<Session> = new Set();
const NO_GROUPS: readonly string[] = Object.freeze([]);

/** Finds the peers of one server. */
export class Directory {
  readonly #parts: DirectoryParts;
  readonly #roster: Roster;
  /** How often what has happened. */
  readonly counts = {
    nameTakeovers: 0,
    refusedByName: 0,
    refusedByFlapping: 0,
    peerNameMismatches: 0,
    groupErrors: 0,
  };
  /** Those of a name in the order in which they came; null until somebody asks. */
  #names: Map<string, Line<RosterEntry>> | null;
  readonly #groups = new Map<string, Set<Session>>();
  #contests: NameContests | null;
  #waits: PeerWaits | null = null;

  constructor(roster: Roster, parts: DirectoryParts) {
    this.#roster = roster;
    this.#parts = parts;
    this.#names = parts.duplicateNames === 'allow' ? null : new Map();
    this.#contests = parts.contests ?? null;
  }

  // ── who is there ──

  /** The peer of a name: the one that came last, where there are several. */
  byName(name: string): Session | undefined {
    return this.#begun().get(name)?.last?.member.session ?? undefined;
  }

  /** The members of a group. */
  group(group: string): ReadonlySet<Session> {
    return this.#groups.get(group) ?? NOBODY;
  }

  /** How many members each group has. */
  get groupSizes(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#groups].map(([group, { size }]) => [group, size]));
  }

  /** All peers that can be addressed. */
  get peers(): Session[] {
    const peers: Session[] = [];
    for (const { isAddressable, session } of this.#roster.entries)
      if (isAddressable && session !== null) peers.push(session);
    return peers;
  }

  /** How many names two peers have claimed within the last minutes. */
  get contestedNames(): number {
    return this.#contests?.size ?? 0;
  }

  /** Who waits for peers that are not there. */
  get waits(): PeerWaits {
    return (this.#waits ??= new PeerWaits(this.#parts.clock));
  }

  // ── who comes and goes ──

  /** A session can be addressed from now on, or its peer has given its name. */
  enter(entry: RosterEntry): void {
    const { session } = entry;
    if (session === null || !entry.isAddressable) return;
    const name = session.peerName;
    if (name !== null && this.#names !== null && entry.nameSpot === null) {
      const refusal = this.#judge(this.#names, name);
      if (refusal !== null) return this.#refuse(entry, refusal, name);
      this.#write(this.#names, name, entry);
      this.#waits?.arrived(name, session);
      this.#parts.watcher?.entered(name, session);
    }
    if (this.#parts.group !== null) this.#regroup(entry, session, this.#parts.group);
  }

  /** A session cannot be addressed any more. */
  leave(entry: RosterEntry, reason: LinkReason): void {
    const name = entry.nameSpot === null ? null : (entry.session?.peerName ?? null);
    this.#strike(entry);
    if (name !== null && entry.session !== null) this.#parts.watcher?.left(name, entry.session, reason);
  }

  #strike(entry: RosterEntry): void {
    const { nameSpot, groups, session } = entry;
    if (nameSpot !== null) {
      const { line } = nameSpot;
      nameSpot.leave();
      entry.nameSpot = null;
      const name = session?.peerName ?? null;
      if (line?.size === 0 && name !== null) this.#names?.delete(name);
    }
    if (groups !== null && session !== null) {
      for (const group of groups) this.#leaveGroup(group, session);
      entry.groups = null;
    }
  }

  /** The server takes no connections any more. */
  close(): void {
    this.#contests?.close();
    this.#waits?.close();
  }

  // ── names ──

  #begun(): Map<string, Line<RosterEntry>> {
    if (this.#names !== null) return this.#names;
    const names = new Map<string, Line<RosterEntry>>();
    for (const entry of this.#roster.entries) {
      const name = entry.session?.peerName ?? null;
      if (entry.isAddressable && name !== null) this.#write(names, name, entry);
    }
    this.#names = names;
    return names;
  }

  #write(names: Map<string, Line<RosterEntry>>, name: string, entry: RosterEntry): void {
    const line = names.get(name) ?? new Line<RosterEntry>();
    names.set(name, line);
    entry.nameSpot = new Spot(entry);
    entry.nameSpot.join(line);
  }

  /** Whether a newcomer may have a name; evicts the present owner where the newer one wins. */
  #judge(names: Map<string, Line<RosterEntry>>, name: string): 'name-taken' | 'name-flapping' | null {
    const holder = names.get(name)?.last?.member;
    const { duplicateNames, clock } = this.#parts;
    if (holder === undefined || duplicateNames === 'allow') return null;
    if (duplicateNames === 'refuse') return 'name-taken';
    this.#contests ??= new NameContests(clock);
    if (this.#contests.claim(name) === 'holder') return 'name-flapping';
    this.#evict(holder, name);
    return null;
  }

  #evict(holder: RosterEntry, name: string): void {
    // a watcher hears of the one that takes its place
    this.#strike(holder);
    this.counts.nameTakeovers++;
    this.#parts.log.tell('nameTakeovers', holder.address, shownName(name));
    disconnect(holder, 'name-taken-over');
  }

  #refuse(newer: RosterEntry, reason: 'name-taken' | 'name-flapping', name: string): void {
    const event = reason === 'name-taken' ? 'refusedByName' : 'refusedByFlapping';
    this.counts[event]++;
    this.#parts.log.tell(event, newer.address, shownName(name));
    disconnect(newer, reason);
  }

  /** A peer claimed another name than the one that it is bound to. */
  mismatched({ address }: RosterEntry): void {
    this.counts.peerNameMismatches++;
    this.#parts.log.tell('peerNameMismatches', address);
  }

  // ── groups ──

  #regroup(entry: RosterEntry, session: Session, groupOf: GroupOf): void {
    const groups = this.#groupsOf(session, groupOf);
    for (const group of entry.groups ?? NO_GROUPS)
      if (!groups.includes(group)) this.#leaveGroup(group, session);
    for (const group of groups) {
      const members = this.#groups.get(group) ?? new Set<Session>();
      this.#groups.set(group, members.add(session));
    }
    entry.groups = groups;
  }

  #leaveGroup(group: string, session: Session): void {
    const members = this.#groups.get(group);
    if (members?.delete(session) === true && members.size === 0) this.#groups.delete(group);
  }

  #groupsOf(session: Session, groupOf: GroupOf): readonly string[] {
    try {
      const given: unknown = groupOf(session) ?? NO_GROUPS;
      const groups: readonly unknown[] = Array.isArray(given) ? given : [given];
      if (groups.every((group) => typeof group === 'string')) return [...new Set(groups)];
      throw wrongResult('group', 'a text, an array of texts, or null', given);
    } catch (error) {
      this.counts.groupErrors++;
      this.#parts.faults.tell('SP_GROUP_FAILED', 'group failed, the session is in no group', error);
      return NO_GROUPS;
    }
  }
}

/** Takes effect at once: nothing that it sends, and nothing that waits for it, passes any more. */
function disconnect({ session }: RosterEntry, reason: LinkReason): void {
  session?.commInstance.disconnect?.(reason);
}

const MAX_SHOWN_NAME_LENGTH = 100;

/** A name as peers give it, for a line of the log. */
function shownName(name: string): string {
  return JSON.stringify(name.slice(0, MAX_SHOWN_NAME_LENGTH));
}
