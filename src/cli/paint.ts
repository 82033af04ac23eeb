/** Colours the output, if it shows colours. */

import { styleText } from 'node:util';
import type { Io } from './io.js';

const STYLES = {
  sent: 'cyan',
  received: 'magenta',
  trouble: 'red',
  event: 'green',
  warning: 'yellow',
  quiet: 'dim',
  plain: 'reset',
} as const;

/** What a piece of text is about; it decides the colour. */
export type Style = keyof typeof STYLES;

/**
 * Colours a text if standard output shows colours.
 *
 * @param style what the text is about
 * @param text the text, without a line break
 */
export function paint({ colours }: Pick<Io, 'colours'>, style: Style, text: string): string {
  // `colours` has decided already, whatever the stream is
  return colours === true ? styleText(STYLES[style], text, { validateStream: false }) : text;
}

/** The same on standard error, which may be a file while standard output is a terminal. */
export function paintOnStderr(
  { errorColours }: Pick<Io, 'errorColours'>,
  style: Style,
  text: string,
): string {
  return paint({ colours: errorColours === true }, style, text);
}

/**
 * Whether an output shows colours: a terminal does unless NO_COLOR or TERM=dumb says no; FORCE_COLOR overrides both.
 *
 * @param env the environment
 * @param isTerminal whether the output is a terminal
 */
export function showsColours(env: Io['env'], isTerminal: boolean): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}
