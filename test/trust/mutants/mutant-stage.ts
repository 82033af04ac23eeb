/**
 * P1: the test of the other tests. Small mistakes in the sources, one at a time, chosen by the seed of the commit; the tests
 * that run the place must notice nearly all of them. `npm run mutate` tries all there are.
 */

import { availableParallelism } from 'node:os';
import type { Reached, Stage, StageContext } from '../stage.js';
import { replayLine } from '../stage.js';

const SAMPLE = 40;
const MAX_BENCHES = 4;

export const mutantStage: Stage = {
  name: 'mutants',
  figures: ['P1'],
  // it uses all cores, and tests that run out of time would count
  isExclusive: true,
  run: async (context) => {
    // minutes, and nothing that a push is likely to change
    if (context.budget === 'ci' && context.replaySeed === null) {
      context.say('P1: tried with --budget=deep, or with a seed');
      return [];
    }
    return [await reachP1(context)];
  },
};

async function reachP1({ baseSeed, replaySeed, say }: StageContext): Promise<Reached> {
  // loaded when it is needed: it brings vitest with it
  const [{ GOAL, runMutants, sampleOf, scoreOf }, { allMutants }, { lineFor }, { keyOf, readSurvivors }] =
    await Promise.all([
      import('../../../tools/mutate/run.js'),
      import('../../../tools/mutate/sources.js'),
      import('../../../tools/mutate/report.js'),
      import('../../../tools/mutate/survivors.js'),
    ]);
  const root = process.cwd();
  const seed = replaySeed ?? baseSeed;
  const accepted = new Set(readSurvivors(root).map(keyOf));
  const all = allMutants(root);
  const mutants = sampleOf(all, SAMPLE, seed);
  const benches = Math.min(MAX_BENCHES, availableParallelism());
  const { verdicts, failedControls } = await runMutants({ root, mutants, benches });
  const survivors = verdicts.filter(({ isNoticed }) => !isNoticed);
  for (const { mutant } of survivors) {
    say(`P1: survived${accepted.has(keyOf(mutant)) ? ', as accepted' : ''}: ${lineFor(mutant)}`);
  }
  const noticed = verdicts.length - survivors.length;
  const failures = [
    ...survivors.map(({ mutant }) => `survived: ${lineFor(mutant)}; ${replayLine('P1', seed)}`),
    ...failedControls.map((test) => `failed without a mutant: ${test}`),
  ];
  return {
    id: 'P1',
    what: `mutants: small mistakes in the sources that the tests notice, a random sample of ${all.length}`,
    goal: `≥ ${100 * GOAL} % of ${SAMPLE}`,
    reached: `${((100 * noticed) / verdicts.length).toFixed(1)} %: ${noticed} of ${verdicts.length}`,
    isReached: scoreOf(verdicts) >= GOAL && failedControls.length === 0,
    failures,
  };
}
