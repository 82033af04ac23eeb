/**
 * A machine as a chart: for each state that an actor can be in, and each event, what XState would do, found out once.
 *
 * XState finds out anew for each event which states are left and entered, and which actions that makes. A chart is derived
 * from the machine and holds nothing that is not in the machine; what it cannot hold is refused when it is derived.
 */

import type { AnyStateMachine, StateValue } from 'xstate';
import { type Act, Actions, type LogicOf, type Reference } from './actions.js';
import type { Args } from './draft.js';
import { type Guard, guardOf, guardOfEvent } from './guards.js';
import {
  candidatesOf,
  checkNode,
  crossed,
  innermost,
  type Node,
  type NodeTransition,
  outwards,
  statesOf,
  stateValueOf,
} from './nodes.js';
import { refuse } from './refusal.js';

/** A transition out of one of the states that an actor can be in. */
export interface Move {
  /** Null: always. */
  readonly guard: Guard | null;
  /** All that is done: on exit, from inside to outside, then by the transition, then on entry. */
  readonly acts: readonly Act[];
  readonly to: ChartState;
  /** Neither a target nor an action: it keeps the event from the states around. */
  readonly isForbidden: boolean;
}

/** A state that an actor can be in: one without others inside it, together with those around it. */
export class ChartState {
  readonly value: StateValue;
  readonly isFinal: boolean;
  /** The moves that nothing has to happen for, tried after each event. */
  readonly always: readonly Move[] = [];
  readonly #movesOn: (type: string) => readonly Move[];
  readonly #moves = new Map<string, readonly Move[]>();

  constructor(leaf: Node, movesOn: (type: string) => readonly Move[]) {
    this.value = stateValueOf(leaf);
    this.isFinal = leaf.type === 'final';
    this.#movesOn = movesOn;
  }

  /** The moves that an event may make, in the order in which they are tried. */
  movesOn(type: string): readonly Move[] {
    const known = this.#moves.get(type);
    if (known !== undefined) return known;
    // kept for ever, as XState does: event types are never made from what the network sends
    const moves = this.#movesOn(type);
    this.#moves.set(type, moves);
    return moves;
  }
}

/** The move that is taken; undefined: none. */
export function select(moves: readonly Move[], args: Pick<Args, 'context' | 'event'>): Move | undefined {
  for (const move of moves) {
    if (move.guard === null || move.guard(args)) return move;
  }
  return undefined;
}

/**
 * Derives the chart of a machine.
 *
 * @param machine with its effects
 * @param logicOf finds the logic of an actor that it spawns
 * @returns how an actor begins: the move into the initial state, from which all others are reached
 * @throws Error that names what the machine has and a chart cannot hold, and the state that has it
 */
export function deriveChart(machine: AnyStateMachine, logicOf: LogicOf): Move {
  const { root } = machine;
  checkNode(root);
  if (machine.options.maxIterations !== Number.POSITIVE_INFINITY) refuse(root.id, 'a limit of iterations');
  const actions = new Actions(machine, logicOf);
  const entries = new Map<Node, readonly Act[]>();
  const exits = new Map<Node, readonly Act[]>();
  const guards = new Map<NodeTransition, Guard | null>();
  const ownActs = new Map<NodeTransition, readonly Act[]>();
  const states = new Map<Node, ChartState>();
  readNode(root);
  for (const [leaf, state] of states)
    (state as { always: readonly Move[] }).always = outwards(leaf)
      .flatMap((node) => (node.always ?? []) as unknown as NodeTransition[])
      .map((transition) => moveOf(leaf, transition));
  const initial = innermost(root);
  return moveTo(initial, null, [], [], outwards(initial).reverse());

  /** Everything is read at once, so that what cannot be held is refused at once. */
  function readNode(node: Node): void {
    entries.set(node, actsOf(node, node.entry as readonly Reference[]));
    exits.set(node, actsOf(node, node.exit as readonly Reference[]));
    for (const transition of [...node.transitions.values()].flat() as unknown as NodeTransition[])
      readTransition(node, transition, guardOfEvent);
    for (const transition of (node.always ?? []) as unknown as NodeTransition[])
      readTransition(node, transition, guardOf);
    if (node.type === 'compound') for (const child of statesOf(node)) readNode(child);
    else
      states.set(
        node,
        new ChartState(node, (type) =>
          outwards(node)
            .flatMap((each) => candidatesOf(each, type))
            .map((transition) => moveOf(node, transition)),
        ),
      );
  }

  function readTransition(node: Node, transition: NodeTransition, derive: typeof guardOf): void {
    const { guard } = transition;
    guards.set(transition, guard === undefined ? null : derive(machine, guard as Reference, node.id));
    ownActs.set(transition, actsOf(node, transition.actions));
  }

  function actsOf(node: Node, references: readonly Reference[]): Act[] {
    return references.map((reference) => actions.actOf(reference, node.id));
  }

  function moveOf(leaf: Node, transition: NodeTransition): Move {
    const target = transition.target?.[0];
    const [exited, entered] = crossed(leaf, transition);
    const acts = ownActs.get(transition) ?? [];
    const to = target === undefined ? leaf : innermost(target);
    return moveTo(to, guards.get(transition) ?? null, exited, acts, entered, target === undefined);
  }

  function moveTo(
    leaf: Node,
    guard: Guard | null,
    exited: readonly Node[],
    own: readonly Act[],
    entered: readonly Node[],
    staysWhereItIs = false,
  ): Move {
    const to = states.get(leaf);
    if (to === undefined) throw new Error(`expected a state of the machine ${machine.id}, got ${leaf.id}`);
    // an actor that is done leaves its states at once
    const last = to.isFinal && !staysWhereItIs ? outwards(leaf) : [];
    const acts = [
      ...exited.flatMap((node) => exits.get(node) ?? []),
      ...own,
      ...entered.flatMap((node) => entries.get(node) ?? []),
      ...last.flatMap((node) => exits.get(node) ?? []),
    ];
    return { guard, acts, to, isForbidden: staysWhereItIs && own.length === 0 };
  }
}
