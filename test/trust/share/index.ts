import type { Stage } from '../stage.js';
import { plantedShareStage } from './planted-stage.js';
import { shareStage } from './share-stage.js';

/** Figures N5 and N6. */
export const shareStages: readonly Stage[] = [shareStage, plantedShareStage];
