/** The story of each trouble that a detector finds. */

import type { TroubleEntry } from '../../../src/inspector/entries.js';
import type { TroubleCode } from '../../../src/inspector/troubles.js';
import { explainNote } from './notes.js';
import { badFrames, codecMismatch, dropped, noise } from './of-bytes.js';
import {
  connectFailed,
  halfOpen,
  hangsUpAgain,
  limitExceeded,
  linkLost,
  otherProtocol,
  peerDoesNotRead,
  resetAgain,
} from './of-links.js';
import { peerRefused } from './of-refusals.js';
import { badStatus, messageNotSent, neverAnswered, requestTimedOut, unanswered } from './of-requests.js';
import {
  authenticationFailed,
  authenticationImpossible,
  clientWithoutSecret,
  serverWithoutSecret,
  tooEarly,
  wrongSecret,
} from './of-secrets.js';
import { Case, type Step, type Story, storyFrom, type Where } from './story.js';

/** Exhaustive: a code without a story does not compile. */
const STORIES: Readonly<Record<TroubleCode, (of: Case) => Story>> = {
  'wrong-secret': wrongSecret,
  'server-without-secret': serverWithoutSecret,
  'client-without-secret': clientWithoutSecret,
  'authentication-failed': authenticationFailed,
  'authentication-impossible': authenticationImpossible,
  'request-timed-out': requestTimedOut,
  unanswered,
  'never-answered': neverAnswered,
  'message-not-sent': messageNotSent,
  'bad-status': badStatus,
  'link-lost': linkLost,
  'reset-again': resetAgain,
  'hangs-up-again': hangsUpAgain,
  'half-open': halfOpen,
  'peer-does-not-read': peerDoesNotRead,
  'limit-exceeded': limitExceeded,
  'connect-failed': connectFailed,
  'other-protocol': otherProtocol,
  'peer-refused': peerRefused,
  'codec-mismatch': codecMismatch,
  'bad-frames': badFrames,
  noise,
  'too-early': tooEarly,
  dropped,
  'callback-failed': noted('callback-failed', [
    {
      text: 'A program hears of each by an event, with the error and the message:',
      code: "session.on('callbackError', (error, message) => …)",
    },
  ]),
  'name-overwritten': noted('name-overwritten'),
  'session-failed': noted('session-failed'),
  'cut-at-the-end': noted('cut-at-the-end', [
    {
      text: 'Finish what has begun before the session closes:',
      code: 'await session.close({ drain: true })',
    },
  ]),
  'recorded-failure': noted('failure'),
};

/** A story of which a note has all there is. */
function noted(code: Parameters<typeof explainNote>[0], more: readonly Step[] = []): (of: Case) => Story {
  return (of) => {
    const unknown = { title: of.entry.text, why: '', next: 'Look at what came before.' };
    const facts = of.facts(['What was noted', of.text('detail')], of.happened);
    return storyFrom(explainNote(code, null) ?? unknown, facts, more);
  };
}

/** Tells a trouble; one with a code that this page does not know by its text alone. */
export function storyOfTrouble(entry: TroubleEntry, where: Where): Story {
  const tell = Object.hasOwn(STORIES, entry.code) ? STORIES[entry.code] : undefined;
  if (tell !== undefined) return tell(new Case(entry, where));
  return { title: entry.text, why: '', facts: [], next: [] };
}
