import type { Stage } from '../stage.js';
import { flowStage } from './flow-stage.js';
import { randomFlowStage } from './random-stage.js';

/** Figures G1 to G3. */
export const flowStages: readonly Stage[] = [flowStage, randomFlowStage];
