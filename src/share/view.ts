/** Shows an inspector who waits for what: an actor whose context is the table on the debugger's page. */

import { createActor, fromTransition } from 'xstate';
import type { Clock } from '../base/clock.js';
import { guarded } from '../session/guarded-inspector.js';
import type { Inspector } from '../session/options.js';
import type { ShareStats } from './stats.js';

/** The table may change with each request: it is shown once for all changes in this time. */
const PAUSE_MS = 100;

interface TableEvent {
  readonly type: 'table.changed';
  readonly table: ShareStats;
}

/** Tells an inspector what has changed, a few times a second at most. */
export class ShareView {
  readonly #clock: Clock;
  readonly #statsOf: () => ShareStats;
  readonly #actor;
  #timer: unknown = null;

  constructor(statsOf: () => ShareStats, clock: Clock, inspect: Inspector) {
    this.#clock = clock;
    this.#statsOf = statsOf;
    const logic = fromTransition(
      (_: ShareStats | null, { table }: TableEvent): ShareStats | null => table,
      null,
    );
    this.#actor = createActor(logic, { id: 'shareClients', inspect: guarded(inspect) }).start();
  }

  changed(): void {
    this.#timer ??= this.#clock.setTimeout(() => {
      this.#timer = null;
      this.#tell();
    }, PAUSE_MS);
    this.#clock.unref?.(this.#timer);
  }

  close(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
    this.#tell();
  }

  #tell(): void {
    this.#actor.send({ type: 'table.changed', table: this.#statsOf() });
  }
}
