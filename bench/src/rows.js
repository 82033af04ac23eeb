/** The rows: what can be measured for itself, who takes part where the ratios of a row are all that is wanted, and how long. */

import { ECHOES } from './workloads.js';

const OURS = 'ours';
const FLOOR = 'floor-plain';
const CORKED = 'floor-corked';
const INSPECTED = 'ours-inspected';

/**
 * Those that decide a row of echoes: the floors, ours, and the peers that were the best, or near it, in a full run. All others
 * take part in full runs only.
 */
const DECISIVE = {
  '24B-1': [FLOOR, 'jayson', 'birpc', 'ws', OURS],
  '24B-64': [FLOOR, CORKED, 'jayson', 'birpc', OURS],
  '24B-1000': [FLOOR, CORKED, 'jayson', 'birpc', OURS],
  '1K-16': [FLOOR, CORKED, 'jayson', 'birpc', OURS],
  '64K-16': [FLOOR, 'jayson', 'birpc', 'zeromq', OURS],
  'document-4': [FLOOR, 'birpc', 'zeromq', OURS],
};
/** While somebody inspects, only this one is measured. */
const INSPECTED_WORKLOAD = '24B-64';
const ECHO_IDS = ECHOES.map(({ id }) => id);

/** The rows that are not echoes. */
const OTHERS = [
  'inspector',
  'depths',
  'connections',
  'idle',
  'crowd',
  'marathon',
  'package',
  'gateway',
  'simulation',
];
export const ROW_IDS = [...ECHO_IDS, ...OTHERS];

/** Too long for a short run, or an absolute figure, off by a factor where others use the machine (`npm run trust` shows it). */
const LONG_ROWS = ['crowd', 'simulation'];
export const QUICK_ROWS = ROW_IDS.filter((id) => !LONG_ROWS.includes(id));

/**
 * The rows that are asked for.
 *
 * @param asked ids, each also several with commas between
 * @throws Error that lists the rows, for one that does not exist
 */
export function rowsAsked(asked) {
  const ids = asked.flatMap((each) => each.split(',')).filter((id) => id !== '');
  const unknown = ids.find((id) => !ROW_IDS.includes(id));
  if (unknown !== undefined || ids.length === 0)
    throw new Error(`There is no row "${unknown ?? ''}". The rows are: ${ROW_IDS.join(', ')}.`);
  return ROW_IDS.filter((id) => ids.includes(id));
}

/** Who takes part in each workload, where only the ratios of some rows are wanted. */
export function decisivePlan(rows) {
  const plan = Object.fromEntries(ECHO_IDS.filter((id) => rows.includes(id)).map((id) => [id, DECISIVE[id]]));
  if (rows.includes('inspector')) plan[INSPECTED_WORKLOAD] = [...(plan[INSPECTED_WORKLOAD] ?? []), INSPECTED];
  return plan;
}

/** All contenders in all workloads. */
export function wholePlan(contenders, workloads = ECHO_IDS) {
  return Object.fromEntries(workloads.map((id) => [id, contenders]));
}

/** With a core for each side: figures only, of what is usual. */
export const TWO_CORE_WORKLOADS = ['24B-1', '24B-64', '24B-1000', '1K-16'];

/** The two whose connections are compared. */
export const CONNECTION_CONTENDERS = ['socket.io', OURS];

/** Where most of the time goes: the profiles of a whole run. */
export const PROFILED_IN_FULL = ['24B-1', '24B-64', 'document-4', 'connections'];

/**
 * How long and how often; `warmUpMs` ends earlier where it gets no cheaper, `compileMs` does not. Code that has not run for a
 * second is not compiled, and four times slower; on one core the compiler has to share it.
 */
const SIZE = {
  rounds: 3,
  compileMs: 2_000,
  warmUpMs: 800,
  slices: 3,
  sliceMs: 100,
  depthRounds: 3,
  twoCoreRounds: 0,
  connectionRounds: 3,
  gatewayRounds: 3,
  firstConnections: 700,
  connectSlices: 8,
  memoryRounds: 3,
  held: 1_200,
  crowd: 10_000,
  marathon: 300_000,
  imports: 15,
  simulation: { rounds: 2, warmUpWorlds: 1_000, worlds: 1_000 },
};
export const QUICK = { ...SIZE, depthRounds: 1, imports: 5 };
export const ONLY = SIZE;
export const FULL = {
  ...SIZE,
  compileMs: 3_000,
  warmUpMs: 1_000,
  rounds: 5,
  twoCoreRounds: 2,
  slices: 4,
  firstConnections: 1_200,
  held: 2_000,
  marathon: 2_000_000,
};
