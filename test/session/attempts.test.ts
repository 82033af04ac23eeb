import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Attempts } from '../../src/session/attempts.js';

/** Somebody who waits for a connection; his time is over at the deadline. */
interface Waiter {
  readonly startMs: number;
  readonly deadlineMs: number;
}

/** A client whose attempts all fail, and those who wait for its connection. */
interface Story {
  /** How long the pauses are by themselves, one after the other, and from the beginning again. */
  readonly pausesMs: readonly number[];
  /** How long an attempt takes to fail. */
  readonly attemptMs?: number;
  readonly waiters: readonly Waiter[];
  readonly untilMs: number;
}

interface Attempt {
  readonly atMs: number;
  /** Whether it began before the pause was over by itself. */
  readonly isHastened: boolean;
}

/** The attempts of a story. */
function play({ pausesMs, attemptMs = 0, waiters, untilMs }: Story): Attempt[] {
  const attempts = new Attempts();
  const made: Attempt[] = [];
  const starts = waiters.map(({ startMs }) => startMs).sort((a, b) => a - b);
  const firstDeadline = (nowMs: number): number =>
    Math.min(
      ...waiters
        .filter(({ startMs, deadlineMs }) => startMs <= nowMs && nowMs < deadlineMs)
        .map(({ deadlineMs }) => deadlineMs),
    );
  for (let nowMs = 0, isHastened = false; nowMs <= untilMs; ) {
    attempts.began(nowMs);
    made.push({ atMs: nowMs, isHastened });
    nowMs += attemptMs;
    const pauseMs = pausesMs[(made.length - 1) % pausesMs.length] ?? 0;
    let dueMs = nowMs + attempts.pause(nowMs, pauseMs, firstDeadline(nowMs));
    const endsMs = nowMs + pauseMs;
    for (const startMs of starts) {
      if (startMs <= nowMs || startMs >= dueMs) continue;
      const deadlineMs = firstDeadline(startMs);
      if (attempts.isDueSooner(startMs, deadlineMs)) dueMs = startMs + attempts.shorten(startMs, deadlineMs);
    }
    expect(dueMs).toBeLessThanOrEqual(endsMs);
    nowMs = dueMs;
    isHastened = dueMs < endsMs;
  }
  return made;
}

const momentsOf = (made: readonly Attempt[]): number[] => made.map(({ atMs }) => atMs);
const waitsFrom = (startMs: number, timeoutMs: number): Waiter => ({
  startMs,
  deadlineMs: startMs + timeoutMs,
});

describe('attempts to connect', () => {
  test('keep to their pauses while nobody waits', () => {
    const story = { pausesMs: [100, 400, 900], waiters: [], untilMs: 2_000 };
    expect(momentsOf(play(story))).toEqual([0, 100, 500, 1_400, 1_500, 1_900]);
  });

  test('are due at once for somebody who waits, every second, and just before his time is over', () => {
    const story = { pausesMs: [60_000], waiters: [waitsFrom(30_000, 3_000)], untilMs: 60_000 };
    expect(momentsOf(play(story))).toEqual([0, 30_000, 31_000, 32_000, 32_700, 33_700]);
  });

  test('wait for a second after the one before, also for somebody who comes right after it', () => {
    const story = { pausesMs: [60_000], waiters: [waitsFrom(10, 2_000)], untilMs: 3_000 };
    expect(momentsOf(play(story))).toEqual([0, 1_000, 1_710, 2_710]);
  });

  test('have no last chance for somebody who has less time than it needs', () => {
    const story = { pausesMs: [60_000], waiters: [waitsFrom(5_000, 250)], untilMs: 8_000 };
    expect(momentsOf(play(story))).toEqual([0, 5_000, 6_000]);
  });

  test('keep a last chance where the pause ends by itself shortly before it', () => {
    const early = { pausesMs: [10_000, 600, 60_000], waiters: [waitsFrom(10_050, 1_000)], untilMs: 11_049 };
    expect(momentsOf(play(early))).toEqual([0, 10_000, 10_600, 10_750]);
    const late = { pausesMs: [10_000, 740, 60_000], waiters: [waitsFrom(10_050, 1_000)], untilMs: 11_049 };
    expect(momentsOf(play(late))).toEqual([0, 10_000, 10_740, 10_840]);
  });

  test('that the user asks for cost those who wait nothing', () => {
    const attempts = new Attempts();
    for (let i = 0; i < 10; i++) {
      attempts.began(0);
      attempts.pause(0, 60_000, Number.POSITIVE_INFINITY);
    }
    expect(attempts.isDueSooner(2_000, 3_000)).toBe(true);
    expect(attempts.shorten(2_000, 3_000)).toBe(0);
    attempts.began(2_000);
    expect(attempts.pause(2_000, 60_000, 3_000)).toBe(700);
  });

  test('are not due sooner where none is to come: while one runs, and before the first', () => {
    const attempts = new Attempts();
    expect(attempts.isDueSooner(5_000, 6_000)).toBe(false);
    attempts.began(5_000);
    expect(attempts.isDueSooner(5_000, 6_000)).toBe(false);
  });
});

