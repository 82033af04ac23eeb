/** What is to be reached: each goal is a ratio within one run, or a bound. */

import { median } from './statistics.js';
import { DEPTHS } from './workloads.js';

const OURS = 'ours';
const NO_PEERS = new Set([
  'floor-plain',
  'floor-corked',
  'ours',
  'ours-plain',
  'ours-struct',
  'ours-inspected',
]);

/** Goals that are not reached, and why: a run does not fail for them (docs/performance.md). */
const AT_REST = 'code of two processes that take turns on a core is cold, and there is nothing to join';
const OUR_OWN = 'escaping, checksum and a pending state are what a line of JSON does not have';
const ACTORS = 'five XState actors';
const KNOWN_MISSES = new Map([
  ['1 in flight, of floor-plain, one core', AT_REST],
  ['1 in flight, of floor-plain, two cores', AT_REST],
  ['1 in flight, of the best real peer, one core', AT_REST],
  ['1 in flight, of the best real peer, two cores', AT_REST],
  ['64 in flight, of the best real peer, one core', OUR_OWN],
  ['1,000 in flight, of the best real peer, one core', OUR_OWN],
  ['1,000 in flight, of the best real peer, two cores', OUR_OWN],
  ['1,000 in flight, of floor-corked, one core', OUR_OWN],
  ['1,000 in flight, of floor-corked, two cores', OUR_OWN],
  ['64 KiB, of the best real peer, one core', 'large buffers are new for each frame'],
  ['64 KiB, of the best real peer, two cores', 'large buffers are new for each frame'],
  ["memory of an idle authenticated connection, of floor-plain's", ACTORS],
  ['CPU of the server to connect and authenticate', ACTORS],
  ['import of the main entry in a new process', 'xstate and Node are half of it, 90 modules the rest'],
]);

/** A goal: `reached` must be at least (or at most) `bound`. */
const atLeast = (what, bound, reached) => ({ what, bound, reached, isMet: reached >= bound, sign: '≥' });
const atMost = (what, bound, reached, unit = '') => ({
  what,
  bound,
  reached,
  unit,
  isMet: reached <= bound,
  sign: '≤',
});

/**
 * Compares a run with the goals.
 *
 * @param run `rounds` of echoes by place, contender and workload; `depths`, `connections`, `idle`, `marathon`, `package`
 */
export function judge(run) {
  /** The median over the rounds of ours divided by another, or by the best of several, of the same round. */
  const ratio = (place, workload, others) =>
    median(
      run.rounds.map((round) => {
        const speed = (name) => round[place][name][workload].perSecond;
        return speed(OURS) / Math.max(...others.map(speed));
      }),
    );
  const realPeers = Object.keys(run.rounds[0].one).filter((name) => !NO_PEERS.has(name));
  const places = [
    ['one', 'one core'],
    ['two', 'two cores'],
  ];
  const both = (workload, what, others, bounds) =>
    places.map(([place, where]) =>
      atLeast(`${what}, ${where}`, bounds[place], ratio(place, workload, others)),
    );
  const depths = DEPTHS.map((depth) => median(run.depths.map((round) => round[depth])));
  const cheapest = depths[0];
  const goals = [
    ...both('24B-1', '1 in flight, of floor-plain', ['floor-plain'], { one: 0.95, two: 0.95 }),
    ...both('24B-1', '1 in flight, of the best real peer', realPeers, { one: 1, two: 1 }),
    ...both('24B-64', '64 in flight, of the best real peer', realPeers, { one: 2.5, two: 1.5 }),
    ...both('24B-1000', '1,000 in flight, of the best real peer', realPeers, { one: 2, two: 2.5 }),
    ...both('24B-1000', '1,000 in flight, of floor-corked', ['floor-corked'], { one: 0.7, two: 0.7 }),
    ...both('1K-16', '1 KiB, of the best real peer', realPeers, { one: 1.2, two: 1.2 }),
    ...both('64K-16', '64 KiB, of the best real peer', realPeers, { one: 1.05, two: 1.05 }),
    atMost(
      'cost of a request with 100 to 10,000 in flight, of that with 10',
      1.3,
      Math.max(...depths) / cheapest,
    ),
    atMost(
      `memory of an idle authenticated connection, of floor-plain's`,
      2.5,
      run.idle[OURS].rssEach / run.idle['floor-plain'].rssEach,
    ),
    atMost('CPU of the server to connect and authenticate', 600, run.connections[OURS].serverCpuUs, ' µs'),
    // while somebody inspects, XState runs an actor for each request (docs/decisions/pending-requests.md)
    atMost(
      'cost of a no-op inspector with 64 in flight, one core',
      12,
      median(
        run.rounds.map(
          ({ one }) => one[OURS]['24B-64'].perSecond / one['ours-inspected']['24B-64'].perSecond,
        ),
      ),
    ),
    atMost(
      `memory left of ${run.marathon.requests.toLocaleString('en')} requests on one session`,
      4,
      run.marathon.grownBytes / 2 ** 20,
      ' MiB',
    ),
    atMost('import of the main entry in a new process', 60, run.package.importMs, ' ms'),
    atMost(
      'a bundle of the main entry without xstate, minified and gzipped',
      40,
      run.package.gzippedBytes / 1024,
      ' KiB',
    ),
  ];
  return goals.map((goal) => ({ ...goal, knownMiss: KNOWN_MISSES.get(goal.what) }));
}

/** How near a goal is: 1 and more is reached. */
export const nearness = ({ sign, bound, reached }) =>
  sign === '≥' ? reached / bound : bound / Math.max(reached, 1e-9);
