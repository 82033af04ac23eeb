/** Which blocks of a source are run: a source that notes each of them. */

import { isBlock } from './mutants.js';
import { codeNodes, parse } from './syntax.js';

/** The global set that collects what was run, as `FILE:OFFSET`. */
export const HITS = '__mutateHits';

/** The key of a block; -1 for what is run on import. */
export function hitKey(file: string, block: number): string {
  return `${file}:${block}`;
}

/**
 * A source that adds the key of each block to a global set when it is run.
 *
 * @param file where it is, from the root of the project
 */
export function withHits(file: string, text: string): string {
  const note = (block: number): string =>
    `(globalThis.${HITS} ??= new Set()).add(${JSON.stringify(hitKey(file, block))})`;
  const insertions: { readonly at: number; readonly code: string }[] = [];
  for (const found of codeNodes(parse(text))) {
    const { node } = found;
    if (!isBlock(found)) continue;
    if (node.type === 'BlockStatement') {
      insertions.push({ at: node.start + 1, code: `${note(node.start)};` });
    } else if (node.type === 'StaticBlock') {
      insertions.push({ at: text.indexOf('{', node.start) + 1, code: `${note(node.start)};` });
    } else {
      insertions.push({ at: node.start, code: `(${note(node.start)}, ` }, { at: node.end, code: ')' });
    }
  }
  // from the end, so that offsets stay; of two at one place the later stands further left
  let result = text;
  for (const { at, code } of insertions.sort((a, b) => b.at - a.at)) {
    result = result.slice(0, at) + code + result.slice(at);
  }
  return `${result}\n;${note(-1)};`;
}
