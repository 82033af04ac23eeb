/** Paints verdicts on the statecharts: each transition as the worst of the rules that are about it. */

import { existsSync, readFileSync } from 'node:fs';
import type { Role } from '../../protocol/role.js';
import { escaped } from './junit.js';
import { type Painted, type Rule, VERDICTS, type VerdictKind } from './rule.js';
import type { Result } from './run.js';

/** The charts that rules are about. */
export const CHARTS: readonly Painted['chart'][] = ['authentication', 'channel-name', 'connection'];

/** A transition, what became of it, and the rules that say so. */
export interface PaintedTransition {
  readonly kind: VerdictKind;
  readonly rules: readonly string[];
}

/** The transitions of a chart that rules are about, by their keys in the picture. */
export function transitionsOf(
  chart: Painted['chart'],
  results: readonly Result[],
): ReadonlyMap<string, PaintedTransition> {
  const painted = new Map<string, PaintedTransition>();
  for (const { rule, verdict } of results) {
    for (const key of keysOf(rule, chart)) {
      const { kind, rules } = painted.get(key) ?? { kind: verdict.kind, rules: [] };
      painted.set(key, {
        kind: worseOf(kind, verdict.kind),
        rules: [...rules, `${verdict.kind}: ${rule.id}`],
      });
    }
  }
  return painted;
}

function keysOf({ charts = [] }: Rule, chart: Painted['chart']): readonly string[] {
  return charts.flatMap((painted) => (painted.chart === chart ? painted.transitions : []));
}

/** A fault anywhere counts, and a rule that holds for more than one that could not be judged. */
function worseOf(one: VerdictKind, other: VerdictKind): VerdictKind {
  return VERDICTS.indexOf(one) < VERDICTS.indexOf(other) ? one : other;
}

/** Where pictures are: with the page in the package, or in a checkout. */
const PLACES = [
  '../../page/charts/',
  '../page/charts/',
  '../../../visualizations/',
  '../../../dist/page/charts/',
  '../../visualizations/',
  '../../../../visualizations/',
];

/** The picture of a chart; null where the package has none. */
export function pictureOf(chart: Painted['chart']): string | null {
  for (const place of PLACES) {
    const file = new URL(`${place}${chart}.svg`, import.meta.url);
    if (existsSync(file)) return readFileSync(file, 'utf8');
  }
  return null;
}

const COLOURS: Readonly<Record<VerdictKind, readonly [light: string, dark: string, dashes: string]>> = {
  differs: ['#cf222e', '#ff7b72', '7 4'],
  holds: ['#1a7f37', '#3fb950', 'none'],
  observed: ['#8250df', '#d2a8ff', '2 4'],
  'not judged': ['#9a6700', '#d29922', '1 5'],
};

const classOf = (kind: VerdictKind): string => `verdict-${kind.replace(' ', '-')}`;

/** Lines differ in their dashes as well as in their colours. */
const STYLE = [
  // the colours of the picture's own mean something else
  '.event, .guard, .action { fill: #59636e } .event, .name { font-weight: 700 }',
  ...VERDICTS.map((kind) => {
    const [light, , dashes] = COLOURS[kind];
    const name = classOf(kind);
    return `.arrow.${name}, .trace.${name} { stroke: ${light}; stroke-width: 2.8; stroke-dasharray: ${dashes}; marker-end: url(#head-${name}) } text.${name}, .head.${name} { fill: ${light} }`;
  }),
  // not every transition has a line
  `text.${classOf('differs')} { text-decoration: underline }`,
  '@media (prefers-color-scheme: dark) { .event, .guard, .action { fill: #9198a1 }',
  ...VERDICTS.map((kind) => {
    const [, dark] = COLOURS[kind];
    const name = classOf(kind);
    return `.arrow.${name}, .trace.${name} { stroke: ${dark} } text.${name}, .head.${name} { fill: ${dark} }`;
  }),
  '}',
].join('\n');

const MARKERS = VERDICTS.map(
  (kind) =>
    `<marker id="head-${classOf(kind)}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="12" markerHeight="12" markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path class="head ${classOf(kind)}" d="M0 0L10 5L0 10z"/></marker>`,
).join('');

/** An element that belongs to a transition: what the pictures promise. */
const ELEMENT = /<(polyline|path|text)\b([^>]*?)\sdata-transition="([^"]*)"([^>]*?)(\/?)>/g;

/**
 * Paints a picture.
 *
 * @param svg the picture of a machine, whose elements carry the keys of transitions
 * @param transitions what became of which
 * @param title what the legend says first
 * @param role which side of the machine the peer is
 */
