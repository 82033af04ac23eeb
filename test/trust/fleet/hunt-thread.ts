/**
 * A thread that hunts through parts of the seeds, one after the other, and posts what it found and counted in each. It stays, because
 * the first fleets of a thread take three times as long as those after them.
 */

import { parentPort } from 'node:worker_threads';
import type { Broken } from '../seed-hunt.js';
import { FLEET_FAULTS } from './faults.js';
import { huntFleets } from './hunt.js';
import { FleetTally } from './world.js';

/** What a thread gets to do. */
export interface FleetOrder {
  readonly firstSeed: number;
  readonly count: number;
}

/** What a thread found. */
export interface FleetReport {
  readonly broken: readonly Broken[];
  readonly hashes: readonly number[];
  readonly faults: readonly number[];
  readonly outcomes: ReadonlyMap<string, number>;
  readonly requests: number;
  readonly certain: number;
}

async function follow({ firstSeed, count }: FleetOrder): Promise<FleetReport> {
  const tally = new FleetTally();
  const hashes: number[] = [];
  const broken = await huntFleets({
    firstSeed,
    count,
    tally,
    stopsAtFirst: false,
    onFleet: ({ hash }) => hashes.push(hash),
  });
  return {
    broken,
    hashes,
    faults: FLEET_FAULTS.map((fault) => tally.faults.get(fault) ?? 0),
    outcomes: tally.outcomes,
    requests: tally.requests,
    certain: tally.certain,
  };
}

parentPort?.on('message', (order: FleetOrder) => {
  void follow(order).then((report) => parentPort?.postMessage(report));
});
