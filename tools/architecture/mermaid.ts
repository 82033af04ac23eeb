/** The map as Mermaid text, for pages that draw it themselves. */

import type { ArchitectureMap, MapArrow, MapNode } from './map.js';

/** The text of a flowchart. */
export function mermaidOf({ nodes, arrows }: ArchitectureMap): string {
  return ['flowchart TD', ...nodes.flatMap((node) => linesOf(node, '  ')), ...arrows.map(lineOf)].join('\n');
}

function linesOf({ id, label, rooms }: MapNode, indent: string): string[] {
  if (rooms.length === 0) return [`${indent}${idOf(id)}["${label}"]`];
  const inner = rooms.flatMap((room) => linesOf(room, `${indent}  `));
  return [`${indent}subgraph ${idOf(id)}["${label}"]`, ...inner, `${indent}end`];
}

function lineOf({ from, to, isForTypes, isException }: MapArrow): string {
  return `  ${idOf(from)} ${isForTypes || isException ? '-.->' : '-->'} ${idOf(to)}`;
}

/** Mermaid takes letters, digits and underscores; `end` alone means something to it. */
function idOf(id: string): string {
  return id.replace(/\/$/, '_all').replace(/\W/g, '_');
}
