/** The middle: the statechart of the chosen actor, with the active state and the step just taken. */

import { at, drawn, element, show } from './dom.js';
import { explain } from './explain.js';
import { pathsOf } from './model.js';

/** @typedef {import('./model.js').Actor} Actor */

/** Styles for what is marked in a picture; in a shadow tree, because pictures bring styles of their own. */
const MARKS = `
svg { --good: #1a7f37; display: block }
@media (prefers-color-scheme: dark) { svg { --good: #3fb950 } }
[data-state].active { stroke: var(--good); stroke-width: 3.5 }
polyline.taken { stroke: var(--good); stroke-width: 3; marker-end: url(#taken) }
#taken path { fill: var(--good) }
text.taken { fill: var(--good); text-decoration: underline }
`;
const ZOOM_STEPS = [0.25, 0.35, 0.5, 0.7, 1, 1.4, 2];

/** @type {Map<string, Promise<string>>} */
const pictures = new Map();
/** @type {ShadowRoot | null} */
let shadow = null;
/** @type {string | null | undefined} what is drawn; undefined: nothing yet */
let drawnChart;
let drawnMark = '';
/** @type {number | 'whole'} */
let zoom = 1;

new ResizeObserver(() => (zoom === 'whole' ? applyZoom() : centre())).observe(at('chart'));

/** @param {string} name */
function pictureOf(name) {
  let picture = pictures.get(name);
  if (picture === undefined) {
    picture = fetch(`charts/${name}.svg`).then((answer) => answer.text());
    pictures.set(name, picture);
  }
  return picture;
}

/** @param {Actor | undefined} actor */
export async function drawChart(actor) {
  show('chart-title', actor === undefined ? 'Statechart' : `${actor.group}: ${actor.name}`);
  show('context', actor === undefined ? '' : JSON.stringify(actor.context, null, 1));
  drawStep(actor);
  shadow ??= /** @type {ShadowRoot} */ (at('chart').attachShadow({ mode: 'open' }));
  const root = shadow;
  const chart = actor?.chart ?? null;
  if (drawnChart !== chart) {
    drawnChart = chart;
    const text = chart === null ? '' : await pictureOf(chart);
    if (drawnChart !== chart) return; // another actor was chosen meanwhile
    root.innerHTML = `<style>${MARKS}</style>${text}`;
    // nothing could be marked before it was here
    drawnMark = '';
    addArrowHead();
    applyZoom();
  }
  const mark = JSON.stringify([actor?.key, actor?.state, actor?.taken]);
  if (mark === drawnMark) return;
  drawnMark = mark;
  markStates(actor);
}

/** @param {Actor | undefined} actor */
function markStates(actor) {
  const active = new Set(pathsOf(actor?.state));
  const taken = new Set(actor?.taken?.keys ?? []);
  for (const box of shadow?.querySelectorAll('[data-state]') ?? [])
    box.classList.toggle('active', active.has(/** @type {SVGElement} */ (box).dataset['state'] ?? ''));
  for (const part of shadow?.querySelectorAll('[data-transition]') ?? [])
    part.classList.toggle('taken', taken.has(/** @type {SVGElement} */ (part).dataset['transition'] ?? ''));
  centre();
}

/** The last step in words. @param {Actor | undefined} actor */
function drawStep(actor) {
  const taken = actor?.taken;
  if (taken === null || taken === undefined) {
    show('step', '');
    return;
  }
  const { from, to, event } = taken;
  show('step', from === to || from === '' ? `${to}: ${event}` : `${from} — ${event} → ${to}`);
}

function addArrowHead() {
  const head = drawn('path', { d: 'M0 0L10 5L0 10z' });
  const marker = drawn(
    'marker',
    {
      id: 'taken',
      viewBox: '0 0 10 10',
      refX: 9,
      refY: 5,
      markerWidth: 14,
      markerHeight: 14,
      markerUnits: 'userSpaceOnUse',
      orient: 'auto-start-reverse',
    },
    head,
  );
  shadow?.querySelector('defs')?.append(marker);
}

/** Scrolls to the active state: pictures are larger than the page. */
function centre() {
  const chart = at('chart');
  const box = [...(shadow?.querySelectorAll('.active') ?? [])].at(-1);
  if (box === undefined) return;
  const [inside, outside] = [box.getBoundingClientRect(), chart.getBoundingClientRect()];
  chart.scrollLeft += inside.left + inside.width / 2 - outside.left - outside.width / 2;
  chart.scrollTop += inside.top + inside.height / 2 - outside.top - outside.height / 2;
}

function applyZoom() {
  const picture = shadow?.querySelector('svg');
  if (!picture) return;
  const { width, height } = picture.viewBox.baseVal;
  const chart = at('chart');
  const whole = Math.min(chart.clientWidth / width, chart.clientHeight / height, 1);
  const factor = zoom === 'whole' ? whole : zoom;
  picture.setAttribute('width', String(width * factor));
  picture.setAttribute('height', String(height * factor));
  at('zoom-fit').setAttribute('aria-pressed', String(zoom === 'whole'));
  centre();
}

/** @param {-1 | 0 | 1} by larger, smaller, or as a whole */
export function zoomBy(by) {
  if (by === 0) {
    zoom = zoom === 'whole' ? 1 : 'whole';
  } else {
    const now = zoom === 'whole' ? 0.25 : zoom;
    const place = ZOOM_STEPS.findIndex((step) => step >= now) + by;
    zoom = ZOOM_STEPS[Math.max(0, Math.min(ZOOM_STEPS.length - 1, place))] ?? 1;
  }
  applyZoom();
}

let drawnWhy = '';

/**
 * Explains the last trouble, over the chart.
 *
 * @param {import('./model.js').Entry | undefined} entry the last trouble of the chosen session that has an explanation
 * @param {(number: number) => void} pick
 */
export function drawWhy(entry, pick) {
  const mark = String(entry?.number ?? '');
  if (mark === drawnWhy) return;
  drawnWhy = mark;
  const explanation = entry === undefined ? null : explain(entry);
  at('why').hidden = explanation === null;
  if (entry === undefined || explanation === null) return;
  at('why').replaceChildren(
    element('strong', {}, explanation.title),
    element('p', {}, explanation.why),
    element('p', {}, element('b', {}, 'What to do: '), explanation.next),
    element('button', { type: 'button', onclick: () => pick(entry.number) }, 'Show that moment'),
  );
}
