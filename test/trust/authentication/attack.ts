/**
 * One case of C2: an attacker without the secret has fifty connections to one victim, one after the other, and on
 * each of them sends up to thirty messages. Before the first, and now and then between them, the honest peer is there;
 * two other sessions with the same secret talk to each other meanwhile. The attacker hears everything.
 */

import { Message } from '../../../src/index.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { Random } from '../random.js';
import { RECONNECT_DELAY_MS } from './attack-link.js';
import { HonestPair } from './honest-pair.js';
import { Knowledge } from './knowledge.js';
import { SHOT_KINDS, Shooter, type Shot, type ShotKind, shotOf } from './shots.js';
import type { Victim } from './victim.js';
import { VictimClient } from './victim-client.js';
import { VictimServer } from './victim-server.js';

export const SEQUENCES_PER_CASE = 50;
const MAX_MESSAGES = 30;
const WAITS_MS = [0, 1, 1, 1, 5, 99, 100, 400, 2_000, 10_000];
const MAX_RECONNECT_ATTEMPTS = 100;

type Move = ShotKind | 'wait' | 'several at once' | 'reconnect' | 'honest pair' | 'the user authenticates';

/** How often each is chosen when a sequence has it at all. */
const WEIGHTS: Readonly<Record<Move, number>> = {
  'seed request': 8,
  key: 8,
  'seed response': 6,
  'key response': 6,
  reflection: 6,
  replay: 6,
  name: 1,
  request: 3,
  response: 2,
  spoiled: 1,
  torn: 1,
  endless: 0.2,
  wait: 4,
  'several at once': 2,
  reconnect: 0.5,
  'honest pair': 0.5,
  'the user authenticates': 2,
};
const MOVES = Object.keys(WEIGHTS) as Move[];
/** What every sequence has, because nothing moves without it. */
const ESSENTIAL: readonly Move[] = ['seed request', 'key', 'seed response', 'key response'];
/** What can be joined into one chunk: no byte of it ends the connection. */
const JOINABLE: readonly ShotKind[] = SHOT_KINDS.filter(
  (kind) => !['spoiled', 'torn', 'endless'].includes(kind),
);

export interface AttackOutcome {
  readonly sequences: number;
  readonly messages: number;
  /** Connections that the victim closed. */
  readonly closed: number;
  readonly whitelistedRun: number;
  /** What is wrong with the victim; null: nothing. */
  readonly complaint: string | null;
}

/**
 * Runs a case.
 *
 * @param say gets each step, for a replay; null: nobody wants to know
 */
export async function runAttack(
  victimRole: 'server' | 'client',
  seed: number,
  say: ((line: string) => void) | null,
): Promise<AttackOutcome> {
  const attack = new Attack(victimRole, seed, say);
  return await attack.run();
}

class Attack {
  readonly #random: Random;
  readonly #clock = new VirtualClock();
  readonly #world: { readonly clock: VirtualClock; readonly random: Random };
  readonly #victim: Victim;
  readonly #knowledge = new Knowledge();
  readonly #shooter: Shooter;
  readonly #say: ((line: string) => void) | null;
  #honestPair: HonestPair | null = null;
  #sequences = 0;
  #messages = 0;
  /** How many messages there are when the sequence ends. */
  #end = 0;
  #closed = 0;
  #complaint: string | null = null;

