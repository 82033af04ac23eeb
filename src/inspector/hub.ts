/** What an inspector has seen: a bounded past, and whoever looks on now. */

import type { InspectorEntry, NumberedEntry } from './entries.js';
import { INSPECTOR_OPTIONS } from './option-tables.js';

/** Who looks on. */
export interface Onlooker {
  /** Takes an entry; false where it has no room for another, and is asked again after `ready`. */
  take(entry: NumberedEntry): boolean;
  /** So many entries were forgotten before it had room for them. */
  leftOut(count: number): void;
}

/** An onlooker and how far it has got. */
interface Audience {
  readonly onlooker: Onlooker;
  next: number;
  isBlocked: boolean;
}

/**
 * Collects what happens and passes it on. Never waits for anybody: each onlooker reads the past at its own pace, and where
 * the past is forgotten before it gets there, it is told how much it has missed.
 */
export class InspectorHub {
  readonly #maxHistory: number;
  readonly #now: () => number;
  /** At least the last `maxHistory` entries, at most twice as many. */
  #history: NumberedEntry[] = [];
  #nextNumber = 1;
  readonly #audiences = new Set<Audience>();

  /**
   * @param maxHistory how many entries are kept
   * @param now the time in milliseconds; since the process began unless given
   */
  constructor(
    maxHistory: number = INSPECTOR_OPTIONS.maxHistory.default,
    now = INSPECTOR_OPTIONS.now.default,
  ) {
    this.#maxHistory = maxHistory;
    const start = now();
    this.#now = () => now() - start;
  }

  /** The entries that are kept, oldest first. */
  get history(): readonly NumberedEntry[] {
    return this.#history.slice(-this.#maxHistory);
  }

  /**
   * Something happened.
   *
   * @param entry what; one of a recording brings the time with it
   */
  add(entry: InspectorEntry | NumberedEntry): void {
    const ms = 'ms' in entry ? entry.ms : Math.round(this.#now() * 10) / 10;
    this.#history.push({ ...entry, number: this.#nextNumber++, ms });
    if (this.#history.length > 2 * this.#maxHistory) this.#history = this.#history.slice(-this.#maxHistory);
    for (const audience of this.#audiences) this.#show(audience);
  }

  /**
   * Lets somebody look on.
   *
   * @param onlooker who
   * @param after the number of the last entry that it knows already; all that is kept unless given
   * @returns `ready`, to be called when there is room again, and `leave`
   */
  watch(onlooker: Onlooker, after = 0): { ready(): void; leave(): void } {
    const kept = this.#nextNumber - Math.min(this.#history.length, this.#maxHistory);
    const audience: Audience = { onlooker, next: Math.max(after + 1, kept), isBlocked: false };
    this.#audiences.add(audience);
    this.#show(audience);
    return {
      ready: () => {
        audience.isBlocked = false;
        if (this.#audiences.has(audience)) this.#show(audience);
      },
      leave: () => void this.#audiences.delete(audience),
    };
  }

  #show(audience: Audience): void {
    while (!audience.isBlocked && audience.next < this.#nextNumber) {
      const first = this.#nextNumber - this.#history.length;
      if (audience.next < first) {
        const count = first - audience.next;
        audience.next = first;
        audience.onlooker.leftOut(count);
      }
      const entry = this.#history[audience.next - first];
      audience.next++;
      if (entry !== undefined) audience.isBlocked = !audience.onlooker.take(entry);
    }
  }
}
