/** Every picture of the gallery, as files: the name and the content of each. */

import { MACHINES } from '../../src/inspector/charts.js';
import { type ChartState, chartOf } from './chart.js';
import { mermaidOf } from './mermaid.js';
import { svgOf } from './svg.js';

/** All files of the gallery. */
export async function pictures(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const charts: [string, ChartState][] = [];
  for (const [name, machine] of Object.entries(MACHINES)) {
    const chart = chartOf(machine);
    charts.push([name, chart]);
    files.set(`${name}.svg`, await svgOf(chart));
    files.set(`${name}.mmd`, mermaidOf(chart));
  }
  files.set('README.md', gallery(charts));
  return files;
}

function gallery(charts: readonly (readonly [string, ChartState])[]): string {
  const sections = charts.map(
    ([name, { description }]) =>
      `## ${name}\n\n${description ?? ''}\n\n![The statechart ${name}](${name}.svg)\n\n[Mermaid](${name}.mmd), [source](../machines/${name}.ts)\n`,
  );
  return `# Statecharts

Drawn from the machines that run, by \`npm run visualize\`; a test draws them again and compares, so none is ever stale.
A box is a state, with what it does on \`entry\` and \`exit\` and the events that it takes without leaving; an arrow is a
transition with its event (or \`after\` a delay, or \`always\`: at once), its [guard] and its / actions. What stands in a box
with other boxes inside holds in all of those. To play with a machine, paste its file into
[Stately's editor](https://stately.ai/editor).

${sections.join('\n')}`;
}
