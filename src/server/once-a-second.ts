/**
 * What is told once a second at most, however often it happens: a stranger decides how often he comes, and neither a disk
 * nor the listeners of a program may have to follow.
 */

import type { Clock } from '../base/clock.js';

const WINDOW_MS = 1_000;

interface Pending<Item> {
  count: number;
  last: Item;
}

/** Tells the first of a kind at once, and then once a second how many more there were. */
export class OnceASecond<Kind, Item> {
  readonly #clock: Clock;
  readonly #write: (kind: Kind, count: number, last: Item) => void;
  readonly #pending = new Map<Kind, Pending<Item>>();
  readonly #toldMs = new Map<Kind, number>();
  #timer: unknown;
  #isClosed = false;

  /** @param write gets how many there were, and the last of them */
  constructor(clock: Clock, write: (kind: Kind, count: number, last: Item) => void) {
    this.#clock = clock;
    this.#write = write;
  }

  /** Something happened: it is told now, or with all of the next second. */
  tell(kind: Kind, item: Item, count = 1): void {
    this.#add(kind, item, count);
    if (
      this.#isClosed ||
      this.#clock.now() - (this.#toldMs.get(kind) ?? Number.NEGATIVE_INFINITY) >= WINDOW_MS
    )
      this.#tellNow(kind);
    else this.#expectTimer();
  }

  /** As `tell`, but never now: how many there are is known at the end of the second. */
  tellLater(kind: Kind, item: Item, count: number): void {
    this.#add(kind, item, count);
    if (this.#isClosed) this.#tellNow(kind);
    else this.#expectTimer();
  }

  /** Tells what is left. Anything later is told at once, so that no timer is left behind. */
  close(): void {
    this.#isClosed = true;
    this.#clock.clearTimeout(this.#timer);
    this.#tellAll();
  }

  #add(kind: Kind, item: Item, count: number): void {
    const pending = this.#pending.get(kind);
    if (pending === undefined) this.#pending.set(kind, { count, last: item });
    else {
      pending.count += count;
      pending.last = item;
    }
  }

  #expectTimer(): void {
    this.#timer ??= this.#clock.setTimeout(() => this.#tellAll(), WINDOW_MS);
  }

  #tellAll(): void {
    this.#timer = undefined;
    for (const kind of [...this.#pending.keys()]) this.#tellNow(kind);
  }

  #tellNow(kind: Kind): void {
    const pending = this.#pending.get(kind);
    if (pending === undefined) return;
    this.#pending.delete(kind);
    this.#toldMs.set(kind, this.#clock.now());
    this.#write(kind, pending.count, pending.last);
  }
}
