/** The authentication machine in both roles, driven by the bytes of a puppet. */

import { authenticationMachine } from '../../../machines/index.js';
import {
  DID_AUTH_SEED,
  deriveKey,
  type Message,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
} from '../../../src/index.js';
import { AUTHENTICATION_STATE_NUMBERS, authenticationStateOf } from '../../../src/protocol/role.js';
import { Bench, type Effect } from './bench.js';
import type { ModelEvent, ModelState } from './model.js';
import type { Expectations, Subject, Variant, World } from './variant.js';
import type { Processed } from './watcher.js';

const SECRET = Buffer.from('a secret that only a test knows');
const AUTHENTICATION_TIMEOUT_MS = 2_000;
/** The longest that a server waits before it says that a key is wrong. */
const MAX_PENALTY_MS = 400;
const NEVER_AGAIN = { delayMs: () => 100, maxAttempts: 1, reopens: false, connectTimeoutMs: 1_000 };

class AuthenticationWorld implements World {
  readonly bench: Bench;
  readonly #seeds: string[] = [];
  readonly #verdicts: (boolean | null)[] = [];

  private constructor(isClient: boolean) {
    this.bench = new Bench({
      isClient,
      ...(isClient ? { policy: NEVER_AGAIN } : {}),
      // three instead of ten seeds keep the number of states small
      session: { secret: SECRET, autoAuth: false, maxSeedRequests: 3 },
    });
  }

  static async open(isClient: boolean): Promise<AuthenticationWorld> {
    const world = new AuthenticationWorld(isClient);
    await world.bench.link();
    world.effects();
    return world;
  }

  async perform(event: ModelEvent): Promise<void> {
    await this.#cause(event);
    // what a connection is gone for, the next one is there for
    if (!this.bench.comm.isConnected()) await this.bench.link();
  }

  async #cause({ type, ...fields }: ModelEvent): Promise<void> {
    if (type === 'authentication.start') return await this.#authenticate(Number(fields['timeoutMs']));
    if (type === 'link.closed') return await this.bench.unlink();
    const key = deriveKey(this.#seeds.at(-1) ?? 'no seed', SECRET);
    const seed = this.#seeds.length.toString(16).padStart(64, '0');
    if (type === 'peer.seedReceived') this.#seeds.push(seed);
    await this.bench.sayEvent(type, { key, seed, reason: fields['reason'] });
    // the penalty of a wrong key is not a state of the machine, and no other timer of a server runs after a key
    const isKey = type === 'peer.keyAccepted' || type === 'peer.keyRejected';
    if (isKey && !this.bench.comm.isClient) await this.bench.clock.advanceAsync(MAX_PENALTY_MS);
  }

