/** Makes the help as wide as the terminal: no line is longer, no word is broken. */

import { Help, type HelpConfiguration } from 'commander';
import type { Io } from './io.js';

const DEFAULT_COLUMNS = 80;
/** Longer lines are hard to read, and in narrower ones there is no room for two columns. */
const COLUMNS = { lowest: 40, highest: 120 };

/**
 * How wide the help is: what COLUMNS says, or the terminal, or 80 characters.
 *
 * @param io has both
 */
export function helpWidthOf({ env, columns }: Pick<Io, 'env' | 'columns'>): number {
  const typed = Number(env['COLUMNS']);
  const width = typed > 0 ? typed : (columns ?? DEFAULT_COLUMNS);
  return Math.min(Math.max(Math.floor(width), COLUMNS.lowest), COLUMNS.highest);
}

const INDENT = '  ';
const GAP = 2;
/** What is longer than this part of the width has a line of its own before its description. */
const TERM_SHARE = 0.36;

/** How the items of the help are laid out. */
export const HELP_LAYOUT: HelpConfiguration = {
  // a short description may wrap early: there is always a place for it
  minWidthToWrap: 20,
  padWidth: (command, helper) => {
    const most = Math.floor((helper.helpWidth ?? DEFAULT_COLUMNS) * TERM_SHARE);
    return Math.min(Help.prototype.padWidth.call(helper, command, helper), most);
  },
  // that a command has options is true of all
  subcommandTerm: (command) =>
    Help.prototype.subcommandTerm.call(new Help(), command).replace(' [options]', ''),
  formatItem: (term, termWidth, description, helper) => {
    if (description === '') return INDENT + term;
    const column = INDENT.length + termWidth + GAP;
    const text = helper.boxWrap(description, (helper.helpWidth ?? DEFAULT_COLUMNS) - column);
    const below = `\n${' '.repeat(column)}`;
    const between = term.length > termWidth ? below : ' '.repeat(column - INDENT.length - term.length);
    return INDENT + term + between + text.replaceAll('\n', below);
  },
};

const EXAMPLE = /^ +\$ /;

/**
 * Wraps the lines of a text that are too long, each with its own indentation; those of examples as a shell reads them.
 *
 * @param text the text
 * @param width the longest line
 */
export function fitted(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => (line.length <= width ? line : wrapped(line, width)))
    .join('\n');
}

function wrapped(line: string, width: number): string {
  const isExample = EXAMPLE.test(line);
  const indent = /^ */.exec(line)?.[0] ?? '';
  const end = isExample ? ' \\' : '';
  const below = indent + (isExample ? '    ' : line.startsWith('Usage: ') ? '       ' : hangingOf(line));
  const lines: string[] = [];
  let current = '';
  for (const word of isExample ? wordsOfExample(line) : line.trimStart().split(' ')) {
    const longer = current === '' ? indent + word : `${current} ${word}`;
    if (current === '' || longer.length + end.length <= width) {
      current = longer;
      continue;
    }
    lines.push(current + end);
    current = below + word;
  }
  return [...lines, current].join('\n');
}

/** What stands behind a number of a list stays beside it. */
function hangingOf(line: string): string {
  return ' '.repeat(/^ *(\d+ )/.exec(line)?.[1]?.length ?? 0);
}

/** An option and its value, and what is in quotation marks, stay together. */
function wordsOfExample(line: string): readonly string[] {
  return line.trim().match(/\$ \S+ \S+|--?[\w-]+ (?!-)\S+|'[^']*'|\S+/g) ?? [];
}
