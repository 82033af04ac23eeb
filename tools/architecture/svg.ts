/** The map as a picture: elkjs places boxes and arrows, this draws them, in the theme of the page around it. */

import elkjs, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js';
import type { ArchitectureMap, MapArrow, MapNode } from './map.js';

/** Width of a character of the monospaced face at 13 px; each label is drawn at exactly this width. */
const CHARACTER_WIDTH = 7.85;
const BOX_HEIGHT = 34;
const PADDING = 14;
const CAPTION_HEIGHT = 22;
const MARGIN = 12;

const STYLE = `
svg { background: var(--back) }
:root, svg { --back: #ffffff; --frame: #f6f8fa; --room: #ffffff; --line: #57606a; --text: #1f2328; --soft: #59636e }
@media (prefers-color-scheme: dark) { :root, svg { --back: #0d1117; --frame: #161b22; --room: #0d1117; --line: #8b949e; --text: #e6edf3; --soft: #9198a1 } }
text { font: 13px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: var(--text); white-space: pre }
.caption { fill: var(--soft); font-weight: 700 } .frame { fill: var(--frame); stroke: var(--line) } .room { fill: var(--room); stroke: var(--line) }
.arrow { fill: none; stroke: var(--line); stroke-width: 1.3 } .weak { stroke-dasharray: 5 4 } .head { fill: var(--line) }
`;

const LAYOUT = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.layered.spacing.nodeNodeBetweenLayers': '44',
  'elk.layered.spacing.edgeNodeBetweenLayers': '18',
  'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.spacing.nodeNode': '28',
  'elk.spacing.edgeNode': '18',
  'elk.spacing.edgeEdge': '12',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.json.edgeCoords': 'ROOT',
  'elk.json.shapeCoords': 'ROOT',
};

/** The picture. */
export async function svgOf(map: ArchitectureMap): Promise<string> {
  const picture = await layOut(map);
  const placed = new Map<string, ElkNode>();
  const edges: ElkExtendedEdge[] = [];
  const collect = (node: ElkNode): void => {
    placed.set(node.id, node);
    edges.push(...(node.edges ?? []));
    for (const child of node.children ?? []) collect(child);
  };
  collect(picture);
  const width = Math.ceil((picture.width ?? 0) + 2 * MARGIN);
  const height = Math.ceil((picture.height ?? 0) + 2 * MARGIN);
  const boxes = map.nodes.flatMap((node) => [node, ...node.rooms]).map((node) => boxOf(node, placed));
  const arrows = edges.map((edge) => arrowOf(edge, map.arrows[Number(edge.id)]));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>The rooms of the sources, and which imports which</title>
<style>${STYLE}</style>
<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="10" markerHeight="10" markerUnits="userSpaceOnUse" orient="auto"><path class="head" d="M0 0L10 5L0 10z"/></marker></defs>
<g transform="translate(${MARGIN} ${MARGIN})">
${[...boxes, ...arrows].join('\n')}
</g>
</svg>
`;
}

/** Gives everything its place; coordinates are those of the whole picture. */
export async function layOut({ nodes, arrows }: ArchitectureMap): Promise<ElkNode> {
  // a CommonJS module: TypeScript sees its default export one step further away than Node does
  const Elk = elkjs as unknown as typeof elkjs.default;
  return new Elk().layout({
    id: 'picture',
    layoutOptions: LAYOUT,
    children: nodes.map(nodeOf),
    edges: arrows.map(({ from, to }, index) => ({ id: String(index), sources: [from], targets: [to] })),
  });
}

function nodeOf({ id, label, rooms }: MapNode): ElkNode {
  if (rooms.length === 0) return { id, width: widthOf(label) + 2 * PADDING, height: BOX_HEIGHT };
  const top = PADDING + CAPTION_HEIGHT;
  return {
    id,
    layoutOptions: { 'elk.padding': `[top=${top},left=${PADDING},bottom=${PADDING},right=${PADDING}]` },
    children: rooms.map(nodeOf),
  };
}

function boxOf({ id, label, rooms }: MapNode, placed: ReadonlyMap<string, ElkNode>): string {
  const { x = 0, y = 0, width = 0, height = 0 } = placed.get(id) ?? {};
  const isFrame = rooms.length > 0;
  const left = isFrame ? x + PADDING : x + (width - widthOf(label)) / 2;
  const baseline = isFrame ? y + PADDING + 8 : y + BOX_HEIGHT / 2 + 4.5;
  const rect = `<rect class="${isFrame ? 'frame' : 'room'}" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="8"/>`;
  return `${rect}<text${isFrame ? ' class="caption"' : ''} x="${round(left)}" y="${round(baseline)}" textLength="${round(widthOf(label))}" lengthAdjust="spacingAndGlyphs">${label}</text>`;
}

function arrowOf({ sections = [] }: ElkExtendedEdge, arrow: MapArrow | undefined): string {
  const isWeak = arrow === undefined || arrow.isForTypes || arrow.isException;
  const points = sections.flatMap(({ startPoint, bendPoints = [], endPoint }) =>
    [startPoint, ...bendPoints, endPoint].map(({ x, y }) => `${round(x)},${round(y)}`),
  );
  return `<polyline class="arrow${isWeak ? ' weak' : ''}" marker-end="url(#head)" points="${points.join(' ')}"/>`;
}

function widthOf(label: string): number {
  return label.length * CHARACTER_WIDTH;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
