/** The table of warnings in docs/debugging.md, written from their codes. */

import { WARNINGS } from '../../src/base/warnings.js';

const MARKED = /(<!-- warnings: begin -->\n)[\s\S]*?(<!-- warnings: end -->)/;

/**
 * Writes the table of warnings into a text.
 *
 * @param text the Markdown, with the two markers
 * @throws Error where the markers are missing
 */
export function withWarnings(text: string): string {
  if (!MARKED.test(text))
    throw new Error('There are no markers <!-- warnings: begin --> and <!-- warnings: end -->');
  const rows = Object.entries(WARNINGS).map(([code, what]) => `| \`${code}\` | ${what} |`);
  const lines = ['| code | what happened |', '| --- | --- |', ...rows];
  return text.replace(MARKED, (_, begin: string, end: string) => `${begin}${lines.join('\n')}\n${end}`);
}
