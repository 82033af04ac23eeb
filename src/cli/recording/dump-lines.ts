/** The lines of a log with dumps of payloads, as `decode` reads them. */

/** A payload as the original logs it: its length, and its bytes in hex. */
export const DUMP = /\((\d+)\):( [\da-f]{2}(?: *[\da-f]{2})*)/i;
const ARROW = /\b(?:TX|RX) *(?:->|<-)/;
const BEGINS_WITH_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}: /;
const SAYS_NOTHING_YET = / - tcp_socket[^:]*:? ?$/;
const MORE_HEX = /^[\da-f\s]+"?\s*$/i;

/** A line of a log, and where it begins. */
export interface LogLine {
  readonly number: number;
  readonly text: string;
}

/** The lines of a log. One that a terminal or a mail has wrapped is whole again: what is missing of its dump follows it. */
export function* linesOf(log: string): Generator<LogLine> {
  let last: LogLine | null = null;
  for (const [index, text] of log.split('\n').entries()) {
    const line = text.replace(/\r$/, '');
    if (last !== null && goesOn(last.text, line)) {
      last = { number: last.number, text: last.text + line };
      continue;
    }
    if (last !== null) yield last;
    last = { number: index + 1, text: line };
  }
  if (last !== null) yield last;
}

/** Whether a log has a dump, wrapped or not. */
export function hasDump(log: string): boolean {
  if (DUMP.test(log)) return true;
  for (const { text } of linesOf(log)) if (DUMP.test(text)) return true;
  return false;
}

function goesOn(text: string, next: string): boolean {
  if (BEGINS_WITH_TIME.test(next)) return false;
  const [, length, hex = ''] = DUMP.exec(text) ?? [];
  if (length !== undefined) return MORE_HEX.test(next) && digitsOf(hex) < 2 * Number(length);
  // wrapped before the dump begins; a line with an arrow of its own is one of its own, unless nothing was said yet
  if (!BEGINS_WITH_TIME.test(text) || !DUMP.test(text + next)) return false;
  return !ARROW.test(next) || SAYS_NOTHING_YET.test(text);
}

function digitsOf(hex: string): number {
  return hex.replaceAll(' ', '').length;
}
