/** Plays what happened again, at its own speed or another. */

import { signal } from '@preact/signals';
import { placeWhere } from './growing.js';
import type { Store } from './store.js';

/** Longer pauses are shortened to this, in milliseconds. */
const MAX_PAUSE_MS = 2_000;

/** How fast it can go. */
export const SPEEDS = [0.1, 0.25, 1, 4, 20] as const;

export class Player {
  readonly isPlaying = signal(false);
  readonly speed = signal<number>(1);
  readonly #store: Store;
  #beforeMs = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Begins, from the moment that is shown, or from the beginning where that is the end. */
  play(): void {
    const store = this.#store;
    const entries = store.entries.peek();
    const first = entries[0];
    if (first === undefined) return;
    const moment = store.moment.peek();
    if (moment === null || moment >= (entries.at(-1)?.ms ?? 0)) store.goTo(first.ms);
    this.isPlaying.value = true;
    this.#beforeMs = performance.now();
    requestAnimationFrame(this.#frame);
  }

  stop(): void {
    this.isPlaying.value = false;
  }

  toggle(): void {
    if (this.isPlaying.peek()) this.stop();
    else this.play();
  }

  readonly #frame = (): void => {
    if (!this.isPlaying.peek()) return;
    const now = performance.now();
    const at = this.#store.moment.peek();
    // somebody has gone back to what happens now
    if (at === null) return this.stop();
    const next = nextMoment(this.#store, at, (now - this.#beforeMs) * this.speed.peek());
    this.#beforeMs = now;
    this.#store.goTo(next ?? this.#store.entries.peek().at(-1)?.ms ?? at);
    if (next === null) return this.stop();
    requestAnimationFrame(this.#frame);
  };
}

/** The moment so much later; null at the end. */
export function nextMoment(store: Store, at: number, by: number): number | null {
  const entries = store.entries.peek();
  const next = entries[placeWhere(entries, ({ ms }) => ms <= at)];
  if (next === undefined) return null;
  return Math.max(at, next.ms - MAX_PAUSE_MS) + by;
}
