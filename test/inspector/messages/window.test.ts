import { describe, expect, test } from 'vitest';
import {
  barOf,
  drawnRows,
  isAtEnd,
  placeAtTime,
  placeByKey,
  scrolledTo,
  type View,
} from '../../../visualizations/debugger/messages/window.js';

const view = (changes: Partial<View> = {}): View => ({
  scrollTop: 0,
  height: 240,
  rowHeight: 24,
  count: 100_000,
  ...changes,
});

describe('the rows that are drawn', () => {
  test('are those in sight and a few around them', () => {
    expect(drawnRows(view())).toEqual({ from: 0, to: 18 });
    expect(drawnRows(view({ scrollTop: 24_000 }))).toEqual({ from: 992, to: 1_018 });
    expect(drawnRows(view({ scrollTop: 1e9 }))).toEqual({ from: 99_982, to: 100_000 });
    expect(drawnRows(view({ count: 3 }))).toEqual({ from: 0, to: 3 });
    expect(drawnRows(view({ count: 0, scrollTop: 500 }))).toEqual({ from: 0, to: 0 });
  });

  test('follow the end at which new ones appear, only where it is in sight', () => {
    expect(isAtEnd(view({ count: 20, scrollTop: 240 }), false)).toBe(true);
    expect(isAtEnd(view({ count: 20, scrollTop: 180 }), false)).toBe(false);
    expect(isAtEnd(view({ count: 5 }), false)).toBe(true);
    expect(isAtEnd(view(), true)).toBe(true);
    expect(isAtEnd(view({ scrollTop: 100 }), true)).toBe(false);
  });
});

describe('the keyboard', () => {
  test.each([
    ['ArrowDown', 5, 6],
    ['ArrowUp', 5, 4],
    ['ArrowUp', 0, 0],
    ['ArrowDown', 99_999, 99_999],
    ['ArrowDown', -1, 0],
    ['ArrowUp', -1, 99_999],
    ['PageDown', 5, 14],
    ['PageUp', 5, 0],
    ['Home', 5, 0],
    ['End', 5, 99_999],
    ['x', 5, null],
  ])('%s leads from %d to %s', (key, from, to) => {
    expect(placeByKey(key, from, view())).toBe(to);
  });

  test('leads nowhere in an empty table', () => {
    expect(placeByKey('End', -1, view({ count: 0 }))).toBeNull();
  });

  test('scrolls as little as possible', () => {
    expect(scrolledTo(5, view({ scrollTop: 0 }))).toBe(0);
    expect(scrolledTo(10, view({ scrollTop: 0 }))).toBe(24);
    expect(scrolledTo(3, view({ scrollTop: 240 }))).toBe(72);
    expect(scrolledTo(99_999, view({ scrollTop: 0 }))).toBe(100_000 * 24 - 240);
  });
});

test('the row at a moment is the last that had begun', () => {
  const times = [10, 20, 20, 30];
  const at = (ms: number, newestIsFirst: boolean): number => {
    const shown = newestIsFirst ? [...times].reverse() : times;
    return placeAtTime(shown.length, (place) => shown[place] ?? 0, ms, newestIsFirst);
  };
  expect([5, 10, 15, 20, 99].map((ms) => at(ms, false))).toEqual([-1, 0, 0, 2, 3]);
  expect([5, 10, 15, 20, 99].map((ms) => at(ms, true))).toEqual([-1, 3, 3, 1, 0]);
});

test('a bar of the waterfall is where its time is in the span', () => {
  const span = { from: 1_000, to: 2_000 };
  expect(barOf(1_250, 1_500, span)).toEqual({ start: 0.25, length: 0.25 });
  expect(barOf(1_750, null, span)).toEqual({ start: 0.75, length: 0.25 });
  expect(barOf(500, 1_500, span)).toEqual({ start: 0, length: 0.5 });
  expect(barOf(5_000, 6_000, span)).toEqual({ start: 1, length: 0 });
  expect(barOf(5, 5, { from: 5, to: 5 })).toEqual({ start: 0, length: 0 });
});
