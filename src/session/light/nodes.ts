/** Which states XState leaves and enters for a transition, and which transitions it tries for an event. */

import type { AnyStateMachine, StateValue } from 'xstate';
import type { Reference } from './actions.js';
import { refuse } from './refusal.js';

/** A state of a machine, as XState has read it. */
export type Node = AnyStateMachine['root'];

/** A transition of a machine, as XState has read it. */
export interface NodeTransition {
  readonly source: Node;
  readonly target: readonly Node[] | undefined;
  readonly reenter: boolean;
  readonly guard?: unknown;
  readonly actions: readonly Reference[];
}

/**
 * Refuses a state that a chart cannot hold, and all such states inside it.
 *
 * @throws Error that names the state and what it has
 */
export function checkNode(node: Node): void {
  const { id, type, config } = node;
  if (type !== 'atomic' && type !== 'compound' && type !== 'final') refuse(id, `a ${type} state`);
  if (node.invoke.length > 0) refuse(id, 'an invoked actor');
  if (node.tags.length > 0) refuse(id, 'tags');
  if (node.meta !== undefined) refuse(id, 'meta data');
  if (node.output !== undefined) refuse(id, 'an output');
  if ('onDone' in config || 'route' in config) refuse(id, 'a transition by onDone or route');
  if (type === 'compound' && node.initial.actions.length > 0) refuse(id, 'actions of its initial transition');
  if (type === 'final' && node.parent?.parent !== undefined) refuse(id, 'a final state inside another');
  for (const [descriptor, transitions] of node.transitions) {
    if (descriptor.replace(/\.\*$/, '').includes('*') && descriptor !== '*')
      refuse(id, `a wildcard in the middle of ${descriptor}`);
    for (const transition of transitions) checkTransition(node, transition as unknown as NodeTransition);
  }
  for (const transition of node.always ?? []) checkTransition(node, transition as unknown as NodeTransition);
  for (const child of statesOf(node)) checkNode(child);
}

function checkTransition(node: Node, { target, reenter }: NodeTransition): void {
  if (target !== undefined && target.length !== 1) refuse(node.id, 'a transition with several targets');
  if (reenter && node.parent === undefined) refuse(node.id, 'a transition that enters the root again');
}

/** The states right inside a state. */
export function statesOf(node: Node): Node[] {
  return Object.values(node.states) as Node[];
}

/** From a state outwards: itself, and those around it. */
export function outwards(node: Node): Node[] {
  return node.parent === undefined ? [node] : [node, ...outwards(node.parent)];
}

/** Where an actor is that enters a state: the innermost of its initial states. */
export function innermost(node: Node): Node {
  const initial = node.type === 'compound' ? (node.initial.target[0] as Node | undefined) : undefined;
  return initial === undefined ? node : innermost(initial);
}

/** The states that are left, from inside to outside, and those that are entered, from outside to inside. */
export function crossed(leaf: Node, { source, target: targets, reenter }: NodeTransition): [Node[], Node[]] {
  const target = targets?.[0];
  if (target === undefined) return [[], []];
  const domain = isInside(target, source) && !reenter ? source : commonOf(target, source);
  const exited = outwards(leaf).filter((node) => node !== domain && isInside(node, domain));
  const entered = outwards(innermost(target)).filter((node) => node !== domain && isInside(node, domain));
  return [exited, entered.reverse()];
}

/** The transitions that a state tries for an event: its own before those with a wildcard, the longest of these first. */
export function candidatesOf(node: Node, type: string): NodeTransition[] {
  const wildcards = [...node.transitions.keys()]
    .filter((descriptor) => descriptor !== type && matchesWildcard(descriptor, type))
    .sort((one, other) => other.length - one.length);
  const transitions = [type, ...wildcards].flatMap((descriptor) => node.transitions.get(descriptor) ?? []);
  return transitions as unknown as NodeTransition[];
}

/** `{ connected: 'trusted' }` for the innermost state. */
export function stateValueOf(leaf: Node): StateValue {
  const [key = '', ...around] = outwards(leaf)
    .slice(0, -1)
    .map((node) => node.key);
  return around.reduce<StateValue>((value, name) => Object.freeze({ [name]: value }), key);
}

function matchesWildcard(descriptor: string, type: string): boolean {
  if (descriptor === '*') return true;
  const prefix = descriptor.slice(0, -'.*'.length);
  return descriptor.endsWith('.*') && (type === prefix || type.startsWith(`${prefix}.`));
}

/** Whether a state is another, or inside it. */
function isInside(node: Node, outer: Node): boolean {
  return outwards(node).includes(outer);
}

/** The innermost state around both. */
function commonOf(one: Node, other: Node): Node {
  const around = outwards(other).slice(1);
  const common = outwards(one)
    .slice(1)
    .find((node) => around.includes(node));
  return common ?? refuse(one.id, 'no state around a transition');
}
