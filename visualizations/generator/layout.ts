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
const PADDING = 12;
const WRAP_AT = 44;
const MARK = 14;

/** The lines in the box of a state. */
export function boxLines(state: ChartState): Line[] {
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

/** Places everything; coordinates are those of the whole picture. */
export async function layOut(chart: ChartState): Promise<ElkNode> {
  // a CommonJS module: TypeScript sees its default export one step further away than Node does
  const Elk = elkjs as unknown as typeof elkjs.default;
  const elk = new Elk();
  return elk.layout({
    id: 'picture',
    layoutOptions: LAYOUT,
    children: [nodeOf(chart)],
    edges: edgesOf(chart),
  });
}

function nodeOf(state: ChartState): ElkNode {
  const lines = boxLines(state);
  const width = widthOf(lines) + 2 * PADDING;
  const height = lines.length * LINE_HEIGHT + 2 * PADDING;
  if (state.states.length === 0) return { id: idOf(state), width, height };
  return {
    id: idOf(state),
    layoutOptions: {
      'elk.padding': `[top=${height + 8},left=24,bottom=24,right=24]`,
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${width},${height})`,
    },
    children: [{ id: markOf(state), width: MARK, height: MARK }, ...state.states.map(nodeOf)],
  };
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