  async #authenticate(timeoutMs: number): Promise<void> {
    const index = this.#verdicts.push(null) - 1;
    this.bench.authenticate(timeoutMs).then((verdict) => (this.#verdicts[index] = verdict));
    await this.bench.settle();
  }

  processed(): Processed[] {
    return this.bench.watcher.processed('authentication');
  }

  effects(): Effect[] {
    const wire = this.bench
      .heard()
      .filter(({ serviceId }) => serviceId === SID_AUTH_REQUEST || serviceId === SID_AUTH_RESPONSE)
      .map((message): Effect => ({ channel: 'wire', text: this.#textOf(message) }));
    const others = this.bench
      .effects()
      .filter(
        ({ channel, text }) =>
          (channel === 'announced' && isAboutTrust(text)) ||
          (channel === 'transport' && text.startsWith('break')) ||
          channel === 'dropped',
      );
    return [...wire, ...others];
  }

  /** A seed and a key are different each time: what is compared is whether they are what they must be. */
  #textOf({ serviceId, dataId, data, status }: Message): string {
    let shown = JSON.stringify(data);
    if (typeof data === 'string' && serviceId === SID_AUTH_RESPONSE && dataId === DID_AUTH_SEED) {
      const isFresh = /^[0-9a-f]{64}$/.test(data) && !this.#seeds.includes(data);
      shown = isFresh ? '(a fresh seed)' : '(no fresh seed)';
      this.#seeds.push(data);
    } else if (typeof data === 'string') {
      shown = data === deriveKey(this.#seeds.at(-1) ?? '', SECRET) ? '(the key)' : '(another key)';
    }
    return `${serviceId}/${dataId} ${shown} ${status}`;
  }

  check({ machine }: ModelState): string[] {
    const name = authenticationStateOf(machine.value);
    const failures: string[] = [];
    const expected = AUTHENTICATION_STATE_NUMBERS[name];
    const got = this.bench.session.authenticationState;
    if (got !== expected) failures.push(`expected authenticationState to be ${expected}, got ${got}`);
    if (this.bench.session.isTrusted !== (name === 'trusted'))
      failures.push(`expected isTrusted to fit ${name}`);
    const isUndecided = name === 'seedRequested' || name === 'keySent';
    if (!isUndecided && this.#verdicts.includes(null))
      failures.push('expected authenticate() to have a verdict');
    return failures;
  }
}

function isAboutTrust(text: string): boolean {
  return /^(trusted|untrusted|authenticationFailed)/.test(text);
}

const wire = (text: string) => (): Effect[] => [{ channel: 'wire', text }];
const nothing = (): Effect[] => [];

const EXPECTATIONS: Expectations = {
  actions: {
    'send the seed request': wire('0/0 null 0'),
    'send a fresh seed': wire('1/0 (a fresh seed) 0'),
    'send the key': wire('0/1 (the key) 0'),
    'answer that the key is right': wire('1/1 true 0'),
    'answer, after a penalty, that the key is wrong': wire('1/1 false 0'),
    // a key for a forgotten seed is no right key: that is tried in each state
    'forget the seed': nothing,
    'drop the unexpected message': () => [{ channel: 'dropped', text: 'unexpected' }],
  },
  sent: {
    'authentication.trusted': () => [{ channel: 'announced', text: 'trusted' }],
    'authentication.distrusted': () => [{ channel: 'announced', text: 'untrusted' }],
    'authentication.failed': ({ event }) => [
      { channel: 'announced', text: `authenticationFailed: ${event['reason']}` },
    ],
    'authentication.limitExceeded': ({ event }) => [
      { channel: 'transport', text: `break: ${event['reason']}` },
    ],
  },
};

const SAMPLES: readonly ModelEvent[] = [
  { type: 'authentication.start', timeoutMs: AUTHENTICATION_TIMEOUT_MS },
  { type: 'peer.seedRequested' },
  { type: 'peer.keyAccepted' },
  { type: 'peer.keyRejected' },
  { type: 'peer.seedReceived' },
  { type: 'peer.seedDenied', reason: 'unusable-seed' },
  { type: 'peer.seedDenied', reason: 'peer-has-no-secret' },
  { type: 'peer.trustGranted' },
  { type: 'peer.trustDenied' },
  { type: 'link.closed' },
];

function variant(name: 'client' | 'server'): Variant {
  return {
    name,
    actorId: 'authentication',
    isExact: true,
    samples: SAMPLES,
    expectations: EXPECTATIONS,
    fields: (input) => ({
      input,
      // closing a connection for misbehaviour comes back as a lost link
      react: ({ sent }, isLinked) => ({
        isLinked,
        causes: sent.some(({ event }) => event.type === 'authentication.limitExceeded')
          ? [{ type: 'link.closed' }]
          : [],
      }),
    }),
    open: () => AuthenticationWorld.open(name === 'client'),
    ...(name === 'client' ? { waitMs: 700 } : {}),
  };
}

/** A client counts all refusals of its keys; beyond two the number means nothing. */
const MAX_DISTINCT_WRONG_KEYS = 2;

/** The authentication machine. */
export const authenticationSubject: Subject = {
  name: 'authentication',
  machine: authenticationMachine,
  variants: [variant('client'), variant('server')],
  bounded: (context) => ({
    ...context,
    wrongKeys: Math.min(Number(context['wrongKeys']), MAX_DISTINCT_WRONG_KEYS),
  }),
  unreachable: [
    {
      variants: ['server'],
      events: ['authentication.start'],
      reason: 'authenticate() of a server is refused before its machine hears of it',
    },
    {
      variants: ['client'],
      states: ['client.trusted'],
      events: ['authentication.start'],
      reason: 'authenticate() of a trusted client is true at once',
    },
    {
      variants: ['client'],
      events: ['peer.keyAccepted'],
      reason: 'a client compares no keys: any key that comes is a wrong one',
    },
    {
      variants: ['server'],
      states: ['server.untrusted', 'server.trusted'],
      events: ['peer.keyAccepted'],
      reason: 'a key is right only for the seed that is out, and no seed is out',
    },
    {
      variants: ['server'],
      events: ['peer.seedReceived'],
      reason: 'a server has no use for any seed',
    },
  ],
};
