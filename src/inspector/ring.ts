/** Keeps the last things of a kind. */

/**
 * At least the last `size` items, at most a quarter more, so that little is moved; fewer where they are too heavy together.
 */
export class Ring<T> {
  readonly #size: number;
  readonly #maxWeight: number;
  readonly #weigh: (item: T) => number;
  #items: T[] = [];
  #weight = 0;

  /**
   * @param size how many are kept
   * @param maxWeight how much they may weigh together
   * @param weigh the weight of one; the same whenever it is asked for
   */
  constructor(size: number, maxWeight = Number.POSITIVE_INFINITY, weigh: (item: T) => number = () => 0) {
    this.#size = size;
    this.#maxWeight = maxWeight;
    this.#weigh = weigh;
  }

  /** Those that are kept, oldest first; the array is replaced from time to time, and only read by others. */
  get items(): readonly T[] {
    return this.#items;
  }

  /** Exactly those that are promised to be kept. */
  get last(): readonly T[] {
    return this.#items.slice(-this.#size);
  }

  /** How many of `items` are more than promised. */
  get surplus(): number {
    return Math.max(0, this.#items.length - this.#size);
  }

  push(item: T): void {
    this.#items.push(item);
    this.#weight += this.#weigh(item);
    if (this.#items.length > 1.25 * this.#size + 1) this.#forget(this.#items.length - this.#size);
    if (this.#weight > this.#maxWeight) this.#lighten();
  }

  /** Forgets a quarter by weight; the newest stays, whatever it weighs. */
  #lighten(): void {
    let count = 0;
    for (
      let weight = this.#weight;
      weight > 0.75 * this.#maxWeight && count < this.#items.length - 1;
      count++
    )
      weight -= this.#weigh(this.#items[count] as T);
    this.#forget(count);
  }

  #forget(count: number): void {
    for (const item of this.#items.slice(0, count)) this.#weight -= this.#weigh(item);
    this.#items = this.#items.slice(count);
  }
}
