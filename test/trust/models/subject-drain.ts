/** The drain machine of a session that is closed while a request waits for its answer. */

import { drainMachine } from '../../../machines/index.js';
import { SID_READ_RESPONSE } from '../../../src/index.js';
import { Bench, type Effect } from './bench.js';
import type { ModelEvent } from './model.js';
import type { Expectations, Subject, Variant, World } from './variant.js';
import type { Processed } from './watcher.js';

const DATA_ID = 7;
const REQUEST_TIMEOUT_MS = 5_000;
const DRAIN_MS = 2_000;

class DrainWorld implements World {
  readonly bench = new Bench({ isClient: false, session: {}, lingers: true });

  /** There is no drain before somebody wants it. */
  async open(): Promise<this> {
    await this.bench.link();
    this.bench.read(DATA_ID, REQUEST_TIMEOUT_MS).catch(() => {});
    await this.bench.drainSession(DRAIN_MS);
    return this;
  }

  /** Once the drain is over there is no link for an answer. */
  async perform(_: ModelEvent): Promise<void> {
    if (this.bench.comm.isConnected()) await this.bench.say(SID_READ_RESPONSE, DATA_ID, 'the answer');
  }

  processed(): Processed[] {
    return this.bench.watcher.processed('drain');
  }

  effects(): Effect[] {
    this.bench.effects();
    return this.bench.watcher
      .processed('session')
      .filter(({ event }) => event.type === 'drain.ended')
      .map(({ event }): Effect => ({ channel: 'sent', text: `session hears ${event.type}` }));
  }

  check(): string[] {
    const { session } = this.bench;
    return session.isClosed ? [] : ['expected a session that drains to take no requests'];
  }
}

const EXPECTATIONS: Expectations = {
  actions: {},
  sent: { 'drain.ended': () => [{ channel: 'sent', text: 'session hears drain.ended' }] },
};

const VARIANT: Variant = {
  name: 'a request that waits',
  actorId: 'drain',
  isExact: true,
  samples: [{ type: 'work.finished' }],
  expectations: EXPECTATIONS,
  fields: (input) => ({ input }),
  open: () => new DrainWorld().open(),
};

/** The drain machine. */
export const drainSubject: Subject = {
  name: 'drain',
  machine: drainMachine,
  variants: [VARIANT],
  unreachable: [],
};
