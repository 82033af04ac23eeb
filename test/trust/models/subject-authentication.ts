/** The authentication machine in both roles, driven by the bytes of a puppet. */

import { authenticationMachine } from '../../../machines/index.js';
import {
  DID_AUTH_SEED,
  deriveKey,
  type Message,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
} from '../../../src/index.js';
import { AUTHENTICATION_STATE_NUMBERS, type AuthenticationStateName } from '../../../src/protocol/role.js';
import { AUTHENTICATION_PEER_EVENTS } from '../../support/peer-events.js';
import { Bench, type Effect } from './bench.js';
import { type ModelEvent, type ModelState, textOfValue } from './model.js';
import type { Expectations, Subject, Variant, World } from './variant.js';
import type { Processed } from './watcher.js';

const SECRET = Buffer.from('a secret that only a test knows');
const AUTHENTICATION_TIMEOUT_MS = 2_000;
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
    await this.bench.sayEvent(type, { key, seed });
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
        ({ channel, text }) => (channel === 'announced' && isAboutTrust(text)) || channel === 'dropped',
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
    const name = textOfValue(machine.value) as AuthenticationStateName;
    const failures: string[] = [];
    const expected = AUTHENTICATION_STATE_NUMBERS[name];
    const got = this.bench.session.checkAuthenticationState();
    if (got !== expected) failures.push(`expected checkAuthenticationState to be ${expected}, got ${got}`);
    if (this.bench.session.isTrusted !== (name === 'trusted'))
      failures.push(`expected isTrusted to fit ${name}`);
    const isUndecided = name === 'seedRequested' || name === 'keySent';
    if (!isUndecided && this.#verdicts.includes(null))
      failures.push('expected authenticate() to have a verdict');
    return failures;
  }
}

function isAboutTrust(text: string): boolean {
  if (text.startsWith('disconnected')) return text !== 'disconnected: the cable was cut';
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
    'answer that the key is wrong': wire('1/1 false 0'),
    // a key for a forgotten seed is no right key: that is tried in each state
    'forget the seed': nothing,
    'close the connection': ({ reason }) => [{ channel: 'announced', text: `disconnected: ${reason}` }],
    'drop the unexpected message': () => [{ channel: 'dropped', text: 'unexpected' }],
  },
  sent: {
    'authentication.trusted': () => [{ channel: 'announced', text: 'trusted' }],
    'authentication.distrusted': () => [{ channel: 'announced', text: 'untrusted' }],
    'authentication.failed': ({ event }) => [
      { channel: 'announced', text: `authenticationFailed: ${event['reason']}` },
    ],
  },
};

const SAMPLES: readonly ModelEvent[] = [
  { type: 'authentication.start', timeoutMs: AUTHENTICATION_TIMEOUT_MS },
  ...AUTHENTICATION_PEER_EVENTS.map((type) => ({ type })),
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
      react: ({ did }, isLinked) => ({
        isLinked,
        causes: did.some(({ name: action }) => action === 'close the connection')
          ? [{ type: 'link.closed' }]
          : [],
      }),
    }),
    open: () => AuthenticationWorld.open(name === 'client'),
    ...(name === 'client' ? { waitMs: 700 } : {}),
  };
}

/** The authentication machine. */
export const authenticationSubject: Subject = {
  name: 'authentication',
  machine: authenticationMachine,
  variants: [variant('client'), variant('server')],
  unreachable: [
    {
      variants: ['server'],
      events: ['authentication.start'],
      reason: 'authenticate() of a server is refused before its machine hears of it',
    },
    {
      variants: ['client'],
      states: ['trusted'],
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
      states: ['untrusted', 'trusted'],
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
