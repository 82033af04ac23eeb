/** Cuts a filter into its terms: `service:read status:!okay latency:>100ms "boot v1"`. Knows no field. */

/** What is wrong with a filter, and where. */
export interface FilterFault {
  /** The first character of it that is wrong, from 0. */
  readonly from: number;
  /** The character after the last that is wrong. */
  readonly to: number;
  readonly message: string;
  /** The filter ends where a value is missing: it is being typed. */
  readonly isUnfinished?: true;
}

/** One value of a term: `okay`, `!okay`, `"boot v1"`. */
export interface TermValue {
  readonly text: string;
  readonly isNegated: boolean;
  /** It stands after `=`: nothing more and nothing less. */
  readonly isExact: boolean;
  readonly from: number;
  readonly to: number;
}

/** Something that has to hold for a row. */
export interface Term {
  /** As it was typed, in lower case; null for a text without one. */
  readonly field: string | null;
  readonly isNegated: boolean;
  /** One of those that are not negated has to fit, and none of those that are. */
  readonly values: readonly TermValue[];
  readonly from: number;
  readonly to: number;
}

const FIELD = /^[a-z][a-z-]*(?=:)/i;

/** The terms of a filter, or the first fault in it. */
export function termsOf(text: string): { readonly terms: readonly Term[] } | { readonly fault: FilterFault } {
  const terms: Term[] = [];
  let at = 0;
  for (;;) {
    while (isSpace(text[at])) at++;
    if (at >= text.length) return { terms };
    const from = at;
    const isMarked = text[at] === '!' || (text[at] === '-' && FIELD.test(text.slice(at + 1)));
    if (isMarked) at++;
    const field = FIELD.exec(text.slice(at))?.[0] ?? null;
    if (field !== null) at += field.length + 1;
    const values: TermValue[] = [];
    do {
      if (values.length > 0) at++;
      const read = valueAt(text, at, field !== null);
      if ('fault' in read) return read;
      values.push(read.value);
      at = read.value.to;
    } while (field !== null && text[at] === ',');
    const lowered = field === null ? null : field.toLowerCase();
    terms.push({ field: lowered, isNegated: isMarked, values, from, to: at });
  }
}

function valueAt(
  text: string,
  start: number,
  hasField: boolean,
): { readonly value: TermValue } | { readonly fault: FilterFault } {
  let at = start;
  const isNegated = hasField && text[at] === '!';
  if (isNegated) at++;
  const isExact = hasField && text[at] === '=';
  if (isExact) at++;
  if (text[at] === '"') {
    const end = endOfQuoted(text, at);
    if (end === -1)
      return { fault: { from: at, to: text.length, message: 'The quotation has no end: add a " after it' } };
    const quoted = text.slice(at + 1, end).replace(/\\(["\\])/g, '$1');
    const next = text[end + 1];
    if (next !== undefined && !isSpace(next) && !(hasField && next === ','))
      return { fault: { from: end + 1, to: end + 2, message: 'Put a space after the quotation' } };
    if (quoted === '') return { fault: { from: at, to: end + 1, message: 'The quotation is empty' } };
    return { value: { text: quoted, isNegated, isExact, from: start, to: end + 1 } };
  }
  const from = at;
  while (at < text.length && !isSpace(text[at]) && !(hasField && text[at] === ',')) at++;
  if (at === from) {
    const what = hasField ? 'A value is missing here' : 'A text is missing after !';
    const fault = { from: start, to: Math.max(at, start + 1), message: what };
    return { fault: at < text.length ? fault : { ...fault, isUnfinished: true } };
  }
  return { value: { text: text.slice(from, at), isNegated, isExact, from: start, to: at } };
}

function endOfQuoted(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return -1;
}

function isSpace(character: string | undefined): boolean {
  return character !== undefined && /\s/.test(character);
}

/** A value as a filter has it: in quotation marks where it needs them. */
export function quoted(value: string): string {
  if (/^[^\s",!=<>\\-][^\s",\\]*$/.test(value)) return value;
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}
