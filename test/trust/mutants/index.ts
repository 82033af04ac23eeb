/** The stage that proves the tests: P1. */

import type { Stage } from '../stage.js';
import { mutantStage } from './mutant-stage.js';

export const mutantStages: readonly Stage[] = [mutantStage];
