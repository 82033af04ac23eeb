/** Finds the transition that a machine has taken, where only the states before and after it are known. */

import type { AnyStateNode } from 'xstate';
import { SESSION_MACHINES } from './charts.js';

/**
 * The keys of the transitions between two states, as the pictures have them: the path of the state, the event, and the place among
 * those for the event.
 *
 * @param chart the name of the picture of a machine of a session
 * @param from the path of the state before
 * @param event the type of the event
 * @param to the path of the state after it
 * @returns nothing where no transition leads there by itself
 */
export function takenBetween(chart: string, from: string, event: string, to: string): string[] {
  const root = SESSION_MACHINES[chart]?.root;
  if (root === undefined) return [];
  for (let node: AnyStateNode | undefined = nodeAt(root, from); node !== undefined; node = node.parent) {
    const transitions = node.transitions.get(event) ?? [];
    const place = transitions.findIndex(({ target }) =>
      target?.some(({ path }) => leadsTo(path.join('.'), to)),
    );
    if (place >= 0) return [`${node.path.join('.')} ${event} ${place}`];
  }
  return [];
}

function nodeAt(root: AnyStateNode, path: string): AnyStateNode | undefined {
  let node: AnyStateNode | undefined = root;
  for (const name of path.split('.')) node = node?.states[name];
  return node;
}

/** A target is a state, or one around it. */
function leadsTo(target: string, to: string): boolean {
  return target === to || to.startsWith(`${target}.`);
}
