/** A statechart as it is drawn: read from the running machine, so that what is drawn is what runs. */

import type { AnyStateMachine } from 'xstate';

/** A transition. */
export interface ChartTransition {
  /** What it is known by: the path of its state, its event, and its place among those for the event. */
  readonly key: string;
  /** The event, or `after` and the name of a delay. */
  readonly trigger: string;
  readonly guard: string | null;
  /** The turn of its guard among those that are asked for the same event, from 1; null where there is only one. */
  readonly turn: number | null;
  readonly actions: readonly string[];
  /** The path of the target; null where the state is kept. */
  readonly target: string | null;
}

/** A state with all below it. */
export interface ChartState {
  /** Its path from the root, with dots; empty for the root. */
  readonly path: string;
  readonly name: string;
  readonly kind: 'atomic' | 'compound' | 'parallel' | 'final';
  readonly description: string | null;
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  readonly transitions: readonly ChartTransition[];
  readonly initial: string | null;
  readonly states: readonly ChartState[];
}

type StateNode = AnyStateMachine['root'];

/** The trigger of a transition that waits for no event. */
const ALWAYS = 'always';

/** Reads a machine. */
export function chartOf(machine: AnyStateMachine): ChartState {
  return stateOf(machine.root);
}

function stateOf(node: StateNode): ChartState {
  const states = Object.values(node.states) as StateNode[];
  return {
    path: node.path.join('.'),
    name: node.path.length === 0 ? node.machine.id : node.key,
    kind: node.type === 'history' ? 'atomic' : node.type,
    description: node.description ?? null,
    entry: actionNames(node.entry),
    exit: actionNames(node.exit),
    transitions: [...node.transitions, [ALWAYS, node.always ?? []] as const].flatMap(([type, transitions]) =>
      transitions.map((transition, place) => ({
        ...transitionOf(node, type, place, transition),
        turn: transitions.length > 1 ? place + 1 : null,
      })),
    ),
    initial: states.length > 0 ? (node.initial.target[0]?.path.join('.') ?? null) : null,
    states: states.map(stateOf),
  };
}

type Transition = StateNode['transitions'] extends Map<string, (infer T)[]> ? T : never;

function transitionOf(
  node: StateNode,
  type: string,
  place: number,
  transition: Transition,
): Omit<ChartTransition, 'turn'> {
  const [target] = transition.target ?? [];
  return {
    key: `${node.path.join('.')} ${type} ${place}`,
    trigger: triggerOf(node, type),
    guard: nameOf(transition.guard),
    actions: actionNames(transition.actions),
    target: target === undefined ? null : target.path.join('.'),
  };
}

function triggerOf(node: StateNode, type: string): string {
  const delay = node.after.find(({ eventType }) => eventType === type)?.delay;
  if (delay === undefined) return type;
  return typeof delay === 'number' ? `after ${delay} ms` : `after ${String(delay)}`;
}

/** XState adds actions of its own for delays; they are no part of what was written. */
function actionNames(actions: readonly unknown[]): string[] {
  return actions.flatMap((action) => {
    const name = nameOf(action);
    return name === null || name.startsWith('xstate.') ? [] : [`${name}${paramsOf(action)}`];
  });
}

/** What an action is given: `wrong-secret`; of what depends on the event, where it comes from: `event.reason`. */
function paramsOf(action: unknown): string {
  const { params } = action as { params?: unknown };
  const given: unknown =
    typeof params === 'function' ? params({ context: named('context'), event: named('event') }) : params;
  if (typeof given !== 'object' || given === null) return '';
  return ` (${Object.values(given).map(String).join(', ')})`;
}

/** An object whose members are their own names. */
function named(name: string): object {
  return new Proxy({}, { get: (_, member) => `${name}.${String(member)}` });
}

function nameOf(thing: unknown): string | null {
  if (thing === undefined || thing === null) return null;
  if (typeof thing === 'string') return thing;
  const { type } = thing as { type?: unknown };
  return typeof type === 'string' ? type : 'inline';
}

/** Every state of a chart, parents first. */
export function allStates(chart: ChartState): ChartState[] {
  return [chart, ...chart.states.flatMap(allStates)];
}
