/** The sessions as rows, and the totals: as the debugger sends them, or worked out from the entries of a recording. */

import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { Group } from '../../../src/inspector/group.js';
import { linkEndsWith } from '../../../src/inspector/pairing.js';
import type { Feed, NumberedEntry, SessionRow, Totals } from './types.js';

const NO_TOTALS: Totals = {
  entries: 0,
  messages: 0,
  troubles: 0,
  byCode: {},
  missedElsewhere: 0,
  sessions: 0,
  forgottenSessions: 0,
};

/** Knows the row of each session. */
export class SessionRows {
  readonly #rows = new Map<string, SessionRow>();
  readonly #version = signal(0);
  #isChanged = false;
  /** Whether the debugger sends rows and totals. */
  #areSent = false;
  /** The sessions of a recording, which has no rows of its own. */
  readonly #groups = new Map<string, Group>();
  readonly #changedGroups = new Set<Group>();
  readonly #totals = signal<Totals>(NO_TOTALS);

  /** The rows, in the order in which the sessions came. */
  readonly all: ReadonlySignal<readonly SessionRow[]> = computed(() => {
    this.#version.value;
    return [...this.#rows.values()];
  });
  /** How much there was, whether it is kept or not. */
  readonly totals: ReadonlySignal<Totals> = this.#totals;

  has(group: string): boolean {
    return this.#rows.has(group);
  }

  /** The row of a session; who reads it in a component or an effect is called when a row changes. */
  of(group: string | null): SessionRow | undefined {
    this.#version.value;
    return group === null ? undefined : this.#rows.get(group);
  }

  /** Takes rows and totals that the debugger sends: nothing is worked out from now on. */
  takeSent({ sessions, goneSessions, totals }: Pick<Feed, 'sessions' | 'goneSessions' | 'totals'>): void {
    this.#areSent = true;
    for (const row of sessions) this.#rows.set(row.group, row);
    for (const group of goneSessions) this.#rows.delete(group);
    if (sessions.length + goneSessions.length > 0) this.#isChanged = true;
    this.#totals.value = totals;
  }

  /**
   * Brings rows and totals of a recording up to date.
   *
   * @param entries what is new
   * @param nowMs the time of the newest entry
   * @param troubles how many troubles there are now
   */
  workOut(entries: readonly NumberedEntry[], nowMs: number, troubles: number): void {
    if (this.#areSent) return;
    const before = this.#totals.peek();
    const byCode = { ...before.byCode };
    let messages = 0;
    for (const entry of entries) {
      this.#follow(entry);
      if (entry.kind === 'message') messages++;
      if (entry.kind === 'trouble') byCode[entry.code] = (byCode[entry.code] ?? 0) + 1;
    }
    for (const group of this.#changedGroups) {
      const row = group.row(nowMs);
      this.#rows.set(row.group, row);
      this.#isChanged = true;
    }
    this.#changedGroups.clear();
    this.#totals.value = {
      ...before,
      entries: before.entries + entries.length,
      messages: before.messages + messages,
      troubles,
      byCode,
      sessions: this.#rows.size,
    };
  }

  /** Calls those who read it. */
  announce(): void {
    if (!this.#isChanged) return;
    this.#isChanged = false;
    this.#version.value++;
  }

  clear(): void {
    this.#rows.clear();
    this.#isChanged = true;
    this.#areSent = false;
    this.#groups.clear();
    this.#changedGroups.clear();
    this.#totals.value = NO_TOTALS;
  }

  #follow(entry: NumberedEntry): void {
    let group = this.#groups.get(entry.group);
    if (group === undefined) this.#groups.set(entry.group, (group = new Group(entry.group)));
    if (entry.kind === 'message') group.pairing.follow(entry);
    if (entry.kind === 'note') linkEndsWith(entry, group.pairing);
    group.took(entry);
    this.#changedGroups.add(group);
  }
}
