/**
 * Two cells, one after the other. Where the first ends in the state of the second they share the connection, and the
 * table composes; where it does not, nothing of the first may reach the second over to another connection of the same
 * session, or, where the roles differ, to another session.
 */

import type { ReachableCell } from './cells.js';
import { CELLS, type Cell, isReachable, nameOf, REACHABLE_CELLS, type Reaction } from './cells.js';
import { bringInto } from './inputs.js';
import { TablePuppet } from './puppet.js';
import { close, compare, leftOver } from './run-cell.js';

/** How two cells follow each other. */
export type Sequel = 'same connection' | 'another connection' | 'another session' | 'unreachable';

export function sequelOf(first: Cell, second: Cell): Sequel {
  if (!isReachable(first) || !isReachable(second)) return 'unreachable';
  if (first.role !== second.role) return 'another session';
  const composes = first.reaction.stateThen === second.state && first.reaction.link === 'stays';
  return composes ? 'same connection' : 'another connection';
}

/** All ordered pairs of cells: 120 times 120. */
export function* allPairs(): Generator<readonly [Cell, Cell]> {
  for (const first of CELLS) for (const second of CELLS) yield [first, second];
}

/** The pairs that share a connection. */
export function* composedPairs(): Generator<readonly [ReachableCell, ReachableCell]> {
  for (const first of REACHABLE_CELLS)
    for (const second of REACHABLE_CELLS)
      if (sequelOf(first, second) === 'same connection') yield [first, second];
}

/** Runs two cells; null where both reactions are those of the table. */
export async function runPair(first: ReachableCell, second: ReachableCell): Promise<string | null> {
  const sequel = sequelOf(first, second);
  const puppet = new TablePuppet(first.role);
  bringInto(puppet, first.state);
  const other = sequel === 'another session' ? new TablePuppet(second.role) : puppet;
  const differences = [await compare(puppet, first, first.reaction)];
  if (sequel !== 'same connection') bringInto(other, second.state);
  const expected = sequel === 'same connection' ? reactionAfter(first, second) : second.reaction;
  differences.push(await compare(other, second, expected));
  for (const each of new Set([puppet, other])) {
    await close(each);
    differences.push(leftOver(each));
  }
  const difference = differences.find((each) => each !== null);
  return difference === undefined
    ? null
    : `${nameOf(first.role, first.state, first.input)}, then ${nameOf(second.role, second.state, second.input)} (${sequel}): ${difference}`;
}

/** The table is about a connection on which nothing was: what an input changes for the next one that is like it. */
function reactionAfter(first: ReachableCell, { role, input, reaction }: ReachableCell): Reaction {
  if (first.reaction.answer === 'false at 100 ms' && reaction.answer === 'false at 100 ms')
    return { ...reaction, answer: 'false at 400 ms' };
  if (first.input === 'CHANNEL' && input === 'CHANNEL')
    return { ...reaction, counted: role === 'server' ? 'second-name' : 'unexpected' };
  return reaction;
}
