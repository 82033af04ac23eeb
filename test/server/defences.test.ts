import { describe, expect, test } from 'vitest';
import { Defences } from '../../src/server/defences.js';
import { NetworkList } from '../../src/server/networks.js';

const SHARED = '192.0.2.9';
const ADDRESS = '192.0.2.1';
const NETWORK = 'a network';
const NOTHING = {
  wrongKeys: 0,
  delayedByBackoff: 0,
  refusedByBackoff: 0,
  exceededBudget: 0,
  refusedByPool: 0,
};

/** Defences, and what their log and their back-off hear. */
function scene(delayMs: number | null, hasBackoff = true, owes = true) {
  const told: unknown[][] = [];
  const asked: unknown[][] = [];
  const backoff = {
    owes: () => owes,
    failed: (...args: unknown[]) => asked.push(['failed', ...args]),
    seedAsked: (...args: unknown[]) => {
      asked.push(['seed', ...args]);
      return delayMs;
    },
  };
  const parts = {
    pool: {},
    messages: {},
    callbacks: {},
    backoff: hasBackoff ? backoff : null,
    shared: new NetworkList([SHARED]),
    log: {
      tell: (...args: unknown[]) => told.push(args),
      turnedAway: (...args: unknown[]) => told.push(['turned away', ...args]),
    },
  };
  const defences = new Defences(parts as unknown as ConstructorParameters<typeof Defences>[0]);
  return { parts, defences, told, asked };
}

describe('the defences of a server', () => {
  test('are made of their parts, and have seen nothing at first', () => {
    const { parts, defences } = scene(0);
    expect([defences.pool, defences.messages, defences.callbacks, defences.log]).toEqual([
      parts.pool,
      parts.messages,
      parts.callbacks,
      parts.log,
    ]);
    expect(defences.counts).toEqual(NOTHING);
  });

  test('H8: count a wrong key, log it, and remember from where it came', () => {
    const { defences, told, asked } = scene(0);
    defences.wrongKey(NETWORK, ADDRESS);
    expect(defences.counts).toEqual({ ...NOTHING, wrongKeys: 1 });
    expect([told, asked]).toEqual([[['wrongKeys', ADDRESS]], [['failed', NETWORK]]]);
  });

  test('H8: count a wrong key where no seed waits, too', () => {
    const { defences, told } = scene(0, false);
    defences.wrongKey(NETWORK, ADDRESS);
    expect([defences.counts.wrongKeys, told]).toEqual([1, [['wrongKeys', ADDRESS]]]);
  });

  test.each([
    [ADDRESS, false],
    [SHARED, true],
    // a stream that is no network: who comes over it looks like everybody else there
    [undefined, true],
  ])('H8: say whether many are behind the address %s: %s', (address, isShared) => {
    const { defences, asked } = scene(0);
    defences.seedAsked(NETWORK, address);
    expect(asked).toEqual([['seed', NETWORK, isShared]]);
  });

  test('H8: let a seed come at once where the address owes no wrong key, and ask no more about it', () => {
    const { defences, asked } = scene(500, true, false);
    expect([defences.seedAsked(NETWORK, ADDRESS), asked]).toEqual([0, []]);
  });

  test('H8: count no seed that comes at once', () => {
    const { defences, told } = scene(0);
    expect(defences.seedAsked(NETWORK, ADDRESS)).toBe(0);
    expect([defences.counts, told]).toEqual([NOTHING, []]);
  });

  test('H8: let every seed come at once where the back-off is switched off', () => {
    const { defences, told } = scene(500, false);
    expect(defences.seedAsked(NETWORK, ADDRESS)).toBe(0);
    expect([defences.counts, told]).toEqual([NOTHING, []]);
  });

  test('H8: count and log a seed that waits', () => {
    const { defences, told } = scene(500);
    expect(defences.seedAsked(NETWORK, ADDRESS)).toBe(500);
    expect([defences.counts, told]).toEqual([
      { ...NOTHING, delayedByBackoff: 1 },
      [['delayedByBackoff', ADDRESS]],
    ]);
  });

  test('H8: count and log a peer that is turned away because too many wait', () => {
    const { defences, told } = scene(null);
    expect(defences.seedAsked(NETWORK, ADDRESS)).toBe('too-many-guesses');
    expect([defences.counts, told]).toEqual([
      { ...NOTHING, refusedByBackoff: 1 },
      [['refusedByBackoff', ADDRESS]],
    ]);
  });

  test('FC-39: count and log a peer for whom there is no place', () => {
    const { defences, told } = scene(0);
    defences.refusedByPool(ADDRESS, false);
    defences.refusedByPool(ADDRESS, true);
    expect([defences.counts, told]).toEqual([
      { ...NOTHING, refusedByPool: 2 },
      [
        ['turned away', 'refusedByPool', ADDRESS],
        ['refusedByPool', ADDRESS],
      ],
    ]);
  });

  test('FC-38: count and log a peer that talks too much', () => {
    const { defences, told } = scene(0);
    defences.exceededBudget(ADDRESS);
    expect([defences.counts, told]).toEqual([
      { ...NOTHING, exceededBudget: 1 },
      [['exceededBudget', ADDRESS]],
    ]);
  });
});
