/** The filter of the table: what a person typed becomes a test for rows, or says what is wrong and where. */

import { FILTER_FIELDS, type FilterContext, type FilterField, type Test } from './filter-fields.js';
import { type FilterFault, type Term, type TermValue, termsOf } from './filter-terms.js';

export type { FilterFault } from './filter-terms.js';
export { quoted } from './filter-terms.js';

/** A filter that can be used. */
export interface Filter {
  /** As it was typed. */
  readonly text: string;
  /** Whether it lets every row through. */
  readonly isEmpty: boolean;
  readonly fits: Test;
}

const FIELDS: ReadonlyMap<string, FilterField> = new Map(FILTER_FIELDS.map((field) => [field.name, field]));
/** What else people type for a field. */
const ALIASES: Readonly<Record<string, string>> = {
  direction: 'from',
  group: 'session',
  dataid: 'data',
  'data-id': 'data',
  serviceid: 'service',
  'service-id': 'service',
  bytes: 'hex',
};

/**
 * Reads a filter.
 *
 * @param text what was typed; all its terms have to hold for a row
 * @param context what its values mean
 */
export function parseFilter(
  text: string,
  context: FilterContext,
): { readonly filter: Filter } | { readonly fault: FilterFault } {
  const read = termsOf(text);
  if ('fault' in read) return read;
  const tests: Test[] = [];
  for (const term of read.terms) {
    const test = testOf(term, context);
    if ('message' in test) return { fault: test };
    tests.push(test.test);
  }
  const [only] = tests;
  const fits: Test =
    tests.length === 1 && only !== undefined ? only : (row) => tests.every((test) => test(row));
  return { filter: { text, isEmpty: tests.length === 0, fits } };
}

/**
 * The texts that a filter searches for, in lower case, for lists that have none of its fields.
 *
 * @param text what was typed; where it is no filter, its words
 */
export function searchedWords(text: string): readonly string[] {
  const read = termsOf(text);
  if ('fault' in read) return text.toLowerCase().split(/\s+/).filter(Boolean);
  return read.terms.flatMap(({ field, isNegated, values, from, to }) => {
    if (field !== null && fieldName(field) !== 'text') {
      // what looks like a field may be part of what is searched
      return FIELDS.has(fieldName(field)) ? [] : [text.slice(from, to).toLowerCase()];
    }
    return isNegated
      ? []
      : values.filter((value) => !value.isNegated).map((value) => value.text.toLowerCase());
  });
}

function testOf(term: Term, context: FilterContext): { readonly test: Test } | FilterFault {
  const field = FIELDS.get(fieldName(term.field));
  if (field === undefined) return unknownField(term);
  const wanted: Test[] = [];
  const unwanted: Test[] = [];
  for (const value of term.values) {
    const test = field.test(value.text, value.isExact, context);
    if (typeof test === 'string') return badValue(field, value, test);
    (value.isNegated ? unwanted : wanted).push(test);
  }
  const fits: Test = (row) =>
    (wanted.length === 0 || wanted.some((test) => test(row))) && !unwanted.some((test) => test(row));
  return { test: term.isNegated ? (row) => !fits(row) : fits };
}

function fieldName(field: string | null): string {
  return field === null ? 'text' : (ALIASES[field] ?? field);
}

function badValue({ name }: FilterField, { text, from, to }: TermValue, expected: string): FilterFault {
  return { from, to, message: `${name}: expected ${expected}, got ${JSON.stringify(text)}` };
}

function unknownField({ field, from }: Term): FilterFault {
  const name = field ?? '';
  const close = FILTER_FIELDS.map((each) => each.name).find((each) => isClose(each, name));
  const hint =
    close === undefined
      ? `the fields are ${FILTER_FIELDS.map((each) => each.name).join(', ')}`
      : `did you mean ${close}?`;
  return {
    from,
    to: from + name.length + 1,
    message: `There is no field ${JSON.stringify(name)}; ${hint} (in quotation marks it is searched as text)`,
  };
}

/** Whether one word becomes another by one or two strokes. */
function isClose(word: string, typed: string): boolean {
  if (typed.length >= 2 && word.startsWith(typed)) return true;
  let row = Array.from({ length: typed.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...word].entries()) {
    const next = [index + 1];
    for (const [at, other] of [...typed].entries()) {
      const least = Math.min(row[at + 1] ?? 0, next[at] ?? 0) + 1;
      next.push(Math.min(least, (row[at] ?? 0) + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return (row.at(-1) ?? Number.POSITIVE_INFINITY) <= (word.length > 4 ? 2 : 1);
}

/**
 * A filter with a term in place of those that it has for the same field, whatever that is called there.
 *
 * @param text the filter; one with a fault is replaced as a whole
 * @param field the name of the field
 * @param value the value as a filter has it, or null to drop the field
 */
export function withTerm(text: string, field: string, value: string | null): string {
  const read = termsOf(text);
  const kept =
    'fault' in read
      ? []
      : read.terms.filter((term) => term.field === null || fieldName(term.field) !== field);
  const terms = kept.map(({ from, to }) => text.slice(from, to));
  if (value !== null) terms.push(`${field}:${value}`);
  return terms.join(' ');
}
