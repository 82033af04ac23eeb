/** Those who get every entry of a hub, each at its own pace. */

import { warnOfThrown } from '../base/thrown.js';
import { runUserCode } from '../base/user-code.js';
import type { NumberedEntry } from './entries.js';
import type { Ring } from './ring.js';

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

/** Passes the history of a hub on, and waits for nobody. */
export class Subscribers {
  readonly #history: Ring<NumberedEntry>;
  readonly #last: () => number;
  readonly #progress = new Set<Progress>();

  /**
   * @param history the entries that are kept
   * @param last tells the number of the newest
   */
  constructor(history: Ring<NumberedEntry>, last: () => number) {
    this.#history = history;
    this.#last = last;
  }

  /**
   * Passes on what is kept, and then each new entry.
   *
   * @param after the number of the last entry that it has already
   */
  add(subscriber: Subscriber, after: number): Subscription {
    const kept = this.#first + this.#history.surplus;
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

  /** The number of the oldest entry in the history. */
  get #first(): number {
    return this.#last() + 1 - this.#history.items.length;
  }

  /** Each subscriber gets what it has not got. */
  tell(): void {
    for (const progress of this.#progress) this.#advance(progress);
  }

  #advance(progress: Progress): void {
    while (!progress.isBlocked && progress.next <= this.#last()) {
      const first = this.#first;
      if (progress.next < first) {
        const count = first - progress.next;
        progress.next = first;
        this.#call(progress, ({ subscriber }) => subscriber.leftOut(count));
        continue;
      }
      const entry = this.#history.items[progress.next - first];
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
