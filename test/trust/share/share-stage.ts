import type { Budget, Stage } from '../stage.js';
import { replayLine } from '../stage.js';
import { huntShares } from './hunt.js';

const WORLDS: Readonly<Record<Budget, number>> = { ci: 40, deep: 4_000, release: 20_000 };

/** N5: programs that share a device, from seeds. */
export const shareStage: Stage = {
  name: 'shared devices',
  figures: ['N5'],
  run: async ({ budget, baseSeed, replaySeed }) => {
    const count = replaySeed === null ? WORLDS[budget] : 1;
    let requests = 0;
    const broken = await huntShares({
      firstSeed: replaySeed ?? baseSeed,
      count,
      stopsAtFirst: false,
      onWorld: (made) => (requests += made),
    });
    return [
      {
        id: 'N5',
        what: 'simulated programs that share a device, and take it alone, that keep all 8 invariants',
        goal: `${count} worlds, 0 violations`,
        reached: `${broken.length} violations, ${requests} requests`,
        isReached: broken.length === 0,
        failures: broken
          .slice(0, 20)
          .map(({ seed, violation }) => `${violation}\n  ${replayLine('N5', seed)}`),
      },
    ];
  },
};
