import { describe, expect, test } from 'vitest';
import { BadInputBudget, type BadInputLimits } from '../../../src/session/journal/bad-input-budget.js';
import { LogLimiter } from '../../../src/session/journal/log-limiter.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const LIMITS: BadInputLimits = {
  maxBadFrames: 4,
  maxUntrustedBadFrames: 2,
  maxNoiseBytes: 100,
  maxUntrustedNoiseBytes: 10,
};

function budgetFor(isTrusted: boolean): { clock: VirtualClock; budget: BadInputBudget } {
  const clock = new VirtualClock();
  const budget = new BadInputBudget(clock, LIMITS);
  budget.restart(isTrusted);
  return { clock, budget };
}

describe('the budget for bad input', () => {
  test.each([
    'restarted',
    'broken-escape',
    'short',
    'checksum',
    'encoding',
    'json',
    'number',
    'depth',
    'shape',
  ] as const)('counts a frame that is dropped as %s', (reason) => {
    const { budget } = budgetFor(false);
    expect([budget.spend(reason, 1_000), budget.spend(reason, 1_000)]).toEqual([null, 'too-many-bad-frames']);
  });

  test.each([
    'untrusted',
    'overflow',
    'late-answer',
    'unfinished',
  ] as const)('does not count what is dropped as %s', (reason) => {
    const { budget } = budgetFor(false);
    for (let n = 0; n < 20; n++) expect(budget.spend(reason, 1_000)).toBe(null);
  });

  test('allows as much noise as the limit, and not a byte more', () => {
    for (const [isTrusted, limit] of [
      [false, 10],
      [true, 100],
    ] as const) {
      const { budget } = budgetFor(isTrusted);
      expect(budget.spend('noise', limit)).toBe(null);
      expect(budget.spend('noise', 1)).toBe('too-much-noise');
    }
  });

  test('counts frames and noise apart', () => {
    const { budget } = budgetFor(false);
    expect(budget.spend('json', 10)).toBe(null);
    expect(budget.spend('noise', 10)).toBe(null);
  });

  test('is for the whole connection before trust, and for each minute after', () => {
    const stranger = budgetFor(false);
    expect(stranger.budget.spend('json', 0)).toBe(null);
    stranger.clock.advance(3_600_000);
    expect(stranger.budget.spend('json', 0)).toBe('too-many-bad-frames');

    const friend = budgetFor(true);
    for (let n = 0; n < 3; n++) expect(friend.budget.spend('json', 0)).toBe(null);
    friend.clock.advance(59_999);
    expect(friend.budget.spend('json', 0)).toBe('too-many-bad-frames');
    friend.clock.advance(1);
    // the first three are a minute old, the fourth is not
    for (let n = 0; n < 2; n++) expect(friend.budget.spend('json', 0)).toBe(null);
    expect(friend.budget.spend('json', 0)).toBe('too-many-bad-frames');
  });

  test('forgets what came in one second a minute after that second began', () => {
    const { clock, budget } = budgetFor(true);
    clock.advance(10_000);
    expect(budget.spend('noise', 40)).toBe(null);
    clock.advance(999);
    expect(budget.spend('noise', 60)).toBe(null);
    clock.advance(59_001);
    expect(budget.spend('noise', 100)).toBe(null);
    clock.advance(1_000);
    expect(budget.spend('noise', 1)).toBe('too-much-noise');
  });

  test('counts what comes in the next second by its own beginning', () => {
    const { clock, budget } = budgetFor(true);
    expect(budget.spend('noise', 40)).toBe(null);
    clock.advance(1_000);
    expect(budget.spend('noise', 60)).toBe(null);
    clock.advance(59_000);
    expect(budget.spend('noise', 41)).toBe('too-much-noise');
    clock.advance(1_000);
    expect(budget.spend('noise', 59)).toBe(null);
  });

  test('is that of a stranger before anything is known', () => {
    const budget = new BadInputBudget(new VirtualClock(), LIMITS);
    expect(budget.spend('noise', 11)).toBe('too-much-noise');
  });

  test('begins anew with a connection, and when trust changes', () => {
    const { budget } = budgetFor(false);
    budget.spend('json', 0);
    budget.spend('noise', 10);
    budget.restart(false);
    expect([budget.spend('json', 0), budget.spend('noise', 10)]).toEqual([null, null]);
  });
});

describe('a limit on log lines', () => {
  test('admits so many a second, and says how many were left out before', () => {
    const clock = new VirtualClock();
    const limiter = new LogLimiter(clock, 2);
    const three = (): (number | null)[] => [limiter.admit(), limiter.admit(), limiter.admit()];
    expect(three()).toEqual([0, 0, null]);
    expect(three()).toEqual([null, null, null]);
    clock.advance(999);
    expect(limiter.admit()).toBe(null);
    clock.advance(1);
    expect(three()).toEqual([5, 0, null]);
    expect(limiter.suppressed).toBe(6);
  });

  test('begins its second with a line, not with the clock', () => {
    const clock = new VirtualClock();
    const limiter = new LogLimiter(clock, 1);
    clock.advance(900);
    expect(limiter.admit()).toBe(0);
    clock.advance(999);
    expect(limiter.admit()).toBe(null);
    clock.advance(1);
    expect(limiter.admit()).toBe(1);
  });
});
