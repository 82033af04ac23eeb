import type { Stage } from '../stage.js';
import { codecStage } from './codec-stage.js';
import { linearTimeStage } from './linear-time-stage.js';
import { pythonStage } from './python-stage.js';
import { streamsStage } from './streams-stage.js';

/** A1 to A6: bytes, frames and messages. */
export const wireStages: readonly Stage[] = [streamsStage, codecStage, pythonStage, linearTimeStage];
