/** The mutants of a source: each is the source with one small mistake. */

import { removeFromMachine } from './machine-operators.js';
import {
  changeConstant,
  type Edit,
  flipBoolean,
  negateCondition,
  type Operator,
  removeEarlyExit,
  removeStatement,
  swapMinMax,
  swapOperator,
} from './operators.js';
import { codeNodes, type Found, nameOf, parse } from './syntax.js';

/** A source with one change. */
export interface Mutant {
  /** From the root of the project. */
  readonly file: string;
  readonly line: number;
  /** What is changed, by its names: `StpDecoder.#consume`. */
  readonly inside: string;
  readonly before: string;
  readonly after: string;
  /** 2 and more where the same change can be made more than once in there. */
  readonly nth: number;
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** Where the block begins that has the change, as {@link withHits} counts; -1: it is run on import. */
  readonly block: number;
}

const OPERATORS: readonly Operator[] = [
  swapOperator,
  flipBoolean,
  swapMinMax,
  negateCondition,
  removeStatement,
  removeEarlyExit,
  changeConstant,
];
const MACHINE_OPERATORS: readonly Operator[] = [...OPERATORS, removeFromMachine];
const MAX_SHOWN = 160;

/**
 * All mutants of a source, in the order of the text.
 *
 * @param file where it is, from the root of the project
 * @param text what it holds
 * @throws where the text is no TypeScript
 */
export function mutantsOf(file: string, text: string): Mutant[] {
  const operators = file.startsWith('machines/') ? MACHINE_OPERATORS : OPERATORS;
  const mutants: Mutant[] = [];
  for (const found of codeNodes(parse(text))) {
    for (const operator of operators) {
      for (const edit of operator(found, text)) mutants.push(mutantOf(file, text, found, edit));
    }
  }
  const sorted = mutants.sort((a, b) => a.start - b.start);
  return sorted.filter((mutant) => isWellFormed(mutant, text)).map(numbered());
}

/** The source with its one change. */
export function mutated({ start, end, replacement }: Mutant, text: string): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/** Whether the code of a node begins a block of its own: a block, or an arrow function with an expression. */
export function isBlock({ node, ancestors: [holder] }: Found): boolean {
  if (node.type === 'BlockStatement' || node.type === 'StaticBlock') return true;
  return holder?.type === 'ArrowFunctionExpression' && 'body' in holder && holder.body === node;
}

function mutantOf(file: string, text: string, { node, ancestors }: Found, edit: Edit): Mutant {
  const { start, end, shown } = edit;
  const replacement = edit.replacement.replace('\u0000', () => text.slice(start, end));
  const around = [node, ...ancestors];
  const block = around.find((each, i) => isBlock({ node: each, ancestors: around.slice(i + 1) }));
  return {
    file,
    line: text.slice(0, start).split('\n').length,
    inside: around
      .map(nameOf)
      .filter((name) => name !== undefined)
      .reverse()
      .join('.'),
    before: inOneLine(text.slice(shown.start, shown.end)),
    after: inOneLine(
      text.slice(shown.start, start) + replacement + text.slice(end, Math.max(end, shown.end)),
    ),
    nth: 1,
    start,
    end,
    replacement,
    block: block?.start ?? -1,
  };
}

/** Tells apart what looks the same. */
function numbered(): (mutant: Mutant) => Mutant {
  const seen = new Map<string, number>();
  return (mutant) => {
    const look = JSON.stringify([mutant.inside, mutant.before, mutant.after]);
    const nth = (seen.get(look) ?? 0) + 1;
    seen.set(look, nth);
    return { ...mutant, nth };
  };
}

function inOneLine(code: string): string {
  const line = code.replace(/\s+/g, ' ').trim();
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line;
}

/** Only `&&` and `||` beside `??` are no TypeScript. */
function isWellFormed(mutant: Mutant, text: string): boolean {
  if (!/^(&&|\|\|)$/.test(mutant.replacement)) return true;
  try {
    parse(mutated(mutant, text));
    return true;
  } catch {
    return false;
  }
}
