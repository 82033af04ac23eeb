/** The transitions of a machine, one by one. */

import type { AnyStateMachine, AnyTransitionDefinition } from 'xstate';

type StateNode = AnyStateMachine['root'];

/** The ids of all transitions that are written in a machine, in the order of the file. */
export function allTransitions(machine: AnyStateMachine): string[] {
  return nodesOf(machine.root).flatMap((node) =>
    [...[...node.transitions.values()].flat(), ...(node.always ?? [])].map(idOf),
  );
}

/** The types of all events that a machine names, wildcards and its own timers left out. */
export function eventTypes(machine: AnyStateMachine): string[] {
  const types = nodesOf(machine.root).flatMap((node) => [...node.transitions.keys()]);
  return [...new Set(types)].filter((type) => !type.includes('*') && !type.startsWith('xstate.'));
}

function nodesOf(node: StateNode): StateNode[] {
  return [node, ...Object.values(node.states).flatMap((child) => nodesOf(child as StateNode))];
}

/** `authentication.untrusted: peer.keyRejected[1]`. */
export function idOf(transition: AnyTransitionDefinition): string {
  const { source, eventType } = transition;
  const siblings: readonly AnyTransitionDefinition[] =
    source.transitions.get(eventType) ?? source.always ?? [];
  const index = siblings.indexOf(transition);
  return `${source.id}: ${eventType}${siblings.length > 1 ? `[${index}]` : ''}`;
}
