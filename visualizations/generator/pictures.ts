/** Every picture of the gallery, as files: the name and the content of each. */

import { MACHINES } from '../../src/inspector/all-machines.js';
import { type ChartState, chartOf } from './chart.js';
import { mermaidOf } from './mermaid.js';
import { simpleOf } from './simple.js';
import { svgOf } from './svg.js';

/** All files of the gallery. */
export async function pictures(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const charts: [string, ChartState][] = [];
  for (const [name, machine] of Object.entries(MACHINES)) {
    const chart = chartOf(machine);
    charts.push([name, chart]);
    files.set(`${name}.svg`, await svgOf(chart));
    files.set(`simple/${name}.svg`, await svgOf(simpleOf(chart), true));
    files.set(`${name}.mmd`, mermaidOf(chart));
  }
  files.set('README.md', gallery(charts));
  return files;
}

function gallery(charts: readonly (readonly [string, ChartState])[]): string {
  const sections = charts.map(
    ([name, { description }]) =>
      `## ${name}

${description ?? ''}

![The statechart ${name}: states and events](simple/${name}.svg)

<details>
<summary>All of it, with guards and actions</summary>

![The statechart ${name}, with guards and actions](${name}.svg)

</details>

[Full picture](${name}.svg), [Mermaid](${name}.mmd), [source](../machines/${name}.ts)
`,
  );
  return `# Statecharts

Drawn from the machines that run, by \`npm run visualize\`; a test draws them again and compares, so none is ever stale.
The first picture of each has the states, and the events that lead from one to another; an arrow ends at the state that is
active then. The full one has everything. A box is a state, with what it does on \`entry\` and \`exit\` and the events that
it takes without leaving; an arrow is a transition with its event (or \`after\` a delay, or \`always\`: at once), its [guard]
and its / actions, with what they are given. Guards that are asked one after the other are numbered, and [else] is what
happens when none of them holds. What stands in a box with other boxes inside holds in all of those. To play with a machine,
paste its file into [Stately's editor](https://stately.ai/editor).

${sections.join('\n')}`;
}
