/** What is chosen on the page: a session, an entry, an actor, a view, a filter, and the moment that is shown. */

import { batch, type Signal, signal } from '@preact/signals';
import type { ChartKind, NumberedEntry, Selection, View } from './types.js';

const NOTHING: Selection = { group: null, entry: null, actor: null };

/** Where entries are found. */
interface Known {
  /** The entry with a number, if the page still has it. */
  entry(number: number | null): NumberedEntry | undefined;
  /** The number of the last entry at a moment in milliseconds; 0 where there was none. */
  numberAt(ms: number): number;
}

export class Choice {
  readonly #known: Known;
  readonly selection: Signal<Selection> = signal<Selection>(NOTHING);
  readonly view: Signal<View> = signal<View>('messages');
  readonly filter = signal('');
  readonly chartKind: Signal<ChartKind | null> = signal<ChartKind | null>(null);
  readonly moment = signal<number | null>(null);
  readonly until = signal<number | null>(null);
  #isRestoring = false;

  constructor(known: Known) {
    this.#known = known;
  }

  /** Whether a link to a moment waits for the entries up to it. */
  get isRestoring(): boolean {
    return this.#isRestoring;
  }

  /** Chooses a part; what is not named stays, but for what another session does not have. */
  select(what: Partial<Selection>): void {
    const before = this.selection.peek();
    const next = { ...before, ...what };
    if (what.group !== undefined && what.group !== before.group) {
      if (what.actor === undefined) next.actor = null;
      const isElsewhere = what.group !== null && this.#known.entry(next.entry)?.group !== what.group;
      if (what.entry === undefined && isElsewhere) next.entry = null;
    }
    // an entry of another session than the chosen one takes the page there
    const group = this.#known.entry(what.entry ?? null)?.group;
    if (what.group === undefined && next.group !== null && group !== undefined && group !== next.group) {
      next.group = group;
      next.actor = null;
    }
    this.selection.value = next;
  }

  selectNothing(): void {
    this.selection.value = NOTHING;
  }

  /** Shows how everything stood at a moment in milliseconds; null: follows what happens. */
  goTo(ms: number | null): void {
    batch(() => {
      this.moment.value = ms;
      this.until.value = ms === null ? null : this.#known.numberAt(ms);
    });
  }

  /** Shows how everything stood just after an entry. */
  goToEntry(number: number): void {
    const entry = this.#known.entry(number);
    if (entry === undefined) return;
    batch(() => {
      this.moment.value = entry.ms;
      this.until.value = number;
    });
  }

  /** Shows a moment, and waits for the entries up to it that are still to come. */
  restore(ms: number): void {
    this.#isRestoring = true;
    this.goTo(ms);
    this.#goToChosen();
  }

  /** An entry has come. */
  took({ ms, number }: NumberedEntry): void {
    if (this.#isRestoring && ms <= (this.moment.peek() ?? -1)) this.until.value = number;
  }

  /** Everything has come that there was. */
  restored(): void {
    if (!this.#isRestoring) return;
    this.#isRestoring = false;
    this.#goToChosen();
  }

  /** Several entries may have the same time: the one that a link names is the last that counts. */
  #goToChosen(): void {
    const entry = this.#known.entry(this.selection.peek().entry);
    if (entry !== undefined && entry.ms === this.moment.peek()) this.goToEntry(entry.number);
  }
}
