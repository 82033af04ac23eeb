/** What can be typed next in the filter: fields, then the values that the rows have. */

import { FILTER_FIELDS, KINDS } from './filter-fields.js';
import { quoted } from './filter-terms.js';

/** One that is offered. */
export interface Suggestion {
  /** What it puts in place of the characters from `from` to the caret. */
  readonly insert: string;
  readonly from: number;
  readonly label: string;
  readonly hint: string;
}

/** The values that are there, by field; each with what it stands for. */
export type KnownValues = Readonly<
  Partial<Record<string, readonly { readonly value: string; readonly hint: string }[]>>
>;

const MAX_SUGGESTIONS = 12;

/**
 * What fits the word before the caret.
 *
 * @param text the filter so far
 * @param caret where in it the person types
 * @param known the values that are there
 */
export function suggestionsFor(text: string, caret: number, known: KnownValues): readonly Suggestion[] {
  const before = text.slice(0, caret);
  const start = startOfTerm(before);
  const term = before.slice(start).replace(/^[!-]/, '');
  const from = caret - term.length;
  const colon = term.indexOf(':');
  if (colon === -1) {
    return FILTER_FIELDS.filter(({ name }) => name.startsWith(term.toLowerCase()))
      .map(({ name, hint, example }) => ({
        insert: `${name}:`,
        from,
        label: `${name}:`,
        hint: `${hint}, e.g. ${example}`,
      }))
      .slice(0, FILTER_FIELDS.length);
  }
  const field = term.slice(0, colon).toLowerCase();
  const typed = term.slice(colon + 1);
  const last = typed.slice(typed.lastIndexOf(',') + 1);
  const word = last.replace(/^!?=?"?/, '').toLowerCase();
  return valuesOf(field, known)
    .filter(({ value }) => value.toLowerCase().includes(word))
    .slice(0, MAX_SUGGESTIONS)
    .map(({ value, hint }) => {
      // a value that is negated itself takes the place of the mark
      const replaced = value.startsWith('!') ? last : last.replace(/^!/, '');
      return { insert: `${value} `, from: caret - replaced.length, label: value, hint };
    });
}

function valuesOf(field: string, known: KnownValues) {
  if (field === 'is') return Object.entries(KINDS).map(([value, { hint }]) => ({ value, hint }));
  if (field === 'from') return ['client', 'server'].map((value) => ({ value, hint: `sent by the ${value}` }));
  // what is typed may be a name that every object has
  const values = Object.hasOwn(known, field) ? known[field] : undefined;
  const found = (values ?? []).map(({ value, hint }) => ({ value: quotedWith(field, value), hint }));
  if (field !== 'status') return found;
  return [{ value: '!okay', hint: 'anything but okay' }, { value: 'none', hint: 'no answer' }, ...found];
}

function quotedWith(field: string, value: string): string {
  return field === 'session' ? `=${quoted(value)}` : quoted(value);
}

/** Where the term begins in which a text ends. */
function startOfTerm(text: string): number {
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    if (isQuoted && text[at] === '\\') at++;
    else if (text[at] === '"') isQuoted = !isQuoted;
    else if (!isQuoted && /\s/.test(text[at] ?? '')) start = at + 1;
  }
  return start;
}
