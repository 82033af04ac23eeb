/** What the table shows of a store: follows it entry by entry, also while another view is open. Draws nothing. */

import { effect, type Signal, signal, untracked } from '@preact/signals';
import type { NumberedEntry } from '../../../src/inspector/entries.js';
import { flag, kept, listOf, oneOf } from '../app/kept.js';
import type { Store } from '../store/store.js';
import { COLUMNS, type ColumnName } from './columns.js';
import { type FilterFault, parseFilter } from './filter.js';
import type { Test } from './filter-fields.js';
import { KnownRows } from './known-values.js';
import { Listing, type Sorting } from './listing.js';
import { type Row, Rows } from './rows.js';
import { Statistics } from './statistics.js';
import type { KnownValues } from './suggestions.js';

/** A filter is applied when nothing was typed for so long. */
const TYPING_MS = 120;

export class MessagesModel {
  readonly #store: Store;
  readonly rows = new Rows();
  readonly statistics = new Statistics();
  readonly listing = new Listing(this.rows, this.statistics);
  /** Changes whenever there is something else to draw. */
  readonly version = signal(0);
  readonly sorting: Signal<Sorting> = kept('sorting', 'tab', this.listing.sorting, sortingIn);
  /** The columns that the person chose; null until then. */
  readonly columns: Signal<readonly ColumnName[] | null> = kept('columns', 'always', null, columnsIn);
  /** How wide the table is, in pixels. */
  readonly width = signal(1_000);
  /** The cell that keys start from: its column; its row is the chosen one. */
  readonly column: Signal<ColumnName> = signal<ColumnName>('service');
  readonly showsStatistics = kept('statistics', 'tab', false, flag);
  /** What is wrong with the filter; the last one without a fault stays in force. */
  readonly fault: Signal<FilterFault | null> = signal(null);
  /** What was said last: that something was copied, for example. Said again, it is another object. */
  readonly said: Signal<{ readonly text: string }> = signal({ text: '' });
  /** Another text for each filter that was applied. */
  readonly applied = signal('');
  readonly #known = new KnownRows();
  #fits: Test | null = null;
  #typing: ReturnType<typeof setTimeout> | undefined;
  /** How many entries were taken, of all that ever were in the store. */
  #taken = 0;
  /** The last of them. */
  #last: NumberedEntry | undefined;

