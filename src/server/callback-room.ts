/** How many callbacks that answer later may run at once for peers that are not trusted, all connections together. */

import type { Clock } from '../base/clock.js';

/** As many as one trusted peer may have (maxRunningCallbacks). */
export const MAX_CALLBACKS_OF_STRANGERS = 64;

/** The callbacks that run for strangers. */
export class CallbackRoom {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  /** In the order in which they began. */
  readonly #running = new Set<{ readonly endMs: number }>();

  /** @param timeoutMs after which a callback is given up; it has its place until then, though its peer may be gone */
  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** Whether another may begin. */
  get hasRoom(): boolean {
    if (this.#running.size < MAX_CALLBACKS_OF_STRANGERS) return true;
    const now = this.#clock.now();
    for (const call of this.#running) {
      if (call.endMs > now) break;
      this.#running.delete(call);
    }
    return this.#running.size < MAX_CALLBACKS_OF_STRANGERS;
  }

  /** One has begun; returns what to call at its end. */
  begin(): () => void {
    const call = { endMs: this.#clock.now() + this.#timeoutMs };
    this.#running.add(call);
    return () => this.#running.delete(call);
  }
}
