/** The stages that test against models: those of the machines (B7), and one of two clients and a server (B6). */

import type { Stage } from '../stage.js';
import { commandModelStage } from './command-model-stage.js';
import { machineModelStage } from './machine-model-stage.js';

export const modelStages: readonly Stage[] = [commandModelStage, machineModelStage];
