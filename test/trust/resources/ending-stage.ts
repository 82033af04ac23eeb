/**
 * D12: servers that end in the middle of their work, most of them on slow roads, with input that they have not read. One that
 * drains answers each request whose callback has begun; one that closes brings each answer that it has given to its client.
 */

import { connect, type Session } from '../../../src/index.js';
import { Random } from '../random.js';
import { type Reached, replayLine, type Stage, type StageContext } from '../stage.js';
import { MeasuredProcess } from './child-process.js';
import type { EndingPlan, EndingQuestions, EndingResult } from './ending-questions.js';
import { SlowRoad } from './slow-road.js';

const ROUNDS: Readonly<Record<StageContext['budget'], number>> = {
  ci: 1_000,
  deep: 20_000,
  release: 200_000,
};
const AT_ONCE = 40;
/** None of the time-outs counts here. */
const PATIENT_MS = 120_000;
/** A run in which hardly anything came too late, or hardly anything was answered, has shown little. */
const MIN_PART = 0.1;
const MAX_SHOWN_FAILURES = 20;

/** Servers that end. */
export const endingStage: Stage = {
  name: 'servers that end',
  figures: ['D12'],
  isExclusive: true,
  run: async ({ budget, baseSeed, replaySeed, say }) => {
    await using servers = new MeasuredProcess<EndingQuestions>('./ending-main.js');
    const tally = new Tally();
    const rounds = replaySeed === null ? ROUNDS[budget] : 1;
    for (let first = 0; first < rounds; first += AT_ONCE) {
      const count = Math.min(AT_ONCE, rounds - first);
      const plans = Array.from({ length: count }, (_, i) =>
        planOf(replaySeed ?? (baseSeed + first + i) >>> 0),
      );
      const ports = await servers.ask('open', plans);
      const answered = await Promise.all(plans.map((plan, i) => askAll(ports[i] ?? 0, plan)));
      const results = await servers.ask('results', null);
      for (const [i, plan] of plans.entries()) {
        const result = results[i];
        if (result !== undefined) tally.add(plan, answered[i] ?? new Set(), result);
        if (replaySeed !== null) say(JSON.stringify({ plan, answered: answered[i]?.size, result }));
      }
    }
    return [tally.figure(rounds)];
  },
};

function planOf(seed: number): EndingPlan {
  const random = new Random(seed);
  const clients = random.between(1, 3);
  const requests = random.between(1, 40);
  const drains = random.chance(0.5);
  const isSlow = random.chance(0.6);
  // a few are long: more than the systems take at once
  const isLong = random.chance(0.05);
  return {
    seed,
    drains,
    clients,
    requests: isLong ? 4 : requests,
    requestLength: random.chance(0.5) ? 0 : random.between(1, isLong ? 100_000 : 10_000),
    answerLength: isLong ? random.between(50_000, 250_000) : random.between(1, 5_000),
    callbackMs: drains ? random.below(20) : 0,
    endsAfter: random.between(1, isLong ? 2 : clients * requests),
    bytesPerMs: isSlow ? random.between(isLong ? 8 : 1, 20) * 1_024 : null,
  };
}

/** Asks everything at once; the numbers of the requests that were answered. */
async function askAll(port: number, plan: EndingPlan): Promise<ReadonlySet<number>> {
  await using road = plan.bytesPerMs === null ? null : await SlowRoad.open(port, plan.bytesPerMs);
  const answered = new Set<number>();
  const sessions = await Promise.all(
    Array.from({ length: plan.clients }, () => connect({ port: road?.port ?? port, reconnect: false })),
  );
  const padding = 'x'.repeat(plan.requestLength);
  let number = 0;
  const asked = sessions.flatMap((session) =>
    Array.from({ length: plan.requests }, () =>
      ask(session, [++number, padding], plan.answerLength, answered),
    ),
  );
  await Promise.all(asked);
  await Promise.all(sessions.map((session) => session.close()));
  return answered;
}

async function ask(
  session: Session,
  data: readonly [number: number, padding: string],
  length: number,
  answered: Set<number>,
): Promise<void> {
  const [number] = data;
  try {
    const answer = await session.execute(1, data, { timeout: PATIENT_MS });
    if (!Array.isArray(answer) || answer[0] !== number || String(answer[1]).length !== length)
      throw new RangeError(`a wrong answer to ${number}`);
    answered.add(number);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    // it came too late, and was told so
  }
}

/** What became of all rounds. */
class Tally {
  #answered = 0;
  #tooLate = 0;
  #lost = 0;
  readonly #failures: string[] = [];

  add(plan: EndingPlan, answered: ReadonlySet<number>, { begun, report }: EndingResult): void {
    const { drains, clients, requests, seed } = plan;
    this.#answered += answered.size;
    this.#tooLate += clients * requests - begun.length;
    const unanswered = begun.filter((number) => !answered.has(number)).length;
    // one that closes at once cuts answers that have to wait behind others, and says so
    const lost = drains ? unanswered : Math.max(0, unanswered - report.cutCallbacks);
    this.#lost += lost;
    const mayCut = drains ? 0 : Number.POSITIVE_INFINITY;
    if (lost > 0 || report.cutCallbacks > mayCut || report.lostBytes > 0)
      this.#failures.push(
        `${lost} answers lost, ${JSON.stringify(report)}, ${JSON.stringify(plan)}; ${replayLine('D12', seed)}`,
      );
  }

  figure(rounds: number): Reached {
    const failures = this.#failures.slice(0, MAX_SHOWN_FAILURES);
    const asked = this.#answered + this.#tooLate;
    if (rounds > 1 && Math.min(this.#answered, this.#tooLate) < asked * MIN_PART)
      failures.push(`${this.#answered} answered and ${this.#tooLate} too late: the rounds show little`);
    return {
      id: 'D12',
      what: 'servers that drain, and that close, in the middle of their work: answers lost on the way',
      goal: `${rounds} rounds, slow links included: 0 lost`,
      reached: `${this.#lost} lost in ${rounds} rounds: ${this.#answered} answered, ${this.#tooLate} came too late`,
      isReached: failures.length === 0,
      failures,
    };
  }
}
