/** Colours JSON for people: names, texts and the rest can be told apart at a glance. */

import type { Io } from './io.js';
import { paint } from './paint.js';

/** A text with the colon that makes it a name, or a word: a number, true, null. */
const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|[^\s{}[\],:"]+/g;

/**
 * Colours JSON if standard output shows colours.
 *
 * @param json one line of it
 */
export function paintedJson(io: Pick<Io, 'colours'>, json: string): string {
  if (io.colours !== true) return json;
  return json.replace(TOKENS, (token, text: string | undefined, colon: string | undefined) => {
    if (text === undefined) return paint(io, 'received', token);
    return colon === undefined ? paint(io, 'event', token) : `${paint(io, 'sent', text)}${colon}`;
  });
}
