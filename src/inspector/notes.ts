/** Entries for notes, and which notes are trouble. */

import type { Reason } from '../protocol/reasons.js';
import type { NoteEntry } from './entries.js';

/** A note without what follows from the rest. */
export type Note = Omit<NoteEntry, 'kind' | 'isTrouble'>;

/**
 * Makes the entry for a note.
 *
 * @param note what a session or a proxy noted
 *
 * @example
 * ```ts
 * import { InspectorHub, noteEntry } from 'socket-protocol/inspector';
 *
 * const hub = new InspectorHub();
 * hub.add(noteEntry({ group: 'pump', code: 'trusted', reason: null, text: 'trusted at last' }));
 * ```
 */
export function noteEntry({ group, code, reason, from, text }: Note): NoteEntry {
  const side = from === undefined ? {} : { from };
  return { kind: 'note', group, code, reason, ...side, text, isTrouble: isTroubled(code, reason) };
}

/** Whether a note is trouble; `by reason` if its reason decides. */
const TROUBLE: Readonly<Record<NoteEntry['code'], boolean | 'by reason'>> = {
  connected: false,
  disconnected: 'by reason',
  'connect-failed': true,
  // `disconnected` follows, with the same reason
  'breaking-connection': false,
  trusted: false,
  'authentication-failed': true,
  'authentication-impossible': true,
  'callback-failed': true,
  'session-failed': true,
  'message-not-sent': true,
  'cut-at-the-end': true,
  'name-overwritten': true,
  states: false,
  'connection-failed': true,
  'hung-up': false,
  failure: true,
  listening: false,
  'stopped-listening': false,
};

/** The codes of all notes that an entry can have. */
export const NOTE_CODES: readonly NoteEntry['code'][] = Object.keys(TROUBLE) as NoteEntry['code'][];

/** Why connections end when nothing went wrong, or something that `authentication-failed` has told already. */
const UNTROUBLED_ENDS: ReadonlySet<Reason> = new Set<Reason>([
  'peer-closed',
  'link-closed',
  'session-closed',
  'reconnect-requested',
  'key-refused',
  'handshake-missed',
]);

function isTroubled(code: NoteEntry['code'], reason: Reason | null): boolean {
  const trouble = TROUBLE[code];
  return trouble === 'by reason' ? reason !== null && !UNTROUBLED_ENDS.has(reason) : trouble;
}
