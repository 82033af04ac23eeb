import { describe, expect, test, vi } from 'vitest';
import { NameContests } from '../../src/server/name-contests.js';
import { VirtualClock } from '../support/virtual-clock.js';

describe('the contests for the names of a server', () => {
  test('are remembered for a minute, each by its name', () => {
    const clock = new VirtualClock();
    const contests = new NameContests(clock);
    expect([contests.claim('kitchen'), contests.claim('cellar'), contests.size]).toEqual([
      'newer',
      'newer',
      2,
    ]);
    clock.advance(59_999);
    expect(contests.claim('cellar')).toBe('newer');
    clock.advance(1);
    expect(contests.size).toBe(1);
    clock.advance(60_000);
    expect([contests.size, clock.pending]).toEqual([0, 0]);
  });

  test('leave no timer behind when the server closes', () => {
    const clock = new VirtualClock();
    const contests = new NameContests(clock);
    for (let i = 0; i < 10; i++) contests.claim('kitchen');
    contests.claim('cellar');
    contests.close();
    expect([contests.size, clock.pending]).toEqual([0, 0]);
  });

  test('are bounded: the one that began first is settled for the next', () => {
    const clock = new VirtualClock();
    const contests = new NameContests(clock);
    for (let i = 0; i < 5_000; i++) contests.claim(`device ${i}`);
    expect([contests.size, clock.pending]).toEqual([4_096, 4_096]);
  });

  test('are won by the newer five times in a row, and then by who has the name', () => {
    const contests = new NameContests(new VirtualClock());
    const winners = Array.from({ length: 7 }, () => contests.claim('pump'));
    expect(winners).toEqual([...Array(5).fill('newer'), 'holder', 'holder']);
    contests.close();
  });

  test('whose clock fails are forgotten, with a warning', () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const broken = (): never => {
      throw new Error('no time');
    };
    const contests = new NameContests({ now: () => 0, setTimeout: broken, clearTimeout: () => {} });
    expect(contests.claim('pump')).toBe('newer');
    expect(contests.size).toBe(0);
    expect(String(warned.mock.calls[0]?.[0])).toContain('a contest for a name is forgotten: no time');
    warned.mockRestore();
  });
});
