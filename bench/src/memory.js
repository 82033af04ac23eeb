/** What is held: by a connection that does nothing, by a crowd of them, and by what is left of millions of requests. */

import { PLACES } from './cores.js';
import { withPair } from './pair.js';
import { takeConnections } from './turns.js';

const OURS = 'ours';
const BATCH = 50;
const MARATHON_IN_FLIGHT = 256;
const MARATHON_STEP = 1_000_000;

/** What a connection costs that does nothing, how long it takes to open, and how long its first request. */
export function measureIdle(id, count, firstConnections) {
  return withPair(id, PLACES.one, async (pair) => {
    // some come and go before, as many at once as are opened later: what the process needs once is no cost of a connection
    await takeConnections(pair, firstConnections, BATCH);
    const before = await pair.askServer('memory');
    const { msEach } = await pair.ask('hold', { count, atOnce: BATCH });
    const after = await pair.askServer('memory');
    const first = await pair.ask('firstRequests');
    return {
      rssEach: (after.rss - before.rss) / count,
      liveEach: (after.live - before.live) / count,
      connectMs: msEach,
      firstRequestMs: first.msEach,
    };
  });
}

/** The resident memory of a whole server process that holds so many idle authenticated connections. */
export function measureCrowd(count) {
  return withPair(OURS, PLACES.two, async (pair) => {
    for (let held = 0; held < count; held += 1_000)
      await pair.ask('hold', { count: Math.min(1_000, count - held), atOnce: BATCH });
    const { rss } = await pair.askServer('memory');
    return { count, rss };
  });
}

/** What is left in memory, on both sides, of so many requests on one session. */
export function measureMarathon(requests) {
  return withPair(OURS, PLACES.two, async (pair) => {
    const echo = { payload: 24, inFlight: MARATHON_IN_FLIGHT };
    await pair.ask('echo', { ...echo, requests: 100_000 });
    const memory = async () => (await pair.ask('memory')).live + (await pair.askServer('memory')).live;
    const before = await memory();
    for (let asked = 0; asked < requests; asked += MARATHON_STEP)
      await pair.ask('echo', { ...echo, requests: Math.min(MARATHON_STEP, requests - asked) });
    return { grownBytes: (await memory()) - before, requests };
  });
}
