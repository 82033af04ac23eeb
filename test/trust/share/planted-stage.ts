import { huntPlanted } from '../simulation/planted-hunt.js';
import type { Stage } from '../stage.js';
import { SHARE_BUGS } from './planted-bugs.js';

/** N6: each bug that is planted in the sharing of a device is found. */
export const plantedShareStage: Stage = {
  name: 'planted bugs of shared devices',
  figures: ['N6'],
  isExclusive: true,
  run: async (context) => [
    await huntPlanted(
      {
        id: 'N6',
        what: 'planted bugs of shared devices found by the simulation of them',
        copies: 'planted-shares',
        bugs: SHARE_BUGS,
        parts: ['test/trust/share'],
        script: 'test/trust/share/hunt-process.js',
        controlSeeds: 20,
        maxSeeds: 60,
      },
      context,
    ),
  ],
};
