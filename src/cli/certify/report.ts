/** A run as a page: one file, without scripts, that asks nobody for anything. */

import type { Role } from '../../protocol/role.js';
import { CHARTS, paintedSvg, pictureOf, transitionsOf } from './charts.js';
import { escaped, type Facts, groupOf } from './junit.js';
import { GROUPS, type VerdictKind } from './rule.js';
import type { Result } from './run.js';
import { textOfCounts } from './text.js';

/** A file of a report. */
export interface ReportFile {
  readonly name: string;
  readonly content: string;
}

/**
 * Writes the files of a report: the page, and each chart alone.
 *
 * @param results one for each rule
 * @param facts what the page says about the run as a whole
 * @param role whether the peer listens or connects
 */
export function reportOf(results: readonly Result[], facts: Facts, role: Role): readonly ReportFile[] {
  const charts = CHARTS.flatMap((chart) => {
    const picture = pictureOf(chart);
    if (picture === null) return [];
    const title = `${facts['peer'] ?? 'the peer'}, as the machine "${chart}" of this library has it`;
    const content = paintedSvg(picture, transitionsOf(chart, results), title, role);
    return [{ name: `${chart}.svg`, content }];
  });
  return [{ name: 'index.html', content: pageOf(results, facts, charts) }, ...charts];
}

const STYLE = `
:root { color-scheme: light dark; --back: #ffffff; --text: #1f2328; --dim: #59636e; --line: #d1d9e0; --differs: #cf222e; --holds: #1a7f37; --observed: #8250df; --open: #7d4e00 }
@media (prefers-color-scheme: dark) { :root { --back: #0d1117; --text: #e6edf3; --dim: #9198a1; --line: #3d444d; --differs: #ff7b72; --holds: #3fb950; --observed: #d2a8ff; --open: #d29922 } }
body { margin: 2rem auto; max-width: 72rem; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; background: var(--back); color: var(--text) }
h1 { font-size: 1.5rem } h2 { font-size: 1.125rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line) }
table.rules { table-layout: fixed } .rules td:first-child { width: 6.5rem; font-weight: 600; white-space: nowrap } .rules td:nth-child(3) { width: 2rem } .rules td:last-child { width: 24rem; overflow-wrap: anywhere } th { width: 7rem } code { font-size: .875rem; color: var(--dim) } .why { color: var(--dim) }
.differs { color: var(--differs) } .holds { color: var(--holds) } .observed { color: var(--observed) } .not-judged { color: var(--open) }
figure { margin: 1rem 0; overflow-x: auto; border: 1px solid var(--line) }
`;

/** Of the colours of a picture only its own may count: each is a picture of its own. */
function pictureIn(content: string, name: string): string {
  const data = Buffer.from(content).toString('base64');
  return `<figure tabindex="0"><img alt="The statechart ${escaped(name)} with its transitions coloured by verdict" src="data:image/svg+xml;base64,${data}"></figure>`;
}

function pageOf(results: readonly Result[], facts: Facts, charts: readonly ReportFile[]): string {
  const rows = Object.entries(facts).map(
    ([name, value]) => `<tr><th scope="row">${escaped(name)}</th><td>${escaped(value)}</td></tr>`,
  );
  const groups = GROUPS.flatMap((group) => {
    const own = results.filter(({ rule }) => groupOf(rule) === group);
    return own.length === 0
      ? []
      : [`<h2>${group}</h2>\n<table class="rules">\n${own.map(rowOf).join('\n')}\n</table>`];
  });
  const wrong = results.filter(({ verdict }) => verdict.kind === 'differs');
  const faults =
    wrong.length === 0
      ? ''
      : `<h2>What differs</h2>\n<table class="rules">\n${wrong.map(rowOf).join('\n')}\n</table>\n`;
  const figures = charts.map(
    ({ name, content }) => `<h2>${escaped(name.replace('.svg', ''))}</h2>\n${pictureIn(content, name)}`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escaped(facts['peer'] ?? 'peer')}: certify</title>
<style>${STYLE}</style>
<h1>${escaped(textOfCounts(results))}</h1>
<table>
${rows.join('\n')}
</table>
${faults}${groups.join('\n')}
${figures.join('\n')}
</html>
`;
}

function rowOf({ rule, verdict }: Result): string {
  const why = verdict.text === '' ? '' : `<br><span class="why">${escaped(verdict.text)}</span>`;
  return `<tr><td class="${classOf(verdict.kind)}">${verdict.kind}</td><td>${escaped(rule.title)}${why}</td><td>§${rule.section}</td><td><code>${rule.id}</code></td></tr>`;
}

const classOf = (kind: VerdictKind): string => kind.replace(' ', '-');
