/** Places the boxes, arrows and labels of a statechart: elkjs does, this says how large each is. */

import elkjs, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js';
import { allStates, type ChartState, type ChartTransition } from './chart.js';

/** A line of text, and how it looks. */
export interface Line {
  readonly text: string;
  readonly look: 'name' | 'description' | 'event' | 'guard' | 'action';
  /** The transition that it is about. */
  readonly transition?: string;
}

/** Width of a character of the monospaced face at 12 px; each line is drawn at exactly this width. */
export const CHARACTER_WIDTH = 7.25;
export const LINE_HEIGHT = 16;
/** Between the border of a box and its lines, and between its columns. */
export const PADDING = 12;
const WRAP_AT = 44;
/** Longer captions of states with states inside stand in columns; in longer ones where those do not fit side by side. */
const COLUMN_LINES = [14, 20, 28, 40, Number.POSITIVE_INFINITY];
const MARK = 14;

/** The lines in the box of a state. */
function boxLines(state: ChartState): Line[] {
  const lines: Line[] = [{ text: state.name, look: 'name' }];
  for (const text of wrap(state.description ?? '')) lines.push({ text, look: 'description' });
  for (const action of state.entry) lines.push({ text: `entry / ${action}`, look: 'action' });
  for (const action of state.exit) lines.push({ text: `exit / ${action}`, look: 'action' });
  for (const transition of state.transitions) {
    if (isArrow(state, transition)) continue;
    lines.push({ text: transition.trigger, look: 'event', transition: transition.key });
    if (transition.guard !== null) lines.push({ text: `  [${transition.guard}]`, look: 'guard' });
    if (transition.target !== null) lines.push({ text: `  → ${transition.target}`, look: 'name' });
    for (const action of transition.actions) lines.push({ text: `  / ${action}`, look: 'action' });
  }
  return lines;
}

/** Lines that stand under each other. */
export interface Column {
  readonly lines: readonly Line[];
  readonly width: number;
}

/**
 * The lines in the box of a state, side by side where there are many: what holds in every state of a machine would
 * otherwise take half of its picture.
 *
 * @param maxLines how long a column may be
 */
export function boxColumns(state: ChartState, maxLines: number): Column[] {
  const columns: Line[][] = [[]];
  const lines = boxLines(state);
  const mayBeWide = state.states.length > 0;
  for (const [index, line] of lines.entries()) {
    const last = columns.at(-1) as Line[];
    const end = lines.findIndex(({ look }, later) => later > index && look === 'event');
    const blockLength = (end === -1 ? lines.length : end) - index;
    const isFull = last.length + blockLength > maxLines;
    if (mayBeWide && line.look === 'event' && isFull && last.length > 0) columns.push([line]);
    else last.push(line);
  }
  return columns.map((column) => ({ lines: column, width: widthOf(column) }));
}

/** The lines at an arrow. */
export function arrowLines({ key, trigger, guard, actions }: ChartTransition): Line[] {
  return [
    { text: trigger, look: 'event', transition: key },
    ...(guard === null ? [] : [{ text: `[${guard}]`, look: 'guard' } as const]),
    ...actions.map((action) => ({ text: `/ ${action}`, look: 'action' }) as const),
  ];
}

/** What stands in a box and not at an arrow: what keeps the state, and what holds in all states. */
function isArrow(state: ChartState, { target }: ChartTransition): boolean {
  return target !== null && state.path !== '';
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= WRAP_AT) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

const widthOf = (lines: readonly Line[]): number =>
  Math.ceil(Math.max(0, ...lines.map(({ text }) => [...text].length)) * CHARACTER_WIDTH);

const LAYOUT = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.layered.cycleBreaking.strategy': 'DEPTH_FIRST',
  'elk.layered.spacing.nodeNodeBetweenLayers': '40',
  'elk.layered.spacing.edgeNodeBetweenLayers': '20',
  'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
  'elk.spacing.nodeNode': '40',
  'elk.spacing.edgeNode': '24',
  'elk.spacing.edgeEdge': '16',
  'elk.spacing.edgeLabel': '6',
  'elk.edgeLabels.inline': 'false',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.json.edgeCoords': 'ROOT',
  'elk.json.shapeCoords': 'ROOT',
};

