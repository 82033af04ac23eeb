/** C1: every cell of the authentication table is what a real session does, or is nowhere it can be. */

import type { Reached, Stage, StageContext } from '../stage.js';
import { replayLine } from '../stage.js';
import {
  CELLS,
  type Cell,
  isReachable,
  nameOf,
  REACHABLE_CELLS,
  type StateName,
  type TableRole,
} from './cells.js';
import { allPairs, composedPairs, runPair } from './pairs.js';
import { reachOf } from './reachability.js';
import { runCell } from './run-cell.js';
import { searchAll } from './search.js';

const ROLES: readonly TableRole[] = ['server', 'client'];
/** How long the sequences are that are all run: 13 or 14 to the power of this. */
const SEARCH_LENGTH = { ci: 3, deep: 4, release: 4 };
const MAX_FAILURES = 10;

export const tableStage: Stage = {
  name: 'the authentication table',
  figures: ['C1'],
  run: async (context) => [await new TableRun(context).run()],
};

class TableRun {
  readonly #context: StageContext;
  readonly #failures: string[] = [];
  #failureCount = 0;

  constructor(context: StageContext) {
    this.#context = context;
  }

  async run(): Promise<Reached> {
    const { budget, say } = this.#context;
    let proven = 0;
    for (const cell of REACHABLE_CELLS) if (this.#expect(await tried(runCell(cell)))) proven++;
    const absent = CELLS.filter((cell) => !isReachable(cell));
    const reached = new Map(ROLES.map((role) => [role, this.#statesOf(role)]));
    for (const cell of absent) {
      const isAbsent = reached.get(cell.role)?.has(cell.state) === false;
      if (this.#expect(isAbsent ? null : `${nameOf(cell.role, cell.state, cell.input)} can be reached`))
        proven++;
    }
    say(`C1: ${proven} of ${CELLS.length} cells`);
    const pairs = budget === 'ci' ? await this.#pairs(composedPairs()) : await this.#pairs(allPairs());
    return this.#result(proven, pairs);
  }

  /** The states of a role: of the machine, and of the session in every sequence of inputs. */
  #statesOf(role: TableRole): ReadonlySet<StateName> {
    const { budget, say } = this.#context;
    const { states, visited } = reachOf(role);
    const search = searchAll(role, SEARCH_LENGTH[budget]);
    for (const difference of search.differences) this.#expect(difference);
    say(
      `C1: a ${role}: ${visited} states of the machine with their contexts; ${search.sequences} sequences of ${SEARCH_LENGTH[budget]} inputs`,
    );
    return new Set([...states, ...search.states]);
  }

  /** How many pairs hold; those with a cell that cannot be reached hold by the proof of that. */
  async #pairs(pairs: Iterable<readonly [Cell, Cell]>): Promise<number> {
    let held = 0;
    for (const [first, second] of pairs) {
      const isRun = isReachable(first) && isReachable(second);
      if (!isRun || this.#expect(await tried(runPair(first, second)))) held++;
    }
    return held;
  }

  #expect(difference: string | null): boolean {
    if (difference === null) return true;
    this.#failureCount++;
    if (this.#failures.length < MAX_FAILURES)
      this.#failures.push(`${difference}; ${replayLine('C1', this.#context.baseSeed)}`);
    return false;
  }

  #result(cells: number, pairs: number): Reached {
    const isDeep = this.#context.budget !== 'ci';
    const pairGoal = isDeep ? CELLS.length ** 2 : [...composedPairs()].length;
    const what = isDeep ? 'pairs of cells' : 'pairs of cells that share a connection';
    return {
      id: 'C1',
      what: 'each cell of the authentication table has one reaction, and the session has it',
      goal: `${CELLS.length} cells, ${pairGoal} ${what}`,
      reached: `${cells} cells, ${pairs} ${what}, ${this.#failureCount} failures`,
      isReached: cells === 120 && pairs === pairGoal && this.#failureCount === 0,
      failures: this.#failures,
    };
  }
}

/** What is thrown on the way is a difference as well. */
async function tried(run: Promise<string | null>): Promise<string | null> {
  try {
    return await run;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
