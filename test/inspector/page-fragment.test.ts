/** The address of a moment, for any session, filter and actor. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fragmentOf, parseFragment } from '../../visualizations/debugger/store/fragment.js';
import { VIEWS } from '../../visualizations/debugger/store/types.js';

describe('the address of a moment', () => {
  const name = fc.option(fc.string({ unit: 'grapheme' }));
  const place = fc.record({
    t: fc.option(fc.nat({ max: 10_000_000 }).map((tenths) => tenths / 1_000)),
    session: name,
    entry: fc.option(fc.nat()),
    view: fc.constantFrom(...VIEWS),
    filter: fc.string({ unit: 'grapheme' }),
    actor: name,
    chart: fc.option(fc.constantFrom('simple' as const, 'full' as const)),
  });

  test('is read as it was written', () => {
    fc.assert(
      fc.property(place, (each) => {
        const read = parseFragment(fragmentOf(each));
        expect(read).toEqual({ ...each, chart: each.view === 'charts' ? each.chart : null });
      }),
    );
  });

  test('is understood as far as it can be, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z=&%0-9.]{0,20}$/)), (text) => {
        const { t, entry, view } = parseFragment(`#${text}`);
        for (const number of [t, entry]) expect(number === null || number >= 0).toBe(true);
        expect(VIEWS).toContain(view);
      }),
    );
  });
});
