/**
 * The `pending-request` machine as a table: one object per state, one property per event.
 *
 * XState runs a machine with an actor, 20 to 30 µs and some timers each. Thousands of requests may be in flight, so without
 * an inspector their states are stepped through this table instead. It is derived from the machine and holds nothing that
 * is not in the machine; what the table cannot express (guards, nesting, contexts) is refused here, when the module loads.
 */

import type { StateMachine } from 'xstate';

/** A state of the machine. */
export interface TableState<Event extends string, Action> {
  readonly name: string;
  readonly isFinal: boolean;
  /** Where each event leads; undefined where the state ignores it. */
  readonly on: Readonly<Record<Event, TableStep<Event, Action> | undefined>>;
  /** The delay after which the state is left by itself. */
  readonly after: TableDelay<Event, Action> | undefined;
}

/** A transition: its target and its actions. */
export interface TableStep<Event extends string, Action> {
  readonly target: TableState<Event, Action>;
  readonly actions: readonly Action[];
}

/** A delayed transition. */
export interface TableDelay<Event extends string, Action> extends TableStep<Event, Action> {
  readonly delay: string;
}

// biome-ignore lint/suspicious/noExplicitAny: any machine; only its structure is read
export type AnyMachine = StateMachine<any, any, any, any, any, any, any, any, any, any, any, any, any, any>;
type StateNode = AnyMachine['root'];

interface Transition {
  readonly guard?: unknown;
  readonly target: readonly StateNode[] | undefined;
  readonly actions: readonly unknown[];
}

/**
 * Derives the table of a flat machine.
 *
 * @param machine the machine; one level of states, named actions, no guards
 * @param actions what each of the machine's action names stands for
 * @returns the initial state, from which all others are reached
 * @throws Error that names what the machine has and the table cannot hold, or an action that `actions` lacks
 */
export function deriveTable<Event extends string, Action>(
  machine: AnyMachine,
  actions: Readonly<Record<string, Action>>,
): TableState<Event, Action> {
  const nodes = Object.values(machine.root.states) as StateNode[];
  const events = new Set(
    nodes.flatMap((node) => [...node.transitions.keys()]).filter((type) => !isDelayEvent(type)),
  );
  refuse(machine.root.transitions.size > 0, machine.root, 'transitions of the root');

  const states = new Map(nodes.map((node) => [node, emptyState<Event, Action>(node, events)]));
  for (const [node, state] of states) {
    const on = state.on as Record<string, TableStep<Event, Action> | undefined>;
    refuse(Object.keys(node.states).length > 0, node, 'nested states');
    refuse((node.always ?? []).length > 0, node, 'eventless transitions');
    refuse([...node.entry, ...node.exit].some(isWrittenByHand), node, 'entry or exit actions');
    refuse(node.after.length > 1, node, 'several delays');
    for (const type of events) {
      on[type] = stepOf(node, node.transitions.get(type) ?? []);
    }
    const [delayed] = node.after;
    if (delayed !== undefined) {
      refuse(typeof delayed.delay !== 'string', node, 'a delay without a name');
      const step = stepOf(node, [delayed as unknown as Transition]);
      if (step !== undefined) state.after = { ...step, delay: String(delayed.delay) };
    }
  }
  return stateOf(machine.root.initial.target[0]);

  function stepOf(node: StateNode, transitions: readonly Transition[]): TableStep<Event, Action> | undefined {
    const [transition, ...others] = transitions;
    if (transition === undefined) return undefined;
    refuse(others.length > 0 || transition.guard !== undefined, node, 'guards');
    refuse(transition.target?.length !== 1, node, 'a transition without one target');
    return {
      target: stateOf(transition.target?.[0]),
      actions: transition.actions.map((action) => actionOf(node, action)),
    };
  }

  function stateOf(node: StateNode | undefined): TableState<Event, Action> {
    const state = node === undefined ? undefined : states.get(node);
    if (state === undefined)
      throw new Error(`expected a target among the states of ${machine.id}, got ${node?.id}`);
    return state;
  }

  function actionOf(node: StateNode, action: unknown): Action {
    refuse(typeof action !== 'string', node, 'an action without a name');
    const implementation = actions[String(action)];
    if (implementation === undefined) throw new Error(`expected an implementation of "${action}", got none`);
    return implementation;
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** All states have the same properties in the same order, so that reading them is compiled once. */
function emptyState<Event extends string, Action>(
  node: StateNode,
  events: ReadonlySet<string>,
): Mutable<TableState<Event, Action>> {
  const on = Object.fromEntries([...events].map((type) => [type, undefined]));
  return {
    name: node.key,
    isFinal: node.type === 'final',
    on: on as Record<Event, undefined>,
    after: undefined,
  };
}

/** XState itself adds a raise and a cancel to the entry and exit of a state with a delay. */
function isWrittenByHand(action: unknown): boolean {
  const type = (action as { type?: unknown }).type;
  return type !== 'xstate.raise' && type !== 'xstate.cancel';
}

function isDelayEvent(type: string): boolean {
  return type.startsWith('xstate.after.');
}

function refuse(isThere: boolean, node: StateNode, what: string): void {
  if (isThere) throw new Error(`expected a flat machine, got ${what} in ${node.id}`);
}
