/** What to do about an error, where its own text cannot say it: for people, behind the text. */

import { TimeoutError } from '../protocol/errors.js';
import type { Session } from '../session/session.js';
import { ConnectTimeoutError } from './errors.js';

const hints = new WeakMap<object, string>();

/**
 * What to do about an error.
 *
 * @param error whatever was thrown
 * @returns empty where nothing more is known
 */
export function hintFor(error: unknown): string {
  return (typeof error === 'object' && error !== null && hints.get(error)) || '';
}

/**
 * Notes what may be behind an error where the peer took a connection, and not a single message came.
 *
 * @param error what failed in the session
 * @param session its counters say what came
 * @param isStruct whether the session speaks struct_json
 * @returns the same error
 */
export function withSilenceHint(error: unknown, session: Session, isStruct: boolean): unknown {
  const { connections, messagesReceived } = session.counters;
  const isSilence =
    error instanceof ConnectTimeoutError || (error instanceof TimeoutError && error.reason === 'no-answer');
  if (isSilence && connections > 0 && messagesReceived === 0)
    hints.set(
      error,
      `; no message came from the peer at all: it speaks the other codec (try ${isStruct ? 'without' : 'with'} --struct), serves another client now, or hangs`,
    );
  return error;
}