  constructor(victimRole: 'server' | 'client', seed: number, say: ((line: string) => void) | null) {
    this.#random = new Random(seed);
    // of its own, so that what the victim draws does not change what the attacker does
    this.#world = { clock: this.#clock, random: new Random(~seed >>> 0) };
    this.#say = say;
    this.#victim =
      victimRole === 'server'
        ? new VictimServer(this.#world)
        : new VictimClient(this.#world, this.#random.chance(0.7));
    this.#shooter = new Shooter(this.#random, this.#knowledge);
  }

  async run(): Promise<AttackOutcome> {
    for (let i = 0; i < SEQUENCES_PER_CASE && this.#complaint === null; i++) {
      if (i === 0 || this.#random.chance(0.1)) this.#honestPeerVisits();
      this.#sequence();
    }
    await this.#close();
    return {
      sequences: this.#sequences,
      messages: this.#messages,
      closed: this.#closed,
      whitelistedRun: this.#victim.whitelistedRun,
      complaint: this.#complaint,
    };
  }

  #honestPeerVisits(): void {
    this.#open('the honest peer');
    const isTrusted = this.#victim.meetHonestPeer((serviceId, dataId, data) =>
      this.#deliver('honest', [shotOf(new Message({ serviceId, dataId, data }))]),
    );
    if (!isTrusted) this.#complaint ??= 'it does not trust the honest peer';
    this.#shut();
  }

  #sequence(): void {
    this.#sequences++;
    const weights = this.#weights();
    // most are short: what goes wrong does so in few steps, and a connection costs less than ten messages
    const length = Math.min(...[0, 0, 0].map(() => this.#random.between(1, MAX_MESSAGES)));
    this.#open('the attacker');
    this.#end = this.#messages + length;
    for (let step = 0; step < 2 * length && this.#messages < this.#end; step++) {
      this.#move(this.#pick(weights));
      this.#complaint ??= this.#victim.complaint();
      if (this.#complaint !== null) return this.#say?.(`!! ${this.#complaint}`);
      if (this.#victim.link.isConnected()) continue;
      this.#closed++;
      return this.#say?.(`   the victim has closed: ${this.#victim.link.whyShut}`);
    }
  }

  /** Each sequence has some of the moves, and not the others: so that rare ones come often together. */
  #weights(): readonly number[] {
    return MOVES.map((move) => {
      const has = ESSENTIAL.includes(move) || this.#random.chance(0.4);
      return has ? WEIGHTS[move] * this.#random.between(1, 4) : 0;
    });
  }

  #pick(weights: readonly number[]): Move {
    let at = this.#random.fraction() * weights.reduce((sum, weight) => sum + weight, 0);
    const index = weights.findIndex((weight) => (at -= weight) < 0);
    return MOVES[index] ?? 'wait';
  }

  #move(move: Move): void {
    switch (move) {
      case 'wait':
        return this.#pass(this.#random.of(WAITS_MS));
      case 'several at once': {
        const shots = Array.from(
          { length: Math.min(this.#random.between(2, 5), this.#end - this.#messages) },
          () => this.#shooter.shot(this.#random.of(JOINABLE)),
        );
        return this.#deliver('several', shots);
      }
      case 'reconnect':
        return this.#open('the attacker, again');
      case 'honest pair':
        this.#say?.('   the honest pair begins another connection');
        if (this.#honestPair === null) this.#honestPair = new HonestPair(this.#world, this.#knowledge);
        else this.#honestPair.reconnect();
        return this.#pass(1);
      case 'the user authenticates':
        this.#say?.('   the user of the victim, if it is a client, authenticates');
        this.#victim.authenticate();
        return this.#hear();
      default:
        return this.#deliver(move, [this.#shooter.shot(move)]);
    }
  }

  #pass(ms: number): void {
    this.#say?.(`   ${ms} ms pass`);
    this.#clock.advance(ms);
    this.#hear();
  }

  #deliver(what: string, shots: readonly Shot[]): void {
    this.#messages += shots.length;
    for (const { message, bytes } of shots) this.#say?.(`-> ${what}: ${textOf(message, bytes.length)}`);
    this.#victim.link.write(
      shots.length === 1 && shots[0] ? shots[0].bytes : Buffer.concat(shots.map(({ bytes }) => bytes)),
    );
    for (const { message } of shots) if (message !== null) this.#victim.hears(message);
    this.#hear();
  }

  /** Takes what the victim says, and remembers it. */
  #hear(): void {
    this.#victim.timePassed();
    for (const message of this.#victim.takeHeard()) {
      this.#say?.(`<- ${textOf(message, 0)}`);
      this.#victim.sent(message);
      this.#knowledge.hear(message);
    }
  }

  #open(who: string): void {
    this.#shut();
    const { link } = this.#victim;
    for (let i = 0; link.isClient && !link.isWanted && i < MAX_RECONNECT_ATTEMPTS; i++)
      this.#clock.advance(RECONNECT_DELAY_MS);
    this.#say?.(`== a connection of ${who}`);
    link.open();
    this.#victim.opened();
    this.#hear();
  }

  #shut(): void {
    const { link } = this.#victim;
    if (!link.isConnected()) return;
    link.disconnect('peer-closed');
    this.#victim.timePassed();
  }

  async #close(): Promise<void> {
    const isHonestPairTrusted = (await this.#honestPair?.close()) ?? true;
    if (!isHonestPairTrusted) this.#complaint ??= 'the honest pair does not trust each other';
    await this.#victim.session.close();
    if (this.#clock.pending > 0) this.#complaint ??= `it left ${this.#clock.pending} timers`;
  }
}

function textOf(message: Message<unknown> | null, byteLength: number): string {
  if (message === null) return `${byteLength} bytes that are no message`;
  const { serviceId, dataId, status, data } = message;
  const text = JSON.stringify(data);
  return `${serviceId}/${dataId}, status ${status}, ${text.length > 200 ? `${text.slice(0, 200)}…` : text}`;
}
