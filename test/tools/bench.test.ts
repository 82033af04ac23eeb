import { describe, expect, test } from 'vitest';

/** The benchmark is made of plain modules of JavaScript; what counts its figures needs none of its dependencies. */
const partOfBench = async <T>(name: string): Promise<T> =>
  (await import(new URL(`../../bench/src/${name}.js`, import.meta.url).href)) as T;

type Figures = Readonly<Record<string, number>>;
type Echoes = Readonly<Record<string, Readonly<Record<string, { readonly perSecond: number }>>>>;

interface Goal {
  readonly id: string;
  readonly row: string;
}
interface Judged extends Goal {
  readonly reached: number;
  readonly nearness: number;
  readonly note: string | undefined;
  readonly values: readonly number[];
  readonly knownMiss: string | undefined;
}

const { bestOver, median, ratios } = await partOfBench<{
  bestOver(rounds: readonly Figures[], names: readonly string[]): string | undefined;
  median(numbers: readonly number[]): number;
  ratios(rounds: readonly Figures[], name: string, other: string): number[];
}>('statistics');
const { GOALS, KNOWN_MISSES, bestPeer, failures, judge } = await partOfBench<{
  GOALS: readonly Goal[];
  KNOWN_MISSES: Readonly<Record<string, string>>;
  bestPeer(run: unknown, workload: string): string | undefined;
  failures(judged: readonly Partial<Judged>[], tolerance: number): readonly Judged[];
  judge(run: unknown, rows: readonly string[]): Judged[];
}>('goals');
const { ROW_IDS, decisivePlan, rowsAsked } = await partOfBench<{
  ROW_IDS: readonly string[];
  decisivePlan(rows: readonly string[]): Readonly<Record<string, readonly string[]>>;
  rowsAsked(asked: readonly string[]): string[];
}>('rows');
const { CONTENDERS } = await partOfBench<{
  CONTENDERS: readonly { readonly id: string; readonly kind: string }[];
}>('contenders/index');

const NOTHING = {
  one: [],
  two: [],
  depths: [],
  connections: [],
  idle: [],
  gateway: [],
  crowd: [],
  marathon: [],
  package: [],
  simulation: [],
};

/** Rounds of one workload, from requests a second by contender. */
function runOf(workload: string, rounds: readonly Figures[]): Readonly<Record<string, readonly unknown[]>> {
  const one: Echoes[] = rounds.map((round) =>
    Object.fromEntries(Object.entries(round).map(([id, perSecond]) => [id, { [workload]: { perSecond } }])),
  );
  return { ...NOTHING, one };
}

describe('the best of the rounds', () => {
  test('is the one with the best median, and not the luckiest of each round', () => {
    const rounds = [
      { steady: 100, lucky: 150, slow: 10 },
      { steady: 101, lucky: 80, slow: 10 },
      { steady: 99, lucky: 70, slow: 200 },
    ];
    expect(bestOver(rounds, ['lucky', 'slow', 'steady'])).toBe('steady');
  });

  test('is nobody where nobody took part in each of them', () => {
    expect(bestOver([{ a: 1 }, {}], ['a'])).toBeUndefined();
    expect(bestOver([], ['a'])).toBeUndefined();
  });

  test('is divided by within each round', () => {
    const rounds = [{ ours: 20, other: 10 }, { ours: 30, other: 10 }, { ours: 7 }];
    expect(ratios(rounds, 'ours', 'other')).toEqual([2, 3]);
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });
});

describe('a run of the benchmark', () => {
  const run = runOf('24B-64', [
    { ours: 300, jayson: 100, birpc: 90, 'floor-corked': 900, 'ours-struct': 950 },
    { ours: 200, jayson: 50, birpc: 90, 'floor-corked': 900, 'ours-struct': 950 },
    { ours: 400, jayson: 100, birpc: 95, 'floor-corked': 900, 'ours-struct': 950 },
  ]);

  test('is compared with the best peer, which is neither a floor nor ours', () => {
    expect(bestPeer(run, '24B-64')).toBe('jayson');
    const [goal] = judge(run, ['24B-64']);
    expect(goal).toMatchObject({ id: '24B-64/best-peer', note: 'jayson', reached: 4, values: [3, 4, 4] });
    expect(goal?.nearness).toBeCloseTo(4 / 3.5);
  });

  test('is judged by the goals of the rows that were asked for, and that it has figures of', () => {
    expect(judge(run, ['24B-1', 'connections'])).toEqual([]);
    expect(judge(NOTHING, ROW_IDS)).toEqual([]);
  });

  test('is near to a bound where less is better, the nearer the less', () => {
    const connections = [{ ours: { serverCpuUs: 50 }, 'socket.io': { serverCpuUs: 125 } }];
    const [goal] = judge({ ...NOTHING, connections }, ['connections']);
    expect(goal).toMatchObject({ reached: 0.4, nearness: 2 });
  });

  test('fails for what is missed by more than its tolerance, and for no known miss', () => {
    const goals = [
      { id: 'near', nearness: 0.85 },
      { id: 'far', nearness: 0.7 },
      { id: 'known', nearness: 0.7, knownMiss: 'because' },
    ];
    const idsOf = (judged: readonly Judged[]): string[] => judged.map(({ id }) => id);
    expect(idsOf(failures(goals, 0.8))).toEqual(['far']);
    expect(idsOf(failures(goals, 1))).toEqual(['near', 'far']);
  });
});

