/** The machine of a watch, driven by a program that takes readings in a loop and a peer that answers, fails and refuses. */

import { watchMachine } from '../../../machines/index.js';
import {
  type ReadingIterator,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
  STATUS_CALLBACK_ERROR,
} from '../../../src/index.js';
import { Bench, type Effect } from './bench.js';
import type { ModelEvent, ModelState, Step } from './model.js';
import type { Expectations, Subject, Variant, World } from './variant.js';
import type { Processed } from './watcher.js';

const DATA_ID = 7;
const EVERY_MS = 1_000;
/** Longer than any walk takes: a reading ends by what the peer does. */
const TIMEOUT_MS = 60_000;
/** Between two moments. */
const WAIT_MS = 300;

class WatchWorld implements World {
  readonly bench = new Bench({ isClient: false, session: {} });
  readonly #readings: ReadingIterator = this.bench.session.watch(DATA_ID, {
    every: EVERY_MS,
    timeout: TIMEOUT_MS,
  });
  #shownMissed = 0;

  async open(): Promise<this> {
    await this.bench.link();
    return this;
  }

  async perform({ type }: ModelEvent): Promise<void> {
    const { bench } = this;
    switch (type) {
      case 'watch.begin':
        return await this.#askForNext();
      case 'watch.end':
        await this.#readings.return?.();
        return await bench.settle();
      case 'reading.came':
        await bench.say(SID_READ_RESPONSE, DATA_ID, 'a value');
        return await this.#askForNext();
      case 'reading.failed':
        // what was asked on the old link gets no answer, and the next reading has a link again
        await bench.unlink();
        return await bench.link();
      default:
        return await bench.say(SID_READ_RESPONSE, DATA_ID, null, STATUS_CALLBACK_ERROR);
    }
  }

  /** The loop keeps up: it always waits for a value. */
  async #askForNext(): Promise<void> {
    this.#readings.next().catch(() => {});
    await this.bench.settle();
  }

  processed(): Processed[] {
    return this.bench.watcher.processed(`${DATA_ID} watch`);
  }

  effects(): Effect[] {
    this.bench.effects();
    const asked = this.bench
      .heard()
      .filter(({ serviceId, dataId }) => serviceId === SID_READ_REQUEST && dataId === DATA_ID)
      .map((): Effect => READ);
    const missed = this.#readings.missed - this.#shownMissed;
    this.#shownMissed = this.#readings.missed;
    return missed === 0 ? asked : [...asked, missedBy(missed)];
  }

  check(state: ModelState): string[] {
    const expected = state.machine.value === 'reading' ? 1 : 0;
    const { inFlight } = this.bench.session.stats().requests;
    return inFlight === expected ? [] : [`expected ${expected} readings under way, got ${inFlight}`];
  }
}

const READ: Effect = { channel: 'wire', text: 'a reading is asked for' };

function missedBy(count: number): Effect {
  return { channel: 'announced', text: `missed ${count} more` };
}

const EXPECTATIONS: Expectations = {
  actions: {
    'begin the clock': () => [],
    read: () => [READ],
    // that it is no longer under way
    'cancel the reading': () => [],
    // the moment at which the next reading begins is not missed
    'count the moments that have passed': (_, { did }: Step) =>
      did.some(({ name }) => name === 'read') ? [] : [missedBy(1)],
    'count the reading as missed': () => [missedBy(1)],
  },
};

const VARIANT: Variant = {
  name: 'a loop that keeps up',
  actorId: `${DATA_ID} watch`,
  isExact: true,
  samples: ['watch.begin', 'watch.end', 'reading.came', 'reading.failed', 'reading.refused'].map((type) => ({
    type,
  })),
  expectations: EXPECTATIONS,
  fields: (input) => ({
    input,
    // moments are equally far apart from the first, however long a reading takes; no time passes before it
    delays: { 'time to the next moment': (_, { elapsedMs }) => EVERY_MS - (elapsedMs % EVERY_MS) },
  }),
  open: () => new WatchWorld().open(),
  waitMs: WAIT_MS,
};

/** The machine of a watch. */
export const watchSubject: Subject = {
  name: 'watch',
  machine: watchMachine,
  variants: [VARIANT],
  unreachable: [
    {
      states: ['reading', 'resting'],
      events: ['watch.begin'],
      reason: 'only the first value that is asked for begins a watch',
    },
    {
      states: ['notBegun'],
      events: ['watch.end'],
      reason: 'a loop that ends before it asks for a value has no machine yet',
    },
    {
      states: ['notBegun', 'resting'],
      events: ['reading.came', 'reading.failed', 'reading.refused'],
      reason: 'nothing is being read',
    },
  ],
  untakable: {
    'watch.notBegun: watch.end': 'a loop that ends before it asks for a value has no machine yet',
  },
};
