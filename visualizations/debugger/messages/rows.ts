/**
 * The rows of the table: a request and its answer are one row; a message that is neither, something dropped, and each trouble that is
 * about none of them has a row of its own. An entry costs the same however many there are.
 */

import type {
  DropEntry,
  MessageEntry,
  NoteEntry,
  NumberedEntry,
  TroubleEntry,
} from '../../../src/inspector/entries.js';

type Numbered<Entry> = Entry & { readonly number: number; readonly ms: number };

/** What a row begins with. */
export type RowEntry = Numbered<MessageEntry | DropEntry | NoteEntry | TroubleEntry>;

/** One row. */
export interface Row {
  /** Its place in the order of time, from 0; none is given twice. */
  readonly id: number;
  readonly group: string;
  /** When it began, in milliseconds since the debugger was opened. */
  readonly ms: number;
  readonly first: RowEntry;
  /** The answer to a request. */
  answer: Numbered<MessageEntry> | null;
  /** What went wrong with it, as a detector says. */
  trouble: Numbered<TroubleEntry> | null;
  /** When its connection went away while it had no answer. */
  lostMs: number | null;
  /** Its data and texts in lower case, once somebody has searched them. */
  searched: string | null;
}

/** Hears what becomes of rows. */
export interface RowListener {
  added(row: Row): void;
  /** It changes right after this. */
  changing(row: Row): void;
  changed(row: Row): void;
  /** The oldest rows are gone, all with ids below this one. */
  forgotten(rows: readonly Row[]): void;
}

/** After these notes no answer comes on the connection. */
const ENDS: ReadonlySet<NoteEntry['code']> = new Set(['disconnected', 'hung-up', 'connection-failed']);

export class Rows {
  readonly #listeners = new Set<RowListener>();
  #rows: Row[] = [];
  #nextId = 0;
  /** By the number of each entry that is part of a row. */
  readonly #byEntry = new Map<number, Row>();
  /** Requests that wait for an answer, by group and then by exchange. */
  readonly #open = new Map<string, Map<number, Row>>();
  /** All requests, by exchange and group: an answer or a trouble may come late. */
  readonly #requests = new Map<string, Row>();
  /** The last row of each group that began with a drop or a note: what a detector says right after it is about it. */
  readonly #lastOdd = new Map<string, Row>();
  /** The row of each trouble without a request, by incident and group: it is told again and again while it goes on. */
  readonly #incidents = new Map<string, Row>();

  /** All of them, in the order of time. */
  get all(): readonly Row[] {
    return this.#rows;
  }

  listen(listener: RowListener): void {
    this.#listeners.add(listener);
  }

  /** The row that an entry is part of. */
  of(entry: number): Row | undefined {
    return this.#byEntry.get(entry);
  }

  /** The row with an id. */
  withId(id: number): Row | undefined {
    return this.#rows[id - (this.#rows[0]?.id ?? 0)];
  }

  /** Takes the next entry; most are part of no row. */
  take(entry: NumberedEntry): void {
    switch (entry.kind) {
      case 'message':
        if (entry.role === 'answer') this.#answered(entry);
        else this.#begin(entry);
        return;
      case 'drop':
        this.#begin(entry);
        return;
      case 'trouble':
        this.#troubled(entry);
        return;
      case 'note':
        if (ENDS.has(entry.code)) this.#lose(entry);
        if (entry.isTrouble) this.#begin(entry);
        return;
      default:
    }
  }

