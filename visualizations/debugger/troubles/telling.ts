/** Where stories get what they need to know of a session, and which of them have been told. */

import { signal } from '@preact/signals';
import type { Store } from '../store/store.js';
import type { NumberedEntry, NumberedTrouble } from '../store/types.js';
import { type Story, storyOf, type Where } from '../stories/stories.js';

/** The story of an entry; null for what is not trouble. */
export function tell(store: Store, entry: NumberedEntry): Story | null {
  return storyOf(entry, whereIs(store, entry.group));
}

/** A session as people know it: its name on the page, and what the peer calls itself. */
export function whoIs(store: Store, group: string): string {
  const name = store.session(group)?.channelName ?? null;
  return name === null || name === group ? group : `${group}, ${name}`;
}

function whereIs(store: Store, group: string): Where {
  const row = store.session(group);
  // a server's session knows the port that its client has by chance
  const address = row?.address ?? null;
  return {
    server: row?.role === 'client' ? address : null,
    client: row?.role === 'server' ? (address?.replace(/:\d+$/, '') ?? null) : null,
  };
}

/** Troubles that were looked at, or put away; what happens again stays told. */
export const told = signal<ReadonlySet<string>>(new Set());

const keyOf = ({ group, incident }: NumberedTrouble): string => `${incident} ${group}`;

export const isTold = (trouble: NumberedTrouble): boolean => told.value.has(keyOf(trouble));

/** Troubles are told from now on. */
export function markTold(troubles: readonly NumberedTrouble[]): void {
  const known = told.peek();
  const news = troubles.map(keyOf).filter((key) => !known.has(key));
  if (news.length > 0) told.value = new Set([...known, ...news]);
}
