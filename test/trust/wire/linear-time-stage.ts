/**
 * A6: what takes a byte more takes no more than a byte's time more, in however small chunks it comes and whatever it says.
 *
 * Each measurement is of the same number of bytes, in one large piece or in many small ones, and is the best of several
 * rounds: a machine that is busy elsewhere makes a round slower, never faster.
 */

import type { Reached, Stage, StageContext } from '../stage.js';
import { grouped } from './failures.js';
import {
  type Measured,
  measureFrames,
  measureHostileStreams,
  measureHostileTexts,
  measureWriting,
} from './measurements.js';

const MAX_FRAME_MS = 2_000;
const MAX_FRAME_RATIO = 1.5;
const MAX_HOSTILE_RATIO = 3;

export const linearTimeStage: Stage = {
  name: 'linear time',
  figures: ['A6'],
  isExclusive: true,
  run: async (context) => {
    const stackTraceLimit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return [reachA6(context)];
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  },
};

function reachA6({ say }: StageContext): Reached {
  const frames = measureFrames();
  const hostile = [...measureHostileStreams(), ...measureHostileTexts(), ...measureWriting()];
  const failures = [
    ...frames.filter((each) => each.largeMs > MAX_FRAME_MS).map((each) => `${inWords(each)}: too slow`),
    ...frames.filter((each) => each.ratio > MAX_FRAME_RATIO).map((each) => `${inWords(each)}: not linear`),
    ...hostile.filter((each) => each.ratio > MAX_HOSTILE_RATIO).map((each) => `${inWords(each)}: not linear`),
  ];
  for (const each of [...frames, ...hostile]) say(`A6: ${inWords(each)}`);
  const worst = (measured: readonly Measured[]): string =>
    Math.max(...measured.map(({ ratio }) => ratio)).toFixed(2);
  const slowestMs = Math.max(...frames.map(({ largeMs }) => largeMs));
  return {
    id: 'A6',
    what: 'linear time: a 4 MiB frame in chunks of 1 and 64 bytes; hostile streams and texts of 1 MiB',
    goal: `4 MiB ≤ ${grouped(MAX_FRAME_MS)} ms; ns/byte ≤ ${MAX_FRAME_RATIO} × that at 64 KiB; hostile ≤ ${MAX_HOSTILE_RATIO} ×`,
    reached: `${slowestMs.toFixed(0)} ms; ${worst(frames)} ×; hostile ${worst(hostile)} ×`,
    isReached: failures.length === 0,
    failures,
  };
}

function inWords({ name, byteLength, largeMs, smallMs, ratio }: Measured): string {
  const ns = (ms: number): string => `${((ms * 1e6) / byteLength).toFixed(2)} ns/B`;
  return `${name}: ${ns(largeMs)} in one piece, ${ns(smallMs)} in pieces of 64 KiB (× ${ratio.toFixed(2)})`;
}
