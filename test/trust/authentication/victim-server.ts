/** A server that is attacked: a peer without the secret is never trusted, runs nothing, and gets few tries. */

import { type Message, STATUS_AUTH_REQUIRED } from '../../../src/index.js';
import { GuardedSession, type Say, type Victim, type VictimWorld, WHITELISTED_DID } from './victim.js';

/** The third wrong key closes instead of being answered. */
const MAX_ANSWERED_KEYS = 2;
const MAX_SEEDS = 10;

export class VictimServer extends GuardedSession implements Victim {
  readonly #seeds = new Set<string>();
  #seedsOnLink = 0;
  #keysAnswered = 0;
  #trusts = 0;
  /** The peer of this connection is the honest one. */
  #isHonest = false;
  #complaint: string | null = null;

  constructor(world: VictimWorld) {
    super(false, world);
    this.session.on('trusted', () => this.#trusts++);
  }

  opened(): void {
    this.#isHonest = false;
    this.#seedsOnLink = 0;
    this.#keysAnswered = 0;
    this.#trusts = 0;
    this.callbacksRun = 0;
  }

  hears(): void {}

  timePassed(): void {}

  authenticate(): void {}

  sent({ serviceId, dataId, status, data }: Message): void {
    if (serviceId === 1 && dataId === 0) this.#judgeSeed(data);
    else if (serviceId === 1 && dataId === 1) this.#judgeVerdict(data);
    else if (serviceId % 2 === 0) this.#complain(`it sent a request of the service ${serviceId}`);
    else if (serviceId === 11 && dataId === WHITELISTED_DID) return;
    else if (serviceId !== 9 && (status !== STATUS_AUTH_REQUIRED || data !== null))
      this.#complain(`it answered ${serviceId}/${dataId} with the status ${status}`);
  }

  #judgeSeed(seed: unknown): void {
    if (typeof seed !== 'string' || !/^[0-9a-f]{64}$/.test(seed)) this.#complain('it sent no proper seed');
    else if (this.#seeds.has(seed)) this.#complain('it sent a seed twice');
    else this.#seeds.add(seed);
    if (++this.#seedsOnLink > MAX_SEEDS) this.#complain(`it sent ${this.#seedsOnLink} seeds`);
  }

  #judgeVerdict(data: unknown): void {
    if (this.#isHonest) return;
    if (data !== false) this.#complain(`it accepted a key: ${JSON.stringify(data)}`);
    if (++this.#keysAnswered > MAX_ANSWERED_KEYS) this.#complain(`it answered ${this.#keysAnswered} keys`);
  }

  complaint(): string | null {
    const { session } = this;
    const state = session.authenticationState;
    if (session.isTrusted || this.#trusts > 0) this.#complain('it trusts the attacker');
    if (state !== 0 && state !== 2) this.#complain(`it is in the state ${state}`);
    if (this.callbacksRun + this.callbacksRunUntrusted > 0) this.#complain('it ran a callback');
    return this.#complaint;
  }

  meetHonestPeer(say: Say): boolean {
    this.#isHonest = true;
    say(0, 0, null);
    say(0, 1, this.keyFor([...this.#seeds].at(-1) ?? ''));
    return this.session.isTrusted;
  }

  #complain(text: string): void {
    this.#complaint ??= text;
  }
}
