import type { Stage } from '../stage.js';
import { PLANTED_BUGS } from './planted-bugs.js';
import { huntPlanted } from './planted-hunt.js';

/** B3: each planted bug is found within 20,000 seeds. */
export const plantedStage: Stage = {
  name: 'planted bugs',
  figures: ['B3'],
  isExclusive: true,
  run: async (context) => [
    await huntPlanted(
      {
        id: 'B3',
        what: 'planted bugs found by the simulation',
        copies: 'planted',
        bugs: PLANTED_BUGS,
        parts: [],
        script: 'test/trust/simulation/hunt-process.js',
        controlSeeds: 50,
        maxSeeds: 20_000,
      },
      context,
    ),
  ],
};
