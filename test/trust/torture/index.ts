import type { Stage } from '../stage.js';
import { tortureStage } from './torture-stage.js';

/** Figures B8. */
export const tortureStages: readonly Stage[] = [tortureStage];
