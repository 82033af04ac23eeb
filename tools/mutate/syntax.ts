/** The syntax tree of a source, as far as mutants and coverage need it. */

import { parseAst } from 'vitest/node';

/** A node of the tree; `start` and `end` are offsets in the text. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** A node with those that it stands in, the nearest first. */
export interface Found {
  readonly node: Node;
  readonly ancestors: readonly Node[];
}

/** Nodes of types that hold code; all others whose names begin with `TS` are erased. */
const CODE_IN_TYPES = new Set([
  'TSAsExpression',
  'TSNonNullExpression',
  'TSSatisfiesExpression',
  'TSParameterProperty',
]);

/**
 * Parses a source.
 *
 * @throws where the text is no TypeScript
 */
export function parse(text: string): Node {
  return parseAst(text, { lang: 'ts' }) as Node;
}

/** All nodes that are code, types left out, each before those within it. */
export function* codeNodes(root: Node): Generator<Found> {
  const open: Found[] = [{ node: root, ancestors: [] }];
  for (let found = open.pop(); found !== undefined; found = open.pop()) {
    yield found;
    const ancestors = [found.node, ...found.ancestors];
    for (const node of childrenOf(found.node).reverse()) open.push({ node, ancestors });
  }
}

/** The nodes right below a node that are code, in the order of the text. */
function childrenOf(node: Node): Node[] {
  return Object.values(node)
    .flat()
    .filter((value): value is Node => isNode(value) && isCode(value))
    .sort((a, b) => a.start - b.start);
}

/** A node below a node by its name, if it has one. */
export function part(node: Node, name: string): Node | undefined {
  const value = (node as unknown as Record<string, unknown>)[name];
  return isNode(value) ? value : undefined;
}

/** The nodes of a list below a node. */
export function parts(node: Node, name: string): Node[] {
  const value = (node as unknown as Record<string, unknown>)[name];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** Whatever else a node has under a name: an operator, the value of a literal. */
export function detail(node: Node, name: string): unknown {
  return (node as unknown as Record<string, unknown>)[name];
}

/** What a node is called: a declaration, a method, a property; undefined for all others. */
export function nameOf(node: Node): string | undefined {
  const named = part(node, 'key') ?? part(node, 'id');
  if (named === undefined) return undefined;
  if (named.type === 'PrivateIdentifier') return `#${String(detail(named, 'name'))}`;
  const name = detail(named, 'name') ?? detail(named, 'value');
  return typeof name === 'string' ? name : undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function isCode({ type }: Node): boolean {
  return !type.startsWith('TS') || CODE_IN_TYPES.has(type);
}
