/** What the page keeps of what happened, and how much of it: the oldest goes as soon as there is too much. */

import { computed, type ReadonlySignal } from '@preact/signals';
import { weightOf } from '../../../src/inspector/weight.js';
import { Incidents } from '../troubles/incidents.js';
import { Growing } from './growing.js';
import type { NumberedEntry, NumberedTrouble } from './types.js';

/** So many entries are kept unless said otherwise; the page says when there were more. */
export const MAX_ENTRIES = 200_000;
/** What the entries may take together, in bytes, about. */
const MAX_WEIGHT = 512 * 1024 * 1024;
/** So many troubles are kept, though the entries around them are not. */
export const MAX_TROUBLES = 20_000;

/** The entries, up to a number of them and up to what they weigh. */
export class KeptEntries {
  readonly list = new Growing<NumberedEntry>();
  readonly #most: number;
  #weight = 0;

  /** @param most how many are kept */
  constructor(most: number) {
    this.#most = most;
  }

  push(entry: NumberedEntry): void {
    this.list.push(entry);
    this.#weight += weightOf(entry);
  }

  /** Forgets the oldest that are too much; returns how many. With large messages it is the memory that is full. */
  forgetTooMuch(): number {
    const kept = this.list.peek();
    let count = 0;
    // the newest stays, however large it is
    while (count < kept.length - 1 && (kept.length - count > this.#most || this.#weight > MAX_WEIGHT))
      this.#weight -= weightOf(kept[count++] as NumberedEntry);
    this.list.forget(count);
    return count;
  }

  /** Forgets all; returns how many. */
  forgetAll(): number {
    const count = this.list.peek().length;
    this.list.forget(count);
    this.#weight = 0;
    return count;
  }

  /** Begins anew, as if there never had been any. */
  reset(): void {
    this.list.reset();
    this.#weight = 0;
  }
}

/** The troubles: they outlive what was around them. */
export class KeptTroubles {
  readonly list = new Growing<NumberedTrouble>();
  readonly #incidents = new Incidents();
  /** The troubles as a list has them, oldest first: each once, and none that another explains. */
  readonly incidents: ReadonlySignal<readonly NumberedTrouble[]> = computed(() => {
    this.list.version.value;
    return this.#incidents.shown;
  });

  /** How many the list has, those included of which nobody was called so far. */
  get count(): number {
    return this.#incidents.count;
  }

  /** Adds one; returns false where it is known already. */
  add(trouble: NumberedTrouble): boolean {
    if (trouble.number <= (this.list.peek().at(-1)?.number ?? 0)) return false;
    this.list.push(trouble);
    this.#incidents.add(trouble);
    return true;
  }

  /** The trouble that explains one; itself where none does. */
  explanationOf(trouble: NumberedTrouble): NumberedTrouble {
    this.list.version.value;
    return this.#incidents.explanationOf(trouble);
  }

  forgetTooMany(): void {
    const tooMany = this.list.peek().length - MAX_TROUBLES;
    if (tooMany <= 0) return;
    this.list.forget(tooMany);
    this.#incidents.forgetBefore(this.list.peek()[0]?.number ?? 0);
  }

  forgetAll(): void {
    this.list.forget(this.list.peek().length);
    this.#incidents.clear();
  }

  /** Begins anew, as if there never had been any. */
  reset(): void {
    this.list.reset();
    this.#incidents.clear();
  }
}
