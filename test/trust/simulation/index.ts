import type { Stage } from '../stage.js';
import { plantedStage } from './planted-stage.js';
import { simulationStage } from './simulation-stage.js';

/** Figures B1 to B5. */
export const simulationStages: readonly Stage[] = [simulationStage, plantedStage];
