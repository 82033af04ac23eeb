import { describe, expect, test } from 'vitest';
import { AddressBackoff, FREE_WRONG_KEYS, SEEDS_PER_SECOND } from '../../src/server/address-backoff.js';
import { VirtualClock } from '../support/virtual-clock.js';

const HERE = '192.0.2.1';
const delays = { minDelayMs: 100, maxDelayMs: 1_000 };

function failing(times: number): { clock: VirtualClock; backoff: AddressBackoff } {
  const clock = new VirtualClock();
  const backoff = new AddressBackoff(clock, delays);
  for (let i = 0; i < times; i++) backoff.failed(HERE);
  return { clock, backoff };
}

describe('wrong keys of an address', () => {
  test('FC-08: make no seed wait while they are as few as a fleet with an old secret sends', () => {
    const { backoff } = failing(FREE_WRONG_KEYS);
    expect(backoff.seedAsked(HERE, false)).toBe(0);
  });

  test('FC-08: of one device that tries twice a second for a day make nobody wait', () => {
    const { clock, backoff } = failing(0);
    for (let i = 0; i < 2 * 86_400; i++) {
      backoff.failed(HERE);
      clock.advance(500);
    }
    expect(backoff.seedAsked(HERE, false)).toBe(0);
  });

  test.each([
    [1, 100],
    [2, 200],
    [3, 400],
    [4, 800],
    [5, 1_000],
    [10_000, 1_000],
  ])('make a seed wait longer with each one that is not free: %i, %i ms', (beyond, delayMs) => {
    const { backoff } = failing(FREE_WRONG_KEYS + beyond);
    expect(backoff.seedAsked(HERE, false)).toBe(delayMs);
    expect(backoff.seedAsked('192.0.2.2', false)).toBe(0);
  });

  test('are forgotten, two a second, and those of an attack half a minute after its end', () => {
    const { clock, backoff } = failing(FREE_WRONG_KEYS + 10_000);
    clock.advance(31_000);
    expect(backoff.seedAsked(HERE, false)).toBeGreaterThan(0);
    clock.advance(1_000);
    expect(backoff.seedAsked(HERE, false)).toBe(0);
  });

  test('leave a guesser so many seeds a second, whatever comes from this address', () => {
    const { clock, backoff } = failing(FREE_WRONG_KEYS + 64);
    let seeds = 0;
    for (let ms = 0; ms < 10_000; ms++) {
      for (let i = 0; i < 5; i++) if (backoff.seedAsked(HERE, true) !== null) seeds++;
      backoff.failed(HERE);
      clock.advance(1);
    }
    // what may wait at the end has been counted
    expect(seeds).toBeLessThanOrEqual(11 * SEEDS_PER_SECOND + 1);
    expect(seeds).toBeGreaterThan(10 * SEEDS_PER_SECOND);
  });

  test('FC-08: let seeds of a shared address wait for each other only', () => {
    const { backoff } = failing(FREE_WRONG_KEYS + 64);
    expect([backoff.seedAsked(HERE, true), backoff.seedAsked(HERE, true)]).toEqual([
      0,
      1_000 / SEEDS_PER_SECOND,
    ]);
  });

  test('let none wait longer than the longest delay', () => {
    const { backoff } = failing(FREE_WRONG_KEYS + 64);
    const asked = Array.from({ length: SEEDS_PER_SECOND + 10 }, () => backoff.seedAsked(HERE, true));
    expect(asked.filter((each) => each !== null && each > 1_000)).toEqual([]);
    expect(asked.filter((each) => each === null)).toHaveLength(9);
  });

  test('are remembered of 4,096 addresses, and of more for the latest', () => {
    const { backoff } = failing(FREE_WRONG_KEYS + 1);
    for (let i = 0; i < 4_095; i++) backoff.failed(`10.0.${i >> 8}.${i & 0xff}`);
    expect(backoff.seedAsked(HERE, false)).toBe(100);
    backoff.failed('10.1.0.0');
    expect(backoff.seedAsked(HERE, false)).toBe(0);
  });
});

describe('the back-off of an address', () => {
  /** The same at a later hour. */
  function later(times: number): { clock: VirtualClock; backoff: AddressBackoff } {
    const { clock, backoff } = failing(0);
    clock.advance(100_000);
    for (let i = 0; i < times; i++) backoff.failed(HERE);
    return { clock, backoff };
  }

  test('H8: begins after 200 wrong keys', () => {
    const { backoff } = later(200);
    expect(backoff.seedAsked(HERE, false)).toBe(0);
    backoff.failed(HERE);
    expect(backoff.seedAsked(HERE, false)).toBe(100);
  });

  test('H8: lets one seed go in two milliseconds, at any hour', () => {
    const { clock, backoff } = later(264);
    const ask = (): number | null => backoff.seedAsked(HERE, true);
    expect([ask(), ask(), ask()]).toEqual([0, 2, 4]);
    clock.advance(1);
    expect(ask()).toBe(5);
    clock.advance(100);
    expect(ask()).toBe(0);
  });

  test('H8: makes the seeds of one address wait for each other, where that takes longer', () => {
    const { backoff } = later(201);
    const asked = Array.from({ length: 60 }, () => backoff.seedAsked(HERE, false));
    expect([asked[0], asked[50], asked[51], asked[59]]).toEqual([100, 100, 102, 118]);
  });

  test('H8: forgets no more for being asked often', () => {
    const { clock, backoff } = later(264);
    clock.advance(10_000);
    const asked = Array.from({ length: 100 }, () => backoff.seedAsked(HERE, false));
    expect(asked.at(-1)).toBe(1_000);
  });

  test('H8: forgets a wrong key in half a second', () => {
    const { clock, backoff } = later(203);
    clock.advance(500);
    expect(backoff.seedAsked(HERE, false)).toBe(200);
    clock.advance(499);
    expect(backoff.seedAsked(HERE, false)).toBe(200);
    clock.advance(1);
    expect(backoff.seedAsked(HERE, false)).toBe(100);
    clock.advance(500);
    expect(backoff.seedAsked(HERE, false)).toBe(0);
  });

  test('H8: begins anew where everything was forgotten', () => {
    const { clock, backoff } = later(264);
    clock.advance(264 * 500);
    expect(backoff.seedAsked(HERE, false)).toBe(0);
    for (let i = 0; i < 200; i++) backoff.failed(HERE);
    expect(backoff.seedAsked(HERE, false)).toBe(0);
    backoff.failed(HERE);
    expect(backoff.seedAsked(HERE, false)).toBe(100);
  });

  test('H8: is kept for who has failed of late, though he was the first to fail', () => {
    const { backoff } = later(201);
    for (let i = 0; i < 4_095; i++) backoff.failed(`10.0.${i >> 8}.${i & 0xff}`);
    backoff.failed(HERE);
    backoff.failed('10.1.0.0');
    expect(backoff.seedAsked(HERE, false)).toBe(200);
  });
});
