/**
 * C2: random sequences of an attacker without the secret. A server never trusts it and runs nothing for it; a client
 * that is attacked by a false server is never anywhere but where the table has it.
 */

import type { Reached, Stage, StageContext } from '../stage.js';
import { replayLine } from '../stage.js';
import { type AttackOutcome, runAttack, SEQUENCES_PER_CASE } from './attack.js';

const SEQUENCES = { ci: 200_000, deep: 100_000_000, release: 100_000_000 };
/** A deep run ends after so long, however many sequences it got through: all of them would take a night. */
const TIME_LIMIT_MS = { ci: Number.POSITIVE_INFINITY, deep: 60 * 60 * 1_000, release: 8 * 60 * 60 * 1_000 };
/** One case in so many is against a client. */
const CLIENT_EVERY = 5;
const MAX_FAILURES = 10;
/** A deep run says how far it is so often. */
const REPORT_EVERY_CASES = 20_000;

export const attackStage: Stage = {
  name: 'attacks on the authentication',
  figures: ['C2'],
  run: async (context) => {
    const stackTraceLimit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0; // a million refusals that nobody reads
    try {
      return [await new AttackRun(context).run()];
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  },
};

class AttackRun {
  readonly #context: StageContext;
  readonly #failures: string[] = [];
  readonly #sums = { sequences: 0, messages: 0, closed: 0, failures: 0, onClients: 0 };

  constructor(context: StageContext) {
    this.#context = context;
  }

  async run(): Promise<Reached> {
    const { budget, baseSeed, replaySeed, say } = this.#context;
    if (replaySeed !== null) {
      await this.#case(replaySeed, say);
      return this.#result(SEQUENCES_PER_CASE, false);
    }
    const goal = SEQUENCES[budget];
    const deadline = performance.now() + TIME_LIMIT_MS[budget];
    let cases = 0;
    while (this.#sums.sequences < goal && performance.now() < deadline) {
      await this.#case((baseSeed + cases++) >>> 0, null);
      if (cases % REPORT_EVERY_CASES === 0) say(`C2: ${grouped(this.#sums.sequences)} sequences`);
    }
    const { messages, closed, onClients } = this.#sums;
    say(
      `C2: ${grouped(messages)} messages; ${grouped(closed)} connections closed by the victim; ${grouped(onClients)} sequences against a client`,
    );
    return this.#result(goal, this.#sums.sequences < goal);
  }

  /** The role follows from the seed, so that a replay is of the same case. */
  async #case(seed: number, say: ((line: string) => void) | null): Promise<void> {
    const role = seed % CLIENT_EVERY === 0 ? 'client' : 'server';
    say?.(`C2: a ${role} is attacked, seed ${seed}`);
    let outcome: AttackOutcome;
    try {
      outcome = await runAttack(role, seed, say);
    } catch (error) {
      return this.#fail(seed, error instanceof Error ? error.message : String(error));
    }
    this.#sums.sequences += outcome.sequences;
    this.#sums.messages += outcome.messages;
    this.#sums.closed += outcome.closed;
    if (role === 'client') this.#sums.onClients += outcome.sequences;
    if (outcome.complaint !== null) this.#fail(seed, `a ${role}: ${outcome.complaint}`);
  }

  #fail(seed: number, what: string): void {
    this.#sums.failures++;
    if (this.#failures.length < MAX_FAILURES) this.#failures.push(`${what}; ${replayLine('C2', seed)}`);
  }

  #result(goal: number, isCutShort: boolean): Reached {
    const { sequences, failures } = this.#sums;
    const onServers = grouped(sequences - this.#sums.onClients);
    const inTime = isCutShort ? ' (its time was over)' : '';
    return {
      id: 'C2',
      what: 'random sequences without the secret: a server trusts nobody and runs nothing, a client nothing before okay in Key sent',
      goal: `${grouped(goal)} sequences, 0 victims that give way`,
      reached: `${grouped(sequences)} sequences${inTime}, ${onServers} of them against a server, ${grouped(failures)} victims that gave way`,
      isReached: failures === 0,
      failures: this.#failures,
    };
  }
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
