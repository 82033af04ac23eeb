import { expect, test } from 'vitest';
import { Durations, grouped, roundedMs, textOfMs } from '../../src/cli/durations.js';

/** What is known of some durations. */
function summed(...durationsMs: readonly number[]): readonly number[] {
  const durations = new Durations();
  for (const each of durationsMs) durations.add(each);
  const { count, minMs, meanMs, maxMs } = durations;
  return [count, minMs, meanMs, maxMs];
}

test('the least, the mean and the most are exact', () => {
  expect(summed(4, 1, 7)).toEqual([3, 1, 4, 7]);
  expect(summed()).toEqual([0, Number.NaN, Number.NaN, Number.NaN]);
});

test('a percentile is what a share of them took at most, exact to half a percent', () => {
  const durations = new Durations();
  // in no order: 1 to 1,000 ms
  for (let each = 0; each < 1_000; each++) durations.add(((each * 617) % 1_000) + 1);
  for (const [share, ms] of [
    [0.5, 500],
    [0.9, 900],
    [0.99, 990],
    [1, 1_000],
    [0, 1],
  ] as const) {
    const found = durations.percentileMs(share);
    expect(found).toBeGreaterThanOrEqual(ms);
    expect(found).toBeLessThanOrEqual(ms * 1.005);
  }
  expect(new Durations().percentileMs(0.5)).toBeNaN();
});

test('a percentile is never less than the least nor more than the most', () => {
  const durations = new Durations();
  durations.add(12.345);
  expect([0.01, 0.5, 0.99].map((share) => durations.percentileMs(share))).toEqual([12.345, 12.345, 12.345]);
  durations.add(0);
  expect(durations.percentileMs(0.5)).toBeLessThanOrEqual(0.000_1);
});

test.each([
  [Number.NaN, '-'],
  [0, '0.000 ms'],
  [0.4121, '0.412 ms'],
  [1.234, '1.23 ms'],
  [31.49, '31.5 ms'],
  [999.9, '1,000 ms'],
  [2_310, '2,310 ms'],
])('%d ms is shown as "%s"', (ms, text) => {
  expect(textOfMs(ms)).toBe(text);
});

test('numbers have commas between their thousands, and none behind the point', () => {
  expect([grouped(999), grouped(1_000), grouped('1234567.1234')]).toEqual(['999', '1,000', '1,234,567.1234']);
});

test('programs get microseconds, and null for what is not known', () => {
  expect([roundedMs(1.234_56), roundedMs(Number.NaN)]).toEqual([1.235, null]);
});