describe('the rows of the benchmark', () => {
  test('can be asked for one by one, and by several with commas', () => {
    expect(rowsAsked(['idle', '64K-16,24B-1'])).toEqual(['24B-1', '64K-16', 'idle']);
  });

  test.each([['24B-2'], ['24B-1,idel'], ['']])('are listed where %j is none', (asked) => {
    expect(() => rowsAsked([asked])).toThrow(
      /^There is no row ".*"\. The rows are: 24B-1, .*, simulation\.$/,
    );
  });

  test('have goals, each with an id of its own and a row that exists', () => {
    expect(new Set(GOALS.map(({ id }) => id)).size).toBe(GOALS.length);
    expect(new Set(GOALS.map(({ row }) => row))).toEqual(new Set(ROW_IDS));
  });

  test('have known misses, which are ids of goals', () => {
    const ids = GOALS.map(({ id }) => id);
    expect(Object.keys(KNOWN_MISSES).filter((id) => !ids.includes(id))).toEqual([]);
  });

  test('are decided by contenders that exist, a peer and ours among them', () => {
    const kinds = new Map(CONTENDERS.map(({ id, kind }) => [id, kind]));
    for (const contenders of Object.values(decisivePlan(ROW_IDS)))
      expect(new Set(contenders.map((id) => kinds.get(id)))).toEqual(new Set(['floor', 'peer', 'ours']));
    expect(decisivePlan(['inspector'])).toEqual({ '24B-64': ['ours-inspected'] });
  });
});

test('the cores that a process may run on are read from what taskset prints', async () => {
  const { coresIn } = await partOfBench<{ coresIn(list: string): number[] }>('cores');
  expect(coresIn('0')).toEqual([0]);
  expect(coresIn('1,4-6')).toEqual([1, 4, 5, 6]);
});

test('slices of echoes come to requests in a second of CPU time on one core, and on the clock on two', async () => {
  const { echoFigures } = await partOfBench<{
    echoFigures(slices: readonly unknown[], place: 'one' | 'two'): Figures;
  }>('turns');
  const slice = { requests: 100, elapsedMs: 50, serverCpuUs: 300, clientCpuUs: 700, p50Ms: 1, p99Ms: 2 };
  const slices = [slice, { ...slice, requests: 300, p50Ms: 3 }];
  expect(echoFigures(slices, 'one')).toMatchObject({
    perSecond: 200_000,
    serverCpuUs: 1.5,
    clientCpuUs: 3.5,
  });
  expect(echoFigures(slices, 'two')).toMatchObject({ perSecond: 4_000, p50Ms: 2 });
});

test('profiles are summed up by part and by function, without the time in which nothing ran', async () => {
  const { summary } = await partOfBench<{
    summary(profiles: readonly unknown[]): Record<'parts' | 'functions', { what: string; share: number }[]>;
  }>('profile');
  const node = (id: number, functionName: string, url = '') => ({
    id,
    callFrame: { functionName, url, lineNumber: 9, columnNumber: 0 },
  });
  const xstate = new URL('../../node_modules/xstate/dist/xstate.js', import.meta.url).href;
  const profile = {
    nodes: [node(1, '(idle)'), node(2, '', xstate), node(3, 'emit', 'node:events'), node(4, 'writeBuffer')],
    samples: [1, 2, 3, 2, 4],
    timeDeltas: [500, 10, 20, 20, 50],
  };
  const { parts, functions } = summary([profile, profile]);
  expect(parts).toEqual([
    { what: 'system calls and other native code', share: 0.5 },
    { what: 'XState', share: 0.3 },
    { what: 'Node: streams, timers, promises', share: 0.2 },
  ]);
  expect(functions[1]).toEqual({ what: '(anonymous)  node_modules/xstate/dist/xstate.js:10', share: 0.3 });
});
