import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NumberedEntry } from '../../../src/inspector/entries.js';
import { COLUMNS, columnNamed } from '../../../visualizations/debugger/messages/columns.js';
import { parseFilter } from '../../../visualizations/debugger/messages/filter.js';
import type { Test } from '../../../visualizations/debugger/messages/filter-fields.js';
import { Listing } from '../../../visualizations/debugger/messages/listing.js';
import { type Row, Rows } from '../../../visualizations/debugger/messages/rows.js';
import { Statistics } from '../../../visualizations/debugger/messages/statistics.js';
import { answer, drop, message, note, trouble } from './made.js';

function testOf(text: string): Test {
  const read = parseFilter(text, { startedAt: 0 });
  if ('fault' in read) throw new Error(read.fault.message);
  return read.filter.fits;
}

const idsIn = (rows: readonly Row[]): number[] => rows.map(({ id }) => id);
const shown = (listing: Listing): number[] => idsIn(listing.slice(0, listing.length));

/** What sorting everything at once gives. */
function expected(rows: Rows, fits: Test, column: string, isDescending: boolean): number[] {
  const { keyOf } = columnNamed(column);
  const sorted = rows.all.filter(fits).sort((a, b) => {
    const [left, right] = [keyOf(a), keyOf(b)];
    return left < right ? -1 : left > right ? 1 : a.id - b.id;
  });
  return idsIn(isDescending ? sorted.reverse() : sorted);
}

/** Entries of any kind, in some order. */
const happening = fc.oneof(
  fc.record({ does: fc.constant('ask' as const), dataId: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ does: fc.constant('answer' as const), which: fc.nat(20), status: fc.constantFrom(0, 0, 6) }),
  fc.record({ does: fc.constantFrom('drop' as const, 'lose' as const) }),
  fc.record({ does: fc.constant('time out' as const), which: fc.nat(20) }),
);

function entriesOf(happenings: readonly (typeof happening extends fc.Arbitrary<infer T> ? T : never)[]) {
  let exchange = 0;
  return happenings.map((each, index): NumberedEntry => {
    const number = index + 1;
    const ms = number * 7;
    switch (each.does) {
      case 'ask':
        return message({ number, ms, exchange: ++exchange, dataId: each.dataId });
      case 'answer':
        return answer({ number, ms, exchange: each.which, status: each.status });
      case 'drop':
        return drop({ number, ms });
      case 'lose':
        return note({ number, ms, code: 'disconnected', reason: 'connection-reset', isTrouble: true });
      case 'time out':
        return trouble({ number, ms, exchange: each.which });
    }
  });
}

describe('the listing', () => {
  test('is at any time what filtering and sorting everything would give, and the statistics are those of it', () => {
    const filters = ['', 'status:okay', 'is:trouble', 'data:1 latency:>10ms', 'is:pending'];
    fc.assert(
      fc.property(
        fc.array(happening, { maxLength: 60 }),
        fc.constantFrom(...filters),
        fc.constantFrom(...COLUMNS.map(({ name }) => name)),
        fc.boolean(),
        fc.nat(40),
        (happenings, filter, column, isDescending, forgotten) => {
          const rows = new Rows();
          const figures = new Statistics();
          const listing = new Listing(rows, figures);
          const fits = testOf(filter);
          const entries = entriesOf(happenings);
          const half = entries.length >> 1;
          for (const entry of entries.slice(0, half)) rows.take(entry);
          listing.filterBy(fits);
          listing.sortBy({ column, isDescending });
          expect(shown(listing)).toEqual(expected(rows, fits, column, isDescending));
          for (const entry of entries.slice(half)) rows.take(entry);
          expect(shown(listing)).toEqual(expected(rows, fits, column, isDescending));
          rows.forgetBefore(forgotten);
          expect(shown(listing)).toEqual(expected(rows, fits, column, isDescending));
          for (const [place, row] of listing.slice(0, listing.length).entries())
            expect(listing.placeOf(row)).toBe(place);
          const anew = new Statistics();
          for (const row of rows.all.filter(fits)) anew.entered(row);
          expect(figures.all).toEqual(anew.all);
          expect(figures.services).toEqual(anew.services);
          expect(new Map(figures.troubles.map(({ name, count }) => [name, count]))).toEqual(
            new Map(anew.troubles.map(({ name, count }) => [name, count])),
          );
          expect(figures.span).toEqual(anew.span);
        },
      ),
    );
  });

  test('takes a row in that did not fit before its answer came', () => {
    const rows = new Rows();
    const listing = new Listing(rows);
    listing.filterBy(testOf('status:okay'));
    rows.take(message({ number: 1, exchange: 1 }));
    rows.take(message({ number: 2, exchange: 2 }));
    rows.take(answer({ number: 3, exchange: 2 }));
    expect(shown(listing)).toEqual([1]);
    rows.take(answer({ number: 4, exchange: 1 }));
    expect(shown(listing)).toEqual([0, 1]);
    expect(listing.placeOf(rows.all[0] as Row)).toBe(0);
  });
});

describe('the statistics', () => {
  const latencies = Array.from({ length: 200 }, (_, index) => index + 1);
  const made = (): Statistics => {
    const rows = new Rows();
    const figures = new Statistics();
    new Listing(rows, figures);
    let number = 0;
    for (const [index, latency] of latencies.entries()) {
      const ms = index * 10;
      rows.take(message({ number: ++number, ms, exchange: index }));
      const status = index < 20 ? 4 : 0;
      rows.take(answer({ number: ++number, ms: ms + latency, exchange: index, status }));
    }
    rows.take(message({ number: ++number, ms: 1_990, exchange: 900, serviceId: 20, dataId: 7 }));
    rows.take(trouble({ number: ++number, ms: 6_990, exchange: 900, about: { waitedMs: 5_000 } }));
    rows.take(drop({ number: ++number, ms: 2_500 }));
    return figures;
  };

  test('are exact: percentiles by the nearest rank, errors, rate', () => {
    const statistics = made();
    const { all, services, troubles, errors, span } = statistics;
    expect(all).toMatchObject({ rows: 202, requests: 201, answered: 200, errors: 22, timeouts: 1 });
    expect(all.latency).toEqual({ p50: 100, p90: 180, p99: 198, max: 200 });
    expect(services.map(({ service, dataId, rows, errors }) => [service, dataId, rows, errors])).toEqual([
      ['read data', 0, 200, 20],
      ['write data', 7, 1, 1],
    ]);
    expect(services[1]?.latency).toBeNull();
    expect(troubles).toEqual([
      { name: 'service or data unknown', count: 20 },
      { name: 'timed out', count: 1 },
      { name: 'noise', count: 1 },
    ]);
    expect(errors.map(({ service }) => service)).toEqual(['read data', 'write data', 'dropped']);
    expect(span).toEqual({ from: 0, to: 2_500 });
    // after 895 ms, up to 1,895
    expect(statistics.rate(1_895, 1_000)).toBe(100);
    expect(statistics.rate(1_900, 1_000)).toBe(100);
  });
});
