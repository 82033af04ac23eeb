/**
 * The connection machine of clients that come back, that do not, and that need trust, and of a server, driven by a
 * transport that opens, fails and closes on command, also when no transport may.
 */

import { connectionMachine } from '../../../machines/index.js';
import type { ReconnectPolicy } from '../../../src/index.js';
import { Bench, type Effect } from './bench.js';
import type { ModelEvent, ModelState, Step } from './model.js';
import { textOfValue } from './model.js';
import type { Expectations, Subject, Variant, World } from './variant.js';
import type { Processed } from './watcher.js';

const CONNECT_TIMEOUT_MS = 1_000;
const REFUSAL_DELAY_MS = 3_000;
const MAX_FRAME_LENGTH = 1_024;
const MAX_ATTEMPTS = 3;
/** An attempt for the sake of somebody who waits comes so long after the one before. */
const HASTENED_EVERY_MS = 1_000;
/** Too little for a last chance besides: who waits so long gets an attempt at once and no other. */
const SHORT_TIMEOUT_MS = 100;
const DATA_ID = 7;
const SECRET = Buffer.from('a secret that only a test knows');

interface Configuration {
  /** None: it waits for links. */
  readonly policy?: ReconnectPolicy;
  /** Whether it authenticates by itself: then a link is good once the peer trusts it. */
  readonly needsTrust?: true;
}

const COMES_BACK: ReconnectPolicy = {
  delayMs: (failedAttempts) => 100 * failedAttempts,
  refusalDelayMs: () => REFUSAL_DELAY_MS,
  maxAttempts: MAX_ATTEMPTS,
  reopens: true,
  connectTimeoutMs: CONNECT_TIMEOUT_MS,
};

const CONFIGURATIONS: Readonly<Record<string, Configuration>> = {
  'client that comes back': { policy: COMES_BACK },
  'client that comes back after pauses that somebody may wait for': {
    policy: {
      ...COMES_BACK,
      delayMs: (failedAttempts) => 2_000 * failedAttempts,
      connectTimeoutMs: 10_000,
    },
  },
  'client that does not come back': { policy: { ...COMES_BACK, maxAttempts: 1, reopens: false } },
  'client that needs trust': { policy: COMES_BACK, needsTrust: true },
  'client that needs trust and does not return after a refusal': {
    policy: { ...COMES_BACK, refusalDelayMs: null },
    needsTrust: true,
  },
  server: {},
};

const FINISHING = 'connected.finishing';
const SLOW = 'client that comes back after pauses that somebody may wait for';
const NEEDING_TRUST = Object.keys(CONFIGURATIONS).filter((name) => CONFIGURATIONS[name]?.needsTrust);
const NEEDING_NO_TRUST = Object.keys(CONFIGURATIONS).filter((name) => !NEEDING_TRUST.includes(name));

class ConnectionWorld implements World {
  readonly bench: Bench;
  #seeds = 0;

  constructor({ policy, needsTrust }: Configuration) {
    this.bench = new Bench({
      isClient: policy !== undefined,
      ...(policy === undefined ? {} : { policy }),
      session: {
        maxFrameLength: MAX_FRAME_LENGTH,
        ...(needsTrust ? { secret: SECRET, autoAuth: true } : {}),
      },
    });
  }

  async perform({ type, ...fields }: ModelEvent, { machine }: ModelState): Promise<void> {
    const { bench } = this;
    switch (type) {
      case 'connection.open':
        return;
      case 'connection.reconnect':
        return await bench.reconnect(fields['meanwhileTooLong'] === true);
      case 'connection.reset':
        if (textOfValue(machine.value) === FINISHING) return await this.#refuseAnswer();
        return await bench.overflow(MAX_FRAME_LENGTH);
      case 'connection.trusted':
        return await this.#judge('peer.trustGranted');
      case 'connection.refuse':
        return await this.#judge('peer.trustDenied');
      case 'connection.wake':
        return await this.#waitForLink();
      case 'connection.close':
        return await bench.closeSession();
      case 'link.opened':
        return await bench.link();
      case 'link.failed':
        await bench.fail('connection-refused');
        if (fields['somebodyWaits'] === true && textOfValue(machine.value) === 'connecting')
          await this.#waitForLink();
        return;
      case 'link.closed':
        return await bench.unlink();
      case 'link.ended':
        return await (fields['owesAnswers'] === true ? bench.endStreamAfterRequest() : bench.endStream());
      case 'answers.sent':
        return await bench.returnFromCallback();
      default:
        throw new Error(`expected an event with a translation to reality, got ${type}`);
    }
  }

  /** A transport that does not take the answer for which the peer waits. */
  async #refuseAnswer(): Promise<void> {
    const { bench } = this;
    bench.refuse(true);
    await bench.returnFromCallback();
    bench.refuse(false);
  }

  /** The key that a client sends for a seed is right, or it is not. */
  async #judge(verdict: 'peer.trustGranted' | 'peer.trustDenied'): Promise<void> {
    await this.bench.sayEvent('peer.seedReceived', { seed: `${++this.#seeds}`.padStart(64, '0') });
    await this.bench.sayEvent(verdict);
  }

  /** Somebody waits and goes again at once: what is due for him stays so. */
  async #waitForLink(): Promise<void> {
    const { bench } = this;
    const abort = new AbortController();
    bench.read(DATA_ID, SHORT_TIMEOUT_MS, abort.signal).catch(() => {});
    await bench.settle();
    abort.abort();
    await bench.settle();
  }

  processed(): Processed[] {
    return this.bench.watcher.processed('connection');
  }

  effects(): Effect[] {
    this.bench.heard();
    return this.bench
      .effects()
      .filter(
        ({ channel, text }) => channel === 'transport' || (channel === 'announced' && isAboutLinks(text)),
      );
  }

  check({ machine }: ModelState): string[] {
    const { session, comm } = this.bench;
    // that of the transport
    const isConnected = comm.hasUncalledForLink || textOfValue(machine.value).startsWith('connected');
    return session.isConnected() === isConnected ? [] : [`expected isConnected() to be ${isConnected}`];
  }
}

