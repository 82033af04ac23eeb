import { describe, expect, test } from 'vitest';
import { Line, Spot } from '../../src/server/line.js';

function lineOf(...names: string[]): { line: Line<string>; spots: Spot<string>[] } {
  const line = new Line<string>();
  const spots = names.map((name) => new Spot(name));
  for (const spot of spots) spot.join(line);
  return { line, spots };
}

describe('a line', () => {
  test('is empty at first', () => {
    const { line } = lineOf();
    expect([[...line], line.size, line.first, line.last]).toEqual([[], 0, null, null]);
  });

  test('has its members in the order in which they joined', () => {
    const { line } = lineOf('a', 'b', 'c');
    expect([[...line], line.size]).toEqual([['a', 'b', 'c'], 3]);
  });

  test.each([
    [0, ['b', 'c']],
    [1, ['a', 'c']],
    [2, ['a', 'b']],
  ])('closes up where one leaves: %i', (index, left) => {
    const { line, spots } = lineOf('a', 'b', 'c');
    spots[index]?.leave();
    expect([[...line], line.size, line.first?.member, line.last?.member]).toEqual([
      left,
      2,
      left[0],
      left[1],
    ]);
    spots[index]?.join(line);
    expect([...line]).toEqual([...left, spots[index]?.member]);
  });

  test('holds nobody who has left, and is held by nobody', () => {
    const { line, spots } = lineOf('a', 'b', 'c');
    for (const spot of spots) spot.leave();
    expect([line.first, line.last, line.size]).toEqual([null, null, 0]);
    for (const { line: of, before, after } of spots) expect([of, before, after]).toEqual([null, null, null]);
  });

  test('lets nobody leave twice', () => {
    const { line, spots } = lineOf('a', 'b');
    spots[0]?.leave();
    spots[0]?.leave();
    expect([[...line], line.size]).toEqual([['b'], 1]);
  });

  test('gives up a member that joins another, or joins again', () => {
    const { line, spots } = lineOf('a', 'b');
    const { line: other } = lineOf('x');
    spots[0]?.join(other);
    expect([[...line], [...other], line.size, other.size]).toEqual([['b'], ['x', 'a'], 1, 2]);
    spots[1]?.join(line);
    expect([[...line], line.size]).toEqual([['b'], 1]);
  });

  test('lets members leave while it is gone through', () => {
    const { line, spots } = lineOf('a', 'b', 'c');
    const seen: string[] = [];
    for (const name of line) {
      seen.push(name);
      spots[seen.length - 1]?.leave();
    }
    expect([seen, line.size]).toEqual([['a', 'b', 'c'], 0]);
  });
});
