/** What is due a fixed time after it was added: one timer serves all. */

import type { Clock } from '../base/clock.js';

interface Entry<Item> {
  readonly item: Item;
  readonly dueMs: number;
}

/** Items in the order in which they were added, which is that in which they are due. */
export class DelayLine<Item> {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #due: (item: Item) => void;
  #entries: Entry<Item>[] = [];
  #timer: unknown;

  /** @param due gets each item when its time is over; must not throw */
  constructor(clock: Clock, delayMs: number, due: (item: Item) => void) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#due = due;
  }

  add(item: Item): void {
    this.#entries.push({ item, dueMs: this.#clock.now() + this.#delayMs });
    if (this.#entries.length === 1) this.#wait(this.#delayMs);
  }

  /** Forgets all that is not due. */
  close(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#entries = [];
  }

  #wait(delayMs: number): void {
    this.#timer = this.#clock.setTimeout(() => this.#take(), delayMs);
    this.#clock.unref?.(this.#timer);
  }

  #take(): void {
    const nowMs = this.#clock.now();
    const rest = this.#entries.findIndex(({ dueMs }) => dueMs > nowMs);
    const due = rest === -1 ? this.#entries : this.#entries.slice(0, rest);
    this.#entries = rest === -1 ? [] : this.#entries.slice(rest);
    const [next] = this.#entries;
    if (next !== undefined) this.#wait(next.dueMs - nowMs);
    for (const { item } of due) this.#due(item);
  }
}
