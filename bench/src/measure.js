/** One turn of one contender: everything that is measured of it, in the order of the table. */

import { load } from './contenders/index.js';
import { openPair, PLACES } from './pair.js';
import { DEPTHS, ECHOES } from './workloads.js';

const OURS = 'ours-authenticated';
const AT_ONCE = 8;
const BATCH = 50;
const MARATHON_IN_FLIGHT = 256;
const MARATHON_STEP = 1_000_000;

const SLICE_MS = 120;
/** A slice that is faster than all before it by this is a sign that code is still being compiled. */
const GROWTH = 1.04;
const STEADY_SLICES = 3;

/** Runs a workload until it gets no faster: what is not compiled yet would be measured with it. */
async function warmUp(pair, workload, maxMs) {
  let best = 0;
  let steady = 0;
  for (let spentMs = 0; spentMs < maxMs && steady < STEADY_SLICES; spentMs += SLICE_MS) {
    const { perSecond } = await pair.ask('warmUp', { ...workload, durationMs: SLICE_MS });
    steady = perSecond > best * GROWTH ? 0 : steady + 1;
    best = Math.max(best, perSecond);
  }
}

/** The echoes of a contender at one place: requests a second, latencies, and CPU time of both sides for each. */
export async function measureEchoes(file, place, { compileMs, warmUpMs, durationMs }) {
  const pair = await openPair(file, PLACES[place]);
  try {
    await warmUp(pair, { byteLength: 24, inFlight: 64 }, compileMs);
    const results = {};
    for (const { id, byteLength, inFlight } of ECHOES) {
      await warmUp(pair, { byteLength, inFlight }, warmUpMs);
      results[id] = perRequest(await pair.measure('echo', { byteLength, inFlight, durationMs }));
    }
    return results;
  } finally {
    pair.close();
  }
}

function perRequest({ requests, serverCpuUs, clientCpuUs, ...others }) {
  return { ...others, requests, serverCpuUs: serverCpuUs / requests, clientCpuUs: clientCpuUs / requests };
}

/** CPU time of both sides for each request, by how many are in flight. */
export async function measureDepths({ compileMs, warmUpMs, durationMs }) {
  const pair = await openPair(OURS, PLACES.one);
  try {
    await warmUp(pair, { byteLength: 24, inFlight: 64 }, compileMs);
    const results = {};
    for (const inFlight of DEPTHS) {
      await warmUp(pair, { byteLength: 24, inFlight }, warmUpMs);
      const { requests, serverCpuUs, clientCpuUs } = await pair.measure('echo', {
        byteLength: 24,
        inFlight,
        durationMs,
      });
      results[inFlight] = (serverCpuUs + clientCpuUs) / requests;
    }
    return results;
  } finally {
    pair.close();
  }
}

/** Connect, authenticate where there is a secret, ask once, close: the server's CPU time for each. */
export async function measureConnections(file, { connections }) {
  const pair = await openPair(file, PLACES.two);
  try {
    await pair.ask('connections', { count: Math.max(connections, 1_000), atOnce: AT_ONCE });
    const { perSecond, serverCpuUs } = await pair.measure('connections', {
      count: connections,
      atOnce: AT_ONCE,
    });
    return { perSecond, serverCpuUs: serverCpuUs / connections };
  } finally {
    pair.close();
  }
}

/** What a connection costs that does nothing, how long it takes to open, and how long its first request. */
export async function measureIdle(file, count) {
  const { holdsManyConnections = true } = await load(file);
  if (!holdsManyConnections) return null;
  const pair = await openPair(file, PLACES.two);
  try {
    // as many come and go before, few at once: what the process needs once is no cost of a connection
    await pair.ask('connections', { count: 1_000, atOnce: AT_ONCE });
    const before = await pair.serverMemory();
    const { msEach } = await pair.ask('hold', { count, atOnce: BATCH });
    const after = await pair.serverMemory();
    const first = await pair.ask('firstRequests');
    return {
      rssEach: (after.rss - before.rss) / count,
      liveEach: (after.live - before.live) / count,
      connectMs: msEach,
      firstRequestMs: first.msEach,
    };
  } finally {
    pair.close();
  }
}

/** What is left in memory, on both sides, of so many requests on one session. */
export async function measureMarathon({ marathon }) {
  const pair = await openPair(OURS, PLACES.two);
  try {
    const echo = { byteLength: 24, inFlight: MARATHON_IN_FLIGHT, durationMs: Infinity };
    await pair.ask('warmUp', { ...echo, requests: 100_000 });
    const memory = async () => (await pair.ask('memory')).live + (await pair.serverMemory()).live;
    const before = await memory();
    for (let asked = 0; asked < marathon; asked += MARATHON_STEP)
      await pair.ask('echo', { ...echo, requests: Math.min(MARATHON_STEP, marathon - asked) });
    return { grownBytes: (await memory()) - before, requests: marathon };
  } finally {
    pair.close();
  }
}