  /** Forgets all rows that began before an entry. */
  forgetBefore(entry: number): void {
    let count = 0;
    while ((this.#rows[count]?.first.number ?? entry) < entry) count++;
    if (count === 0) return;
    const gone = this.#rows.splice(0, count);
    for (const row of gone) this.#unlink(row);
    // a request may have had several troubles, of which its row has kept the last
    for (const number of this.#byEntry.keys()) {
      if (number >= entry) break;
      this.#byEntry.delete(number);
    }
    for (const [group, row] of this.#lastOdd) if (row.first.number < entry) this.#lastOdd.delete(group);
    for (const listener of this.#listeners) listener.forgotten(gone);
  }

  clear(): void {
    const gone = this.#rows;
    this.#rows = [];
    this.#byEntry.clear();
    this.#open.clear();
    this.#requests.clear();
    this.#lastOdd.clear();
    this.#incidents.clear();
    for (const listener of this.#listeners) listener.forgotten(gone);
  }

  #begin(entry: RowEntry): void {
    const { group, ms, number } = entry;
    const row: Row = {
      id: this.#nextId++,
      group,
      ms,
      first: entry,
      answer: null,
      trouble: entry.kind === 'trouble' ? entry : null,
      lostMs: null,
      searched: null,
    };
    this.#rows.push(row);
    this.#byEntry.set(number, row);
    if (entry.kind === 'message' && entry.role === 'request' && entry.exchange !== null) {
      let open = this.#open.get(group);
      if (open === undefined) this.#open.set(group, (open = new Map()));
      open.set(entry.exchange, row);
      this.#requests.set(keyOf(row), row);
    }
    if (entry.kind === 'trouble') this.#incidents.set(incidentOf(entry), row);
    if (entry.kind === 'drop' || entry.kind === 'note') this.#lastOdd.set(group, row);
    for (const listener of this.#listeners) listener.added(row);
  }

  #answered(entry: Numbered<MessageEntry>): void {
    const row = this.#asked(entry);
    if (row === undefined || row.answer !== null) {
      this.#begin(entry);
      return;
    }
    this.#change(row, () => (row.answer = entry));
    this.#byEntry.set(entry.number, row);
    this.#settle(row);
  }

  #troubled(entry: Numbered<TroubleEntry>): void {
    const row = this.#asked(entry) ?? this.#oddBefore(entry) ?? this.#again(entry);
    if (row === undefined) {
      if (entry.coveredBy === null) this.#begin(entry);
      return;
    }
    this.#byEntry.set(entry.number, row);
    const isTimeout = entry.code === 'request-timed-out';
    if (row.trouble === null || isTimeout) this.#change(row, () => (row.trouble = entry));
    if (entry.exchange === null) this.#incidents.set(incidentOf(entry), row);
    if (isTimeout) this.#settle(row);
  }

  /** The row of the request that an entry belongs to. */
  #asked({ group, exchange }: { group: string; exchange: number | null }): Row | undefined {
    return exchange === null ? undefined : this.#requests.get(`${exchange} ${group}`);
  }

  /** The row of what was found earlier, which is told again with newer figures. */
  #again(entry: Numbered<TroubleEntry>): Row | undefined {
    return entry.exchange === null ? this.#incidents.get(incidentOf(entry)) : undefined;
  }

  /** The row of the drop or the note by which something was found. */
  #oddBefore({ group, ms }: Numbered<TroubleEntry>): Row | undefined {
    const row = this.#lastOdd.get(group);
    return row !== undefined && row.ms === ms && row.trouble === null ? row : undefined;
  }

  #lose({ group, ms }: Numbered<NoteEntry>): void {
    const open = this.#open.get(group);
    if (open === undefined) return;
    this.#open.delete(group);
    for (const row of open.values()) this.#change(row, () => (row.lostMs = ms));
  }

  #change(row: Row, change: () => void): void {
    for (const listener of this.#listeners) listener.changing(row);
    change();
    row.searched = null;
    for (const listener of this.#listeners) listener.changed(row);
  }

  #settle(row: Row): void {
    const open = this.#open.get(row.group);
    open?.delete(exchangeOf(row) ?? 0);
    if (open?.size === 0) this.#open.delete(row.group);
  }

  #unlink(row: Row): void {
    for (const entry of [row.first, row.answer, row.trouble])
      if (entry !== null) this.#byEntry.delete(entry.number);
    if (row.trouble !== null && this.#incidents.get(incidentOf(row.trouble)) === row)
      this.#incidents.delete(incidentOf(row.trouble));
    if (exchangeOf(row) === null) return;
    this.#settle(row);
    if (this.#requests.get(keyOf(row)) === row) this.#requests.delete(keyOf(row));
  }
}

function exchangeOf({ first }: Row): number | null {
  return first.kind === 'message' ? first.exchange : null;
}

function incidentOf({ incident, group }: Numbered<TroubleEntry>): string {
  return `${incident} ${group}`;
}

function keyOf(row: Row): string {
  return `${exchangeOf(row)} ${row.group}`;
}
