/** The stages that prove the authentication: C1, C2, C4 and C5. */

import type { Stage } from '../stage.js';
import { attackStage } from './attack-stage.js';
import { canaryStage } from './canary-stage.js';
import { pskStage } from './psk-stage.js';
import { tableStage } from './table-stage.js';

export const authenticationStages: readonly Stage[] = [tableStage, attackStage, canaryStage, pskStage];
