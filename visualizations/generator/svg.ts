/** Draws a statechart that has been laid out: an SVG that follows the theme of the page it stands in. */

import type { ElkEdgeSection, ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk.bundled.js';
import { boxColumns, CHARACTER_WIDTH, LINE_HEIGHT, type Line, PADDING } from './captions.js';
import { allStates, type ChartState } from './chart.js';
import { captionWidth, idOf, layOut, markOf } from './layout.js';

const MARGIN = 12;
/** No variables: viewers outside of browsers know none, and would draw everything black. */
const STYLE = `
svg { background: #ffffff }
text { font: 12px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #1f2328; white-space: pre }
.name, .event { font-weight: 700 }
.description { fill: #59636e } .event { fill: #0550ae } .guard { fill: #953800 } .action { fill: #116329 }
.box, .inner, .final { stroke: #57606a } .box, .backing, .label { fill: #f6f8fa } .inner { fill: #ffffff } .final, .arrow, .trace { fill: none }
.arrow { stroke: #57606a; stroke-width: 1.2 } .head, .mark { fill: #57606a } .label { opacity: 0.85 }
@media (prefers-color-scheme: dark) {
svg { background: #0d1117 } text { fill: #e6edf3 }
.description { fill: #9198a1 } .event { fill: #79c0ff } .guard { fill: #ffa657 } .action { fill: #7ee787 }
.box, .inner, .final, .arrow { stroke: #8b949e } .box, .backing, .label { fill: #161b22 } .inner { fill: #0d1117 } .head, .mark { fill: #8b949e }
}
`;

/**
 * The picture of a chart.
 *
 * @param isSimple whether it is to be narrow
 */
export async function svgOf(chart: ChartState, isSimple = false): Promise<string> {
  const { picture, maxLines } = await layOut(chart, isSimple);
  const nodes = new Map<string, ElkNode>();
  const edges: ElkExtendedEdge[] = [];
  const collect = (node: ElkNode): void => {
    nodes.set(node.id, node);
    edges.push(...(node.edges ?? []));
    for (const child of node.children ?? []) collect(child);
  };
  collect(picture);
  const width = Math.ceil((picture.width ?? 0) + 2 * MARGIN);
  const height = Math.ceil((picture.height ?? 0) + 2 * MARGIN);
  const parts = [
    ...allStates(chart).map((state) => boxOf(state, nodes)),
    ...edges.map((edge) => arrowOf(edge)),
    ...allStates(chart).map((state) => captionOf(state, maxLines, nodes)),
    ...edges.map((edge) => labelsOf(edge)),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(`The statechart "${chart.name}"`)}</title>
<style>${STYLE}</style>
<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="10" markerHeight="10" markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path class="head" d="M0 0L10 5L0 10z"/></marker></defs>
<g transform="translate(${MARGIN} ${MARGIN})">
${parts.filter((part) => part !== '').join('\n')}
</g>
</svg>
`;
}

function boxOf(state: ChartState, nodes: ReadonlyMap<string, ElkNode>): string {
  const { x = 0, y = 0, width = 0, height = 0 } = nodes.get(idOf(state)) ?? {};
  const look = state.path === '' || state.states.length > 0 ? 'box' : 'inner';
  const rect = (inset: number, name: string): string =>
    `<rect class="${name}"${inset === 0 ? ` data-state="${escaped(state.path)}"` : ''} x="${round(x + inset)}" y="${round(y + inset)}" width="${round(width - 2 * inset)}" height="${round(height - 2 * inset)}" rx="8"/>`;
  const mark = nodes.get(markOf(state));
  return [
    rect(0, look),
    state.kind === 'final' ? rect(4, 'final') : '',
    mark === undefined
      ? ''
      : `<circle class="mark" cx="${round((mark.x ?? 0) + 7)}" cy="${round((mark.y ?? 0) + 7)}" r="6"/>`,
  ].join('');
}

/** The text in a box; over the arrows, for some cross the caption of a state on their way to one inside it. */
function captionOf(state: ChartState, maxLines: number, nodes: ReadonlyMap<string, ElkNode>): string {
  const { x = 0, y = 0, width: whole = 0 } = nodes.get(idOf(state)) ?? {};
  const isInner = state.states.length === 0;
  const behind = isInner ? 'none' : 'backing';
  const columns = boxColumns(state, maxLines);
  // a box may be wider than its text, for its arrows
  const spare = isInner ? whole - captionWidth(columns) : 0;
  let left = x + PADDING + Math.max(0, spare / 2);
  return columns
    .map(({ lines, width }) => {
      const text = textOf(lines, left, y + PADDING, behind);
      left += width + PADDING;
      return text;
    })
    .join('');
}

/** A line, and for each further transition that it stands for one that nobody sees: a page may mark each. */
function arrowOf({ sections = [], labels = [] }: ElkExtendedEdge): string {
  const lines = JSON.parse(labels[0]?.text ?? '[]') as Line[];
  const [first, ...others] = lines.flatMap(({ transitions = [] }) => transitions);
  return sections
    .map((section) => {
      const points = pointsOf(section)
        .map(({ x, y }) => `${round(x)},${round(y)}`)
        .join(' ');
      return [
        `<polyline class="arrow"${keysOf(first)} marker-end="url(#head)" points="${points}"/>`,
        ...others.map((other) => `<polyline class="trace"${keysOf(other)} points="${points}"/>`),
      ].join('');
    })
    .join('');
}

function pointsOf({ startPoint, bendPoints = [], endPoint }: ElkEdgeSection): { x: number; y: number }[] {
  return [startPoint, ...bendPoints, endPoint];
}

function labelsOf({ labels = [] }: ElkExtendedEdge): string {
  return labels
    .map(({ x = 0, y = 0, width = 0, height = 0, text = '[]' }) => {
      const lines = JSON.parse(text) as Line[];
      return `<rect class="label" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"/>${textOf(lines, x + 2, y)}`;
    })
    .join('');
}

/** Lines of text, each drawn at the width that was reserved for it, whatever face the reader has. */
function textOf(lines: readonly Line[], x: number, y: number, behind: 'backing' | 'none' = 'none'): string {
  return lines
    .map(({ text, look, transitions = [] }, index) => {
      const width = round([...text].length * CHARACTER_WIDTH);
      const backing =
        behind === 'none'
          ? ''
          : `<rect class="backing" x="${round(x)}" y="${round(y + index * LINE_HEIGHT)}" width="${width}" height="${LINE_HEIGHT}"/>`;
      return `${backing}<text class="${look}"${keysOf(...transitions)} x="${round(x)}" y="${round(y + index * LINE_HEIGHT + 12)}" textLength="${width}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">${escaped(text)}</text>`;
    })
    .join('');
}

/** A page finds what belongs to a transition by this; several keys have semicolons between them. */
function keysOf(...transitions: readonly (string | undefined)[]): string {
  const keys = transitions.filter((key) => key !== undefined);
  return keys.length === 0 ? '' : ` data-transition="${escaped(keys.join(';'))}"`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
