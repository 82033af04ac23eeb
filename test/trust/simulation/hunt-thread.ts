/** A thread that hunts through a part of the seeds and posts what it found and counted. */

import { parentPort, workerData } from 'node:worker_threads';
import type { Broken } from '../seed-hunt.js';
import { FAULTS } from './faults.js';
import { hunt } from './hunt.js';
import { Tally } from './world.js';

/** What a thread gets. */
export interface ThreadOrder {
  readonly firstSeed: number;
  readonly count: number;
}

/** What a thread found. */
export interface ThreadResult {
  readonly broken: readonly Broken[];
  readonly hashes: Uint32Array;
  readonly faults: readonly number[];
  readonly cells: Uint32Array;
  readonly settled: number;
}

const { firstSeed, count } = workerData as ThreadOrder;
const tally = new Tally();
const hashes = new Uint32Array(count);
let done = 0;
const broken = await hunt({
  firstSeed,
  count,
  tally,
  stopsAtFirst: false,
  onWorld: ({ hash }) => {
    hashes[done++] = hash;
  },
});
const result: ThreadResult = {
  broken,
  hashes,
  faults: FAULTS.map((fault) => tally.faults.get(fault) ?? 0),
  cells: tally.cells,
  settled: tally.settled,
};
parentPort?.postMessage(result);
