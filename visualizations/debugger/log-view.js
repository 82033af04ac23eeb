/** The right side: the list of what happened, and the list of troubles with their explanations. */

import { at, element, seconds } from './dom.js';
import { explain } from './explain.js';
import { placeAfter } from './listing.js';
import { textOf } from './model.js';

/** @typedef {import('./model.js').Entry} Entry */

/** Only this many lines are drawn: the last ones. */
const MAX_LINES = 400;
/** Closer to the end than this, in pixels, the list scrolls along with new entries. */
const NEAR_THE_END = 40;

/** @type {{ mark: string, last: number, chosen: number | null }} */
const isDrawn = { mark: '', last: 0, chosen: null };

/**
 * @param {readonly Entry[]} shown what the filter lets through, oldest first
 * @param {string} mark what the list depends on besides the entries: where it changes, all is drawn anew
 * @param {number | null} chosen
 */
export function drawLog(shown, mark, chosen) {
  const log = at('log');
  const isAtEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - NEAR_THE_END;
  const isOnlyMore = mark === isDrawn.mark && (shown.at(-1)?.number ?? 0) >= isDrawn.last;
  const fresh = (isOnlyMore ? shown.slice(placeAfter(shown, isDrawn.last)) : shown).slice(-MAX_LINES);
  if (!isOnlyMore) log.replaceChildren();
  log.append(...fresh.map(lineOf));
  while (log.childElementCount > MAX_LINES) log.firstElementChild?.remove();
  isDrawn.mark = mark;
  isDrawn.last = shown.at(-1)?.number ?? 0;
  if (isDrawn.chosen !== chosen || !isOnlyMore || fresh.length > 0) choose(chosen);
  if (isAtEnd && fresh.length > 0) log.scrollTop = log.scrollHeight;
}

/** @param {Entry} entry */
function lineOf(entry) {
  const line = element(
    'div',
    { className: lookOf(entry), id: `entry-${entry.number}`, dataset: { number: String(entry.number) } },
    element('time', {}, seconds(entry.ms)),
    ` ${entry.group}: ${textOf(entry)}`,
  );
  line.setAttribute('role', 'option');
  return line;
}

/** @param {Entry} entry */
function lookOf(entry) {
  if ('isTrouble' in entry && entry.isTrouble) return 'trouble';
  return entry.kind === 'message' ? `message ${entry.from}` : 'quiet';
}

/** @param {number | null} chosen */
function choose(chosen) {
  const log = at('log');
  for (const line of log.querySelectorAll('[aria-selected="true"]')) line.removeAttribute('aria-selected');
  isDrawn.chosen = chosen;
  const line = chosen === null ? null : document.getElementById(`entry-${chosen}`);
  if (line === null) {
    log.removeAttribute('aria-activedescendant');
    return;
  }
  line.setAttribute('aria-selected', 'true');
  log.setAttribute('aria-activedescendant', line.id);
  line.scrollIntoView({ block: 'nearest' });
}

let drawnTrouble = '';

/**
 * Lists every trouble with its explanation.
 *
 * @param {readonly Entry[]} troubles oldest first
 * @param {(number: number) => void} pick
 */
export function drawTrouble(troubles, pick) {
  at('tab-trouble').textContent = troubles.length === 0 ? 'Trouble' : `Trouble (${troubles.length})`;
  at('tab-trouble').classList.toggle('trouble', troubles.length > 0);
  const panel = at('trouble');
  if (panel.hidden) return;
  const mark = `${troubles.length} ${troubles.at(-1)?.number}`;
  if (mark === drawnTrouble && panel.childElementCount > 0) return;
  drawnTrouble = mark;
  panel.replaceChildren(
    ...(troubles.length === 0
      ? [element('p', { className: 'quiet' }, 'Nothing was refused or dropped, and nothing failed.')]
      : troubles
          .slice(-MAX_LINES)
          .reverse()
          .map((entry) => cardOf(entry, pick))),
  );
}

/** @param {Entry} entry @param {(number: number) => void} pick */
function cardOf(entry, pick) {
  const explanation = explain(entry);
  return element(
    'article',
    { className: 'explanation' },
    element('strong', {}, explanation?.title ?? 'Trouble'),
    element('p', { className: 'said' }, `${seconds(entry.ms)} ${entry.group}: ${textOf(entry)}`),
    ...(explanation === null
      ? []
      : [
          element('p', {}, explanation.why),
          element('p', {}, element('b', {}, 'What to do: '), explanation.next),
        ]),
    element('button', { type: 'button', onclick: () => pick(entry.number) }, 'Show that moment'),
  );
}
