/**
 * The entries that a filter lets through, kept between drawings: a recording may have a hundred thousand of them.
 *
 * @typedef {import('./model.js').Entry} Entry
 * @typedef {import('./model.js').Model} Model
 */

export class Listing {
  /** @type {Entry[]} oldest first */
  entries = [];
  #mark = '';
  #position = 0;

  /**
   * Brings the list to where the model stands.
   *
   * @param {Model} model
   * @param {string} mark stands for the filter: if it changes, everything is filtered again
   * @param {(entry: Entry) => boolean} fits
   */
  update(model, mark, fits) {
    const { position } = model;
    const whole = `${mark} ${model.entries[0]?.number}`;
    if (whole !== this.#mark) {
      this.#mark = whole;
      this.entries = [];
      this.#position = 0;
    } else if (position < this.#position) {
      const last = model.entries[position - 1]?.number ?? 0;
      this.entries.length = placeAfter(this.entries, last);
    }
    for (let place = Math.min(this.#position, position); place < position; place++) {
      const entry = model.entries[place];
      if (entry !== undefined && fits(entry)) this.entries.push(entry);
    }
    this.#position = position;
  }
}

/**
 * How many entries have a number up to this one.
 *
 * @param {readonly Entry[]} entries oldest first
 * @param {number} number
 */
export function placeAfter(entries, number) {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.number ?? 0) <= number) low = middle + 1;
    else high = middle;
  }
  return low;
}
