/**
 * The rows that a filter lets through, in the order of a column. Follows the rows one at a time: a new row, or one that got its
 * answer, costs a binary search.
 */

import { columnNamed, type SortKey } from './columns.js';
import type { Test } from './filter-fields.js';
import type { Row, RowListener, Rows } from './rows.js';
import { SortedBlocks } from './sorted-blocks.js';

/** Hears which rows are shown. */
export interface ListingListener {
  entered(row: Row): void;
  left(row: Row): void;
  /** These are shown, and no others. */
  replaced(rows: readonly Row[]): void;
}

/** By which column, and which end comes first. */
export interface Sorting {
  readonly column: string;
  readonly isDescending: boolean;
}

/** A row with what it is sorted by, as of when it was put there. */
interface Keyed {
  readonly key: SortKey;
  readonly row: Row;
}

/** To make everything anew is less work than to take this part of it out one by one. */
const REBUILD_SHARE = 8;

const letsAll: Test = () => true;

export class Listing implements RowListener {
  readonly #rows: Rows;
  readonly #listener: ListingListener | null;
  readonly #shown = new SortedBlocks<Keyed>(compare);
  /** By the id of the row; only of rows that are shown. */
  readonly #keyed = new Map<number, Keyed>();
  #fits: Test = letsAll;
  #sorting: Sorting = { column: 'time', isDescending: false };
  #keyOf: (row: Row) => SortKey = columnNamed('time').keyOf;

  /** @param listener hears of each row that comes and goes */
  constructor(rows: Rows, listener: ListingListener | null = null) {
    this.#rows = rows;
    this.#listener = listener;
    rows.listen(this);
  }

  get length(): number {
    return this.#shown.length;
  }

  get sorting(): Sorting {
    return this.#sorting;
  }

  /** The row at a place from 0, from the top; undefined beyond the end. */
  at(place: number): Row | undefined {
    return this.#shown.at(this.#sorting.isDescending ? this.length - 1 - place : place)?.row;
  }

  /** The rows from one place up to another, without it. */
  slice(from: number, to: number): Row[] {
    const rows: Row[] = [];
    for (let place = Math.max(0, from); place < Math.min(to, this.length); place++) {
      const row = this.at(place);
      if (row !== undefined) rows.push(row);
    }
    return rows;
  }

  /** The place of a row from the top; -1 if it is not shown. */
  placeOf(row: Row): number {
    const keyed = this.#keyed.get(row.id);
    if (keyed === undefined) return -1;
    const place = this.#shown.indexOf(keyed);
    return this.#sorting.isDescending ? this.length - 1 - place : place;
  }

  /** Shows other rows. */
  filterBy(fits: Test | null): void {
    this.#fits = fits ?? letsAll;
    this.#rebuild();
  }

  /** Shows the rows in another order. */
  sortBy(sorting: Sorting): void {
    const isOtherColumn = sorting.column !== this.#sorting.column;
    this.#sorting = sorting;
    if (!isOtherColumn) return;
    this.#keyOf = columnNamed(sorting.column).keyOf;
    const rows = [...this.#shown].map(({ row }) => row);
    this.#load(rows);
  }

  added(row: Row): void {
    if (this.#fits(row)) this.#enter(row);
  }

  changing(row: Row): void {
    // while it is as it was when it came
    if (this.#keyed.has(row.id)) this.#listener?.left(row);
  }

  changed(row: Row): void {
    const keyed = this.#keyed.get(row.id);
    const fits = this.#fits(row);
    if (keyed !== undefined && fits && keyed.key === this.#keyOf(row)) {
      this.#listener?.entered(row);
      return;
    }
    if (keyed !== undefined) this.#remove(keyed);
    if (fits) this.#enter(row);
  }

  forgotten(rows: readonly Row[]): void {
    if (rows.length * REBUILD_SHARE > this.#rows.all.length) {
      this.#rebuild();
      return;
    }
    for (const row of rows) {
      const keyed = this.#keyed.get(row.id);
      if (keyed === undefined) continue;
      this.#listener?.left(row);
      this.#remove(keyed);
    }
  }

  #enter(row: Row): void {
    const keyed = { key: this.#keyOf(row), row };
    this.#keyed.set(row.id, keyed);
    this.#shown.insert(keyed);
    this.#listener?.entered(row);
  }

  #remove(keyed: Keyed): void {
    this.#keyed.delete(keyed.row.id);
    this.#shown.remove(keyed);
  }

  #rebuild(): void {
    const rows = this.#rows.all.filter(this.#fits);
    this.#load(rows);
    this.#listener?.replaced(rows);
  }

  #load(rows: readonly Row[]): void {
    const keyed = rows.map((row): Keyed => ({ key: this.#keyOf(row), row }));
    this.#keyed.clear();
    for (const each of keyed) this.#keyed.set(each.row.id, each);
    // in the order of time they are sorted as they are
    const isSorted = keyed.every(
      (each, place) => place === 0 || compare(keyed[place - 1] as Keyed, each) < 0,
    );
    this.#shown.load(isSorted ? keyed : keyed.sort(compare));
  }
}

function compare(a: Keyed, b: Keyed): number {
  if (a.key < b.key) return -1;
  return a.key > b.key ? 1 : a.row.id - b.row.id;
}