  constructor(store: Store) {
    this.#store = store;
    this.rows.listen(this.#known);
    this.listing.sortBy(this.sorting.peek());
    effect(() => this.#filter());
    effect(() => this.#follow());
  }

  /** The row that is chosen: the one that the chosen entry is part of. */
  get chosen(): Row | undefined {
    const { entry } = this.#store.selection.value;
    return entry === null ? undefined : this.rows.of(entry);
  }

  /** Says something to the person for a moment. */
  say(text: string): void {
    this.said.value = { text };
  }

  choose(row: Row | undefined): void {
    if (row !== undefined) this.#store.select({ entry: row.first.number });
  }

  sortBy(sorting: Sorting): void {
    this.listing.sortBy(sorting);
    this.sorting.value = sorting;
    this.version.value++;
  }

  /** The entries of the rows that are shown, in the order of their numbers. */
  shownEntries(): NumberedEntry[] {
    const entries: NumberedEntry[] = [];
    for (const row of this.listing.slice(0, this.listing.length))
      for (const entry of new Set([row.first, row.answer, row.trouble]))
        if (entry !== null) entries.push(entry);
    return entries.sort((a, b) => a.number - b.number);
  }

  /** What a filter can be completed with. */
  get knownValues(): KnownValues {
    return this.#known.values;
  }

  /** Filters when the person has typed a word and not each letter of it. */
  #filter(): void {
    const text = this.#store.filter.value;
    const startedAt = this.#store.startedAt.value ?? 0;
    const { group } = this.#store.selection.value;
    clearTimeout(this.#typing);
    untracked(() => {
      if (this.rows.all.length === 0) this.#apply(text, startedAt, group);
      else this.#typing = setTimeout(() => this.#apply(text, startedAt, group), TYPING_MS);
    });
  }

  #apply(text: string, startedAt: number, group: string | null): void {
    let read = parseFilter(text, { startedAt });
    // a value that is still to be typed
    if ('fault' in read && read.fault.isUnfinished) {
      const before = parseFilter(text.slice(0, read.fault.from).replace(/\S+$/, ''), { startedAt });
      if ('filter' in before) read = before;
    }
    this.fault.value = 'fault' in read ? read.fault : null;
    if ('filter' in read) this.#fits = read.filter.isEmpty ? null : read.filter.fits;
    const fits = this.#fits;
    if (group === null) this.listing.filterBy(fits);
    else this.listing.filterBy((row) => row.group === group && (fits === null || fits(row)));
    this.applied.value = `${text} ${group}`;
    this.version.value++;
  }

  #follow(): void {
    const entries = this.#store.entries.value;
    const { forgotten } = this.#store.entries;
    untracked(() => {
      // nothing of what was taken is left: another program, or a recording
      const isSame = this.#last !== undefined && entries[this.#taken - forgotten - 1] === this.#last;
      if (isSame) this.rows.forgetBefore(entries[0]?.number ?? 0);
      else {
        this.rows.clear();
        this.#taken = forgotten;
      }
      for (let place = this.#taken - forgotten; place < entries.length; place++) {
        const entry = entries[place];
        if (entry !== undefined) this.rows.take(entry);
      }
      this.#taken = forgotten + entries.length;
      this.#last = entries.at(-1);
      this.version.value++;
    });
  }
}

const NAMES = COLUMNS.map(({ name }) => name);

function columnsIn(kept: unknown): ColumnName[] | undefined {
  const columns = listOf(NAMES)(kept);
  return columns?.length === 0 ? undefined : columns;
}

function sortingIn(kept: unknown): Sorting | undefined {
  const { column, isDescending } = (kept ?? {}) as Partial<Record<keyof Sorting, unknown>>;
  const name = oneOf(NAMES)(column);
  return name === undefined || typeof isDescending !== 'boolean' ? undefined : { column: name, isDescending };
}

const models = new WeakMap<Store, MessagesModel>();

/** The model of a store: one, however often the view is opened. */
export function modelOf(store: Store): MessagesModel {
  let model = models.get(store);
  if (model === undefined) models.set(store, (model = new MessagesModel(store)));
  return model;
}

/** The least width of the waterfall, in pixels. */
const WATERFALL = 110;

/** Columns that are left out where there is no room, the first of them first. */
const EXPENDABLE: readonly ColumnName[] = [
  // its words stand in the status too
  'trouble',
  'from',
  'size',
  'waterfall',
  'latency',
  'data',
  'session',
];

/** How many sessions the rows are of. */
export const sessionsIn = (store: Store): number =>
  store.selection.value.group === null ? store.sessions.value.length : 1;

/**
 * The columns to draw, in the order of the table.
 *
 * @param chosen those that the person chose; null for as many of the usual ones as there is room for
 * @param width how wide the table is, in pixels
 * @param sessions how many the rows are of: with one, its name tells nothing; with several, it tells more than a figure
 */
export function shownColumns(chosen: readonly ColumnName[] | null, width: number, sessions = 2) {
  if (chosen !== null) return COLUMNS.filter(({ name }) => chosen.includes(name));
  let shown = COLUMNS.filter(({ isDefault, name }) => isDefault && (sessions > 1 || name !== 'session'));
  const needed = (): number =>
    shown.reduce((sum, { name, width: own }) => sum + (name === 'waterfall' ? WATERFALL : own), 0);
  for (const name of EXPENDABLE) {
    if (needed() <= width) break;
    shown = shown.filter((column) => column.name !== name);
  }
  return shown;
}
