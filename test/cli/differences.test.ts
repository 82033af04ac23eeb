import { describe, expect, test } from 'vitest';
import { differencesOf, textOfPath } from '../../src/cli/differences.js';

describe('the differences between two values', () => {
  test.each([
    [1, 1, []],
    [Number.NaN, Number.NaN, []],
    [{ a: [1, { b: 2 }], c: null }, { a: [1, { b: 2 }], c: null }, []],
    [1, 2, [{ path: [], before: 1, after: 2 }]],
    [0, -0, [{ path: [], before: 0, after: -0 }]],
    ['1', 1, [{ path: [], before: '1', after: 1 }]],
    [null, {}, [{ path: [], before: null, after: {} }]],
    [[], {}, [{ path: [], before: [], after: {} }]],
    [{ a: 1 }, { a: 2 }, [{ path: ['a'], before: 1, after: 2 }]],
    [
      { a: 1 },
      { b: 1 },
      [
        { path: ['a'], before: 1 },
        { path: ['b'], after: 1 },
      ],
    ],
    [{ a: null }, {}, [{ path: ['a'], before: null }]],
    [
      [1, 2, 3],
      [1, 3],
      [
        { path: [1], before: 2, after: 3 },
        { path: [2], before: 3 },
      ],
    ],
    [[], [[]], [{ path: [0], after: [] }]],
    [
      { sensors: [{ celsius: 20 }, { celsius: 4 }] },
      { sensors: [{ celsius: 21 }, { celsius: 4 }] },
      [{ path: ['sensors', 0, 'celsius'], before: 20, after: 21 }],
    ],
  ])('%j and %j are %j', (before, after, differences) => {
    expect(differencesOf(before, after)).toEqual(differences);
  });

  test('integers beyond 2^53 are compared exactly', () => {
    expect(differencesOf(2n ** 60n, 2n ** 60n)).toEqual([]);
    expect(differencesOf([2n ** 60n], [2n ** 60n + 1n])).toHaveLength(1);
  });

  test('names that objects have by themselves are names like others', () => {
    const before = JSON.parse('{"constructor": 1, "__proto__": 2}') as object;
    const after = JSON.parse('{"toString": 1, "__proto__": 3}') as object;
    expect(differencesOf(before, after)).toEqual([
      { path: ['constructor'], before: 1 },
      { path: ['__proto__'], before: 2, after: 3 },
      { path: ['toString'], after: 1 },
    ]);
  });
});

test.each([
  [[], ''],
  [['sensors', 0, 'celsius'], '.sensors[0].celsius'],
  [['air pressure', 'größe', ''], '."air pressure".größe.""'],
  [[1, 2], '[1][2]'],
])('the path %j is written as "%s"', (path, text) => {
  expect(textOfPath(path)).toBe(text);
});
