/** Shows the counters of sessions when they have changed: one timer for all sessions, and none while nothing happens. */

import { clearTimeout, setTimeout } from 'node:timers';
import type { ObservedSession } from '../session/journal/observation.js';

/** Counters change with each message: one entry has to do for all changes in this time. */
const PAUSE_MS = 100;
/** With many sessions at work, entries of counters would push out everything else; a counter is still no second old. */
const LONG_PAUSE_MS = 750;
const MANY = 50;

/** Collects the sessions whose counters have changed. */
export class CountersClock {
  readonly #show: (group: string, session: ObservedSession) => void;
  #changed = new Map<string, ObservedSession>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #shownLast = 0;

  /** @param show adds the entry */
  constructor(show: (group: string, session: ObservedSession) => void) {
    this.#show = show;
  }

  changed(group: string, session: ObservedSession): void {
    this.#changed.set(group, session);
    this.#timer ??= setTimeout(() => this.flush(), this.#shownLast > MANY ? LONG_PAUSE_MS : PAUSE_MS).unref();
  }

  /** Shows what has changed, now. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const changed = this.#changed;
    this.#changed = new Map();
    this.#shownLast = changed.size;
    for (const [group, session] of changed) this.#show(group, session);
  }
}
