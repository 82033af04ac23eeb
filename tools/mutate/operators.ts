/** What may be changed in a source: small mistakes that a person could make. */

import { detail, type Found, type Node, nameOf, part, parts } from './syntax.js';

/** A change of a few characters. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** What is shown of the change: an expression or a statement that holds it. */
  readonly shown: Node;
}

/** The edits at one node; `text` is the whole source. */
export type Operator = (found: Found, text: string) => readonly Edit[];

const SWAPPED: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '&&': '||',
  '||': '&&',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '+=': '-=',
  '-=': '+=',
  '*=': '/=',
  '++': '--',
  '--': '++',
};

/** Another operator of two operands, of one, or of an assignment; texts are not subtracted. */
export const swapOperator: Operator = ({ node }, text) => {
  const operator = detail(node, 'operator');
  const swapped = typeof operator === 'string' ? SWAPPED[operator] : undefined;
  if (typeof operator !== 'string' || swapped === undefined || node.type === 'UnaryExpression') return [];
  const [left, right] = [part(node, 'left'), part(node, 'right')];
  if (operator.startsWith('+') && operator !== '++' && [left, right].some(isText)) return [];
  const from = left?.end ?? node.start;
  const start = text.indexOf(operator, from);
  return [{ start, end: start + operator.length, replacement: swapped, shown: node }];
};

/** `true` for `false`, and the reverse. */
export const flipBoolean: Operator = ({ node, ancestors: [holder] }) => {
  const value = node.type === 'Literal' ? detail(node, 'value') : undefined;
  return typeof value === 'boolean'
    ? [{ start: node.start, end: node.end, replacement: String(!value), shown: shownFor(node, holder) }]
    : [];
};

/** The smaller for the larger. */
export const swapMinMax: Operator = ({ node }, text) => {
  const callee = node.type === 'CallExpression' ? part(node, 'callee') : undefined;
  const code = callee && text.slice(callee.start, callee.end);
  if (callee === undefined || (code !== 'Math.min' && code !== 'Math.max')) return [];
  const replacement = code === 'Math.min' ? 'Math.max' : 'Math.min';
  return [{ start: callee.start, end: callee.end, replacement, shown: node }];
};

/** Equality and order are swapped already, and a negation is taken away. */
export const negateCondition: Operator = ({ node }) => {
  const test = part(node, 'test');
  if (test === undefined || test.type === 'Literal' || node.type === 'SwitchCase') return [];
  const { type, start } = test;
  if (type === 'UnaryExpression' && detail(test, 'operator') === '!') {
    return [{ start, end: start + 1, replacement: '', shown: test }];
  }
  if (type === 'BinaryExpression' && /^[!=]==$/.test(String(detail(test, 'operator')))) return [];
  return [wrap(test, '!(', ')')];
};

/** A statement that calls or assigns, left out. */
export const removeStatement: Operator = ({ node }) => {
  if (node.type !== 'ExpressionStatement') return [];
  let effect = part(node, 'expression');
  if (effect?.type === 'AwaitExpression') effect = part(effect, 'argument');
  if (effect?.type === 'ChainExpression') effect = part(effect, 'expression');
  if (effect === undefined || !['CallExpression', 'AssignmentExpression'].includes(effect.type)) return [];
  if (part(effect, 'callee')?.type === 'Super') return [];
  return [{ start: node.start, end: node.end, replacement: ';', shown: node }];
};

/** `if (…) return …`, and the like, left out. */
export const removeEarlyExit: Operator = ({ node }) => {
  if (node.type !== 'IfStatement' || part(node, 'alternate') !== undefined) return [];
  const consequent = part(node, 'consequent');
  if (consequent === undefined) return [];
  const [exit, ...more] = consequent.type === 'BlockStatement' ? parts(consequent, 'body') : [consequent];
  if (exit === undefined || more.length > 0 || !/^(Return|Throw|Continue|Break)/.test(exit.type)) return [];
  return [{ start: node.start, end: node.end, replacement: ';', shown: node }];
};

/** A constant, or the default of an option: twice as much, or another text. */
export const changeConstant: Operator = ({ node, ancestors }) => {
  const value = node.type === 'Literal' ? detail(node, 'value') : undefined;
  const holder = ancestors.find((each) => !['BinaryExpression', 'TSAsExpression'].includes(each.type));
  if (holder === undefined || !(isDefault(holder) || isConstant(holder, ancestors))) return [];
  const { start, end } = node;
  const shown = holder;
  if (typeof value === 'number')
    return [{ start, end, replacement: String(value === 0 ? 1 : 2 * value), shown }];
  return typeof value === 'string' && isDefault(holder)
    ? [{ start, end, replacement: `'${value}x'`, shown }]
    : [];
};

/** `default: …` of a row of options. */
function isDefault(holder: Node): boolean {
  return holder.type === 'Property' && nameOf(holder) === 'default';
}

/** `const UPPER_CASE = …` of the module. */
function isConstant(holder: Node, ancestors: readonly Node[]): boolean {
  const name = holder.type === 'VariableDeclarator' ? nameOf(holder) : undefined;
  const isOfModule = !ancestors.some(({ type }) => /Function|Class/.test(type));
  return isOfModule && name !== undefined && /^[A-Z][A-Z0-9_]+$/.test(name);
}

/** For an argument alone the whole call is shown, or the property or declaration that it stands in. */
function shownFor(node: Node, holder: Node | undefined): Node {
  return holder !== undefined && holder.end - holder.start < 120 ? holder : node;
}

function wrap(node: Node, before: string, after: string): Edit {
  return { start: node.start, end: node.end, replacement: `${before}\u0000${after}`, shown: node };
}

function isText(node: Node | undefined): boolean {
  return (
    node?.type === 'TemplateLiteral' ||
    (node?.type === 'Literal' && typeof detail(node, 'value') === 'string')
  );
}
