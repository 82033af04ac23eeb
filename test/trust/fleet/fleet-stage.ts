import { Worker } from 'node:worker_threads';
import type { Broken } from '../seed-hunt.js';
import type { Budget, Reached, Stage, StageContext } from '../stage.js';
import { replayLine } from '../stage.js';
import { LARGE_WORLDS } from './config.js';
import { FLEET_FAULTS } from './faults.js';
import { huntFleets } from './hunt.js';
import type { FleetOrder, FleetReport } from './hunt-thread.js';
import { FLEET_REGRESSIONS } from './regressions.js';
import { FleetTally } from './world.js';

const REQUESTS: Readonly<Record<Budget, number>> = { ci: 100_000, deep: 10_000_000, release: 50_000_000 };
const THREADS = 2;
/** Fleets that a thread runs at once. */
const BATCH = 25;
/** Fleets that are run a second time. */
const TWICE = BATCH;
const MIN_FAULTS = 30;
/** How many of all requests must be such that only an answer will do: a check that checks too little proves nothing. */
const MIN_CERTAIN = 0.05;

/** N1 to N3: gateways, workers and devices on a cluster that fails, from seeds. */
export const fleetStage: Stage = {
  name: 'fleet',
  figures: ['N1', 'N2', 'N3'],
  isExclusive: true,
  run: async (context) => (context.replaySeed === null ? await runAll(context) : await replay(context)),
};

async function replay({ replaySeed, say }: StageContext): Promise<readonly Reached[]> {
  const tally = new FleetTally();
  const broken = await huntFleets({ firstSeed: replaySeed ?? 0, count: 1, tally, stopsAtFirst: true, say });
  return [invariants(tally.requests, 0, broken)];
}

async function runAll({ budget, baseSeed, say }: StageContext): Promise<readonly Reached[]> {
  const known: Broken[] = [];
  const again = new HuntThread();
  for (const { seed } of FLEET_REGRESSIONS)
    known.push(...(await again.hunt({ firstSeed: seed, count: 1 })).broken);
  const reports = await huntInThreads(baseSeed, REQUESTS[budget], say);
  const broken = [...known, ...reports.flatMap((report) => report.broken)];
  const sum = (of: (report: FleetReport) => number): number =>
    reports.reduce((all, report) => all + of(report), 0);
  const [requests, certain] = [sum((report) => report.requests), sum((report) => report.certain)];
  const { hashes } = await again.hunt({ firstSeed: baseSeed, count: TWICE });
  await again.end();
  const different = hashes.filter((hash, i) => hash !== reports[0]?.hashes[i]).length;
  const faults = FLEET_FAULTS.map((_, i) => sum((report) => report.faults[i] ?? 0));
  const rare = FLEET_FAULTS.filter((_, i) => (faults[i] ?? 0) < MIN_FAULTS);
  return [
    invariants(requests, certain, broken),
    {
      id: 'N2',
      what: 'the same seed gives the same fleet',
      goal: `${TWICE} of ${TWICE} seeds`,
      reached: `${TWICE - different} of ${TWICE}`,
      isReached: different === 0,
    },
    {
      id: 'N3',
      what: 'each kind of fault befalls the fleets, and many requests are such that only an answer will do',
      goal: `${FLEET_FAULTS.length} faults >= ${MIN_FAULTS} times, ${MIN_CERTAIN * 100} % of the requests`,
      reached: `the rarest fault ${Math.min(...faults)} times, ${((100 * certain) / requests).toFixed(0)} %`,
      isReached: rare.length === 0 && certain >= requests * MIN_CERTAIN,
      failures: rare.map((fault) => `fault ${fault} is rare`),
    },
  ];
}

function invariants(requests: number, certain: number, broken: readonly Broken[]): Reached {
  return {
    id: 'N1',
    what: `simulated fleets of gateways, workers and devices that keep all 9 invariants; one in ${LARGE_WORLDS} has 1,000 devices`,
    goal: `${requests} requests, 0 violations`,
    reached: `${broken.length} violations, ${certain} requests had to be answered`,
    isReached: broken.length === 0,
    failures: broken.slice(0, 20).map(({ seed, violation }) => `${violation}\n  ${replayLine('N1', seed)}`),
  };
}

/** As many fleets as it takes for so many requests. */
async function huntInThreads(
  baseSeed: number,
  requests: number,
  say: (line: string) => void,
): Promise<FleetReport[]> {
  const reports: FleetReport[] = [];
  let [asked, batches] = [0, 0];
  const work = async (): Promise<void> => {
    const thread = new HuntThread();
    while (asked < requests) {
      const batch = batches++;
      const report = await thread.hunt({ firstSeed: (baseSeed + batch * BATCH) >>> 0, count: BATCH });
      reports[batch] = report;
      asked += report.requests;
      for (const { seed, violation } of report.broken.slice(0, 5))
        say(`${violation}\n  ${replayLine('N1', seed)}`);
    }
    await thread.end();
  };
  await Promise.all(Array.from({ length: THREADS }, work));
  return reports;
}

/** A thread that hunts. */
class HuntThread {
  readonly #worker = new Worker(new URL('./hunt-thread.js', import.meta.url));

  /** Runs some fleets; one order at a time. */
  hunt(order: FleetOrder): Promise<FleetReport> {
    return new Promise((resolve, reject) => {
      this.#worker.removeAllListeners();
      this.#worker.once('message', resolve);
      this.#worker.once('error', reject);
      this.#worker.postMessage(order);
    });
  }

  async end(): Promise<void> {
    this.#worker.removeAllListeners();
    await this.#worker.terminate();
  }
}
