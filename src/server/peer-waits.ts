/** Who waits for a peer that is not there: a device that moves to another network has no connection for a moment. */

import type { Clock } from '../base/clock.js';
import { type AbortSignalLike, onAbort, reasonOf } from '../base/signals.js';
import type { Session } from '../session/session.js';

/** Those who wait for peers, by name. */
export class PeerWaits {
  readonly #clock: Clock;
  readonly #waits = new Map<string, Set<(session: Session | null) => void>>();
  size = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Waits for a peer of a name.
   *
   * @param timeoutMs how long
   * @returns null where none has come in time, or the server has closed
   * @throws (rejects) the reason of the signal
   */
  wait(name: string, timeoutMs: number, signal: AbortSignalLike | undefined): Promise<Session | null> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        if (!this.#remove(name, arrived)) return;
        this.#clock.clearTimeout(timer);
        stopListening?.();
        settle();
      };
      const arrived = (session: Session | null): void => end(() => resolve(session));
      const timer = this.#clock.setTimeout(() => arrived(null), timeoutMs);
      const stopListening = signal && onAbort(signal, () => end(() => reject(reasonOf(signal))));
      this.#add(name, arrived);
    });
  }

  /** A peer of this name is there. */
  arrived(name: string, session: Session): void {
    for (const arrived of [...(this.#waits.get(name) ?? [])]) arrived(session);
  }

  /** None will come any more. */
  close(): void {
    for (const waits of [...this.#waits.values()]) for (const arrived of [...waits]) arrived(null);
  }

  #add(name: string, arrived: (session: Session | null) => void): void {
    const waits = this.#waits.get(name) ?? new Set();
    this.#waits.set(name, waits.add(arrived));
    this.size++;
  }

  #remove(name: string, arrived: (session: Session | null) => void): boolean {
    const waits = this.#waits.get(name);
    if (waits?.delete(arrived) !== true) return false;
    if (waits.size === 0) this.#waits.delete(name);
    this.size--;
    return true;
  }
}
