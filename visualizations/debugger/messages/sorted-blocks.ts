/**
 * A sorted list that takes and gives up items one at a time, and knows the place of each: an item costs a binary search and
 * a move within one block, however long the list is.
 */

/** A block that grows beyond this is cut in two. */
const MAX_BLOCK = 512;

export class SortedBlocks<T> {
  readonly #compare: (a: T, b: T) => number;
  /** None is empty. */
  #blocks: T[][] = [];
  #length = 0;
  /** The place of each block's first item; null where it has to be counted again. */
  #starts: number[] | null = [];

  /** @param compare the order; items that are equal by it are the same item, or as good as the same */
  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get length(): number {
    return this.#length;
  }

  /** Replaces everything. @param sorted the items in their order */
  load(sorted: readonly T[]): void {
    this.#blocks = [];
    // half full, so that not every insertion cuts a block
    for (let from = 0; from < sorted.length; from += MAX_BLOCK / 2)
      this.#blocks.push(sorted.slice(from, from + MAX_BLOCK / 2));
    this.#length = sorted.length;
    this.#starts = null;
  }

  insert(item: T): void {
    this.#length++;
    // most come at the end
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.length < MAX_BLOCK && this.#compare(last.at(-1) as T, item) < 0) {
      last.push(item);
      return;
    }
    const place = this.#blockOf(item);
    const block = this.#blocks[place] ?? this.#blocks[place - 1];
    if (block === undefined) {
      this.#blocks.push([item]);
      this.#starts = null;
      return;
    }
    const isLast = block === this.#blocks.at(-1);
    block.splice(this.#placeIn(block, item), 0, item);
    if (block.length > MAX_BLOCK) {
      // what comes at the end leaves full blocks behind
      const half = isLast ? block.splice(MAX_BLOCK) : block.splice(MAX_BLOCK / 2);
      this.#blocks.splice(this.#blocks.indexOf(block) + 1, 0, half);
      this.#starts = null;
    } else if (!isLast) this.#starts = null;
  }

  /** Takes an item out; returns whether it was there. */
  remove(item: T): boolean {
    const at = this.#blockOf(item);
    const block = this.#blocks[at];
    if (block === undefined) return false;
    const place = this.#placeIn(block, item);
    const found = block[place];
    if (found === undefined || this.#compare(found, item) !== 0) return false;
    block.splice(place, 1);
    if (block.length === 0) this.#blocks.splice(at, 1);
    this.#length--;
    this.#starts = null;
    return true;
  }

  /** The item at a place from 0; undefined beyond the end. */
  at(place: number): T | undefined {
    const starts = this.#counted();
    const block = lastUpTo(starts, place);
    return this.#blocks[block]?.[place - (starts[block] ?? 0)];
  }

  /** The items from one place up to another, without it. */
  slice(from: number, to: number): T[] {
    const items: T[] = [];
    for (let place = Math.max(0, from); place < Math.min(to, this.#length); place++) {
      const item = this.at(place);
      if (item !== undefined) items.push(item);
    }
    return items;
  }

  /** The place of an item; -1 if it is not there. */
  indexOf(item: T): number {
    const at = this.#blockOf(item);
    const block = this.#blocks[at];
    if (block === undefined) return -1;
    const place = this.#placeIn(block, item);
    const found = block[place];
    if (found === undefined || this.#compare(found, item) !== 0) return -1;
    return (this.#counted()[at] ?? 0) + place;
  }

  /** How many items come before this one, whether it is there or not. */
  countBefore(item: T): number {
    const at = this.#blockOf(item);
    const block = this.#blocks[at];
    return block === undefined ? this.#length : (this.#counted()[at] ?? 0) + this.#placeIn(block, item);
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const block of this.#blocks) yield* block;
  }

  /** The first block whose last item is not before this one. */
  #blockOf(item: T): number {
    let [low, high] = [0, this.#blocks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(this.#blocks[middle]?.at(-1) as T, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #placeIn(block: readonly T[], item: T): number {
    let [low, high] = [0, block.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(block[middle] as T, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #counted(): readonly number[] {
    if (this.#starts !== null) return this.#starts;
    let start = 0;
    this.#starts = this.#blocks.map(({ length }) => {
      start += length;
      return start - length;
    });
    return this.#starts;
  }
}

/** The place of the last number that is not above a limit. */
function lastUpTo(sorted: readonly number[], limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
