/**
 * The connection machine of a client that comes back, of one that does not, and of a server, driven by a transport
 * that opens, fails and closes on command, also when no transport may.
 */

import { connectionMachine } from '../../../machines/index.js';
import type { ReconnectPolicy } from '../../../src/index.js';
import { Bench, type Effect } from './bench.js';
import type { ModelEvent, ModelState, Step } from './model.js';
import { textOfValue } from './model.js';
import type { Expectations, Subject, Variant, World } from './variant.js';
import type { Processed } from './watcher.js';

const CONNECT_TIMEOUT_MS = 1_000;
const MAX_FRAME_LENGTH = 1_024;
const MAX_ATTEMPTS = 3;
const delayMs = (failedAttempts: number): number => 100 * failedAttempts;

const POLICIES: Readonly<Record<string, ReconnectPolicy>> = {
  'client that comes back': {
    delayMs,
    maxAttempts: MAX_ATTEMPTS,
    reopens: true,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
  },
  'client that does not come back': {
    delayMs,
    maxAttempts: 1,
    reopens: false,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
  },
};

class ConnectionWorld implements World {
  readonly bench: Bench;

  constructor(policy: ReconnectPolicy | undefined) {
    this.bench = new Bench({
      isClient: policy !== undefined,
      ...(policy === undefined ? {} : { policy }),
      session: { maxFrameLength: MAX_FRAME_LENGTH },
    });
  }

  async perform({ type, ...fields }: ModelEvent): Promise<void> {
    const { bench } = this;
    switch (type) {
      case 'connection.open':
        return;
      case 'connection.reconnect':
        return await bench.reconnect(fields['meanwhileTooLong'] === true);
      case 'connection.reset':
        return await bench.overflow(MAX_FRAME_LENGTH);
      case 'connection.close':
        return await bench.closeSession();
      case 'link.opened':
        return await bench.link();
      case 'link.failed':
        return await bench.fail('connection-refused');
      case 'link.closed':
        return await bench.unlink();
      default:
        throw new Error(`expected an event with a translation to reality, got ${type}`);
    }
  }

  processed(): Processed[] {
    return this.bench.watcher.processed('connection');
  }

  effects(): Effect[] {
    this.bench.heard();
    return this.bench
      .effects()
      .filter(
        ({ channel, text }) =>
          channel === 'transport' ||
          (channel === 'announced' && text !== 'closed' && text !== 'disconnected: session-closed'),
      );
  }

  check({ machine }: ModelState): string[] {
    const isConnected = textOfValue(machine.value) === 'connected';
    return this.bench.session.isConnected() === isConnected
      ? []
      : [`expected isConnected() to be ${isConnected}`];
  }
}

const announced = (text: string): Effect[] => [{ channel: 'announced', text }];

const EXPECTATIONS: Expectations = {
  actions: {
    'open a link': () => [{ channel: 'transport', text: 'open' }],
    'break the link': ({ reason }) => [{ channel: 'transport', text: `break: ${reason}` }],
    'close the transport': () => [{ channel: 'transport', text: 'close' }],
  },
  sent: {
    'connection.established': () => announced('connected'),
    'connection.lost': ({ event }) => announced(`disconnected: ${event['reason']}`),
    'connection.attemptFailed': ({ event }) => announced(`connectFailed: ${event['reason']}`),
    'connection.abandoned': ({ event }) => announced(`abandoned: ${event['reason']}`),
  },
};

const SAMPLES: readonly ModelEvent[] = [
  { type: 'connection.open' },
  { type: 'connection.reconnect' },
  { type: 'connection.reconnect', meanwhileTooLong: true },
  { type: 'connection.reset' },
  { type: 'connection.close' },
  { type: 'link.opened' },
  { type: 'link.failed', reason: 'connection-refused' },
  { type: 'link.closed', reason: 'network-error' },
];

/** Breaking or opening a link makes a transport announce the end of the current one. */
function react(
  { event, did }: Step,
  isLinked: boolean,
): { isLinked: boolean; causes: readonly ModelEvent[] } {
  if (event.type === 'link.opened') return { isLinked: true, causes: [] };
  if (event.type === 'link.closed') return { isLinked: false, causes: [] };
  const broken = did.find(({ name }) => name === 'break the link');
  const isEnded =
    isLinked && did.some(({ name }) => name === 'open a link' || name === 'close the transport');
  const resets =
    broken !== undefined && event['meanwhileTooLong']
      ? [{ type: 'connection.reset', reason: 'frame-too-long' }]
      : [];
  const closes =
    isLinked && (broken !== undefined || isEnded) ? [{ type: 'link.closed', reason: 'link-closed' }] : [];
  return { isLinked: isLinked && closes.length === 0, causes: [...resets, ...closes] };
}

function variant(name: string): Variant {
  const policy = POLICIES[name];
  return {
    name,
    actorId: 'connection',
    isExact: true,
    samples: SAMPLES,
    expectations: EXPECTATIONS,
    fields: (input) => ({
      input,
      react,
      opening: [{ type: 'connection.open' }],
      delays: {
        'connect time-out': () => CONNECT_TIMEOUT_MS,
        'reconnect delay': ({ failedAttempts }) => delayMs(Number(failedAttempts)),
      },
    }),
    open: async () => new ConnectionWorld(policy),
    waitMs: 60,
  };
}

/** The connection machine. */
export const connectionSubject: Subject = {
  name: 'connection',
  machine: connectionMachine,
  variants: [...Object.keys(POLICIES).map(variant), variant('server')],
  // lost links are counted without end; beyond the last attempt the number means nothing
  bounded: (context) => ({
    ...context,
    failedAttempts: Math.min(Number(context['failedAttempts']), MAX_ATTEMPTS),
  }),
  unreachable: [
    {
      states: ['disconnected', 'connecting', 'connected', 'waitingToReconnect'],
      events: ['connection.open'],
      reason: 'a session starts once, when it is made; each walk begins with that',
    },
    {
      states: ['disconnected', 'waitingToReconnect'],
      events: ['connection.reset'],
      reason: 'a session resets only a connection that it has',
    },
    {
      states: ['connecting'],
      events: ['connection.reset'],
      reason: 'a session resets only a connection that it has; one that it is just replacing comes here',
      comesWithAnother: true,
    },
  ],
};
