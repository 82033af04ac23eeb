/**
 * B8: in each of fifteen stories everything that can fail fails once, at its first call, at its last and at one between;
 * on demand at every call, alone and with the two after it.
 *
 * A story, what fails in it and at which call have a number, which is the seed that runs the case again.
 */

import { Random } from '../random.js';
import { type Reached, replayLine, type Stage, type StageContext } from '../stage.js';
import type { Point } from './faults.js';
import { ProcessEvents } from './process-events.js';
import { run } from './run.js';
import { SCENARIOS, type Scenario } from './scenarios.js';

/** A consecutive failure of this many calls, on demand. */
const CONSECUTIVE = 3;
/** Numbers of cases: story, how many calls fail, place among all points. */
const POINTS_PER_SERIES = 100_000;
const SERIES = 2;
/** The figure asks for about as many; fewer mean that something is not reached any more. */
const MIN_POINTS_PER_SCENARIO = 40;
const MAX_SHOWN_FAILURES = 40;

/** Everything fails once. */
export const tortureStage: Stage = {
  name: 'torture',
  figures: ['B8'],
  run: async ({ budget, baseSeed, replaySeed, say }) => {
    using events = new ProcessEvents();
    const torture = new Torture(events, say);
    if (replaySeed !== null) await torture.replay(replaySeed);
    else {
      for (const index of SCENARIOS.keys()) await torture.scenario(index, budget, baseSeed);
    }
    return [torture.figure(replaySeed !== null)];
  },
};

interface Case {
  readonly number: number;
  readonly point: Point;
}

class Torture {
  readonly #events: ProcessEvents;
  readonly #say: (line: string) => void;
  readonly #failures: string[] = [];
  #cases = 0;
  #badCases = 0;
  #fewest = Number.POSITIVE_INFINITY;

  constructor(events: ProcessEvents, say: (line: string) => void) {
    this.#events = events;
    this.#say = say;
  }

  async scenario(index: number, budget: StageContext['budget'], baseSeed: number): Promise<void> {
    const scenario = scenarioAt(index);
    const counts = await this.#countCalls(scenario);
    const cases = allCases(index, counts);
    const chosen = budget === 'ci' ? choose(cases, new Random((baseSeed + index) >>> 0)) : cases;
    this.#fewest = Math.min(this.#fewest, chosen.length);
    for (const each of chosen) await this.#runCase(scenario, each);
  }

  async replay(seed: number): Promise<void> {
    const index = Math.floor(seed / (POINTS_PER_SERIES * SERIES));
    const scenario = scenarioAt(index);
    const cases = allCases(index, await this.#countCalls(scenario));
    const found = cases.find(({ number }) => number === seed);
    if (found === undefined) throw new Error(`expected the number of a case, got ${seed}`);
    await this.#runCase(scenario, found);
  }

  /** The story without a failure, which must hold all laws. */
  async #countCalls(scenario: Scenario): Promise<ReadonlyMap<string, number>> {
    const { counts, failures } = await run(scenario, null, this.#events);
    for (const failure of failures) this.#failures.push(`${scenario.name}, nothing fails: ${failure}`);
    return counts;
  }

  async #runCase(scenario: Scenario, { number, point }: Case): Promise<void> {
    const { hasFired, failures } = await run(scenario, point, this.#events);
    const all = hasFired ? failures : [...failures, 'the call that was to fail was not made'];
    const name = `${scenario.name}, ${point.kind} (call ${point.call}${point.times > 1 ? ` to ${point.call + point.times - 1}` : ''})`;
    this.#cases++;
    if (all.length > 0) this.#badCases++;
    for (const failure of all) this.#failures.push(`${name}: ${failure}; ${replayLine('B8', number)}`);
    if (all.length > 0) this.#say(`B8: ${name}: ${all.join('; ')}`);
  }

  figure(isReplay: boolean): Reached {
    const failures = [...this.#failures];
    if (!isReplay && this.#fewest < MIN_POINTS_PER_SCENARIO)
      failures.push(`a story has ${this.#fewest} points only, expected ≥ ${MIN_POINTS_PER_SCENARIO}`);
    return {
      id: 'B8',
      what: 'torture: everything that can fail fails once in each story',
      goal: `${SCENARIOS.length} stories, ≥ ${MIN_POINTS_PER_SCENARIO} points each, 0 failures`,
      reached: `${this.#cases} cases${isReplay ? '' : `, at least ${this.#fewest} in a story`}; ${this.#badCases} with failures`,
      isReached: failures.length === 0,
      failures: failures.slice(0, MAX_SHOWN_FAILURES),
    };
  }
}

function scenarioAt(index: number): Scenario {
  const scenario = SCENARIOS[index];
  if (scenario === undefined) throw new Error(`expected one of ${SCENARIOS.length} stories, got ${index}`);
  return scenario;
}

/** Every call of everything that can fail, alone and with those after it. */
function allCases(scenario: number, counts: ReadonlyMap<string, number>): Case[] {
  return [1, CONSECUTIVE].flatMap((times, series) => {
    const first = (scenario * SERIES + series) * POINTS_PER_SERIES;
    const points = [...counts].flatMap(([kind, calls]) =>
      Array.from({ length: calls }, (_, call): Point => ({ kind, call: call + 1, times })),
    );
    return points.map((point, index) => ({ number: first + index, point }));
  });
}

/** The first call of each kind, the last, and one between. */
function choose(cases: readonly Case[], random: Random): Case[] {
  const byKind = new Map<string, Case[]>();
  for (const each of cases) {
    if (each.point.times > 1) continue;
    const ofKind = byKind.get(each.point.kind) ?? [];
    byKind.set(each.point.kind, ofKind);
    ofKind.push(each);
  }
  return [...byKind.values()].flatMap((ofKind) => {
    const [first, last] = [ofKind[0], ofKind.at(-1)];
    return [...new Set([first, random.of(ofKind), last])].filter((each) => each !== undefined);
  });
}
