import { Worker } from 'node:worker_threads';
import { AUTHENTICATION_INPUTS } from '../../support/authentication-inputs.js';
import type { Broken } from '../seed-hunt.js';
import type { Budget, Reached, Stage, StageContext } from '../stage.js';
import { replayLine } from '../stage.js';
import { cellIndex, REACHABLE_STATES } from './cells.js';
import { STREAM_WORLDS } from './config.js';
import { FAULTS } from './faults.js';
import { hunt } from './hunt.js';
import type { ThreadOrder, ThreadResult } from './hunt-thread.js';
import { REGRESSIONS } from './regressions.js';
import { Tally } from './world.js';

const SEEDS: Readonly<Record<Budget, number>> = { ci: 40_000, deep: 10_000_000, release: 50_000_000 };
const SEEDS_RUN_TWICE: Readonly<Record<Budget, number>> = { ci: 1_000, deep: 20_000, release: 20_000 };
const THREADS = 2;
/** Seeds that a thread takes at once: a long run reports in between, and holds little in memory. */
const BATCH = 20_000;
const MIN_FAULTS = 1_000;
const MIN_CELL_HITS = 100;
/** Worlds for each second of CPU time, so that it does not matter what else the machine does. */
const GOAL_RATE = 600;
/** A scavenge copies what is alive, which is one world: the fewer of them, the better. */
const YOUNG_GENERATION_MIB = 192;

/** B1, B2, B4, B5: whole sessions under faults, from seeds. */
export const simulationStage: Stage = {
  name: 'simulation',
  figures: ['B1', 'B2', 'B4', 'B5'],
  isExclusive: true,
  run: async (context) => (context.replaySeed === null ? await runAll(context) : await replay(context)),
};

async function replay({ replaySeed, say }: StageContext): Promise<readonly Reached[]> {
  const tally = new Tally();
  const broken = await hunt({ firstSeed: replaySeed ?? 0, count: 1, tally, stopsAtFirst: true, say });
  return [invariants(1, broken, 'one world')];
}

async function runAll({ budget, baseSeed, say }: StageContext): Promise<readonly Reached[]> {
  const known: Broken[] = [];
  for (const { seed } of REGRESSIONS) {
    known.push(...(await hunt({ firstSeed: seed, count: 1, tally: new Tally(), stopsAtFirst: false })));
  }
  const before = process.cpuUsage();
  const total = await huntInThreads(baseSeed, SEEDS[budget], say);
  const { user, system } = process.cpuUsage(before);
  const rate = Math.round(SEEDS[budget] / ((user + system) / 1_000_000));
  const twice = SEEDS_RUN_TWICE[budget];
  const again = await inThread({ firstSeed: baseSeed, count: twice });
  const different = [...again.hashes].filter((hash, i) => hash !== total.hashes[i]).length;
  const broken = [...known, ...total.broken];
  return [
    invariants(
      SEEDS[budget] + known.length,
      broken,
      `${rate} worlds a second of CPU time (goal ${GOAL_RATE})`,
    ),
    {
      id: 'B2',
      what: 'the same seed gives the same event log',
      goal: `${twice} of ${twice} seeds`,
      reached: `${twice - different} of ${twice}`,
      isReached: different === 0,
    },
    liveness(broken, total.settled),
    coverage(total),
  ];
}

function invariants(count: number, broken: readonly Broken[], detail: string): Reached {
  return {
    id: 'B1',
    what: `simulated worlds that keep all 17 invariants, one in ${STREAM_WORLDS} of them over streams that are no sockets`,
    goal: `${count} worlds, 0 violations`,
    reached: `${broken.length} violations, ${detail}`,
    isReached: broken.length === 0,
    failures: broken.slice(0, 20).map(({ seed, violation }) => `${violation}\n  ${replayLine('B1', seed)}`),
  };
}

/** Liveness is invariant I16, checked in every world; this line is about it alone. */
function liveness(broken: readonly Broken[], settled: number): Reached {
  const late = broken.filter(({ violation }) => violation.startsWith('I16'));
  return {
    id: 'B4',
    what: 'requests settle within time-out + 1 s, and peers meet again within 40 s after the faults, helped by nobody',
    goal: '100 %',
    reached: late.length === 0 ? `100 % of ${settled} requests` : `${late.length} worlds do not`,
    isReached: late.length === 0,
    failures: late.slice(0, 5).map(({ seed, violation }) => `${violation}\n  ${replayLine('B1', seed)}`),
  };
}

/** A run that did not meet a fault or a state often enough has proven nothing about it. */
function coverage({ faults, cells }: ThreadResult): Reached {
  const rareFaults = FAULTS.filter((_, i) => (faults[i] ?? 0) < MIN_FAULTS);
  const hits = (['server', 'client'] as const).flatMap((role) =>
    REACHABLE_STATES[role].flatMap((state) =>
      AUTHENTICATION_INPUTS.map((input) => ({
        name: `${role} in state ${state}: ${input}`,
        count: cells[cellIndex(role, state, input)] ?? 0,
      })),
    ),
  );
  const rareCells = hits.filter(({ count }) => count < MIN_CELL_HITS);
  const least = Math.min(...faults);
  return {
    id: 'B5',
    what: 'each kind of fault and each cell of the authentication table is met',
    goal: `${FAULTS.length} faults >= ${MIN_FAULTS} times, ${hits.length} reachable cells >= ${MIN_CELL_HITS} times`,
    reached: `the rarest fault ${least} times, the rarest cell ${Math.min(...hits.map(({ count }) => count))} times`,
    isReached: rareFaults.length === 0 && rareCells.length === 0,
    failures: [
      ...rareFaults.map((fault) => `fault ${fault} is rare`),
      ...rareCells.map(({ name, count }) => `${name}: ${count} times`),
    ],
  };
}

async function huntInThreads(
  baseSeed: number,
  count: number,
  say: (line: string) => void,
): Promise<ThreadResult> {
  const orders: ThreadOrder[] = [];
  const size = Math.min(BATCH, Math.ceil(count / THREADS));
  for (let at = 0; at < count; at += size) {
    orders.push({ firstSeed: (baseSeed + at) >>> 0, count: Math.min(size, count - at) });
  }
  const results: ThreadResult[] = [];
  const waiting = orders.map((order, i) => ({ order, i }));
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const result = await inThread(next.order);
      results[next.i] = result;
      for (const { seed, violation } of result.broken.slice(0, 5))
        say(`${violation}\n  ${replayLine('B1', seed)}`);
    }
  };
  await Promise.all(Array.from({ length: THREADS }, work));
  return results.reduce(sum);
}

function sum(a: ThreadResult, b: ThreadResult): ThreadResult {
  return {
    broken: [...a.broken, ...b.broken],
    hashes: a.hashes, // only the beginning is compared
    faults: a.faults.map((count, i) => count + (b.faults[i] ?? 0)),
    cells: a.cells.map((count, i) => count + (b.cells[i] ?? 0)),
    settled: a.settled + b.settled,
  };
}

function inThread(order: ThreadOrder): Promise<ThreadResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./hunt-thread.js', import.meta.url), {
      workerData: order,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB },
    });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
