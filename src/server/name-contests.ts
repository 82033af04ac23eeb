/** The names of a server that are contested: each has a machine, from its first takeover until it is settled. */

import { nameClaimMachine } from '../../machines/index.js';
import { assertProvided } from '../../machines/not-provided.js';
import type { Clock } from '../base/clock.js';
import { warnOfThrown } from '../base/thrown.js';
import { lightActor } from '../session/light/light-logic.js';
import { type ActorOwner, LightSystem } from '../session/light/system.js';

/** How many contests are remembered; the one that began first is settled for the next: peers decide how many there are. */
const MAX_CONTESTS = 4_096;

function contestOf(system: object): NameContest {
  if (system instanceof LightSystem && system.owner instanceof NameContest) return system.owner;
  throw new Error('this actor system belongs to no contest');
}

const providedMachine = assertProvided(
  nameClaimMachine.provide({
    actions: {
      'let the newer take over': ({ system }) => contestOf(system).decide('newer'),
      'refuse the newer': ({ system }) => contestOf(system).decide('holder'),
      'forget the contest': ({ system }) => contestOf(system).forget(),
    },
  }),
);

/** Who has a name from now on. */
export type Winner = 'holder' | 'newer';

/** The contest for one name. */
class NameContest implements ActorOwner {
  readonly #forget: () => void;
  readonly #actor;
  #winner: Winner = 'newer';

  constructor(clock: Clock, forget: () => void) {
    this.#forget = forget;
    this.#actor = lightActor(providedMachine, { id: 'nameClaim', input: undefined, clock, owner: this });
    this.#actor.start();
  }

  claim(): Winner {
    this.#actor.send({ type: 'name.claimed' });
    return this.#winner;
  }

  close(): void {
    this.#actor.send({ type: 'server.closed' });
  }

  // ── what the machine lets happen ──

  decide(winner: Winner): void {
    this.#winner = winner;
  }

  forget(): void {
    this.#forget();
  }

  announced(): void {}

  stepped(): void {}

  crashed(error: unknown): void {
    warnOfThrown('a state machine failed, a contest for a name is forgotten', error, 'SP_INTERNAL', {
      scope: this,
    });
    this.#forget();
  }
}

/** The contests of one server. */
export class NameContests {
  readonly #clock: Clock;
  readonly #contests = new Map<string, NameContest>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many names are contested, or were a short while ago. */
  get size(): number {
    return this.#contests.size;
  }

  /** A peer claims a name that another one has: says whose it is. */
  claim(name: string): Winner {
    return (this.#contests.get(name) ?? this.#begin(name)).claim();
  }

  /** Settles all. */
  close(): void {
    for (const contest of [...this.#contests.values()]) contest.close();
  }

  #begin(name: string): NameContest {
    if (this.#contests.size >= MAX_CONTESTS) {
      const [first] = this.#contests.values();
      first?.close();
    }
    const contest = new NameContest(this.#clock, () => void this.#contests.delete(name));
    this.#contests.set(name, contest);
    return contest;
  }
}
