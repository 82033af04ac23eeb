/** What is to be reached: each goal is a ratio within one run, or a bound. */

import { isPeer } from './contenders/index.js';
import { bestOver, median, ratios } from './statistics.js';

const OURS = 'ours';
const FLOOR = 'floor-plain';
/** Joins what it writes, as we do: what is left of a ratio is no system call. */
const CORKED = 'floor-corked';
const BEST_PEER = 'the best peer';

/** What joined writes win over one for each message is up to the machine; the rows of `floor-corked` hold on each. */
const JOINED =
  'where system calls are cheap, joining what is written wins less: 2.6 to 3.0 and 1.2 there, 3.8 to 4.5 and 1.3 to 1.5 where they cost 2.5 times as much';

/**
 * Goals that are known to be missed, by their ids, and why: they are shown, and no run fails for them (docs/performance.md).
 * A run says so when one of them is reached.
 */
export const KNOWN_MISSES = {
  '24B-64/best-peer': JOINED,
  '1K-16/best-peer': JOINED,
  '64K-16/best-peer':
    'the garbage of large buffers is collected rarely, and then at length: 0.94 to 1.17 in three runs',
  'document-4/floor-plain':
    'JSON is half of it for everybody; colons are escaped, values checked and bytes summed besides',
  'document-4/best-peer':
    'JSON is half of it for everybody; colons are escaped, values checked and bytes summed besides',
  connections: 'sockets, system calls and code that is not compiled yet',
  'idle/socket.io': 'live memory is half of that of socket.io, but the young generation counts as well',
  import: 'the first pass over the code, and machines that are made when they are loaded',
  simulation: 'no part stands out: sessions, garbage collection, the simulated world',
  bundle: 'texts of log lines, errors and reasons are a third of it (docs/decisions/bundle.md)',
};

/** Requests a second (on one core) of a workload, by contender and round. */
export const speeds = (run, workload) => figuresOf(run.one, (echoes) => echoes[workload]?.perSecond);

/** One figure of each contender, round by round. */
export function figuresOf(rounds, figure) {
  return rounds.map((round) =>
    Object.fromEntries(
      Object.entries(round).flatMap(([id, results]) => {
        const value = figure(results);
        return value === undefined || value === null ? [] : [[id, value]];
      }),
    ),
  );
}

/** The peer that asks the most in a second, over all rounds; undefined where none took part. */
export function bestPeer(run, workload) {
  const rounds = speeds(run, workload);
  return bestOver(rounds, Object.keys(rounds[0] ?? {}).filter(isPeer));
}

/** At least so many times the requests a second of another. */
function faster(workload, what, other, bound) {
  return {
    id: `${workload}/${other === BEST_PEER ? 'best-peer' : other}`,
    row: workload,
    what: `${what}: requests a second, of ${other}`,
    sign: '≥',
    bound,
    rounds: (run) => {
      const id = other === BEST_PEER ? bestPeer(run, workload) : other;
      return { values: ratios(speeds(run, workload), OURS, id), note: other === BEST_PEER ? id : undefined };
    },
  };
}

/** At most so much of something: a bound, or a ratio where there is no unit. */
function atMost(id, row, what, bound, values, unit = '') {
  return { id, row, what, sign: '≤', bound, unit, rounds: (run) => ({ values: values(run) }) };
}

