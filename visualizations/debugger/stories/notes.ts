/** What a session or a proxy noted, by its code and its reason. */

import type { NoteEntry } from '../../../src/inspector/entries.js';
import { AUTHENTICATIONS } from './authentications.js';
import { isOneOf } from './codes.js';
import { LINKS } from './links.js';
import type { Explanation } from './story.js';
import { TIMEOUTS } from './timeouts.js';

const NOT_SENT: Readonly<Record<string, Explanation>> = { ...AUTHENTICATIONS, ...LINKS, ...TIMEOUTS };

/** By code, the explanations by reason. */
const BY_REASON: Readonly<Partial<Record<NoteEntry['code'], Readonly<Record<string, Explanation>>>>> = {
  disconnected: LINKS,
  'connect-failed': LINKS,
  'connection-failed': LINKS,
  'authentication-failed': AUTHENTICATIONS,
  'message-not-sent': NOT_SENT,
};

/** Notes that have no reason. */
const BY_CODE: Readonly<Partial<Record<NoteEntry['code'], Explanation>>> = {
  'authentication-impossible': {
    title: 'This side cannot authenticate now',
    why: 'Only a client can start an authentication, and it needs a secret and a connection.',
    next: 'The note says which of these is missing.',
  },
  'callback-failed': {
    title: 'A callback failed',
    why: 'A callback of this program threw, and the peer got the status "callback error".',
    next: 'The note has the error; look for it in the callback.',
  },
  'session-failed': {
    title: 'The session closed by itself',
    why: 'The transport, the clock or the codec of this program threw, rejected, or returned what nobody can use.',
    next: 'The note has the error; look for it there. The event "closed" has it too.',
  },
  failure: {
    title: 'What this recording is about',
    why: 'Something failed that a person will ask about, and the flight recorder had what led to it. The last entry says what.',
    next: 'Look at the entries before it: the last messages, what was dropped, and which machine changed its state.',
  },
  'cut-at-the-end': {
    title: 'The end of the session cut something short',
    why: 'When the session closed, requests still waited for their answers, callbacks still ran, or the transport could not get rid of all bytes.',
    next: 'Close with "drain" and a longer time-out, or find out why the peer does not answer or read.',
  },
  'name-overwritten': {
    title: 'The two sides have different channel names',
    why: 'Both have a name for this channel. The server took over the name of its client.',
    next: 'Give both sides the same channelName, or only one of them.',
  },
};

/** What a note means; `null` for one that is not trouble. */
export function explainNote(code: NoteEntry['code'], reason: string | null): Explanation | null {
  const reasons = BY_REASON[code] ?? {};
  return (reason !== null && isOneOf(reasons, reason) ? reasons[reason] : BY_CODE[code]) ?? null;
}