/** A chart whose parts have their places. */
export interface Layout {
  readonly picture: ElkNode;
  /** How long a column of a caption is at most. */
  readonly maxLines: number;
}

/** Places everything; coordinates are those of the whole picture. */
export async function layOut(chart: ChartState): Promise<Layout> {
  // a CommonJS module: TypeScript sees its default export one step further away than Node does
  const Elk = elkjs as unknown as typeof elkjs.default;
  const elk = new Elk();
  for (const maxLines of COLUMN_LINES) {
    const picture = await elk.layout({
      id: 'picture',
      layoutOptions: LAYOUT,
      children: [nodeOf(chart, maxLines)],
      edges: edgesOf(chart),
    });
    // the width of a state with states inside is what they need, whatever is asked for its caption
    if (fits(chart, maxLines, picture)) return { picture, maxLines };
  }
  throw new Error(`expected a picture of ${chart.name} in which every caption fits, got none`);
}

function fits(state: ChartState, maxLines: number, parent: ElkNode): boolean {
  const node = parent.children?.find(({ id }) => id === idOf(state));
  if (node === undefined || captionWidth(boxColumns(state, maxLines)) > (node.width ?? 0)) return false;
  return state.states.every((child) => fits(child, maxLines, node));
}

function captionWidth(columns: readonly Column[]): number {
  return columns.reduce((sum, { width }) => sum + width, 0) + (columns.length + 1) * PADDING;
}

function nodeOf(state: ChartState, maxLines: number): ElkNode {
  const columns = boxColumns(state, maxLines);
  const width = captionWidth(columns);
  const height = Math.max(...columns.map(({ lines }) => lines.length)) * LINE_HEIGHT + 2 * PADDING;
  if (state.states.length === 0) return { id: idOf(state), width, height };
  return {
    id: idOf(state),
    layoutOptions: {
      'elk.padding': `[top=${height + 8},left=24,bottom=24,right=24]`,
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${width},${height})`,
    },
    children: [
      { id: markOf(state), width: MARK, height: MARK, layoutOptions: atLayer('FIRST_SEPARATE') },
      ...state.states.map((child) => inOrder(nodeOf(child, maxLines), child.path === state.initial)),
    ],
  };
}

/** The story begins with the initial state: it stands first, and arrows back to it go up. */
function inOrder(node: ElkNode, isInitial: boolean): ElkNode {
  if (!isInitial) return node;
  return { ...node, layoutOptions: { ...node.layoutOptions, ...atLayer('FIRST') } };
}

function atLayer(constraint: 'FIRST' | 'FIRST_SEPARATE'): Record<string, string> {
  return { 'elk.layered.layering.layerConstraint': constraint };
}

function edgesOf(chart: ChartState): ElkExtendedEdge[] {
  return allStates(chart).flatMap((state) => [
    ...(state.initial === null
      ? []
      : [{ id: `initial ${idOf(state)}`, sources: [markOf(state)], targets: [`state ${state.initial}`] }]),
    ...state.transitions.flatMap((transition, index) => {
      if (!isArrow(state, transition)) return [];
      const lines = arrowLines(transition);
      return [
        {
          id: `${idOf(state)} ${index}`,
          sources: [idOf(state)],
          targets: [`state ${transition.target}`],
          labels: [
            {
              id: `label ${idOf(state)} ${index}`,
              text: JSON.stringify(lines),
              width: widthOf(lines) + 4,
              height: lines.length * LINE_HEIGHT,
            },
          ],
        },
      ];
    }),
  ]);
}

/** The node of a state. */
export function idOf(state: ChartState): string {
  return `state ${state.path}`;
}

/** The node of the dot from which the arrow to the initial state comes. */
export function markOf(state: ChartState): string {
  return `mark ${state.path}`;
}
