/** C1: the authentication table, a test for each cell; what is not reachable is proven so in two ways. */

import { beforeAll, describe, expect, test } from 'vitest';
import { AUTHENTICATION_INPUTS } from '../support/authentication-inputs.js';
import {
  CELLS,
  type Cell,
  isReachable,
  nameOf,
  REACHABLE_CELLS,
  rowOf,
  STATES,
  type TableRole,
} from '../trust/authentication/cells.js';
import { composedPairs, runPair } from '../trust/authentication/pairs.js';
import { type Reach, reachOf } from '../trust/authentication/reachability.js';
import { runCell } from '../trust/authentication/run-cell.js';
import { type Search, searchAll } from '../trust/authentication/search.js';

const named = (cell: Cell): readonly [string, Cell] => [nameOf(cell.role, cell.state, cell.input), cell];
const UNREACHABLE = CELLS.filter((cell) => !isReachable(cell));
/** From every state; `npm run trust` goes one further. */
const SEARCH_LENGTH = 2;
/** Thousands of connections on a busy machine. */
const MANY_SESSIONS_TIMEOUT_MS = 120_000;

interface Proof {
  readonly machine: Reach;
  readonly session: Search;
}

/** Both proofs of which states a role can be in. */
const proofs = new Map<TableRole, Proof>();

function proofOf(role: TableRole): Proof {
  const proof = proofs.get(role);
  if (proof === undefined) throw new Error(`expected a proof for a ${role}, got none`);
  return proof;
}

beforeAll(() => {
  for (const role of ['server', 'client'] as const)
    proofs.set(role, { machine: reachOf(role), session: searchAll(role, SEARCH_LENGTH) });
}, MANY_SESSIONS_TIMEOUT_MS);

describe('C1: the authentication table', () => {
  test('C1: has exactly 120 cells, each once', () => {
    const places = ['server', 'client'].flatMap((role) =>
      STATES.flatMap((state) => AUTHENTICATION_INPUTS.map((input) => `a ${role} in ${state}, ${input}`)),
    );
    const cells = CELLS.map(({ role, state, input }) => nameOf(role, state, input));
    expect(cells).toHaveLength(120);
    expect([...cells].sort()).toEqual([...places].sort());
    expect([REACHABLE_CELLS.length, UNREACHABLE.length]).toEqual([84, 36]);
  });

  test.each(
    REACHABLE_CELLS.map((cell) => [...named(cell), rowOf(cell.reaction)] as const),
  )('C1: %s', async (_, cell) => {
    expect(isReachable(cell) ? await runCell(cell) : 'unreachable').toBeNull();
  });

  test.each(UNREACHABLE.map(named))('C1: %s: is unreachable', (_, { role, state, input }) => {
    const { machine, session } = proofOf(role);
    expect(machine.states).not.toContain(state);
    expect(session.states).not.toContain(state);
    expect(session.cells).not.toContain(`${state} ${input}`);
  });
});

describe('C1: what is proven beside the cells', () => {
  test.each(['server', 'client'] as const)('a %s goes through every reachable cell in the search', (role) => {
    const cells = REACHABLE_CELLS.filter((cell) => cell.role === role);
    const { session } = proofOf(role);
    for (const { state, input } of cells) expect(session.cells).toContain(`${state} ${input}`);
  });

  test.each(['server', 'client'] as const)('a %s is where the table says after every sequence', (role) => {
    const { session } = proofOf(role);
    expect(session.differences).toEqual([]);
    expect(session.sequences).toBe(role === 'server' ? 3 * 13 ** SEARCH_LENGTH : 4 * 14 ** SEARCH_LENGTH);
  });

  test('the machine enters the trust by one step in each role', () => {
    const into = (role: TableRole): string[] => [
      ...new Set(
        proofOf(role)
          .machine.steps.filter(({ from, to }) => to === 'Trusted' && from !== 'Trusted')
          .map(({ from, event }) => `${from}, ${event}`),
      ),
    ];
    expect(into('server')).toEqual(['Seed sent, peer.keyAccepted']);
    expect(into('client')).toEqual(['Key sent, peer.trustGranted']);
  });

  test(
    'one reaction after another on one connection is that of the table',
    async () => {
      const differences: string[] = [];
      for (const [first, second] of composedPairs()) {
        const difference = await runPair(first, second);
        if (difference !== null) differences.push(difference);
      }
      expect(differences).toEqual([]);
    },
    MANY_SESSIONS_TIMEOUT_MS,
  );
});
