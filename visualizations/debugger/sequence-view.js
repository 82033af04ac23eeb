/** The sequence of one session: its peers and its actors as columns, messages and events as arrows. */

import { at, drawn, seconds } from './dom.js';
import { isRequest, textOf } from './model.js';

/**
 * @typedef {import('./model.js').Entry} Entry
 * @typedef {import('./model.js').Group} Group
 */

const MAX_ARROWS = 250;
const COLUMN = 132;
const ROW = 30;
const LEFT = 64;
const TOP = 34;

let drawnMark = '';
/** @type {number | null} */
let drawnChosen = null;

/**
 * @param {readonly Entry[]} entries what the filter lets through
 * @param {Group | undefined} group
 * @param {number | null} chosen
 * @param {(number: number) => void} pick
 */
export function drawSequence(entries, group, chosen, pick) {
  const panel = at('sequence');
  if (panel.hidden) return;
  const arrows = lastOf(entries, group?.name);
  const mark = JSON.stringify([group?.name, arrows[0]?.number, arrows.at(-1)?.number, arrows.length, chosen]);
  if (mark === drawnMark) return;
  drawnMark = mark;
  const isAtEnd = panel.scrollTop + panel.clientHeight >= panel.scrollHeight - ROW;
  const ends = endsIn(group);
  const columns = columnsOf(arrows, group, ends);
  const width = LEFT + columns.length * COLUMN;
  const height = TOP + arrows.length * ROW + 12;
  panel.replaceChildren(
    headOf(columns, width),
    bodyOf({ arrows, columns, ends, width, height, chosen, pick }),
  );
  if (isAtEnd) panel.scrollTop = panel.scrollHeight;
  if (chosen !== drawnChosen) panel.querySelector('.chosen')?.scrollIntoView({ block: 'nearest' });
  drawnChosen = chosen;
}

/** The last arrows of a session. @param {readonly Entry[]} entries @param {string | undefined} group */
function lastOf(entries, group) {
  /** @type {Entry[]} */
  const arrows = [];
  for (let place = entries.length - 1; place >= 0 && arrows.length < MAX_ARROWS; place--) {
    const entry = entries[place];
    if (entry !== undefined && entry.group === group && isArrow(entry.kind)) arrows.push(entry);
  }
  return arrows.reverse();
}

/** @param {Entry['kind']} kind */
const isArrow = (kind) => kind === 'message' || kind === 'event' || kind === 'drop';

/** @typedef {(entry: Entry) => [from: string, to: string]} Ends */

/**
 * The two peers, the actors as in the tree.
 *
 * @param {readonly Entry[]} arrows
 * @param {Group | undefined} group
 * @param {Ends} ends
 */
function columnsOf(arrows, group, ends) {
  const actors = [...(group?.actors.keys() ?? []), REQUEST];
  const used = new Set(arrows.flatMap(ends));
  return ['client', 'server', 'program', ...actors].filter((name) => used.has(name));
}

/** From where to where an arrow goes. @param {Group | undefined} group @returns {Ends} */
function endsIn(group) {
  const own = ownSideOf(group);
  return (entry) => {
    switch (entry.kind) {
      case 'message':
      case 'drop':
        return entry.from === 'server' ? ['server', 'client'] : ['client', 'server'];
      case 'event': {
        // of a proxy: `client authentication` is the machine of the client
        const [side] = entry.to.split(' ');
        const [from, to] = [laneOf(entry.from), laneOf(entry.to)];
        return [from ?? (side === entry.to ? own : (side ?? own)), to ?? own];
      }
      default:
        return [own, own];
    }
  };
}

/** All pending requests share a column: each lives for a few arrows only. */
const REQUEST = 'request';

/** The column of an actor. @param {string | null} actor */
const laneOf = (actor) => (actor !== null && isRequest(actor) ? REQUEST : actor);

/** The side of the program itself. @param {Group | undefined} group */
function ownSideOf(group) {
  const context = /** @type {{ role?: string } | null | undefined} */ (
    group?.actors.get('authentication')?.context
  );
  return context?.role ?? 'program';
}

/** @param {readonly string[]} columns @param {number} width */
function headOf(columns, width) {
  const picture = drawn('svg', { width, height: TOP, class: 'head' });
  picture.append(
    ...columns.map((name, index) =>
      drawn('text', { x: middleOf(index), y: 21, 'text-anchor': 'middle', class: 'column' }, name),
    ),
  );
  return picture;
}

/** @param {number} index */
const middleOf = (index) => LEFT + index * COLUMN + COLUMN / 2;

/**
 * @param {{
 *   arrows: readonly Entry[], columns: readonly string[], ends: Ends, width: number, height: number,
 *   chosen: number | null, pick: (number: number) => void,
 * }} what
 */
function bodyOf({ arrows, columns, ends, width, height, chosen, pick }) {
  const head = drawn(
    'marker',
    {
      id: 'arrow',
      viewBox: '0 0 10 10',
      refX: 9,
      refY: 5,
      markerWidth: 9,
      markerHeight: 9,
      markerUnits: 'userSpaceOnUse',
      orient: 'auto',
    },
    drawn('path', { d: 'M0 0L10 5L0 10z' }),
  );
  const picture = drawn(
    'svg',
    { width, height, role: 'list', 'aria-label': 'Sequence' },
    drawn('defs', {}, head),
  );
  picture.append(
    ...columns.map((_, index) =>
      drawn('line', { class: 'lifeline', x1: middleOf(index), x2: middleOf(index), y1: 0, y2: height }),
    ),
    ...arrows.map((entry, index) => {
      const row = rowOf(
        entry,
        20 + index * ROW,
        ends(entry).map((name) => middleOf(columns.indexOf(name))),
      );
      row.classList.toggle('chosen', entry.number === chosen);
      row.addEventListener('click', () => pick(entry.number));
      return row;
    }),
  );
  return picture;
}

/** @param {Entry} entry @param {number} y @param {readonly number[]} ends */
function rowOf(entry, y, [start = 0, end = 0]) {
  const isTrouble = 'isTrouble' in entry && entry.isTrouble;
  const look = `row ${entry.kind} ${isTrouble ? 'trouble' : ''}`;
  // what was dropped got no further than halfway
  const stop = entry.kind === 'drop' ? (start + end) / 2 : end;
  return drawn(
    'g',
    { class: look, role: 'listitem', 'aria-label': `${seconds(entry.ms)} ${textOf(entry)}` },
    drawn('title', {}, labelOf(entry)),
    drawn('rect', { class: 'ground', x: 0, y: y - 16, width: '100%', height: ROW }),
    drawn('text', { class: 'time', x: 4, y: y + 4 }, seconds(entry.ms)),
    drawn('line', { class: 'arrow', x1: start, x2: stop, y1: y, y2: y, 'marker-end': 'url(#arrow)' }),
    ...(entry.kind === 'drop'
      ? [drawn('text', { class: 'cross', x: stop, y: y + 5, 'text-anchor': 'middle' }, '✗')]
      : []),
    drawn('text', { x: Math.min(start, end) + 6, y: y - 4 }, labelOf(entry)),
  );
}

/** @param {Entry} entry */
function labelOf(entry) {
  switch (entry.kind) {
    case 'message': {
      const { names, status } = entry;
      return `${names.service}, ${names.data}${status === 0 ? '' : `: ${names.status}`}`;
    }
    case 'drop':
      return `dropped: ${entry.reason}`;
    case 'event':
      return String(entry.event.type);
    default:
      return '';
  }
}
