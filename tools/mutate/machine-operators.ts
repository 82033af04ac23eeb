/** What may be changed in a machine besides its code: something of its table is left out. */

import type { Edit, Operator } from './operators.js';
import { detail, type Node, nameOf, part, parts } from './syntax.js';

const LISTS = new Set(['actions', 'entry', 'exit']);
/** Holders of transitions by event, by delay, and by the end of what runs within a state. */
const TRANSITIONS = new Set(['on', 'after']);

/** An action, a guard or a whole transition left out. */
export const removeFromMachine: Operator = ({ node, ancestors }, text) => {
  if (node.type !== 'Property') return [];
  const holder = ancestors[1];
  if (holder?.type === 'Property' && TRANSITIONS.has(nameOf(holder) ?? '')) return [without(node, text)];
  const name = nameOf(node) ?? '';
  const value = part(node, 'value');
  if (value === undefined || isOfSetup(ancestors)) return [];
  if (name === 'guard') return [without(node, text)];
  if (!LISTS.has(name)) return [];
  return value.type === 'ArrayExpression'
    ? parts(value, 'elements').map((element) => without(element, text))
    : [without(node, text)];
};

/** In `setup({ … })`, where actions and guards get their code, and not in the table of states. */
function isOfSetup(ancestors: readonly Node[]): boolean {
  return ancestors.some((each) => {
    const callee = part(each, 'callee');
    return callee !== undefined && detail(callee, 'name') === 'setup';
  });
}

/** An element or property with the comma that follows. */
function without(node: Node, text: string): Edit {
  const comma = /^\s*,/.exec(text.slice(node.end));
  return { start: node.start, end: node.end + (comma?.[0].length ?? 0), replacement: '', shown: node };
}
