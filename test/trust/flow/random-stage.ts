/** G3: random pairs of honest peers with random limits, over random windows, on virtual time. */

import { type Reached, replayLine, type Stage, type StageContext } from '../stage.js';
import { runFlowWorld } from './world.js';

const WORLDS: Readonly<Record<StageContext['budget'], number>> = { ci: 200, deep: 20_000, release: 200_000 };

/** Random pairs. */
export const randomFlowStage: Stage = {
  name: 'random pairs that send and ask in bulk',
  figures: ['G3'],
  run: async ({ budget, baseSeed, replaySeed, say }) => {
    const worlds = replaySeed === null ? WORLDS[budget] : 1;
    const failures: string[] = [];
    let exchanges = 0;
    let refused = 0;
    for (let i = 0; i < worlds; i++) {
      const seed = replaySeed ?? (baseSeed + i) >>> 0;
      const result = await runFlowWorld(seed);
      exchanges += result.exchanges;
      refused += result.refused;
      if (result.violation === null) continue;
      failures.push(`seed ${seed}: ${result.violation}; ${replayLine('G3', seed)}`);
      say(`G3: ${failures.at(-1)}`);
    }
    return [figure({ worlds, exchanges, refused, failures })];
  },
};

interface Result {
  readonly worlds: number;
  readonly exchanges: number;
  readonly refused: number;
  readonly failures: readonly string[];
}

function figure({ worlds, exchanges, refused, failures }: Result): Reached {
  return {
    id: 'G3',
    what: 'random pairs with random limits: nobody waits for ever, nothing is lost, no limit is exceeded',
    goal: `${worlds} pairs, 0 violations`,
    reached: `${failures.length} violations, ${exchanges} exchanges, ${refused} requests refused`,
    isReached: failures.length === 0,
    failures,
  };
}
