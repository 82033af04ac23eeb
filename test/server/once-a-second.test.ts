import { describe, expect, test } from 'vitest';
import { OnceASecond } from '../../src/server/once-a-second.js';
import { VirtualClock } from '../support/virtual-clock.js';

function telling() {
  const clock = new VirtualClock();
  const told: unknown[][] = [];
  const news = new OnceASecond<string, string>(clock, (...args) => void told.push(args));
  return { clock, news, told };
}

describe('what is told once a second', () => {
  test('is told at once, and then with how many there were and the last of them', () => {
    const { clock, news, told } = telling();
    for (const item of ['a', 'b', 'c']) news.tell('kind', item);
    expect(told).toEqual([['kind', 1, 'a']]);
    clock.advance(1_000);
    expect(told.slice(1)).toEqual([['kind', 2, 'c']]);
    clock.advance(1_000);
    news.tell('kind', 'd', 7);
    expect(told.slice(2)).toEqual([['kind', 7, 'd']]);
    expect(clock.pending).toBe(0);
  });

  test('is told ten thousand times in a second with two calls', () => {
    const { clock, news, told } = telling();
    for (let n = 0; n < 10_000; n++) news.tell('kind', String(n));
    clock.advance(1_000);
    expect(told).toEqual([
      ['kind', 1, '0'],
      ['kind', 9_999, '9999'],
    ]);
  });

  test('is told apart from other kinds', () => {
    const { news, told } = telling();
    news.tell('one', 'a');
    news.tell('other', 'b');
    expect(told).toEqual([
      ['one', 1, 'a'],
      ['other', 1, 'b'],
    ]);
  });

  test('can wait for the end of its second', () => {
    const { clock, news, told } = telling();
    news.tellLater('kind', 'a', 2);
    news.tellLater('kind', 'b', 3);
    expect(told).toEqual([]);
    clock.advance(1_000);
    expect(told).toEqual([['kind', 5, 'b']]);
  });

  test('is told when it ends, and leaves no timer then or later', () => {
    const { clock, news, told } = telling();
    for (const item of ['a', 'b']) news.tell('kind', item);
    news.close();
    expect([told.length, clock.pending]).toEqual([2, 0]);
    news.tell('kind', 'c');
    news.tellLater('other', 'd', 4);
    expect(told.slice(2)).toEqual([
      ['kind', 1, 'c'],
      ['other', 4, 'd'],
    ]);
    expect(clock.pending).toBe(0);
  });
});
