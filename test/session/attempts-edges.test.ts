/** The moments when attempts are due, where a millisecond decides. */

import { describe, expect, test } from 'vitest';
import { Attempts } from '../../src/session/attempts.js';

const LONG_MS = 60_000;
const NOBODY = Number.POSITIVE_INFINITY;

/** Attempts of which the first was made at 0. */
function begun(): Attempts {
  const attempts = new Attempts();
  attempts.began(0);
  return attempts;
}

/** Attempts that have a tenth of an attempt saved up, and made the last one at 1800. */
function spent(): Attempts {
  const attempts = begun();
  for (const [nowMs, deadlineMs, delayMs] of [
    [0, 1_000, 700],
    [700, 2_000, 1_000],
    [1_700, 2_001, 100],
  ] as const) {
    expect(attempts.pause(nowMs, LONG_MS, deadlineMs)).toBe(delayMs);
    attempts.began(nowMs + delayMs);
  }
  return attempts;
}

describe('the pause for somebody who waits', () => {
  test.each([
    ['the last attempt was his last chance', 300, 1_000],
    ['his last chance is right after the last attempt', 301, 100],
    ['his last chance is too near to an attempt before it', 1_399, 1_099],
    ['there is just time for an attempt before his last chance', 1_400, 1_000],
    ['nobody waits', NOBODY, LONG_MS],
  ])('is as long as it has to be where %s: until %s it is %s', (_, deadlineMs, pauseMs) => {
    expect(begun().pause(0, LONG_MS, deadlineMs)).toBe(pauseMs);
  });

  test.each([
    ['his last chance can just be afforded', 2_800, 900],
    ['it cannot', 2_799, 1_000],
    ['an attempt and his last chance can just be afforded', 4_000, 1_000],
    ['only his last chance can', 3_999, 1_899],
  ])('is longer after attempts in a row, where %s: until %s it is %s', (_, deadlineMs, pauseMs) => {
    expect(spent().pause(1_800, LONG_MS, deadlineMs)).toBe(pauseMs);
  });

  test('is never longer than it would be by itself', () => {
    expect(begun().pause(0, 50, 301)).toBe(50);
    expect(spent().pause(1_800, 899, 2_800)).toBe(899);
  });

  test('is what is left of it when he comes later, and nothing when it is over', () => {
    const attempts = begun();
    expect(attempts.pause(0, LONG_MS, NOBODY)).toBe(LONG_MS);
    expect(attempts.shorten(400, 5_000)).toBe(600);
    expect(attempts.shorten(1_500, 5_000)).toBe(0);
    expect(attempts.shorten(LONG_MS + 5, NOBODY)).toBe(0);
  });
});

describe('an attempt that is made when the pause ends by itself', () => {
  test('costs nothing', () => {
    const attempts = begun();
    for (let nowMs = 0; nowMs < 4_000; nowMs += 500) {
      expect(attempts.pause(nowMs, 500, NOBODY)).toBe(500);
      attempts.began(nowMs + 500);
    }
    expect(attempts.pause(4_000, LONG_MS, 4_301)).toBe(100);
  });

  test('and one that the user makes before it is due cost nothing; one that was due does', () => {
    const free = begun();
    for (let n = 0; n < 5; n++) {
      free.pause(0, LONG_MS, 301);
      free.began(99);
      free.pause(99, LONG_MS, NOBODY);
      free.began(99);
    }
    expect(free.pause(99, LONG_MS, 400)).toBe(100);
    const paid = begun();
    for (const nowMs of [100, 200]) {
      paid.pause(nowMs - 100, LONG_MS, nowMs + 201);
      paid.began(nowMs);
    }
    // no more than two were saved up, and a tenth of one since
    expect(paid.pause(200, LONG_MS, 5_000)).toBe(1_000);
    expect(paid.pause(200, LONG_MS, 501)).toBe(1_000);
    expect(paid.pause(200, LONG_MS, 1_200)).toBe(900);
  });
});

describe('a pause that runs', () => {
  test('would not end sooner for somebody for whom it ends at the same moment', () => {
    const attempts = begun();
    attempts.pause(0, 1_000, NOBODY);
    expect(attempts.isDueSooner(0, 5_000)).toBe(false);
    attempts.pause(0, 1_001, NOBODY);
    expect(attempts.isDueSooner(0, 5_000)).toBe(true);
    expect(attempts.isDueSooner(0, NOBODY)).toBe(false);
  });

  test('may end sooner for another as soon as the time of the one before is over', () => {
    const attempts = begun();
    attempts.pause(0, LONG_MS, 1_400);
    expect(attempts.isDueSooner(1_399, 5_000)).toBe(false);
    expect(attempts.isDueSooner(1_400, 5_000)).toBe(true);
    expect(attempts.shorten(1_400, 5_000)).toBe(0);
  });

  test('is over with the next attempt, also for those who come after the time of the one before', () => {
    const attempts = begun();
    attempts.pause(0, LONG_MS, 500);
    attempts.began(400);
    expect(attempts.isDueSooner(450, 5_000)).toBe(false);
    expect(attempts.isDueSooner(2_000, 5_000)).toBe(false);
  });
});
