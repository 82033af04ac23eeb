import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SortedBlocks } from '../../../visualizations/debugger/messages/sorted-blocks.js';

const byNumber = (a: number, b: number): number => a - b;

test('a sorted list is what sorting gives, however it came about', () => {
  const step = fc.record({ adds: fc.boolean(), value: fc.integer({ min: 0, max: 60 }) });
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 60 })),
      fc.array(step, { maxLength: 80 }),
      (first, steps) => {
        const list = new SortedBlocks(byNumber);
        let plain = [...first].sort(byNumber);
        list.load(plain);
        for (const { adds, value } of steps) {
          if (adds) {
            list.insert(value);
            plain = [...plain, value].sort(byNumber);
          } else {
            const place = plain.indexOf(value);
            expect(list.remove(value)).toBe(place !== -1);
            if (place !== -1) plain.splice(place, 1);
          }
        }
        expect([...list]).toEqual(plain);
        expect(list.slice(0, plain.length + 5)).toEqual(plain);
        for (const value of [0, 17, 60]) {
          expect(list.indexOf(value)).toBe(plain.indexOf(value));
          expect(list.countBefore(value)).toBe(plain.filter((each) => each < value).length);
        }
      },
    ),
  );
});

test('a long list knows each place after insertions at its end, at its beginning and in between', () => {
  const list = new SortedBlocks(byNumber);
  for (let value = 0; value < 10_000; value++) list.insert(value * 2);
  for (let value = 9_999; value >= 0; value--) list.insert(value * 2 + 1);
  expect(list.length).toBe(20_000);
  for (const place of [0, 1, 511, 512, 513, 10_000, 19_998, 19_999]) {
    expect(list.at(place)).toBe(place);
    expect(list.indexOf(place)).toBe(place);
  }
  expect([list.at(-1), list.at(20_000), list.indexOf(0.5)]).toEqual([undefined, undefined, -1]);
  for (let value = 0; value < 20_000; value += 2) list.remove(value);
  expect([list.length, list.at(0), list.at(9_999)]).toEqual([10_000, 1, 19_999]);
});
