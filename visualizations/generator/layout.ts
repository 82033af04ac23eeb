/**
 * Places the boxes, arrows and labels of a statechart: elkjs does, this says how large each is.
 *
 * The story goes down: states stand in the order in which the machine has them, and arrows back to an earlier one go up.
 * elkjs gets those the other way round, so that no cycle is left for it to break in its own way.
 */

import elkjs, { type ElkExtendedEdge, type ElkNode, type LayoutOptions } from 'elkjs/lib/elk.bundled.js';
import {
  ARROW_LINE_LENGTH,
  arrowLines,
  arrowsFrom,
  boxColumns,
  type Column,
  LINE_HEIGHT,
  PADDING,
  widthOf,
} from './captions.js';
import { allStates, type ChartState } from './chart.js';
import { straightened } from './straight.js';

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

/** A simple picture stands in a column of text. */
const NARROW = {
  ...LAYOUT,
  'elk.layered.spacing.nodeNodeBetweenLayers': '20',
  'elk.layered.spacing.edgeNodeBetweenLayers': '9',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '8',
  'elk.spacing.nodeNode': '14',
  'elk.spacing.edgeNode': '9',
  'elk.spacing.edgeEdge': '8',
  'elk.spacing.edgeLabel': '3',
};
const TO_THE_RIGHT = {
  ...NARROW,
  'elk.direction': 'RIGHT',
  'elk.layered.spacing.nodeNodeBetweenLayers': '12',
  'elk.layered.spacing.edgeNodeBetweenLayers': '6',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '6',
};
/** So wide that its text has 11 px in a column of 830. */
const COLUMN = 880;

/** How a picture is laid out. */
interface Shape {
  readonly options: LayoutOptions;
  /** Around the states inside a box. */
  readonly padding: number;
  /** The most characters of a line at an arrow. */
  readonly lineLength: number;
  /** Whether the story is one line through the middle of its states. */
  readonly isStraight: boolean;
}

/** The first that fits into the column is taken; a story that has to goes to the right. */
const NARROW_SHAPES: readonly Shape[] = [
  { options: NARROW, padding: 12, lineLength: 17, isStraight: true },
  { options: NARROW, padding: 12, lineLength: 13, isStraight: true },
  {
    options: { ...NARROW, 'elk.layered.layering.strategy': 'LONGEST_PATH' },
    padding: 12,
    lineLength: 13,
    isStraight: true,
  },
  { options: TO_THE_RIGHT, padding: 12, lineLength: 13, isStraight: false },
  { options: TO_THE_RIGHT, padding: 12, lineLength: 9, isStraight: false },
];

/** What happens where nothing goes wrong is a straight line. */
const HAPPY = { 'elk.layered.priority.straightness': '100', 'elk.layered.priority.shortness': '10' };
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
  /** Around the states inside a box. */
  readonly padding: number;
}

/**
 * Places everything; coordinates are those of the whole picture.
 *
 * @param isSimple whether the picture has to fit into a column of text
 */
export async function layOut(chart: ChartState, isSimple = false): Promise<Layout> {
  if (!isSimple)
    return layOutIn(
      { options: LAYOUT, padding: 24, lineLength: ARROW_LINE_LENGTH, isStraight: false },
      chart,
    );
  const layouts: Layout[] = [];
  for (const shape of NARROW_SHAPES) {
    const layout = await layOutIn(shape, chart);
    if (widthIn(layout) <= COLUMN) return layout;
    layouts.push(layout);
  }
  const [narrowest] = layouts.sort((a, b) => widthIn(a) - widthIn(b));
  if (narrowest === undefined) throw new Error('expected shapes of pictures, got none');
  return narrowest;
}

const widthIn = ({ picture }: Layout): number => picture.width ?? 0;

async function layOutIn(shape: Shape, chart: ChartState): Promise<Layout> {
  const { padding, lineLength } = shape;
  const edges = edgesOf(chart, lineLength);
  const reached = new Set(edges.flatMap(({ targets }) => targets));
  for (const maxLines of COLUMN_LINES) {
    const boxes = { maxLines, reached, padding };
    const picture = await place(shape, chart, edges, { ...boxes, missing: new Map() });
    const missing = missingWidths(chart, maxLines, picture);
    if (missing === null) continue;
    if (missing.size === 0) return { picture, maxLines };
    return { picture: await place(shape, chart, edges, { ...boxes, missing }), maxLines };
  }
  throw new Error(`expected a picture of ${chart.name} in which every caption fits, got none`);
}

async function place(
  { options, isStraight }: Shape,
  chart: ChartState,
  edges: readonly ElkExtendedEdge[],
  boxes: Boxes,
): Promise<ElkNode> {
  // a CommonJS module: TypeScript sees its default export one step further away than Node does
  const Elk = elkjs as unknown as typeof elkjs.default;
  const back = idsOfBackEdges(chart, edges);
  const happy = idsOfHappyEdges(edges, back);
  const turnBack = (edge: ElkExtendedEdge): ElkExtendedEdge => (back.has(edge.id) ? turned(edge) : edge);
  const graph = {
    id: 'picture',
    children: [nodeOf(chart, boxes)],
    edges: edges.map((edge) =>
      back.has(edge.id) ? turned(edge) : { ...edge, layoutOptions: happy.has(edge.id) ? HAPPY : FORWARD },
    ),
  };
  const lay = (graph: ElkNode): Promise<ElkNode> =>
    new Elk().layout(structuredClone(graph), { layoutOptions: options });
  const first = await lay(graph);
  const picture = isStraight ? await lay(straightened(graph, first, happy)) : first;
  return { ...picture, edges: (picture.edges ?? []).map(turnBack) };
}

/** Of every state the first arrow to a later one, and the arrow to the first state. */
function idsOfHappyEdges(edges: readonly ElkExtendedEdge[], back: ReadonlySet<string>): Set<string> {
  const happy = new Map<string, string>();
  for (const { id, sources } of edges)
    if (!back.has(id) && !happy.has(sources[0] ?? '')) happy.set(sources[0] ?? '', id);
  return new Set(happy.values());
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

/** How wide a box must be for its text, in pixels. */
export function captionWidth(columns: readonly Column[]): number {
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
  const { padding } = boxes;
  const right = padding + (boxes.missing.get(id) ?? 0);
  return {
    id,
    layoutOptions: { 'elk.padding': `[top=${height + 8},left=${padding},bottom=${padding},right=${right}]` },
    children: [
      { id: markOf(state), width: MARK, height: MARK },
      ...state.states.map((child) => nodeOf(child, boxes)),
    ],
  };
}

function edgesOf(chart: ChartState, lineLength: number): ElkExtendedEdge[] {
  return allStates(chart).flatMap((state) => [
    ...(state.initial === null
      ? []
      : [{ id: `initial ${idOf(state)}`, sources: [markOf(state)], targets: [`state ${state.initial}`] }]),
    ...arrowsFrom(state).map((arrow) => {
      const lines = arrowLines(arrow, lineLength);
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
