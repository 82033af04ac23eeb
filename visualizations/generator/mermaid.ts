/** A statechart as Mermaid text, for pages that draw it themselves. */

import { allStates, type ChartState, type ChartTransition } from './chart.js';

/** The text of a `stateDiagram-v2`. */
export function mermaidOf(chart: ChartState): string {
  return ['stateDiagram-v2', ...body(chart, chart, '  '), ''].join('\n');
}

function body(root: ChartState, state: ChartState, indent: string): string[] {
  const lines: string[] = [];
  if (state.initial !== null) lines.push(`${indent}[*] --> ${idOf(state.initial)}`);
  for (const child of state.states) {
    lines.push(`${indent}state "${child.name}" as ${idOf(child.path)}`);
    if (child.states.length > 0)
      lines.push(`${indent}state ${idOf(child.path)} {`, ...body(root, child, `${indent}  `), `${indent}}`);
  }
  for (const child of state.states) {
    for (const transition of child.transitions) {
      if (transition.target === null) lines.push(`${indent}${idOf(child.path)} : ${labelOf(transition)}`);
      else lines.push(`${indent}${idOf(child.path)} --> ${idOf(transition.target)} : ${labelOf(transition)}`);
    }
    if (child.kind === 'final') lines.push(`${indent}${idOf(child.path)} --> [*]`);
  }
  if (state === root) {
    const anywhere = root.transitions.map((transition) => {
      const target = transition.target === null ? '' : ` → ${transition.target}`;
      return `${labelOf(transition)}${target}`;
    });
    const [first] = allStates(root).slice(1);
    if (anywhere.length > 0 && first !== undefined) {
      lines.push(`${indent}note right of ${idOf(first.path)}`, `${indent}  in any state`);
      lines.push(...anywhere.map((line) => `${indent}  ${line}`), `${indent}end note`);
    }
  }
  return lines;
}

function idOf(path: string): string {
  return path.replaceAll('.', '_');
}

/** Colons and semicolons mean something to Mermaid. */
function labelOf({ trigger, guard, actions }: ChartTransition): string {
  const condition = guard === null ? '' : ` [${guard}]`;
  const effects = actions.length === 0 ? '' : ` / ${actions.join(', ')}`;
  return `${trigger}${condition}${effects}`.replaceAll(':', '#58;').replaceAll(';', '#59;');
}