export const GOALS = [
  faster('24B-1', '1 in flight', FLOOR, 0.92),
  faster('24B-1', '1 in flight', BEST_PEER, 1),
  faster('24B-64', '64 in flight', BEST_PEER, 3.5),
  faster('24B-64', '64 in flight', CORKED, 0.85),
  faster('24B-1000', '1,000 in flight', BEST_PEER, 2.4),
  faster('24B-1000', '1,000 in flight', CORKED, 0.8),
  faster('1K-16', '1 KiB', BEST_PEER, 1.35),
  faster('1K-16', '1 KiB', CORKED, 0.6),
  faster('64K-16', '64 KiB', BEST_PEER, 1.1),
  faster('document-4', '68 KB document', FLOOR, 0.9),
  faster('document-4', '68 KB document', BEST_PEER, 1.1),
  atMost(
    'connections',
    'connections',
    "connect, names, authenticate, close: the server's CPU, of socket.io's connect and close",
    0.8,
    (run) =>
      ratios(
        figuresOf(run.connections, ({ serverCpuUs }) => serverCpuUs),
        OURS,
        'socket.io',
      ),
  ),
  atMost(
    'idle/socket.io',
    'idle',
    "an idle authenticated connection: RSS of the server, of socket.io's",
    0.9,
    (run) => ratios(idleRss(run), OURS, 'socket.io'),
  ),
  atMost(
    'idle/rss',
    'idle',
    'an idle authenticated connection: RSS of the server',
    16,
    (run) => idleRss(run).map((round) => round[OURS] / 1024),
    ' KiB',
  ),
  atMost(
    'crowd',
    'crowd',
    '10,000 idle authenticated connections: RSS of the whole server',
    200,
    (run) => run.crowd.map(({ rss }) => rss / 2 ** 20),
    ' MiB',
  ),
  atMost('import', 'package', 'import of the main entry, of what it needs alone', 1.6, (run) =>
    run.package.flatMap(({ importRatio }) => importRatio ?? []),
  ),
  {
    id: 'simulation',
    row: 'simulation',
    what: 'simulated worlds in a second of a core',
    sign: '≥',
    bound: 600,
    rounds: (run) => ({ values: run.simulation }),
  },
  atMost('depths', 'depths', 'a request with 100 to 10,000 in flight, of one with 10', 1.3, (run) =>
    run.depths.map(([first, ...others]) => Math.max(...others) / first),
  ),
  // while somebody inspects, XState runs an actor for each request (docs/decisions/pending-requests.md)
  atMost(
    'inspector',
    'inspector',
    'a request while a no-op inspector watches both sides, 64 in flight: CPU, of an actor that XState spawns by the book',
    1,
    (run) => speeds(run, '24B-64').map((of, round) => 1e6 / of['ours-inspected'] / run.actors[round]),
  ),
  atMost(
    'marathon',
    'marathon',
    'memory left of millions of requests on one session',
    4,
    (run) => run.marathon.map(({ grownBytes }) => grownBytes / 2 ** 20),
    ' MiB',
  ),
  {
    id: 'gateway/throughput',
    row: 'gateway',
    what: 'NATS → gateway → device and back, 64 in flight: requests a second, of a bare request of NATS',
    sign: '≥',
    bound: 0.7,
    rounds: (run) => ({ values: ofBareNats(run, 'many', 'perSecond') }),
  },
  atMost(
    'gateway/latency',
    'gateway',
    'the same, 1 in flight: the middle latency, of that of a bare request of NATS',
    2.5,
    (run) => ofBareNats(run, 'one', 'quietP50Ms'),
  ),
  atMost(
    'bundle',
    'package',
    'a bundle of the main entry without xstate, minified and gzipped',
    40,
    (run) => run.package.map(({ gzippedBytes }) => gzippedBytes / 1024),
    ' KiB',
  ),
];

/** A figure of requests through a gateway, of those of a bare request of NATS in the same round. */
function ofBareNats(run, workload, figure) {
  return ratios(
    figuresOf(run.gateway, (by) => by[workload][figure]),
    'gateway-nats',
    'nats-bare',
  );
}

const idleRss = (run) => figuresOf(run.idle, ({ rssEach }) => rssEach);

/**
 * Compares a run with the goals of what it measured.
 *
 * @param run rounds of figures by row: `one`, `connections`, `idle`, `crowd`, `package`, `depths`, `marathon`, `simulation`, `gateway`,
 *   and `actors`
 * @param rows the rows that were wanted: others are left out, also where their figures are there
 * @returns each goal with the values of the rounds, their median (`reached`), and how near it is: 1 and more is reached
 */
export function judge(run, rows) {
  return GOALS.filter(({ row }) => rows.includes(row)).flatMap((goal) => {
    const { values, note } = goal.rounds(run);
    if (values.length === 0) return [];
    const reached = median(values);
    const nearness = goal.sign === '≥' ? reached / goal.bound : goal.bound / Math.max(reached, 1e-9);
    return [{ ...goal, note, values, reached, nearness, knownMiss: KNOWN_MISSES[goal.id] }];
  });
}

/**
 * The goals that a run fails for: all that are missed and not known to be.
 *
 * @param tolerance what part of a goal must be reached
 */
export function failures(judged, tolerance) {
  return judged.filter(({ nearness, knownMiss }) => nearness < tolerance && knownMiss === undefined);
}
