/** The tables of a page in docs/ that tests compare with what happens. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The rows of a table between `<!-- name: begin -->` and `<!-- name: end -->`, without its head. */
export function tableOf(page: string, name: string): readonly (readonly string[])[] {
  const text = readFileSync(fileURLToPath(new URL(`../../../docs/${page}.md`, import.meta.url)), 'utf8');
  const table = text.split(`<!-- ${name}: begin -->`)[1]?.split(`<!-- ${name}: end -->`)[0] ?? '';
  const rows = table.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

/** What a cell says is printed, in its first backticks; … stands for what is another each time. */
export function printedIn(cell = ''): RegExp {
  const text = /`([^`]+)`/.exec(cell)?.[1];
  if (text === undefined) throw new Error(`nothing is in backticks: ${cell}`);
  return new RegExp(
    text
      .split('…')
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('.*'),
  );
}
