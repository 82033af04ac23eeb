/** The language of the filter, for whatever people type and peers send. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  parseFilter,
  quoted,
  searchedWords,
  withTerm,
} from '../../../visualizations/debugger/messages/filter.js';
import { FILTER_FIELDS, KINDS } from '../../../visualizations/debugger/messages/filter-fields.js';
import { suggestionsFor } from '../../../visualizations/debugger/messages/suggestions.js';
import { anyHistory } from '../../support/any-entry.js';
import { message, rowsOf } from './made.js';

const context = { startedAt: Date.UTC(2026, 0, 5, 12, 30) };

/** Terms as people type them, right and wrong. */
const word = fc.oneof(
  fc.constantFrom('service', 'latency', 'size', 'time', 'hex', 'is', 'from', 'status', 'data', 'Session'),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'valueOf', 'servce', 'http'),
);
const piece = fc.oneof(
  word.map((name) => `${name}:`),
  fc.constantFrom(
    '!',
    '-',
    '=',
    ',',
    '"',
    '\\',
    ' ',
    '>',
    '<=',
    '..',
    ':',
    '5',
    '10ms',
    '1kB',
    '12:30',
    'okay',
  ),
  word,
  fc.string({ maxLength: 3 }),
);
const typed = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));

const rows = fc.sample(anyHistory(), { numRuns: 5, seed: 1 }).flatMap(rowsOf);

describe('whatever is typed as a filter', () => {
  test('can be used, or says what is wrong and where', () => {
    fc.assert(
      fc.property(typed, (text) => {
        const read = parseFilter(text, context);
        if ('fault' in read) {
          const { from, to, message: said } = read.fault;
          expect(said).not.toBe('');
          expect(from >= 0 && from < to && from <= text.length).toBe(true);
        } else {
          const found = rows.filter(read.filter.fits);
          expect(found.every((row) => read.filter.fits(row))).toBe(true);
          expect(read.filter.isEmpty).toBe(text.trim() === '');
        }
        for (const searched of searchedWords(text)) expect(searched).toBe(searched.toLowerCase());
      }),
      { numRuns: 500 },
    );
  });

  test('keeps what stands before and behind a term that is offered', () => {
    fc.assert(
      fc.property(typed, fc.nat(), (text, place) => {
        const at = place % (text.length + 1);
        for (const { insert, from } of suggestionsFor(text, at, {})) {
          expect(from >= 0 && from <= at).toBe(true);
          expect(insert).not.toBe('');
        }
      }),
    );
  });

  test('takes a term for a field, and then has it', () => {
    fc.assert(
      fc.property(typed, fc.string({ minLength: 1 }), (text, value) => {
        const changed = withTerm(text, 'session', quoted(value));
        expect(parseFilter(changed, context)).toEqual(
          'fault' in parseFilter(withTerm(text, 'session', null), context)
            ? { fault: expect.anything() }
            : { filter: expect.anything() },
        );
        expect(withTerm(changed, 'session', quoted(value))).toBe(changed);
      }),
    );
  });
});

test('a filter finds any name that it has quoted', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (group) => {
      const rows = rowsOf([message({ number: 1, group }), message({ number: 2, group: `${group}x` })]);
      const read = parseFilter(`session:=${quoted(group)}`, context);
      expect('filter' in read && rows.map(read.filter.fits)).toEqual([true, false]);
    }),
  );
});

describe('a filter', () => {
  test.each([
    'latency:>5toString',
    'latency:>5valueOf',
    'size:>5constructor',
    'latency:=5hasOwnProperty',
  ])('does not take %j for a quantity', (text) => {
    expect(parseFilter(text, context)).toHaveProperty('fault');
  });

  test('and its opposite have each row between them', () => {
    const term = fc.oneof(
      fc.constantFrom(...FILTER_FIELDS.map(({ example }) => example)),
      fc.constantFrom(...Object.keys(KINDS).map((kind) => `is:${kind}`)),
    );
    fc.assert(
      fc.property(term, anyHistory(10), (text, entries) => {
        const rows = rowsOf(entries);
        const [one, other] = [parseFilter(text, context), parseFilter(`!${text}`, context)];
        if ('fault' in one || 'fault' in other) throw new Error(text);
        for (const row of rows) expect(one.filter.fits(row)).toBe(!other.filter.fits(row));
      }),
    );
  });
});
