/** Which walks are made through a machine: one for each edge at every push, and all simple paths on demand. */

import type { Budget } from '../stage.js';
import type { Coverage } from './coverage.js';
import type { Walk } from './drive.js';
import type { Stimulus } from './model.js';
import type { Variant } from './variant.js';
import { type Edge, simplePaths } from './walks.js';

/** Longer simple paths are left out. */
export const MAX_SIMPLE_PATH_LENGTH = 8;
/** More simple paths than this, for one variant of one machine, are left out. */
export const MAX_SIMPLE_PATHS = 50_000;

/** What is planned for. */
export interface Plan {
  readonly variant: Variant;
  readonly edges: readonly Edge[];
  readonly coverage: Coverage;
  readonly budget: Budget;
}

/** The walks, in an order that is always the same: a walk is known by its number. */
export function* planWalks(plan: Plan): Generator<Walk> {
  const { edges, coverage, variant } = plan;
  const possible = edges.filter(({ isPossible }) => isPossible);
  const loops = possible.filter((edge) => isLoop(variant, edge));
  const impossible = attempts(plan);
  coverage.driven += possible.length;
  coverage.tried += impossible.length;
  for (const edge of possible) if (!loops.includes(edge)) yield walkTo(edge);
  yield* loopWalks(loops);
  for (const edge of impossible) yield walkTo(edge);
  if (plan.budget === 'ci') return;
  for (const stimuli of simplePaths(edges, MAX_SIMPLE_PATH_LENGTH, MAX_SIMPLE_PATHS))
    yield { stimuli, lastIsUnreachable: false };
}

function walkTo({ path, stimulus, isPossible }: Edge): Walk {
  return { stimuli: [...path, stimulus], lastIsUnreachable: !isPossible };
}

/** Whether an event leaves everything as it is, in the model and in reality. */
function isLoop(variant: Variant, { from, to, stimulus }: Edge): boolean {
  return variant.isExact && from === to && stimulus.type === 'event';
}

/** What leaves everything as it is can be done one after the other, in one walk for each state. */
function* loopWalks(loops: readonly Edge[]): Generator<Walk> {
  const byState = new Map<string, Stimulus[]>();
  for (const { from, path, stimulus } of loops) {
    const stimuli = byState.get(from);
    if (stimuli === undefined) byState.set(from, [...path, stimulus]);
    else stimuli.push(stimulus);
  }
  for (const stimuli of byState.values()) yield { stimuli, lastIsUnreachable: false };
}

/**
 * What the table says nobody can cause. A machine that knows more than its state's name has it tried in each context;
 * one that does not, once in each state, and on demand after each way into it.
 */
function attempts({ edges, variant, budget }: Plan): Edge[] {
  const impossible = edges.filter(({ isPossible }) => !isPossible);
  if (variant.isExact || budget !== 'ci') return impossible;
  const byCell = new Map(
    impossible.toReversed().map((edge) => [`${edge.value} ${JSON.stringify(edge.stimulus)}`, edge]),
  );
  return [...byCell.values()];
}
