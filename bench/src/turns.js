/**
 * Contenders in turns: all are started, warmed up, and then measured in short slices, A B C A B C …, so that a machine that is
 * slow for a second is slow for all of them.
 */

import { PLACES } from './cores.js';
import { openPair, withPair } from './pair.js';
import { ECHOES } from './workloads.js';

const WARM_UP_SLICE_MS = 120;
/** A slice that is cheaper than all before it by this is a sign that code is still being compiled. */
const GAIN = 0.96;
const STEADY_SLICES = 3;

/** Where the machine is so busy that the CPU time of a warm-up does not come, it ends all the same. */
const MAX_STRETCH = 5;

const cpuOf = ({ serverCpuUs, clientCpuUs }) => serverCpuUs + clientCpuUs;
const cpuEach = (slice) => cpuOf(slice) / slice.requests;

/** Runs the usual echo until its code is compiled: always as long, because a cheap first slice is no sign that it is. */
export function compile(pair, compileMs) {
  return runWarm(pair, { payload: 24, inFlight: 64 }, compileMs, Infinity);
}

/** Runs echoes until they get no cheaper: what is not compiled yet would be measured with it. */
export function warmUp(pair, workload, warmUpMs) {
  return runWarm(pair, workload, warmUpMs, STEADY_SLICES);
}

/** @param maxMs CPU time of both sides, in milliseconds: on the clock, a busy machine would leave it cold */
async function runWarm(pair, workload, maxMs, steadySlices) {
  const startMs = performance.now();
  let best = Infinity;
  let steady = 0;
  for (let spentMs = 0; spentMs < maxMs && steady < steadySlices; ) {
    if (performance.now() - startMs > MAX_STRETCH * maxMs) break;
    const slice = await pair.measure('echo', { ...workload, durationMs: WARM_UP_SLICE_MS });
    steady = cpuEach(slice) < best * GAIN ? 0 : steady + 1;
    best = Math.min(best, cpuEach(slice));
    spentMs += cpuOf(slice) / 1e3;
  }
}

/**
 * The echoes of some contenders at one place.
 *
 * @param plan the files of the contenders for each workload that is to be measured, by its id
 * @returns for each contender and workload: requests a second, latencies, and CPU time of both sides for a request
 */
export async function measureEchoes(plan, place, { compileMs, warmUpMs, slices, sliceMs }) {
  const pairs = await openPairs([...new Set(Object.values(plan).flat())], PLACES[place]);
  try {
    for (const pair of pairs) await compile(pair, compileMs);
    const results = Object.fromEntries(pairs.map(({ file }) => [file, {}]));
    for (const workload of ECHOES.filter(({ id }) => plan[id] !== undefined)) {
      const taking = pairs.filter(({ file }) => plan[workload.id].includes(file));
      for (const pair of taking) await warmUp(pair, workload, warmUpMs);
      const taken = await inTurns(taking, slices, (pair) =>
        pair.measure('echo', { ...workload, durationMs: sliceMs * (workload.longer ?? 1) }),
      );
      for (const [file, some] of taken) results[file][workload.id] = echoFigures(some, place);
    }
    return results;
  } finally {
    for (const pair of pairs) pair.close();
  }
}

/** Slices of every pair, in turns. */
export async function inTurns(pairs, slices, take) {
  const taken = new Map(pairs.map(({ file }) => [file, []]));
  for (let slice = 0; slice < slices; slice++)
    for (const pair of pairs) taken.get(pair.file).push(await take(pair));
  return taken;
}

const sum = (slices, figure) => slices.reduce((total, slice) => total + slice[figure], 0);

/**
 * What slices of an echo come to. On one core, requests a second are those of a second of CPU time, which the neighbours of a
 * shared machine cannot take away.
 */
export function echoFigures(slices, place) {
  const requests = sum(slices, 'requests');
  const serverCpuUs = sum(slices, 'serverCpuUs') / requests;
  const clientCpuUs = sum(slices, 'clientCpuUs') / requests;
  const mean = (figure) => sum(slices, figure) / slices.length;
  const perSecond =
    place === 'one' ? 1e6 / (serverCpuUs + clientCpuUs) : (requests / sum(slices, 'elapsedMs')) * 1e3;
  return { perSecond, serverCpuUs, clientCpuUs, p50Ms: mean('p50Ms'), p99Ms: mean('p99Ms') };
}

const AT_ONCE = 8;
const CONNECTIONS_OF_SLICE = 100;

/** Some connections that come and go: connect, names and authentication where there are any, close. */
export function takeConnections(pair, count = CONNECTIONS_OF_SLICE, atOnce = AT_ONCE) {
  return pair.measure('connections', { count, atOnce });
}

/** Connect, names and authentication where there are any, close: the server's CPU time for each, by contender. */
export async function measureConnections(files, { firstConnections, connectSlices }) {
  const pairs = await openPairs(files, PLACES.one);
  try {
    for (const pair of pairs) await takeConnections(pair, firstConnections);
    const taken = await inTurns(pairs, connectSlices, (pair) => takeConnections(pair));
    return Object.fromEntries(
      [...taken].map(([file, slices]) => {
        const count = sum(slices, 'count');
        return [
          file,
          {
            serverCpuUs: sum(slices, 'serverCpuUs') / count,
            perSecond: (count / sum(slices, 'elapsedMs')) * 1e3,
          },
        ];
      }),
    );
  } finally {
    for (const pair of pairs) pair.close();
  }
}

async function openPairs(files, place) {
  const pairs = [];
  for (const file of files) pairs.push(await openPair(file, place));
  return pairs;
}

/** CPU time of both sides for each request of our own session, by how many are in flight. */
export function measureDepths(depths, { compileMs, warmUpMs, slices, sliceMs }) {
  return withPair('ours', PLACES.one, async (pair) => {
    await compile(pair, compileMs);
    for (const inFlight of depths) await warmUp(pair, { payload: 24, inFlight }, warmUpMs);
    const results = {};
    for (let slice = 0; slice < slices; slice++)
      for (const inFlight of depths) {
        const cost = cpuEach(await pair.measure('echo', { payload: 24, inFlight, durationMs: sliceMs }));
        results[inFlight] = (results[inFlight] ?? 0) + cost / slices;
      }
    return results;
  });
}
