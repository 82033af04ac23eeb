/** The deadlines of requests with equal time-outs: one timer, for the first of them. */

import type { Clock } from '../base/clock.js';

/** Something with an end. */
export interface Due {
  readonly dueMs: number;
}

/** Calls back for each that is still there when its time is over. They are added in the order in which they are due. */
export class Deadlines<T extends Due> {
  readonly #clock: Clock;
  readonly #over: (item: T) => void;
  readonly #items = new Set<T>();
  #timer: unknown = null;

  constructor(clock: Clock, over: (item: T) => void) {
    this.#clock = clock;
    this.#over = over;
  }

  add(item: T): void {
    this.#items.add(item);
    this.#timer ??= this.#expect(item);
  }

  delete(item: T): void {
    this.#items.delete(item);
    if (this.#items.size > 0 || this.#timer === null) return;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  #expect({ dueMs }: T): unknown {
    return this.#clock.setTimeout(() => this.#look(), Math.max(0, dueMs - this.#clock.now()));
  }

  #look(): void {
    this.#timer = null;
    const nowMs = this.#clock.now();
    for (const item of this.#items) {
      if (item.dueMs > nowMs) {
        this.#timer ??= this.#expect(item);
        return;
      }
      this.#items.delete(item);
      this.#over(item);
    }
  }
}