const pauses = fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 1, maxLength: 6 });
/** A pause of 0 ms for ever would be a story without an end. */
const somePauses = pauses.filter((pausesMs) => pausesMs.some((pauseMs) => pauseMs > 50));
const timeout = fc.integer({ min: 1_000, max: 8_000 });

/** Whether somebody who waits meets a peer that appears up to 300 ms before his time is over. */
function expectMet(made: readonly Attempt[], { startMs, deadlineMs }: Waiter): void {
  const moments = momentsOf(made).filter((atMs) => atMs >= startMs && atMs < deadlineMs);
  // the peer that is hardest to meet appears last: whatever meets it would have met it earlier as well
  expect(Math.max(...moments)).toBeGreaterThanOrEqual(deadlineMs - 300);
  // and what it takes to connect is left
  const inTime = moments.filter((atMs) => atMs >= deadlineMs - 300);
  expect(Math.min(...inTime)).toBeLessThanOrEqual(deadlineMs - 100);
}

describe('a peer that appears at the latest 300 ms before the time of somebody is over', () => {
  test('is met in time, whatever the pauses are', () => {
    fc.assert(
      fc.property(
        somePauses,
        fc.integer({ min: 0, max: 60_000 }),
        timeout,
        (pausesMs, startMs, timeoutMs) => {
          const waiter = waitsFrom(startMs, timeoutMs);
          expectMet(play({ pausesMs, waiters: [waiter], untilMs: waiter.deadlineMs }), waiter);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('is met in time by each of many who wait one after the other', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000 }),
        fc.array(fc.tuple(timeout, fc.integer({ min: 0, max: 500 })), { minLength: 2, maxLength: 30 }),
        (startMs, times) => {
          const waiters: Waiter[] = [];
          let nowMs = startMs;
          for (const [timeoutMs, restMs] of times) {
            waiters.push(waitsFrom(nowMs, timeoutMs));
            nowMs += timeoutMs + restMs;
          }
          const made = play({ pausesMs: [60_000_000], waiters, untilMs: nowMs });
          for (const waiter of waiters) expectMet(made, waiter);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('somebody who always waits', () => {
  test('hastens one attempt a second at most, in the long run, and two in a row', () => {
    fc.assert(
      fc.property(
        somePauses,
        fc.integer({ min: 0, max: 50 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 0, max: 2_000 })), {
          minLength: 1,
          maxLength: 40,
        }),
        (pausesMs, attemptMs, times) => {
          const waiters: Waiter[] = [];
          let startMs = 0;
          for (const [timeoutMs, laterMs] of times) {
            waiters.push(waitsFrom(startMs, timeoutMs));
            startMs += laterMs;
          }
          const made = play({ pausesMs, attemptMs, waiters, untilMs: startMs + 5_000 });
          const hastened = made.filter(({ isHastened }) => isHastened).map(({ atMs }) => atMs);
          for (const [first, fromMs] of hastened.entries()) {
            for (const [index, atMs] of hastened.entries()) {
              if (index >= first)
                expect(index - first + 1).toBeLessThanOrEqual(2 + Math.floor((atMs - fromMs) / 1_000));
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('makes no more attempts than that where the pauses are long', () => {
    const waiters = Array.from({ length: 100 }, (_, index) => waitsFrom(index * 1_000, 1_000));
    const made = play({ pausesMs: [60_000_000], waiters, untilMs: 99_999 });
    expect(made.length).toBeLessThanOrEqual(102);
    expect(made.length).toBeGreaterThanOrEqual(98);
  });
});

test('pauses are never made longer', () => {
  const deadline = fc.oneof(fc.integer({ min: 0, max: 100_000 }), fc.constant(Number.POSITIVE_INFINITY));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 60_000 }), deadline), {
        maxLength: 30,
      }),
      (steps) => {
        const attempts = new Attempts();
        let nowMs = 0;
        for (const [afterMs, pauseMs, deadlineMs] of steps) {
          nowMs += afterMs;
          attempts.began(nowMs);
          const leftMs = attempts.pause(nowMs, pauseMs, deadlineMs);
          expect(leftMs).toBeGreaterThanOrEqual(0);
          expect(leftMs).toBeLessThanOrEqual(pauseMs);
          const laterMs = nowMs + leftMs / 2;
          expect(laterMs + attempts.shorten(laterMs, deadlineMs)).toBeLessThanOrEqual(nowMs + pauseMs);
        }
      },
    ),
  );
});
