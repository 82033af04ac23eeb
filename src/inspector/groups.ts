/** All groups of a debugger, and their rows by version: a page asks for what has changed since it asked last. */

import type { SessionRow } from './feed.js';
import { Group } from './group.js';

/** Rows change with each message: one version has to do for all changes in this time. */
const VERSION_PAUSE_MS = 400;
/** So many are forgotten at once: choosing takes a look at all. */
const FORGET_SHARE = 0.05;
/** How many names of forgotten groups are kept for pages that show them still. */
const MAX_GONE_KEPT = 10_000;

/** The groups, at most so many. */
export class Groups {
  readonly #most: number;
  readonly #groups = new Map<string, Group>();
  /** Of those that have one, by the name that the channel has had last. */
  readonly #byChannelName = new Map<string, Group>();
  #gone: { readonly name: string; readonly version: number }[] = [];
  #made = 0;
  #forgotten = 0;
  #version = 0;
  #versionMs = Number.NEGATIVE_INFINITY;

  /** @param most how many are kept */
  constructor(most: number) {
    this.#most = most;
  }

  /** How many there have been, and how many of them were forgotten. */
  get counts(): { readonly sessions: number; readonly forgottenSessions: number } {
    return { sessions: this.#made, forgottenSessions: this.#forgotten };
  }

  /** Whether anything has changed since a version. */
  hasChangedSince(version: number): boolean {
    return version < this.#version;
  }

  /** Whether the page may ask in any of them. */
  get canSend(): boolean {
    for (const group of this.#groups.values()) if (group.isAskable) return true;
    return false;
  }

  [Symbol.iterator](): IterableIterator<Group> {
    return this.#groups.values();
  }

  get(name: string): Group | undefined {
    return this.#groups.get(name);
  }

  /** The group of this name; a new one unless there is one. */
  of(name: string, process: string | null = null): Group {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new Group(name, process);
      this.#made++;
      this.#groups.set(name, group);
      if (this.#groups.size > this.#most) this.#forget(group);
    }
    return group;
  }

  /** The group whose channel has been called this last, unless it is over. */
  named(channelName: string): Group | undefined {
    const group = this.#byChannelName.get(channelName);
    return group === undefined || group.isOver ? undefined : group;
  }

  /** An entry of the group was added. */
  changed(group: Group): void {
    group.isChanged = true;
    const { channelName } = group;
    if (channelName !== null && this.#byChannelName.get(channelName) !== group)
      this.#byChannelName.set(channelName, group);
  }

  /**
   * The rows that have changed since a version; all of them for 0.
   *
   * @param nowMs the time, as in entries
   */
  since(version: number, nowMs: number): { version: number; rows: SessionRow[]; gone: string[] } {
    this.refresh(nowMs);
    const rows: SessionRow[] = [];
    for (const group of this.#groups.values())
      if (version === 0 || group.version > version) rows.push(group.row(nowMs));
    const gone = version === 0 ? [] : this.#gone.filter((each) => each.version > version);
    return { version: this.#version, rows, gone: gone.map(({ name }) => name) };
  }

  /** Makes a version of what has changed, if it is time for one. */
  refresh(nowMs: number): void {
    if (nowMs >= this.#versionMs && nowMs < this.#versionMs + VERSION_PAUSE_MS) return;
    this.#versionMs = nowMs;
    const next = this.#version + 1;
    for (const group of this.#groups.values()) {
      if (!group.isChanged) continue;
      this.#version = next;
      group.version = next;
      // its rate falls although nothing happens any more
      group.isChanged = group.changesAfter(nowMs);
    }
  }

  /**
   * Forgets those that are over before those that go on, of either those without trouble first, and of these those that were quiet
   * for longest. One that goes on would come back with its next entry, however much trouble others had.
   */
  #forget(newest: Group): void {
    const weigh = (group: Group): number => (group.isOver ? 0 : 2) + (group.troubles > 0 ? 1 : 0);
    const all = [...this.#groups.values()].filter((group) => group !== newest);
    all.sort((one, other) => weigh(one) - weigh(other) || one.lastMs - other.lastMs);
    this.#version++;
    for (const group of all.slice(0, Math.ceil(this.#most * FORGET_SHARE))) {
      this.#groups.delete(group.name);
      const { channelName } = group;
      if (channelName !== null && this.#byChannelName.get(channelName) === group)
        this.#byChannelName.delete(channelName);
      this.#gone.push({ name: group.name, version: this.#version });
      this.#forgotten++;
    }
    if (this.#gone.length > MAX_GONE_KEPT) this.#gone = this.#gone.slice(-MAX_GONE_KEPT);
  }
}
