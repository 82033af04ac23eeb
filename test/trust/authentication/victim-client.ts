/**
 * A client that is attacked by a false server. Nothing proves the server (a false one that says okay is believed), so
 * the law is: the client is at each moment exactly where the table has it, trusts after okay in Key sent on this
 * connection and not otherwise, and runs nothing before that.
 */

import type { Message } from '../../../src/index.js';
import { STATES, type StateName } from './cells.js';
import { GuardedSession, type Say, type Victim, type VictimWorld } from './victim.js';

/** Where the user asks for it, and where it begins by itself. */
const AUTHENTICATION_TIMEOUT_MS = 2_000;
const OWN_AUTHENTICATION_TIMEOUT_MS = 5_000;
const MIN_SEED_LENGTH = 16;
const MAX_SEED_LENGTH = 1024;

export class VictimClient extends GuardedSession implements Victim {
  readonly #world: VictimWorld;
  readonly #isAutoAuthOn: boolean;
  #state: StateName = 'Untrusted';
  #deadlineMs = 0;
  readonly #answeredSeeds = new Set<unknown>();
  /** The key that the client must send now. */
  #dueKey: string | null = null;
  #seedRequestsDue = 0;
  #complaint: string | null = null;

  constructor(world: VictimWorld, isAutoAuthOn: boolean) {
    super(true, world, { autoAuth: isAutoAuthOn });
    this.#world = world;
    this.#isAutoAuthOn = isAutoAuthOn;
  }

  opened(): void {
    this.#state = 'Untrusted';
    this.#dueKey = null;
    this.#seedRequestsDue = 0;
    if (this.#isAutoAuthOn) this.#begin(OWN_AUTHENTICATION_TIMEOUT_MS);
  }

  /** The user asks for it. */
  authenticate(): void {
    const isIdle = this.#state === 'Untrusted' && this.link.isConnected();
    void this.session.authenticate();
    if (isIdle) this.#begin(AUTHENTICATION_TIMEOUT_MS);
  }

  #begin(timeoutMs: number): void {
    this.#state = 'Seed requested';
    this.#deadlineMs = this.#world.clock.now() + timeoutMs;
    this.#seedRequestsDue++;
  }

  hears({ serviceId, dataId, status, data }: Message<unknown>): void {
    if (serviceId !== 1) return;
    if (dataId === 0 && this.#state === 'Seed requested') this.#hearsSeed(status, data);
    else if (dataId === 1 && this.#state === 'Key sent')
      this.#state = status === 0 && data === true ? 'Trusted' : 'Untrusted';
  }

  #hearsSeed(status: number, data: unknown): void {
    const isUsable =
      status === 0 &&
      typeof data === 'string' &&
      data.length >= MIN_SEED_LENGTH &&
      data.length <= MAX_SEED_LENGTH &&
      !this.#answeredSeeds.has(data);
    this.#state = isUsable ? 'Key sent' : 'Untrusted';
    if (!isUsable) return;
    this.#answeredSeeds.add(data);
    this.#dueKey = this.keyFor(data);
  }

  timePassed(): void {
    const isWaiting = this.#state === 'Seed requested' || this.#state === 'Key sent';
    if (!this.link.isConnected() || (isWaiting && this.#world.clock.now() >= this.#deadlineMs))
      this.#state = 'Untrusted';
  }

  sent({ serviceId, dataId, data }: Message): void {
    if (serviceId !== 0) return;
    if (dataId === 0 && --this.#seedRequestsDue < 0) this.#complain('it asked for a seed by itself');
    if (dataId !== 1) return;
    if (data !== this.#dueKey) this.#complain('it sent a key that nobody asked for');
    this.#dueKey = null;
  }

  complaint(): string | null {
    const state = STATES[this.session.authenticationState];
    if (state !== this.#state) this.#complain(`it is in ${state}, where the table has ${this.#state}`);
    if (this.session.isTrusted !== (this.#state === 'Trusted'))
      this.#complain(`isTrusted is ${this.session.isTrusted} in ${this.#state}`);
    if (this.callbacksRunUntrusted > 0) this.#complain('it ran a callback before it trusted');
    if (this.#dueKey !== null && this.link.isConnected()) this.#complain('it sent no key');
    return this.#complaint;
  }

  meetHonestPeer(say: Say): boolean {
    if (this.#state === 'Untrusted') this.authenticate();
    say(1, 0, this.#world.random.bytes(32).toString('hex'));
    say(1, 1, true);
    return this.session.isTrusted;
  }

  #complain(text: string): void {
    this.#complaint ??= text;
  }
}
