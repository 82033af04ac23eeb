/** What there is to tell about an entry. */

import type { DropEntry, InspectorEntry, MessageEntry } from '../../../src/inspector/entries.js';
import { isOneOf } from './codes.js';
import { DROPS } from './drops.js';
import { explainNote } from './notes.js';
import { storyOfTrouble } from './of-troubles.js';
import { DIFFERENT_SECRETS, NO_SECRET } from './secrets.js';
import { explainStatus } from './statuses.js';
import { type Explanation, NOWHERE, type Story, storyFrom, type Where } from './story.js';

export type { Step, Story, Where } from './story.js';

/** The answers of a server to a client that authenticates. */
const AUTHENTICATION_RESPONSE = 1;
const OKAY = 0;
const UNKNOWN = 4;

/**
 * The story of an entry.
 *
 * @param where what is known of its session, for commands that can be copied
 * @returns null for what is not trouble
 */
export function storyOf(entry: InspectorEntry, where: Where = NOWHERE): Story | null {
  if (!('isTrouble' in entry) || !entry.isTrouble) return null;
  switch (entry.kind) {
    case 'trouble':
      return storyOfTrouble(entry, where);
    case 'message':
      return told(explainMessage(entry));
    case 'drop':
      return told(explainDrop(entry));
    case 'note':
      return told(explainNote(entry.code, entry.reason));
  }
}

function told(explanation: Explanation | null): Story | null {
  return explanation === null ? null : storyFrom(explanation);
}

function explainMessage({ serviceId, status, data }: MessageEntry): Explanation | null {
  if (serviceId === AUTHENTICATION_RESPONSE) {
    if (status === OKAY) return data === false ? WRONG_KEY : null;
    if (status === UNKNOWN) return NO_SECRET;
  }
  return explainStatus(status);
}

const WRONG_KEY: Explanation = {
  ...DIFFERENT_SECRETS,
  title: 'The server says: the key is wrong',
  why: `The two sides do not have the same secret. ${DIFFERENT_SECRETS.why}`,
};

function explainDrop({ reason, detail, codec, readableAs }: DropEntry): Explanation {
  // a process of a later version, or its recording, may have others
  if (readableAs === null && !isOneOf(DROPS, reason))
    return { title: 'Something was dropped', why: detail, next: 'Look at what came before.' };
  if (readableAs === null) return DROPS[reason];
  return {
    title: 'The two sides use different codecs',
    why: `The frame is not a message of ${codec}, which this side uses, but a valid one of ${readableAs}.`,
    next: 'Give both sides the same codec: for struct_json (old peers) use --struct on the command line and codec: structJson (of socket-protocol/wire) in the library, for pure_json leave them out.',
  };
}
