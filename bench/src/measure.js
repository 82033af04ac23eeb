/** One turn of one contender: everything that is measured of it, in the order of the table. */

import { load } from './contenders/index.js';
import { openPair, PLACES } from './pair.js';
import { DEPTHS, ECHOES } from './workloads.js';

const OURS = 'ours-authenticated';
const AT_ONCE = 8;
const BATCH = 50;
const MARATHON_IN_FLIGHT = 256;
const MARATHON_STEP = 1_000_000;

/** The echoes of a contender at one place: requests a second, latencies, and CPU time of both sides for each. */
export async function measureEchoes(file, place, { compileMs, warmUpMs, durationMs }) {
  const pair = await openPair(file, PLACES[place]);
  try {
    await pair.ask('warmUp', { byteLength: 24, inFlight: 64, durationMs: compileMs });
    const results = {};
    for (const { id, byteLength, inFlight } of ECHOES) {
      await pair.ask('warmUp', { byteLength, inFlight, durationMs: warmUpMs });
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
    await pair.ask('warmUp', { byteLength: 24, inFlight: 64, durationMs: compileMs });
    const results = {};
    for (const inFlight of DEPTHS) {
      await pair.ask('warmUp', { byteLength: 24, inFlight, durationMs: warmUpMs });
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
