/** The heartbeat machine of a client whose peer says nothing, answers when it is asked, or is always heard. */

import { heartbeatMachine } from '../../../machines/index.js';
import { Bench, type Effect, type LineMode } from './bench.js';
import type { ModelEvent, Step } from './model.js';
import type { Expectations, Subject, Variant, World } from './variant.js';
import type { Processed } from './watcher.js';

const NEVER_AGAIN = { delayMs: () => 100, maxAttempts: 1, reopens: false, connectTimeoutMs: 1_000 };
/** As the library has them unless set, without jitter. */
const INTERVAL_MS = 20_000;
const TIMEOUT_MS = 10_000;
const QUESTION = '8/0 null 0';

class HeartbeatWorld implements World {
  readonly bench: Bench;

  constructor(line: LineMode) {
    // its first request has the name in it: what has none is a heartbeat
    this.bench = new Bench({ isClient: true, policy: NEVER_AGAIN, line, session: { channelName: 'ours' } });
  }

  async perform({ type }: ModelEvent): Promise<void> {
    const { bench } = this;
    if (type === 'link.closed') return await bench.unlink();
    if (type !== 'link.opened') return;
    if (!bench.comm.isConnected()) await bench.reconnect();
    await bench.link();
  }

  processed(): Processed[] {
    return this.bench.watcher.processed('heartbeat');
  }

  effects(): Effect[] {
    const asked = this.bench
      .heard()
      .map(
        ({ serviceId, dataId, data, status }) => `${serviceId}/${dataId} ${JSON.stringify(data)} ${status}`,
      )
      .filter((text) => text === QUESTION)
      .map((text): Effect => ({ channel: 'wire', text }));
    const broken = this.bench.effects().filter(({ text }) => text === 'break: peer-silent');
    return [...asked, ...broken];
  }

  check(): string[] {
    return [];
  }
}

const EXPECTATIONS: Expectations = {
  actions: { 'look whether something came': () => [] },
  sent: {
    'heartbeat.due': () => [{ channel: 'wire', text: QUESTION }],
    'heartbeat.missed': () => [{ channel: 'transport', text: 'break: peer-silent' }],
  },
};

/** What a look finds, and what the session does about a peer that is silent. */
function causesOf(line: LineMode, { from, did, sent }: Step): ModelEvent[] {
  const isHeard = line === 'lively' || (line === 'answering' && from === 'asked');
  return [
    ...(did.length > 0 ? [{ type: isHeard ? 'line.heard' : 'line.silent' }] : []),
    ...(sent.some(({ event }) => event.type === 'heartbeat.missed') ? [{ type: 'link.closed' }] : []),
  ];
}

function variant(name: string, line: LineMode): Variant {
  return {
    name,
    actorId: 'heartbeat',
    isExact: true,
    samples: [
      { type: 'link.opened' },
      { type: 'link.closed' },
      { type: 'line.heard' },
      { type: 'line.silent' },
    ],
    expectations: EXPECTATIONS,
    fields: (input) => ({
      input,
      delays: { 'rest of the silence': () => INTERVAL_MS, 'time to answer': () => TIMEOUT_MS },
      react: (step, isLinked) => ({ isLinked, causes: causesOf(line, step) }),
    }),
    open: async () => new HeartbeatWorld(line),
  };
}

/** The heartbeat machine. */
export const heartbeatSubject: Subject = {
  name: 'heartbeat',
  machine: heartbeatMachine,
  variants: [
    variant('a silent peer', 'silent'),
    variant('a peer that answers', 'answering'),
    variant('a peer that is always heard', 'lively'),
  ],
  unreachable: [
    {
      states: ['listening', 'asked'],
      events: ['line.heard', 'line.silent'],
      reason: 'what a look finds is heard in the step after it, and at no other time',
      comesWithAnother: true,
    },
    {
      states: ['unlinked'],
      events: ['line.heard', 'line.silent'],
      reason: 'without a link nobody looks',
    },
    {
      states: ['listening', 'asked'],
      events: ['link.opened'],
      reason: 'the session tells it of a link when there was none, whatever its transport says twice',
    },
    {
      states: ['unlinked'],
      events: ['link.closed'],
      reason: 'the session tells it of the end of a link that there was, whatever its transport says twice',
    },
  ],
};
