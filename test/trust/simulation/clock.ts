import type { Clock } from '../../../src/base/clock.js';

interface Entry {
  atMs: number;
  order: number;
  callback: (() => void) | null;
  /** Set by the program under test, and not by the network. */
  isOfProgram: boolean;
}

/**
 * The time of one simulated world: a heap of what will happen, taken one by one, equal moments in the order in which
 * they were set. The clock that sessions get from it counts its timers apart, for none may be left in the end.
 */
export class SimulatedTime {
  #nowMs = 0;
  #order = 0;
  readonly #heap: Entry[] = [];
  /** Timers that the program under test has set and that have neither run nor been cleared. */
  programTimers = 0;

  /** The clock for the program under test. */
  readonly clock: Clock = {
    now: () => this.#nowMs,
    setTimeout: (callback, delayMs) => this.#add(callback, delayMs, true),
    clearTimeout: (timer) => this.#clear(timer as Entry | undefined),
  };

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Something that the world does. */
  after(delayMs: number, callback: () => void): void {
    this.#add(callback, delayMs, false);
  }

  /** When the next thing happens; Infinity: never. */
  get nextMs(): number {
    this.#dropCleared();
    return this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  /** Takes the next thing. */
  step(): void {
    this.#dropCleared();
    const entry = this.#pop();
    if (entry === undefined) return;
    const { callback } = entry;
    if (callback === null) return;
    this.#nowMs = Math.max(this.#nowMs, entry.atMs);
    entry.callback = null;
    if (entry.isOfProgram) this.programTimers--;
    callback();
  }

  /** A machine that slept: everything that was due meanwhile is late. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }

  #add(callback: () => void, delayMs: number, isOfProgram: boolean): Entry {
    const entry = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback, isOfProgram };
    if (isOfProgram) this.programTimers++;
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Entry;
      if (!isBefore(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
    return entry;
  }

  #clear(entry: Entry | undefined): void {
    if (entry === undefined || entry.callback === null) return;
    entry.callback = null;
    if (entry.isOfProgram) this.programTimers--;
  }

  #dropCleared(): void {
    while (this.#heap[0]?.callback === null) this.#pop();
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = child + 1;
      if (right < heap.length && isBefore(heap[right] as Entry, heap[child] as Entry)) child = right;
      const below = heap[child] as Entry;
      if (!isBefore(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
