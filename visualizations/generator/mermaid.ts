/** A statechart as Mermaid text, for pages that draw it themselves. */

import type { ChartState, ChartTransition } from './chart.js';

/** The text of a `stateDiagram-v2`. */
export function mermaidOf(chart: ChartState): string {
  return ['stateDiagram-v2', ...body(chart, '  '), ''].join('\n');
}

function body(state: ChartState, indent: string): string[] {
  const lines: string[] = [];
  if (state.initial !== null) lines.push(`${indent}[*] --> ${idOf(state.initial)}`);
  for (const child of state.states) {
    lines.push(`${indent}state "${child.name}" as ${idOf(child.path)}`);
    if (child.states.length > 0)
      lines.push(`${indent}state ${idOf(child.path)} {`, ...body(child, `${indent}  `), `${indent}}`);
  }
  for (const child of state.states) {
    for (const transition of child.transitions) {
      if (isArrow(child, transition))
        lines.push(`${indent}${idOf(child.path)} --> ${idOf(transition.target)} : ${labelOf(transition)}`);
      else if (child.states.length === 0) lines.push(`${indent}${idOf(child.path)} : ${labelOf(transition)}`);
    }
    if (child.kind === 'final') lines.push(`${indent}${idOf(child.path)} --> [*]`);
  }
  return [...lines, ...noteOf(state, indent)];
}

/** What holds in all states inside one: Mermaid draws no arrow from a state to one inside it. */
function noteOf(state: ChartState, indent: string): string[] {
  const [first] = state.states;
  const everywhere = state.transitions.filter((transition) => !isArrow(state, transition));
  if (first === undefined || everywhere.length === 0) return [];
  const where = state.path === '' ? 'in any state' : `in any state of ${state.name}`;
  const lines = everywhere.map((transition) => {
    const target = transition.target === null ? '' : ` → ${nameInside(state, transition.target)}`;
    return `${indent}  ${labelOf(transition)}${target}`;
  });
  return [`${indent}note right of ${idOf(first.path)}`, `${indent}  ${where}`, ...lines, `${indent}end note`];
}

/** Whether a transition leaves a state; what keeps it, or leads to a state inside, is a line of text. */
function isArrow<T extends ChartTransition>(
  { path }: ChartState,
  transition: T,
): transition is T & { readonly target: string } {
  const { target } = transition;
  return target !== null && path !== '' && !target.startsWith(`${path}.`);
}

/** What a state inside another is called there. */
function nameInside({ path }: ChartState, target: string): string {
  return path === '' ? target : target.slice(path.length + 1);
}

function idOf(path: string): string {
  return path.replaceAll('.', '_');
}

/** Colons and semicolons mean something to Mermaid. */
function labelOf({ trigger, guard, turn, actions }: ChartTransition): string {
  const condition = guard === null && turn === null ? '' : ` [${guard ?? 'else'}]`;
  const effects = actions.length === 0 ? '' : ` / ${actions.join(', ')}`;
  return `${trigger}${condition}${effects}`.replaceAll(':', '#58;').replaceAll(';', '#59;');
}
