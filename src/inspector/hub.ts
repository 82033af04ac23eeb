/** Collects what the debugger has seen and passes it on to its subscribers. */

import { warnOfThrown } from '../base/thrown.js';
import { runUserCode } from '../base/user-code.js';
import type { InspectorEntry, NumberedEntry } from './entries.js';
import { INSPECTOR_OPTIONS } from './option-tables.js';

/** Gets every entry: a page, a recording, Stately's inspector. */
export interface Subscriber {
  /** Takes an entry; returns false if it has no room for another until it calls `resume`. */
  take(entry: NumberedEntry): boolean;
  /** So many entries were forgotten before it had room for them. */
  leftOut(count: number): void;
}

/** What a subscriber gets for subscribing. */
export interface Subscription {
  /** There is room again. */
  resume(): void;
  end(): void;
}

/** A subscriber and how far it has got. */
interface Progress {
  readonly subscriber: Subscriber;
  next: number;
  isBlocked: boolean;
}

/**
 * Collects what happens and passes it on. It waits for nobody: each subscriber reads the history at its own pace, and
 * learns how many entries were forgotten before it got there.
 *
 * @example
 * ```ts
 * import { InspectorHub } from 'socket-protocol/inspector';
 *
 * const hub = new InspectorHub();
 * const subscription = hub.subscribe({
 *   take: (entry) => {
 *     console.log(entry.kind, entry.group);
 *     return true;
 *   },
 *   leftOut: (count) => console.log(count, 'entries left out'),
 * });
 * subscription.end();
 * ```
 */
export class InspectorHub {
  readonly #maxHistory: number;
  readonly #now: () => number;
  /** At least the last `maxHistory` entries, at most twice as many. */
  #history: NumberedEntry[] = [];
  #nextNumber = 1;
  readonly #progress = new Set<Progress>();

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
   * Adds an entry.
   *
   * @param entry what happened; an entry of a recording keeps its time
   */
  add(entry: InspectorEntry | NumberedEntry): void {
    const ms = 'ms' in entry ? entry.ms : Math.round(this.#now() * 10) / 10;
    this.#history.push({ ...entry, number: this.#nextNumber++, ms });
    if (this.#history.length > 2 * this.#maxHistory) this.#history = this.#history.slice(-this.#maxHistory);
    for (const progress of this.#progress) this.#advance(progress);
  }

  /**
   * Passes on all entries that are kept, and then each new one.
   *
   * @param subscriber where they go
   * @param after the number of the last entry that it has already; 0 unless given
   */
  subscribe(subscriber: Subscriber, after = 0): Subscription {
    const kept = this.#nextNumber - Math.min(this.#history.length, this.#maxHistory);
    const progress: Progress = { subscriber, next: Math.max(after + 1, kept), isBlocked: false };
    this.#progress.add(progress);
    this.#advance(progress);
    return {
      resume: () => {
        progress.isBlocked = false;
        if (this.#progress.has(progress)) this.#advance(progress);
      },
      end: () => void this.#progress.delete(progress),
    };
  }

  #advance(progress: Progress): void {
    while (!progress.isBlocked && progress.next < this.#nextNumber) {
      const first = this.#nextNumber - this.#history.length;
      if (progress.next < first) {
        const count = first - progress.next;
        progress.next = first;
        this.#call(progress, ({ subscriber }) => subscriber.leftOut(count));
        continue;
      }
      const entry = this.#history[progress.next - first];
      progress.next++;
      if (entry === undefined) continue;
      this.#call(progress, ({ subscriber }) => {
        const hasRoom = subscriber.take(entry);
        if (!hasRoom) progress.isBlocked = true;
        return hasRoom;
      });
    }
  }

  /** Calls a subscriber; one that throws or rejects must not take the others with it, and gets nothing more. */
  #call(progress: Progress, call: (progress: Progress) => unknown): void {
    runUserCode(
      () => call(progress),
      (error) => {
        progress.isBlocked = true;
        if (!this.#progress.delete(progress)) return;
        const what = 'a subscriber of the debugger threw and gets nothing more';
        warnOfThrown(what, error, 'SP_OBSERVER_FAILED', { scope: progress });
      },
    );
  }
}
