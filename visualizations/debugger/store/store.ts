/**
 * What the page knows, and what is chosen on it. Draws nothing.
 *
 * Entries come in by `take`, many at once; whatever is derived from them is brought up to date entry by entry, so that a
 * hundred thousand of them cost no more each than the first. Readers are called once for all of them.
 */

import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { Choice } from './choice.js';
import { Exchanges } from './exchanges.js';
import { type GrowingList, itemAt, placeWhere } from './growing.js';
import { KeptEntries, KeptTroubles, MAX_ENTRIES } from './kept.js';
import { SessionRows } from './session-rows.js';
import type { Steps } from './steps.js';
import type {
  ChartKind,
  Connection,
  Exchange,
  Feed,
  NumberedEntry,
  NumberedTrouble,
  Selection,
  SessionRow,
  Shown,
  Totals,
  View,
} from './types.js';
import { GroupHistory, type GroupWorld, isStep } from './world.js';

/** So many entries of a recording are taken at once. */
const PART = 500;

export class Store {
  readonly #entries: KeptEntries;
  readonly #troubles = new KeptTroubles();
  readonly #rows = new SessionRows();
  readonly #exchanges = new Exchanges();
  readonly #histories = new Map<string, GroupHistory>();
  readonly #suggested = signal<string | null>(null);
  /** How many entries the page keeps. */
  readonly maxEntries: number;

  /** Everything that happened, oldest first; the page has forgotten the first `entries.forgotten`. */
  readonly entries: GrowingList<NumberedEntry>;
  /** Entries of trouble as they came, oldest first; also those whose surroundings are forgotten. */
  readonly troubles: GrowingList<NumberedTrouble> = this.#troubles.list;
  /** The troubles as a list has them, oldest first: each once, and none that another explains. */
  readonly incidents: ReadonlySignal<readonly NumberedTrouble[]> = this.#troubles.incidents;
  /** The sessions, in the order in which they came. */
  readonly sessions: ReadonlySignal<readonly SessionRow[]> = this.#rows.all;
  /** How much there was, whether it is kept or not. */
  readonly totals: ReadonlySignal<Totals> = this.#rows.totals;
  /** Entries that this page never received: the debugger had forgotten them before it asked. */
  readonly missed = signal(0);
  /** Entries that this page had, and has forgotten. */
  readonly forgotten = signal(0);
  readonly connection: Signal<Connection> = signal<Connection>({ kind: 'connecting' });
  readonly title = signal('');
  /** When the debugger was opened, in milliseconds of the epoch; null if unknown. */
  readonly startedAt = signal<number | null>(null);
  /** The time of the newest entry. */
  readonly lastMs = signal(0);
  /** Whether requests can be sent in some session; each session says whether in it. */
  readonly canSendAnywhere = signal(false);

  /** What is chosen, and what waits to be shown. */
  readonly choice = new Choice({
    entry: (number) => this.entry(number),
    numberAt: (ms) => this.#numberAt(ms),
  });
  readonly selection: Signal<Selection> = this.choice.selection;
  readonly view: Signal<View> = this.choice.view;
  /** What the messages and events are searched for. */
  readonly filter: Signal<string> = this.choice.filter;
  /** Which pictures of machines were asked for; null: those of the last time. */
  readonly chartKind: Signal<ChartKind | null> = this.choice.chartKind;
  /** The moment that is shown, in milliseconds; null: what is now. */
  readonly moment: ReadonlySignal<number | null> = this.choice.moment;
  /** The number of the last entry that counts at that moment; null: all count. */
  readonly until: ReadonlySignal<number | null> = this.choice.until;
  /** The session that the pictures are about: the chosen one, that of the chosen entry, the first that failed, the first. */
  readonly group: ReadonlySignal<string | null> = computed(() => {
    const { group, entry } = this.selection.value;
    return group ?? this.entry(entry)?.group ?? this.#suggested.value;
  });

  constructor(maxEntries = MAX_ENTRIES) {
    this.maxEntries = maxEntries;
    this.#entries = new KeptEntries(maxEntries);
    this.entries = this.#entries.list;
  }

  // ── what comes in ──

  /** Takes what the debugger has sent. */
  takeFeed(feed: Feed): void {
    batch(() => {
      this.title.value = feed.title;
      this.startedAt.value = feed.startedAt;
      this.canSendAnywhere.value = feed.canSend;
      this.missed.value += feed.forgotten;
      const newest = feed.entries.at(-1);
      const isBehind = newest !== undefined && newest.number < feed.last;
      this.connection.value = { kind: 'live', behindMs: isBehind ? feed.nowMs - newest.ms : 0 };
      for (const trouble of feed.troubles) if (trouble.kind === 'trouble') this.#addTrouble(trouble);
      this.#rows.takeSent(feed);
      for (const group of feed.goneSessions)
        if (this.selection.peek().group !== group) this.#histories.delete(group);
      this.take(feed.entries);
      if (!isBehind) this.lastMs.value = Math.max(this.lastMs.value, feed.nowMs);
    });
  }

  /** Takes entries in the order of their numbers. */
  take(entries: readonly NumberedEntry[]): void {
    batch(() => {
      for (const entry of entries) this.#add(entry);
      const last = entries.at(-1);
      if (last !== undefined && last.ms > this.lastMs.peek()) this.lastMs.value = last.ms;
      this.#rows.workOut(entries, this.lastMs.peek(), this.#troubles.count);
      this.#forgetTooMuch();
      this.#announce();
    });
  }

