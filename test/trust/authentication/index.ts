/** The stages that prove the authentication: C1, C2 and C4 to C6. */

import type { Stage } from '../stage.js';
import { attackStage } from './attack-stage.js';
import { canaryStage } from './canary-stage.js';
import { flightStage } from './flight-stage.js';
import { pskStage } from './psk-stage.js';
import { tableStage } from './table-stage.js';

export const authenticationStages: readonly Stage[] = [
  tableStage,
  attackStage,
  canaryStage,
  pskStage,
  flightStage,
];
