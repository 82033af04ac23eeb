/**
 * Places the boxes, arrows and labels of a statechart: elkjs does, this says how large each is.
 *
 * The story goes down: states stand in the order in which the machine has them, and arrows back to an earlier one go up.
 * elkjs gets those the other way round, so that no cycle is left for it to break in its own way.
 */

import elkjs, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js';
import {
  arrowLines,
  arrowsFrom,
  boxColumns,
  type Column,
  LINE_HEIGHT,
  PADDING,
  widthOf,
} from './captions.js';
import { allStates, type ChartState } from './chart.js';

/** Longer captions of states with states inside stand in columns; in longer ones where those would be too wide. */
const COLUMN_LINES = [20, 28, 40, Number.POSITIVE_INFINITY];
/** A caption may widen its box to this, and no further. */
const WIDE = 960;
const MARK = 14;

/** For every node: one that is inside another inherits nothing. */
const LAYOUT = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.layered.spacing.nodeNodeBetweenLayers': '24',
  'elk.layered.spacing.edgeNodeBetweenLayers': '12',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '10',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.spacing.nodeNode': '32',
  'elk.spacing.edgeNode': '16',
  'elk.spacing.edgeEdge': '12',
  'elk.spacing.edgeLabel': '4',
  'elk.edgeLabels.inline': 'false',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.json.edgeCoords': 'ROOT',
  'elk.json.shapeCoords': 'ROOT',
};

/** What happens where nothing goes wrong is a straight line. */
const FORWARD = { 'elk.layered.priority.straightness': '10' };
/** Without an arrow to it a state would stand beside the initial one. */
const LAST = { 'elk.layered.layering.layerConstraint': 'LAST' };

/** A chart whose parts have their places. */
export interface Layout {
  readonly picture: ElkNode;
  /** How long a column of a caption is at most. */
  readonly maxLines: number;
}

/** What the boxes of a picture are made with. */
interface Boxes {
  readonly maxLines: number;
  /** By how much the states inside a box take less room than its caption, by the box. */
  readonly missing: ReadonlyMap<string, number>;
  /** The boxes that an arrow leads to. */
  readonly reached: ReadonlySet<string>;
}

/** Places everything; coordinates are those of the whole picture. */
export async function layOut(chart: ChartState): Promise<Layout> {
  const edges = edgesOf(chart);
  const reached = new Set(edges.flatMap(({ targets }) => targets));
  for (const maxLines of COLUMN_LINES) {
    const picture = await place(chart, edges, { maxLines, missing: new Map(), reached });
    const missing = missingWidths(chart, maxLines, picture);
    if (missing === null) continue;
    if (missing.size === 0) return { picture, maxLines };
    return { picture: await place(chart, edges, { maxLines, missing, reached }), maxLines };
  }
  throw new Error(`expected a picture of ${chart.name} in which every caption fits, got none`);
}

async function place(chart: ChartState, edges: readonly ElkExtendedEdge[], boxes: Boxes): Promise<ElkNode> {
  // a CommonJS module: TypeScript sees its default export one step further away than Node does
  const Elk = elkjs as unknown as typeof elkjs.default;
  const back = idsOfBackEdges(chart, edges);
  const turnBack = (edge: ElkExtendedEdge): ElkExtendedEdge => (back.has(edge.id) ? turned(edge) : edge);
  const graph = {
    id: 'picture',
    children: [nodeOf(chart, boxes)],
    edges: edges.map((edge) => (back.has(edge.id) ? turned(edge) : { ...edge, layoutOptions: FORWARD })),
  };
  const picture = await new Elk().layout(graph, { layoutOptions: LAYOUT });
  return { ...picture, edges: (picture.edges ?? []).map(turnBack) };
}

/** The width of a state with states inside is what those need, whatever is asked for. Null: a caption is too wide. */
function missingWidths(chart: ChartState, maxLines: number, picture: ElkNode): Map<string, number> | null {
  const missing = new Map<string, number>();
  const widths = widthsIn(picture);
  for (const state of allStates(chart)) {
    const needed = captionWidth(boxColumns(state, maxLines));
    const width = widths.get(idOf(state)) ?? 0;
    if (needed <= width) continue;
    if (needed > WIDE) return null;
    missing.set(idOf(state), needed - width);
  }
  return missing;
}

function widthsIn({ id, width = 0, children = [] }: ElkNode): Map<string, number> {
  return new Map([[id, width], ...children.flatMap((child) => [...widthsIn(child)])]);
}

function captionWidth(columns: readonly Column[]): number {
  return columns.reduce((sum, { width }) => sum + width, 0) + (columns.length + 1) * PADDING;
}

function nodeOf(state: ChartState, boxes: Boxes): ElkNode {
  const id = idOf(state);
  const columns = boxColumns(state, boxes.maxLines);
  const height = Math.max(...columns.map(({ lines }) => lines.length)) * LINE_HEIGHT + 2 * PADDING;
  if (state.states.length === 0) {
    const place = boxes.reached.has(id) ? {} : { layoutOptions: LAST };
    return { id, width: captionWidth(columns), height, ...place };
  }
  const right = 24 + (boxes.missing.get(id) ?? 0);
  return {
    id,
    layoutOptions: { 'elk.padding': `[top=${height + 8},left=24,bottom=24,right=${right}]` },
    children: [
      { id: markOf(state), width: MARK, height: MARK },
      ...state.states.map((child) => nodeOf(child, boxes)),
    ],
  };
}

function edgesOf(chart: ChartState): ElkExtendedEdge[] {
  return allStates(chart).flatMap((state) => [
    ...(state.initial === null
      ? []
      : [{ id: `initial ${idOf(state)}`, sources: [markOf(state)], targets: [`state ${state.initial}`] }]),
    ...arrowsFrom(state).map((arrow) => {
      const lines = arrowLines(arrow);
      const id = `${idOf(state)} to ${arrow.target}`;
      const label = { width: widthOf(lines) + 4, height: lines.length * LINE_HEIGHT };
      return {
        id,
        sources: [idOf(state)],
        targets: [`state ${arrow.target}`],
        labels: [{ id: `label ${id}`, text: JSON.stringify(lines), ...label }],
      };
    }),
  ]);
}

function idsOfBackEdges(chart: ChartState, edges: readonly ElkExtendedEdge[]): Set<string> {
  const order = allStates(chart).flatMap((state) => [markOf(state), idOf(state)]);
  const placeOf = ([end = '']: readonly string[]): number => order.indexOf(end);
  return new Set(
    edges.filter(({ sources, targets }) => placeOf(targets) < placeOf(sources)).map(({ id }) => id),
  );
}

/** The same edge, from its end to its beginning. */
function turned(edge: ElkExtendedEdge): ElkExtendedEdge {
  const sections = edge.sections?.map((section) => ({
    ...section,
    startPoint: section.endPoint,
    bendPoints: section.bendPoints?.toReversed() ?? [],
    endPoint: section.startPoint,
  }));
  return {
    ...edge,
    sources: edge.targets,
    targets: edge.sources,
    ...(sections === undefined ? {} : { sections }),
  };
}

/** The node of a state. */
export function idOf(state: ChartState): string {
  return `state ${state.path}`;
}

/** The node of the dot from which the arrow to the initial state comes. */
export function markOf(state: ChartState): string {
  return `mark ${state.path}`;
}
