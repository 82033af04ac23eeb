/** Lists that grow at one end and are forgotten at the other, without a copy for each thing that comes. */

import { type ReadonlySignal, signal } from '@preact/signals';

/** A list that only grows, until its beginning is forgotten. */
export interface GrowingList<T> {
  /** What it has, oldest first; who reads it in a component or an effect is called when it changes. */
  readonly value: readonly T[];
  /** The same, without being called. */
  peek(): readonly T[];
  /** How many were forgotten: the place of the first among all that ever were in it. */
  readonly forgotten: number;
  /** Another one for each list that begins anew: what was in it before never was in this one. */
  readonly generation: number;
  /** Changes whenever the list does. */
  readonly version: ReadonlySignal<number>;
  /** Changes whenever its beginning was forgotten, or all of it; not where it only grew. */
  readonly epoch: ReadonlySignal<number>;
}

/** The list for who fills it. */
export class Growing<T> implements GrowingList<T> {
  #items: T[] = [];
  #isChanged = false;
  #isReplaced = false;
  forgotten = 0;
  generation = 0;
  readonly version = signal(0);
  readonly epoch = signal(0);

  get value(): readonly T[] {
    this.version.value;
    return this.#items;
  }

  peek(): readonly T[] {
    return this.#items;
  }

  push(item: T): void {
    this.#items.push(item);
    this.#isChanged = true;
  }

  /** Forgets the oldest. */
  forget(count: number): void {
    if (count <= 0) return;
    // in place: a copy of a long list each time that a few of it are forgotten would be most of the work
    this.forgotten += this.#items.splice(0, count).length;
    this.#isChanged = true;
    this.#isReplaced = true;
  }

  /** Has other things from now on. */
  reset(items: T[] = []): void {
    this.#items = items;
    this.forgotten = 0;
    this.generation++;
    this.#isChanged = true;
    this.#isReplaced = true;
  }

  /** Calls those who read it; once for all that came since the last call. */
  announce(): void {
    if (!this.#isChanged) return;
    this.#isChanged = false;
    if (this.#isReplaced) this.epoch.value++;
    this.#isReplaced = false;
    this.version.value++;
  }
}

/**
 * How many of a sorted list come up to a number.
 *
 * @param items in the order of their numbers
 * @param number the last that counts
 */
export function placeAfter(items: readonly { readonly number: number }[], number: number): number {
  return placeWhere(items, (item) => item.number <= number);
}

/**
 * How many of a list are before the first that is not.
 *
 * @param items sorted, so that those that are come first
 */
export function placeWhere<T>(items: readonly T[], isBefore: (item: T) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(items[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The place of the item of a sorted list that has a number; -1 where none has. */
export function placeOf(items: readonly { readonly number: number }[], number: number | null): number {
  if (number === null) return -1;
  const place = placeAfter(items, number) - 1;
  return items[place]?.number === number ? place : -1;
}

/** The item of a sorted list that has a number. */
export function itemAt<T extends { readonly number: number }>(
  items: readonly T[],
  number: number | null,
): T | undefined {
  return items[placeOf(items, number)];
}
