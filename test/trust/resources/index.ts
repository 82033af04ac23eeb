import type { Stage } from '../stage.js';
import { churnStage } from './churn-stage.js';
import { crowdStage } from './crowd-stage.js';
import { endingStage } from './ending-stage.js';
import { floodStage } from './flood-stage.js';
import { frozenStage } from './frozen-stage.js';
import { halfOpenStage } from './half-open-stage.js';
import { herdStage } from './herd-stage.js';
import { idleStage } from './idle-stage.js';
import { nemesisStage } from './nemesis-stage.js';
import { slowConsumerStage } from './slow-consumer-stage.js';
import { slowlorisStage } from './slowloris-stage.js';
import { strangersStage } from './strangers-stage.js';
import { timersStage } from './timers-stage.js';

/** Figures D1 to D14. */
export const resourceStages: readonly Stage[] = [
  idleStage,
  slowlorisStage,
  slowConsumerStage,
  floodStage,
  churnStage,
  strangersStage,
  nemesisStage,
  herdStage,
  frozenStage,
  halfOpenStage,
  crowdStage,
  endingStage,
  timersStage,
];
