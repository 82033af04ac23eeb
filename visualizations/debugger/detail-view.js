/** One entry in detail: its explanation, its fields, and its bytes with their checksum. */

import { checksumOf, dumpLines } from './bytes.js';
import { at, element, seconds } from './dom.js';
import { explain } from './explain.js';
import { textOf } from './model.js';

/** @typedef {import('./model.js').Entry} Entry */

/** The room that sixteen bytes and their text need. */
const WIDE_PX = 560;

let drawnNumber = -1;

/** @param {Entry | undefined} entry */
export function drawDetail(entry) {
  const number = entry?.number ?? -1;
  if (number === drawnNumber) return;
  drawnNumber = number;
  at('detail').replaceChildren(...(entry === undefined ? [] : partsOf(entry)));
}

/** @param {Entry} entry @returns {(Node | string)[]} */
function partsOf(entry) {
  const explanation = explain(entry);
  const why =
    explanation === null
      ? []
      : [
          element(
            'div',
            { className: 'explanation' },
            element('strong', {}, explanation.title),
            element('p', {}, explanation.why),
            element('p', {}, element('b', {}, 'What to do: '), explanation.next),
          ),
        ];
  return [...why, fieldsOf(entry), ...bytesOf(entry)];
}

/** @param {Entry} entry */
function fieldsOf(entry) {
  return element(
    'table',
    {},
    element(
      'tbody',
      {},
      ...rowsOf(entry).map(([name, value]) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row' }, name),
          element('td', {}, element('code', {}, value)),
        ),
      ),
    ),
  );
}

/** @param {Entry} entry @returns {[string, string][]} */
function rowsOf(entry) {
  const when = /** @type {[string, string]} */ (['time', `${seconds(entry.ms)} s`]);
  const where = /** @type {[string, string]} */ (['session', entry.group]);
  switch (entry.kind) {
    case 'message':
      return [
        when,
        where,
        ['from', entry.from],
        ['service', named(entry.names.service, entry.serviceId)],
        ['data id', named(entry.names.data, entry.dataId)],
        ['status', named(entry.names.status, entry.status)],
        ['data', JSON.stringify(entry.data, null, 1)],
      ];
    case 'drop':
      return [
        when,
        where,
        ['from', entry.from ?? 'this program'],
        ['reason', entry.reason],
        ['what', entry.detail],
      ];
    case 'event':
      return [
        when,
        where,
        ['from', entry.from ?? 'the program'],
        ['to', entry.to],
        ['event', JSON.stringify(entry.event, null, 1)],
      ];
    case 'note':
      return [
        when,
        where,
        ['note', entry.code],
        ...(entry.reason === null ? [] : [/** @type {[string, string]} */ (['reason', entry.reason])]),
        ['what', entry.text],
      ];
    default:
      return [when, where, ['what', textOf(entry)]];
  }
}

/** Drops of bytes that are not a whole frame. @type {ReadonlySet<import('../../src/protocol/reasons.js').DropReason>} */
const NO_FRAME = new Set(['noise', 'restarted', 'broken-escape', 'too-long', 'unfinished', 'wrong-protocol']);

/** @param {string} name @param {number} id */
const named = (name, id) => (name === String(id) ? name : `${id} (${name})`);

/** @param {Entry} entry @returns {HTMLElement[]} */
function bytesOf(entry) {
  if (entry.kind !== 'message' && entry.kind !== 'drop') return [];
  if (entry.hex === null) {
    return entry.kind === 'message'
      ? [element('p', { className: 'quiet' }, 'The bytes are not shown: they may hold a seed or a key.')]
      : [];
  }
  const checksum = checksumOf(entry);
  const perLine = at('detail').clientWidth < WIDE_PX ? 8 : 16;
  const lines = dumpLines(entry.hex, perLine);
  const isFrame = entry.kind === 'message' || !NO_FRAME.has(entry.reason);
  return [
    ...(isFrame ? [verdictOf(entry, checksum)] : []),
    element(
      'pre',
      { className: 'dump' },
      lines.map(({ place, hex, text }) => `${place}  ${hex.padEnd(3 * perLine - 1)}  ${text}`).join('\n'),
    ),
    ...(entry.hiddenBytes > 0
      ? [element('p', { className: 'quiet' }, `${entry.hiddenBytes} more bytes are not shown.`)]
      : []),
  ];
}

/**
 * @param {Extract<Entry, { kind: 'message' | 'drop' }>} entry
 * @param {ReturnType<typeof checksumOf>} checksum
 */
function verdictOf(entry, checksum) {
  const what = checksum === null ? 'checksum' : `${checksum.name} ${checksum.value}`;
  if (entry.kind === 'message')
    return element('p', { className: 'right', id: 'checksum' }, `✓ ${what}, right for the bytes before it`);
  if (entry.reason === 'checksum')
    return element('p', { className: 'wrong', id: 'checksum' }, `✗ ${what}, wrong: ${entry.detail}`);
  return element(
    'p',
    { className: 'quiet', id: 'checksum' },
    `${what}; the frame was refused for another reason`,
  );
}
