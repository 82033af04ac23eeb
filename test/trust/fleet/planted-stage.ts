import { huntPlanted } from '../simulation/planted-hunt.js';
import type { Stage } from '../stage.js';
import { FLEET_BUGS } from './planted-bugs.js';

/** N4: each bug that is planted in gateways and workers is found. */
export const plantedFleetStage: Stage = {
  name: 'planted bugs of fleets',
  figures: ['N4'],
  isExclusive: true,
  run: async (context) => [
    await huntPlanted(
      {
        id: 'N4',
        what: 'planted bugs of gateways and workers found by the fleets',
        copies: 'planted-fleets',
        bugs: FLEET_BUGS,
        parts: ['test/trust/fleet'],
        script: 'test/trust/fleet/hunt-process.js',
        controlSeeds: 20,
        maxSeeds: 500,
      },
      context,
    ),
  ],
};
