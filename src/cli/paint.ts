/** Colours, where a terminal shows them. */

import { styleText } from 'node:util';
import type { Io } from './io.js';

const STYLES = {
  sent: 'cyan',
  received: 'magenta',
  trouble: 'red',
  event: 'green',
  quiet: 'dim',
} as const;

/** What a piece of text is, which decides how it looks. */
export type Style = keyof typeof STYLES;

/**
 * Paints a text where standard output shows colours, and leaves it as it is where not.
 *
 * @param style what the text is
 * @param text the text, without a line break
 */
export function paint({ colours }: Pick<Io, 'colours'>, style: Style, text: string): string {
  // the stream is not asked again: what it shows was decided once, in `colours`
  return colours === true ? styleText(STYLES[style], text, { validateStream: false }) : text;
}

/**
 * Whether an output shows colours: a terminal does, unless NO_COLOR or TERM say otherwise; FORCE_COLOR overrules all.
 *
 * @param env the environment
 * @param isTerminal whether the output is a terminal
 */
export function showsColours(env: Io['env'], isTerminal: boolean): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}