export function paintedSvg(
  svg: string,
  transitions: ReadonlyMap<string, PaintedTransition>,
  title: string,
  role: Role,
): string {
  const worst = worstOnLines(svg, transitions);
  const painted = svg.replace(
    ELEMENT,
    (element, name: string, before: string, key: string, after: string, end: string) => {
      const transition = transitions.get(unescaped(key));
      if (transition === undefined) return element;
      const kind = worst.get(lineOf(`${before}${after}`)) ?? transition.kind;
      const attributes = withClass(
        `${before} data-transition="${key}"${after}`,
        classOf(name === 'text' ? transition.kind : kind),
      );
      if (name === 'text') return `<text${attributes}>`;
      const hint = `<title>${escaped(transition.rules.join('\n'))}</title>`;
      return end === '/' ? `<${name}${attributes}>${hint}</${name}>` : `<${name}${attributes}>${hint}`;
    },
  );
  return withLegend(painted, transitions, title, role)
    .replace('</style>', `${STYLE}\n</style>`)
    .replace('</defs>', `${MARKERS}</defs>`);
}

/** Several transitions may share a line, one drawn over the other: a fault must not be covered. */
function worstOnLines(
  svg: string,
  transitions: ReadonlyMap<string, PaintedTransition>,
): ReadonlyMap<string, VerdictKind> {
  const worst = new Map<string, VerdictKind>();
  for (const [, name, before = '', key = '', after = ''] of svg.matchAll(ELEMENT)) {
    const kind = transitions.get(unescaped(key))?.kind;
    if (name === 'text' || kind === undefined) continue;
    const line = lineOf(`${before}${after}`);
    worst.set(line, worseOf(worst.get(line) ?? kind, kind));
  }
  return worst;
}

/** Where a line runs. */
function lineOf(attributes: string): string {
  return /\s(?:points|d)="([^"]*)"/.exec(attributes)?.[1] ?? '';
}

function withClass(attributes: string, name: string): string {
  // an arrow carries its own head as an attribute, which yields to the style
  return /\sclass="/.test(attributes)
    ? attributes.replace(/\sclass="([^"]*)"/, ` class="$1 ${name}"`)
    : `${attributes} class="${name}"`;
}

function unescaped(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&gt;', '>')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&');
}

const LEGEND_LINE = 20;
/** In line with the chart. */
const LEGEND_MARGIN = 24;
/** A chart is never narrower than its legend. */
const LEGEND_WIDTH = 640;

const MEANINGS: Readonly<Record<VerdictKind, string>> = {
  differs: 'differs from the protocol',
  holds: 'holds',
  observed: 'observed: the protocol leaves it open',
  'not judged': 'not judged',
};

function withLegend(
  svg: string,
  transitions: ReadonlyMap<string, PaintedTransition>,
  title: string,
  role: Role,
): string {
  const other = role === 'server' ? 'client' : 'server';
  const size = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg);
  const [width, height] = [Number(size?.[1] ?? 0), Number(size?.[2] ?? 0)];
  const kinds = [...transitions.values()].map(({ kind }) => kind);
  const lines = [
    `<text class="name" x="${LEGEND_MARGIN}" y="${height + 14}">${escaped(title)}</text>`,
    ...VERDICTS.map((kind, index) => {
      const y = height + 14 + (index + 1) * LEGEND_LINE;
      const count = kinds.filter((each) => each === kind).length;
      const name = classOf(kind);
      return `<polyline class="arrow ${name}" points="${LEGEND_MARGIN},${y - 4} ${LEGEND_MARGIN + 48},${y - 4}"/><text class="${name}" x="${LEGEND_MARGIN + 60}" y="${y}">${escaped(MEANINGS[kind])}: ${count}</text>`;
    }),
    `<text class="description" x="${LEGEND_MARGIN}" y="${height + 14 + (VERDICTS.length + 1) * LEGEND_LINE}">No rule is about the other transitions: they are the ${other}'s, or cannot be seen from outside.</text>`,
  ];
  const [newWidth, newHeight] = [
    Math.max(width, LEGEND_WIDTH),
    height + (VERDICTS.length + 2) * LEGEND_LINE + LEGEND_MARGIN,
  ];
  return svg
    .replace(
      /viewBox="0 0 [\d.]+ [\d.]+"( width="[\d.]+")?( height="[\d.]+")?/,
      `viewBox="0 0 ${newWidth} ${newHeight}" width="${newWidth}" height="${newHeight}"`,
    )
    .replace(/<\/svg>\s*$/, `<g class="legend">\n${lines.join('\n')}\n</g>\n</svg>\n`);
}
