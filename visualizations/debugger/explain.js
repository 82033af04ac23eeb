import { explainDrop } from './explain-drops.js';
import { explainMessage } from './explain-messages.js';
import { explainNote } from './explain-notes.js';

/**
 * Explains trouble to somebody who has never read the protocol: tables from codes to texts.
 *
 * @typedef {import('./model.js').Entry} Entry
 *
 * @typedef {object} Explanation
 * @property {string} title
 * @property {string} why
 * @property {string} next what to do about it
 */

/**
 * @param {Entry} entry
 * @returns {Explanation | null} null for what is not trouble
 */
export function explain(entry) {
  if (!('isTrouble' in entry) || !entry.isTrouble) return null;
  switch (entry.kind) {
    case 'message':
      return explainMessage(entry);
    case 'drop':
      return explainDrop(entry);
    case 'note':
      return explainNote(entry);
  }
}
