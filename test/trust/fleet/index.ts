import type { Stage } from '../stage.js';
import { fleetStage } from './fleet-stage.js';
import { plantedFleetStage } from './planted-stage.js';

/** Figures N1 to N4. */
export const fleetStages: readonly Stage[] = [fleetStage, plantedFleetStage];