  /** Shows a recording in place of what happens; entries that are not taken to the end count as never received. */
  *show({ name, startedAt, entries, unread = 0 }: Shown): Steps<void> {
    batch(() => {
      this.clear();
      this.choice.selectNothing();
      this.connection.value = { kind: 'recording', name };
      this.title.value = name;
      this.startedAt.value = startedAt;
      this.canSendAnywhere.value = false;
      this.missed.value = unread;
    });
    let taken = 0;
    try {
      while (taken < entries.length) {
        this.take(entries.slice(taken, taken + PART));
        taken = Math.min(entries.length, taken + PART);
        yield taken / entries.length;
      }
    } finally {
      this.missed.value += entries.length - taken;
      this.choice.restored();
    }
  }

  /** Forgets everything: another program is at the same address, or a recording is opened. */
  clear(): void {
    batch(() => {
      this.forgetPast();
      this.#entries.reset();
      this.#troubles.reset();
      this.#histories.clear();
      this.#rows.clear();
      this.missed.value = 0;
      this.forgotten.value = 0;
      this.#suggested.value = null;
      this.lastMs.value = 0;
      this.#announce();
    });
  }

  /** Forgets what happened, and keeps how things stand. */
  forgetPast(): void {
    batch(() => {
      const last = this.entries.peek().at(-1)?.number ?? 0;
      for (const history of this.#histories.values()) history.forgetBefore(last + 1);
      this.forgotten.value += this.#entries.forgetAll();
      this.#troubles.forgetAll();
      this.#exchanges.clear();
      this.select({ entry: null });
      this.goLive();
      this.#announce();
    });
  }

  #add(entry: NumberedEntry): void {
    this.#entries.push(entry);
    if (entry.kind === 'trouble') this.#addTrouble(entry);
    if (isStep(entry)) this.#historyOf(entry.group).add(entry);
    this.#exchanges.add(entry);
    this.choice.took(entry);
    if (this.#suggested.peek() === null) this.#suggested.value = entry.group;
  }

  #addTrouble(entry: NumberedTrouble): void {
    // the first that fails stays in view, however many others come and go
    const isFirst = this.troubles.peek().length === 0;
    if (this.#troubles.add(entry) && isFirst) this.#suggested.value = entry.group;
  }

  #historyOf(group: string): GroupHistory {
    let history = this.#histories.get(group);
    if (history === undefined) this.#histories.set(group, (history = new GroupHistory(group)));
    return history;
  }

  #forgetTooMuch(): void {
    this.#troubles.forgetTooMany();
    const count = this.#entries.forgetTooMuch();
    if (count === 0) return;
    this.forgotten.value += count;
    const first = this.entries.peek()[0]?.number ?? 0;
    this.#exchanges.forgetBefore(first);
    for (const [group, history] of this.#histories) {
      history.forgetBefore(first);
      // a session whose row is gone, and that nobody looks at
      const isGone = !this.#rows.has(group) && this.selection.peek().group !== group;
      if (isGone && history.isEmpty) this.#histories.delete(group);
    }
  }

  #announce(): void {
    this.#entries.list.announce();
    this.#troubles.list.announce();
    this.#rows.announce();
  }

  // ── what is asked of it ──

  /** The entry with a number, if the page still has it. */
  entry(number: number | null): NumberedEntry | undefined {
    if (number === null) return undefined;
    this.entries.version.value;
    return itemAt(this.entries.peek(), number) ?? itemAt(this.troubles.peek(), number);
  }

  /** The trouble that explains one; itself where none does. */
  explanationOf(trouble: NumberedTrouble): NumberedTrouble {
    return this.#troubles.explanationOf(trouble);
  }

  /** What a message or a trouble is part of: its request, its answer, what went wrong. */
  exchangeOf(entry: NumberedEntry): Exchange | undefined {
    this.entries.version.value;
    return this.#exchanges.of(entry);
  }

  /** The row of a session. */
  session(group: string | null): SessionRow | undefined {
    return this.#rows.of(group);
  }

  /** How a session stood at a moment in milliseconds; null: how it stands. */
  worldAt(moment: number | null, group = this.group.value): GroupWorld | undefined {
    this.entries.version.value;
    if (group === null) return undefined;
    const number =
      moment === null ? null : moment === this.moment.value ? this.until.value : this.#numberAt(moment);
    return this.#histories.get(group)?.at(number);
  }

  /** What happened to a session step by step, for pictures that show how it got where it is. */
  historyOf(group: string): GroupHistory | undefined {
    return this.#histories.get(group);
  }

  /** Whether requests can be sent in a session. */
  canSend(group: string | null): boolean {
    return this.session(group)?.canSend ?? false;
  }

  /** The numbers of entries that count: those up to the moment that is shown. */
  isShown(entry: { readonly number: number }): boolean {
    const until = this.until.value;
    return until === null || entry.number <= until;
  }

  #numberAt(ms: number): number {
    const entries = this.entries.peek();
    return entries[placeWhere(entries, (entry) => entry.ms <= ms) - 1]?.number ?? 0;
  }

  // ── what is chosen ──

  /**
   * Chooses what the page is about; what is not named stays, but for what another session does not have.
   *
   * @param what a session (null: all of them), an entry, an actor of the session
   */
  select(what: Partial<Selection>): void {
    this.choice.select(what);
  }

  /** Shows how everything stood at a moment in milliseconds; null: follows what happens. */
  goTo(ms: number | null): void {
    this.choice.goTo(ms);
  }

  /** Shows how everything stood just after an entry. */
  goToEntry(number: number): void {
    this.choice.goToEntry(number);
  }

  goLive(): void {
    this.goTo(null);
  }
}
