/** What is kept of what never ends: the last items by number and by weight. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { completed, Pairing } from '../../src/inspector/pairing.js';
import { Ring } from '../../src/inspector/ring.js';
import { TroubleRing } from '../../src/inspector/trouble-ring.js';
import { message, trouble } from './messages/made.js';

const sum = (weights: readonly number[]): number => weights.reduce((all, weight) => all + weight, 0);

describe('a ring', () => {
  test('keeps as many of the last items as it promises, and at most a quarter more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 80 }), (size, count) => {
        const ring = new Ring<number>(size);
        const pushed = Array.from({ length: count }, (_, item) => item);
        const lengths = pushed.map((item) => {
          ring.push(item);
          return ring.items.length;
        });
        expect(Math.max(...lengths)).toBeLessThanOrEqual(1.25 * size + 1);
        expect(ring.items).toEqual(pushed.slice(-ring.items.length));
        expect(ring.last).toEqual(pushed.slice(-size));
        expect(ring.surplus).toBe(ring.items.length - ring.last.length);
      }),
    );
  });

  test('moves its items once for many', () => {
    const ring = new Ring<number>(100);
    let arrays = 0;
    let before: readonly number[] = ring.items;
    for (let item = 0; item < 1_000; item++) {
      ring.push(item);
      if (ring.items !== before) arrays++;
      before = ring.items;
    }
    expect(arrays).toBeLessThan(40);
  });

  test('that is too heavy forgets a quarter of the weight, and the newest item never', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { minLength: 1, maxLength: 60 }), (weights) => {
        const most = 100;
        const ring = new Ring<number>(1_000, most, (weight) => weight);
        let kept: number[] = [];
        for (const weight of weights) {
          ring.push(weight);
          kept.push(weight);
          if (sum(kept) > most) while (sum(kept) > 0.75 * most && kept.length > 1) kept = kept.slice(1);
        }
        expect(ring.items).toEqual(kept);
      }),
    );
    const heavy = new Ring<number>(10, 100, (weight) => weight);
    for (const weight of [10, 500, 600]) heavy.push(weight);
    expect(heavy.items).toEqual([600]);
  });

  test('weighs what it keeps, and not what it has forgotten', () => {
    const ring = new Ring<number>(4, 30, (weight) => weight);
    for (let count = 0; count < 100; count++) ring.push(5);
    // six weigh as much as it may: all that its size allows stay
    expect(ring.items.length).toBeGreaterThanOrEqual(4);
    expect(sum(ring.items)).toBeLessThanOrEqual(30);
  });
});

test('the ring of troubles forgets first what another explains, and then the oldest', () => {
  const ring = new TroubleRing(3);
  const kept = (): number[] => ring.items.map(({ incident }) => incident);
  for (const incident of [1, 2, 3]) ring.push(trouble({ number: incident, incident }));
  ring.push(trouble({ number: 4, incident: 2, coveredBy: 1 }));
  expect(kept()).toEqual([1, 3, 2]);
  ring.push(trouble({ number: 5, incident: 4 }));
  expect(kept()).toEqual([1, 3, 4]);
  ring.push(trouble({ number: 6, incident: 5 }));
  expect(kept()).toEqual([3, 4, 5]);
  // the same number in another group is another trouble
  ring.push(trouble({ number: 7, incident: 5, group: 'valve' }));
  expect(kept()).toEqual([4, 5, 5]);
});

describe('unanswered requests', () => {
  const request = { from: 'client', serviceId: 10, dataId: 7 } as const;
  const answer = { from: 'server', serviceId: 11, dataId: 7 } as const;

  test('are remembered up to 10,000, and forgotten all at once by one more', () => {
    const pairing = new Pairing();
    for (let count = 1; count < 10_000; count++) pairing.place(request);
    expect(pairing.place(request)).toEqual({ role: 'request', exchange: 10_000 });
    expect(pairing.open).toBe(10_000);
    expect(pairing.place(answer)).toEqual({ role: 'answer', exchange: 1 });
    expect(pairing.open).toBe(9_999);
    pairing.place(request);
    pairing.place(request);
    expect(pairing.open).toBe(1);
    expect(pairing.place(answer)).toEqual({ role: 'answer', exchange: 10_002 });
    expect(pairing.place(answer)).toEqual({ role: 'answer', exchange: null });
    expect(pairing.open).toBe(0);
  });

  test('that another debugger has numbered are in flight until their answer or the end of the link', () => {
    const pairing = new Pairing();
    for (const exchange of [4, 5, 6]) pairing.follow({ role: 'request', exchange });
    pairing.follow({ role: 'message', exchange: null });
    pairing.follow({ role: 'answer', exchange: 5 });
    pairing.follow({ role: 'answer', exchange: 9 });
    expect(pairing.open).toBe(2);
    pairing.place(request);
    expect(pairing.open).toBe(3);
    pairing.linkEnded();
    expect(pairing.open).toBe(0);
  });

  test('of an entry that has its number already are in flight as well', () => {
    const pairing = new Pairing();
    const { number: _number, ms: _ms, ...entry } = message({ number: 1, exchange: 4 });
    expect(completed(entry, pairing)).toMatchObject({ role: 'request', exchange: 4 });
    expect(pairing.open).toBe(1);
  });

  test('of a service that a session knows are paired as it says', () => {
    const pairing = new Pairing();
    const asks = { role: 'request', requestServiceId: 100 } as const;
    const answers = { role: 'answer', requestServiceId: 100 } as const;
    const tells = { role: 'message', requestServiceId: 7 } as const;
    expect(pairing.place({ ...request, serviceId: 100 }, asks)).toEqual({ role: 'request', exchange: 1 });
    expect(pairing.place({ ...request, serviceId: 7 }, tells)).toEqual({ role: 'message', exchange: null });
    expect(pairing.place({ ...answer, serviceId: 250 }, answers)).toEqual({ role: 'answer', exchange: 1 });
    expect(pairing.open).toBe(0);
  });
});
