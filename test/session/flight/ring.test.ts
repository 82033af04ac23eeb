import { describe, expect, test } from 'vitest';
import { FlightRing } from '../../../src/session/flight/ring.js';

/** A ring with so many entries, each with its number as time, key and info, and as a text. */
function ringWith(count: number, limit = 256) {
  const ring = new FlightRing(limit);
  const add = (number: number) => {
    ring.put(number + 0.5, number, number);
    ring.putText(String(number));
  };
  for (let number = 0; number < count; number++) add(number);
  const numbers = () => [...ring.entries()].map(({ key }) => key);
  return { ring, add, numbers };
}

describe('a ring of entries', () => {
  test('tells what is at a place, also where the oldest were overwritten', () => {
    const { ring } = ringWith(13, 10);
    expect(Array.from({ length: ring.size }, (_, place) => ring.keyAt(place))).toEqual([
      3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ]);
    expect(ring.infoAt(0)).toBe(3);
  });

  test('keeps of its entries those that are picked, and goes on after them', () => {
    const { ring, add, numbers } = ringWith(13, 10);
    ring.compact([1, 8, 9]);
    expect([...ring.entries()]).toMatchObject([
      { ms: 4.5, key: 4, info: 4, text: '' },
      { ms: 11.5, key: 11, info: 11, text: '' },
      { ms: 12.5, key: 12, info: 12, text: '' },
    ]);
    expect([ring.added, ring.size]).toEqual([13, 3]);
    for (let number = 13; number < 24; number++) add(number);
    expect(numbers()).toEqual([14, 15, 16, 17, 18, 19, 20, 21, 22, 23]);
    expect([ring.added, ring.size]).toEqual([24, 10]);
    expect([...ring.entries()].map(({ text }) => text)).toEqual(numbers().map(String));
  });

  test('grows up to its limit without losing any', () => {
    const { ring, numbers } = ringWith(200);
    expect(numbers()).toEqual(Array.from({ length: 200 }, (_, number) => number));
    expect([ring.added, ring.size]).toEqual([200, 200]);
  });
});
