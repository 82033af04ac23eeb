/** Marks in a picture what is active, what was taken, and how many requests stand where. */

/** What is marked. */
export interface Marks {
  /** Paths of the states that are active. */
  readonly active: ReadonlySet<string>;
  /** Keys of the transitions just taken. */
  readonly taken: ReadonlySet<string>;
  readonly hasFailed: boolean;
  /** How many requests stand in a state; null where the picture is that of one actor. */
  readonly counts: ReadonlyMap<string, number> | null;
}

/** Styles of marks; in the shadow tree, because pictures bring styles of their own. */
export const MARK_STYLES = `
svg { display: block; background: none; --mark: var(--accent) }
svg.failed { --mark: var(--bad) }
rect[data-state].active { stroke: var(--accent); stroke-width: 1.5 }
rect.inner[data-state].active { fill: var(--chosen); stroke-width: 2.5 }
svg.failed rect.inner[data-state].active { stroke: var(--bad); fill: var(--bad-back) }
polyline.taken { stroke: var(--mark); stroke-width: 2.5; marker-end: url(#taken) }
#taken path { fill: var(--mark) }
text.taken { fill: var(--mark); text-decoration: underline }
.count rect { fill: var(--accent) } .count text { fill: var(--on-accent); font-weight: 700; text-anchor: middle }
.word rect { fill: var(--bad) } .word text { fill: var(--on-bad); font-weight: 700 }
`;

const SVG = 'http://www.w3.org/2000/svg';

function drawn(tag: string, attributes: Readonly<Record<string, string | number>>, text = ''): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.textContent = text;
  return element;
}

/** The head of the arrow that was taken. */
export function addArrowHead(svg: SVGElement): void {
  const marker = drawn('marker', {
    id: 'taken',
    viewBox: '0 0 10 10',
    refX: 9,
    refY: 5,
    markerWidth: 13,
    markerHeight: 13,
    markerUnits: 'userSpaceOnUse',
    orient: 'auto-start-reverse',
  });
  marker.append(drawn('path', { d: 'M0 0L10 5L0 10z' }));
  svg.querySelector('defs')?.append(marker);
}

/**
 * Marks a picture; earlier marks go.
 *
 * @returns what the picture is to be centred on; null where nothing is marked
 */
export function mark(svg: SVGElement, marks: Marks): Element | null {
  for (const old of svg.querySelectorAll('.count, .word')) old.remove();
  svg.classList.toggle('failed', marks.hasFailed);
  let active: Element | null = null;
  for (const box of svg.querySelectorAll<SVGElement>('[data-state]')) {
    const path = box.dataset['state'] ?? '';
    const isActive = marks.active.has(path);
    box.classList.toggle('active', isActive);
    if (isActive) active = box;
    const count = marks.counts?.get(path) ?? 0;
    if (count > 0) box.parentElement?.append(countAt(box, count));
  }
  let label: SVGElement | null = null;
  let line: Element | null = null;
  for (const part of svg.querySelectorAll<SVGElement>('[data-transition]')) {
    const keys = part.dataset['transition']?.split(';') ?? [];
    const isTaken = keys.some((key) => marks.taken.has(key));
    part.classList.toggle('taken', isTaken);
    if (!isTaken) continue;
    if (part.tagName === 'text') label ??= part;
    else line ??= part;
  }
  if (label !== null && marks.hasFailed) label.parentElement?.append(wordAt(label));
  return label ?? line ?? active;
}

const numberIn = (element: Element, name: string): number => Number(element.getAttribute(name));

/** How many, on the corner of a box. */
function countAt(box: Element, count: number): SVGElement {
  const text = count > 9_999 ? '9999+' : String(count);
  const width = 12 + 7.5 * text.length;
  const [x, y] = [numberIn(box, 'x') + numberIn(box, 'width') - width / 2, numberIn(box, 'y') - 9];
  const badge = drawn('g', { class: 'count' });
  badge.append(
    drawn('rect', { x, y, width, height: 18, rx: 9 }),
    drawn('text', { x: x + width / 2, y: y + 13 }, text),
  );
  return badge;
}

/** The word over the event that failed: a colour alone says nothing to many. */
function wordAt(label: Element): SVGElement {
  const [x, y] = [numberIn(label, 'x'), numberIn(label, 'y') - 29];
  const word = drawn('g', { class: 'word' });
  word.append(
    drawn('rect', { x: x - 4, y, width: 52, height: 16, rx: 3 }),
    drawn('text', { x: x + 1, y: y + 12 }, 'failed'),
  );
  return word;
}
