/** The entries that a filter lets through, kept between drawings. */

import { type GrowingList, placeAfter } from './growing.js';
import type { NumberedEntry } from './types.js';

export class Listing {
  #items: NumberedEntry[] = [];
  #mark = '';
  #epoch = -1;
  #source = 0;
  #gone = 0;
  #generation = 0;
  /** How many of all that ever were are looked at. */
  #seen = 0;

  /** How many were forgotten since everything was filtered: by so many rows the others have moved up. */
  get gone(): number {
    return this.#gone;
  }

  /** Another number whenever everything was filtered again. */
  get generation(): number {
    return this.#generation;
  }

  /**
   * Brings the list up to date; only what is new is looked at, unless the filter is another one.
   *
   * @param source all entries
   * @param mark stands for the filter: if it changes, everything is filtered again
   * @param fits the filter
   * @returns what it lets through, oldest first
   */
  update(
    source: GrowingList<NumberedEntry>,
    mark: string,
    fits: (entry: NumberedEntry) => boolean,
  ): readonly NumberedEntry[] {
    const entries = source.value;
    const epoch = source.epoch.peek();
    if (mark !== this.#mark || source.generation !== this.#source) {
      this.#mark = mark;
      this.#source = source.generation;
      this.#generation++;
      this.#items = [];
      this.#gone = 0;
      this.#seen = source.forgotten;
    } else if (epoch !== this.#epoch) {
      const first = entries[0]?.number ?? Number.POSITIVE_INFINITY;
      this.#gone += this.#items.splice(0, placeAfter(this.#items, first - 1)).length;
    }
    this.#epoch = epoch;
    for (let place = Math.max(0, this.#seen - source.forgotten); place < entries.length; place++) {
      const entry = entries[place];
      if (entry !== undefined && fits(entry)) this.#items.push(entry);
    }
    this.#seen = source.forgotten + entries.length;
    return this.#items;
  }
}