/** What the connection reports, and not what its session says besides. */
function isAboutLinks(text: string): boolean {
  return (
    /^(connected|disconnected|connectFailed|abandoned)/.test(text) && text !== 'disconnected: session-closed'
  );
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
    // that nothing is asked any more is tested with the requests
    'connection.halfClosed': () => [],
    'connection.refused': () => announced('disconnected: key-refused'),
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
  { type: 'connection.trusted' },
  { type: 'connection.refuse' },
  { type: 'connection.wake' },
  { type: 'connection.close' },
  { type: 'link.opened' },
  { type: 'link.failed', reason: 'connection-refused' },
  { type: 'link.closed', reason: 'network-error' },
  { type: 'link.ended', owesAnswers: false },
  { type: 'link.ended', owesAnswers: true },
  { type: 'answers.sent' },
];

/** Breaking or opening a link makes a transport announce the end of the current one. */
function react(
  { event, did, taken, to }: Step,
  isLinked: boolean,
): { isLinked: boolean; causes: readonly ModelEvent[] } {
  if (event.type === 'link.opened') return { isLinked: true, causes: [] };
  if (event.type === 'link.closed') return { isLinked: false, causes: [] };
  // a pause has just begun, and somebody waits for its end
  if (event['somebodyWaits'] && taken.length > 0 && to === 'waitingToReconnect')
    return { isLinked, causes: [{ type: 'connection.wake' }] };
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
  const configuration = CONFIGURATIONS[name];
  if (configuration === undefined) throw new Error(`expected a configuration, got ${name}`);
  const isSlow = name === SLOW;
  return {
    name,
    actorId: 'connection',
    isExact: true,
    samples: isSlow
      ? [...SAMPLES, { type: 'link.failed', reason: 'connection-refused', somebodyWaits: true }]
      : SAMPLES,
    expectations: EXPECTATIONS,
    fields: (input) => ({
      input,
      react,
      opening: [{ type: 'connection.open' }],
      delays: {
        'connect time-out': () => configuration.policy?.connectTimeoutMs ?? 0,
        'refusal delay': () => REFUSAL_DELAY_MS,
        'reconnect delay': ({ failedAttempts }, { sinceOriginMs, event }) =>
          event.type === 'connection.wake'
            ? HASTENED_EVERY_MS - sinceOriginMs
            : (configuration.policy?.delayMs(Number(failedAttempts)) ?? 0),
      },
      ...(isSlow ? { origin: { action: 'open a link', forgottenAfterMs: HASTENED_EVERY_MS } } : {}),
    }),
    open: async () => new ConnectionWorld(configuration),
    waitMs: 60,
  };
}

const PAUSES = ['refused', 'refusedForGood'];

/** The connection machine. */
export const connectionSubject: Subject = {
  name: 'connection',
  machine: connectionMachine,
  variants: Object.keys(CONFIGURATIONS).map(variant),
  // lost links are counted without end; beyond the last attempt the number means nothing
  bounded: (context) => ({
    ...context,
    failedAttempts: Math.min(Number(context['failedAttempts']), MAX_ATTEMPTS),
  }),
  unreachable: [
    {
      events: ['connection.open'],
      reason: 'a session starts once, when it is made; each walk begins with that',
    },
    {
      states: ['disconnected', 'waitingToReconnect', ...PAUSES],
      events: ['connection.reset'],
      reason: 'a session resets only a connection that it has',
    },
    {
      states: ['connecting'],
      events: ['connection.reset'],
      reason: 'a session resets only a connection that it has; one that it is just replacing comes here',
      comesWithAnother: true,
    },
    {
      variants: NEEDING_NO_TRUST,
      events: ['connection.trusted', 'connection.refuse'],
      reason: 'without a secret nobody authenticates',
    },
    {
      variants: NEEDING_TRUST,
      states: ['disconnected', 'connecting', 'waitingToReconnect', ...PAUSES],
      events: ['connection.trusted', 'connection.refuse'],
      reason: 'without a link nobody authenticates',
    },
    {
      variants: NEEDING_TRUST,
      states: ['connected.onProbation', 'connected.proven'],
      events: ['connection.trusted', 'connection.refuse'],
      reason: 'a trusted client attempts nothing',
    },
    {
      variants: NEEDING_TRUST,
      states: [FINISHING],
      events: ['connection.trusted', 'connection.refuse'],
      reason: 'a peer that has ended its stream says nothing more',
    },
    {
      states: [
        'disconnected',
        'connecting',
        'waitingToReconnect',
        ...PAUSES,
        'connected.shakingHands',
        'connected.onProbation',
        'connected.proven',
      ],
      events: ['answers.sent'],
      reason: 'that is told of the answers for a peer that has ended its stream',
    },
    {
      variants: Object.keys(CONFIGURATIONS).filter((name) => name !== SLOW),
      events: ['connection.wake'],
      reason: 'its pauses are too short for an attempt to be due sooner',
    },
    {
      variants: [SLOW],
      states: ['disconnected', 'connecting', 'connected.onProbation', 'connected.proven', FINISHING],
      events: ['connection.wake'],
      reason: 'outside of a pause no attempt can be due sooner',
    },
    {
      variants: [SLOW],
      states: ['waitingToReconnect'],
      events: ['connection.wake'],
      reason: 'a pause that was made shorter stays as it is; one that has just begun is made shorter here',
      comesWithAnother: true,
    },
  ],
};
