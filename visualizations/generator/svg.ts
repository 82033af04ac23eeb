/** Draws a statechart that has been laid out: an SVG that follows the theme of the page it stands in. */

import type { ElkEdgeSection, ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk.bundled.js';
import { allStates, type ChartState } from './chart.js';
import {
  boxColumns,
  CHARACTER_WIDTH,
  idOf,
  LINE_HEIGHT,
  type Line,
  layOut,
  markOf,
  PADDING,
} from './layout.js';

const MARGIN = 12;
const STYLE = `
svg { background: var(--back) }
:root, svg { --back: #ffffff; --box: #f6f8fa; --inner: #ffffff; --line: #57606a; --text: #1f2328; --soft: #59636e; --event: #0550ae; --guard: #953800; --action: #116329 }
@media (prefers-color-scheme: dark) { :root, svg { --back: #0d1117; --box: #161b22; --inner: #0d1117; --line: #8b949e; --text: #e6edf3; --soft: #9198a1; --event: #79c0ff; --guard: #ffa657; --action: #7ee787 } }
text { font: 12px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: var(--text); white-space: pre }
.name { font-weight: 700 } .description { fill: var(--soft) } .event { fill: var(--event); font-weight: 700 } .guard { fill: var(--guard) } .action { fill: var(--action) }
.box { fill: var(--box); stroke: var(--line) } .inner { fill: var(--inner); stroke: var(--line) } .final { fill: none; stroke: var(--line) }
.arrow { fill: none; stroke: var(--line); stroke-width: 1.2 } .head, .mark { fill: var(--line) } .label { fill: var(--back); opacity: 0.85 } .backing { fill: var(--box) }
`;

/** The picture of a chart. */
export async function svgOf(chart: ChartState): Promise<string> {
  const { picture, maxLines } = await layOut(chart);
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
  const { x = 0, y = 0 } = nodes.get(idOf(state)) ?? {};
  const behind = state.states.length > 0 ? 'backing' : 'none';
  let left = x + PADDING;
  return boxColumns(state, maxLines)
    .map(({ lines, width }) => {
      const text = textOf(lines, left, y + PADDING, behind);
      left += width + PADDING;
      return text;
    })
    .join('');
}

function arrowOf({ sections = [], labels = [] }: ElkExtendedEdge): string {
  const [line] = JSON.parse(labels[0]?.text ?? '[]') as Line[];
  const data = keyOf(line?.transition);
  return sections
    .map(
      (section) =>
        `<polyline class="arrow"${data} marker-end="url(#head)" points="${pointsOf(section)
          .map(({ x, y }) => `${round(x)},${round(y)}`)
          .join(' ')}"/>`,
    )
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
    .map(({ text, look, transition }, index) => {
      const width = round([...text].length * CHARACTER_WIDTH);
      const backing =
        behind === 'none'
          ? ''
          : `<rect class="backing" x="${round(x)}" y="${round(y + index * LINE_HEIGHT)}" width="${width}" height="${LINE_HEIGHT}"/>`;
      return `${backing}<text class="${look}"${keyOf(transition)} x="${round(x)}" y="${round(y + index * LINE_HEIGHT + 12)}" textLength="${width}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">${escaped(text)}</text>`;
    })
    .join('');
}

/** A page finds what belongs to a transition by this. */
function keyOf(transition: string | undefined): string {
  return transition === undefined ? '' : ` data-transition="${escaped(transition)}"`;
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
