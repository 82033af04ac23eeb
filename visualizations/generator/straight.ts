/** Makes the story of a chart one straight line: its arrows get the middle of the boxes, the others stand beside them. */

import type { ElkExtendedEdge, ElkNode, ElkPort } from 'elkjs/lib/elk.bundled.js';

/** Between two arrows at one side of a box, and between the last of them and the corner. */
const GAP = 16;
const LEAST_GAP = 11;
const CORNER = 10;

/** Where an arrow begins or ends. */
interface End {
  readonly edge: string;
  readonly role: 'source' | 'target';
  readonly isHappy: boolean;
  /** Along the side of the box. */
  readonly at: number;
}

/**
 * The same graph, in which every arrow has its place at its boxes.
 *
 * @param graph what was laid out
 * @param laidOut what came of it: the order of the arrows is kept
 * @param happy the arrows of the story
 */
export function straightened(graph: ElkNode, laidOut: ElkNode, happy: ReadonlySet<string>): ElkNode {
  const leaves = new Map<string, ElkNode>();
  const collect = (node: ElkNode): void => {
    if ((node.children ?? []).length === 0) leaves.set(node.id, node);
    for (const child of node.children ?? []) collect(child);
  };
  collect(laidOut);
  const sides = endsBySide(laidOut.edges ?? [], leaves, happy);
  const widened = (node: ElkNode): ElkNode => {
    if ((node.children ?? []).length > 0) return { ...node, children: (node.children ?? []).map(widened) };
    const [first = [], last = []] = ['first', 'last'].map((side) => sides.get(`${side} ${node.id}`));
    const width = Math.max(node.width ?? 0, needed(first), needed(last));
    const ports = [
      ...portsOf(first, 'NORTH', { ...node, width }),
      ...portsOf(last, 'SOUTH', { ...node, width }),
    ];
    if (ports.length === 0) return node;
    return {
      ...node,
      width,
      ports,
      layoutOptions: { ...node.layoutOptions, 'elk.portConstraints': 'FIXED_POS' },
    };
  };
  return {
    ...graph,
    children: (graph.children ?? []).map(widened),
    edges: (graph.edges ?? []).map((edge) => ({
      ...edge,
      sources: edge.sources.map((id) => (leaves.has(id) ? portOf(edge.id, 'source') : id)),
      targets: edge.targets.map((id) => (leaves.has(id) ? portOf(edge.id, 'target') : id)),
    })),
  };
}

/** The ends at the upper side of each box (`first`), and at its lower one (`last`), in their order. */
function endsBySide(
  edges: readonly ElkExtendedEdge[],
  leaves: ReadonlyMap<string, ElkNode>,
  happy: ReadonlySet<string>,
): Map<string, End[]> {
  const sides = new Map<string, End[]>();
  for (const { id, sources, targets, sections = [] } of edges) {
    for (const section of sections)
      for (const [role, [node = ''], { x, y }] of [
        ['source', sources, section.startPoint],
        ['target', targets, section.endPoint],
      ] as const) {
        const box = leaves.get(node);
        if (box === undefined) continue;
        const side = y < (box.y ?? 0) + (box.height ?? 0) / 2 ? 'first' : 'last';
        const ends = sides.get(`${side} ${node}`) ?? [];
        sides.set(`${side} ${node}`, [...ends, { edge: id, role, isHappy: happy.has(id), at: x }]);
      }
  }
  for (const ends of sides.values()) ends.sort((a, b) => a.at - b.at);
  return sides;
}

/** The place that is the middle: that of the story, which comes from a state rather than from the dot; else none. */
function middleOf(ends: readonly End[]): number | null {
  const story = ends.findIndex(({ isHappy, edge }) => isHappy && !edge.startsWith('initial '));
  const place = story >= 0 ? story : ends.findIndex(({ isHappy }) => isHappy);
  return place >= 0 ? place : null;
}

function reach(ends: readonly End[]): number {
  const middle = middleOf(ends);
  return middle === null ? (ends.length - 1) / 2 : Math.max(middle, ends.length - 1 - middle);
}

function needed(ends: readonly End[]): number {
  return ends.length <= 1 ? 0 : 2 * (reach(ends) * LEAST_GAP + CORNER);
}

function portsOf(
  ends: readonly End[],
  side: 'NORTH' | 'SOUTH',
  { width = 0, height = 0 }: ElkNode,
): ElkPort[] {
  const middle = middleOf(ends) ?? (ends.length - 1) / 2;
  const far = reach(ends);
  const gap = far === 0 ? 0 : Math.min(GAP, (width / 2 - CORNER) / far);
  return ends.map(({ edge, role }, place) => ({
    id: portOf(edge, role),
    width: 0,
    height: 0,
    x: width / 2 + (place - middle) * gap,
    y: side === 'NORTH' ? 0 : height,
    layoutOptions: { 'elk.port.side': side },
  }));
}

const portOf = (edge: string, role: 'source' | 'target'): string => `${role} of ${edge}`;
