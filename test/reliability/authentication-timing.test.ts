/** H14: every key costs the same comparison, of the same length, whatever it looks like and whether there is a seed. */

import { beforeEach, describe, expect, test, vi } from 'vitest';
import { TablePuppet } from '../trust/authentication/puppet.js';

const KEY_LENGTH = 128;
// the very object that the library loads with its first secret
const compare = vi.spyOn(process.getBuiltinModule('node:crypto'), 'timingSafeEqual');

/** How long the two sides of each comparison were. */
function compared(): (readonly [number, number])[] {
  return compare.mock.calls.map(([first, second]) => [first.byteLength, second.byteLength] as const);
}

describe('H14: the timing of the comparison', () => {
  beforeEach(() => {
    compare.mockClear();
  });

  test.each([
    ['the right key', (right: string) => right],
    ['a wrong key', () => '0'.repeat(KEY_LENGTH)],
    ['a key that is wrong in its last character', (right: string) => `${right.slice(0, -1)}x`],
    ['a short key', (right: string) => right.slice(0, 10)],
    ['a long key', (right: string) => right + right],
    ['an empty key', () => ''],
    ['a key of many bytes in few characters', () => 'é'.repeat(KEY_LENGTH)],
    ['a number', () => 7],
    ['null', () => null],
    ['an array', (right: string) => [right]],
  ])('H14: %s is compared once, in constant time, with and without a seed', (_, keyOf) => {
    for (const hasSeed of [true, false]) {
      const puppet = new TablePuppet('server');
      puppet.connect();
      if (hasSeed) puppet.ask(0, 0);
      compare.mockClear();
      puppet.ask(0, 1, keyOf(puppet.rightKey()));
      expect(compared()).toEqual([[KEY_LENGTH, KEY_LENGTH]]);
    }
  });

  test('H14: the comparison decides: a key is right where it says so', () => {
    const puppet = new TablePuppet('server');
    puppet.connect();
    puppet.ask(0, 0);
    expect(puppet.ask(0, 1, puppet.rightKey())).toEqual([[1, 1, 0, true]]);
    expect(compare.mock.results).toEqual([{ type: 'return', value: true }]);
  });
});
