import { describe, expect, test } from 'vitest';
import { Line } from '../../../src/session/asking/line.js';
import { PendingRequest } from '../../../src/session/asking/pending-request.js';

function request(dataId: number): PendingRequest {
  return new PendingRequest('request', 1, dataId, null, null, 1);
}

/** The members of a line, read from its front and from its back. */
function membersOf(line: Line): { forward: number[]; backward: number[] } {
  const forward: number[] = [];
  const backward: number[] = [];
  for (let each = line.first; each !== null; each = each.behind) forward.push(each.dataId);
  for (let each = line.last; each !== null; each = each.before) backward.unshift(each.dataId);
  return { forward, backward };
}

describe('a line', () => {
  test('keeps its order, whoever leaves it', () => {
    for (const leaving of [
      [0],
      [1],
      [2],
      [0, 1],
      [1, 0],
      [1, 2],
      [2, 1],
      [0, 2],
      [2, 0],
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
    ]) {
      const line = new Line(1, 7);
      const all = [0, 1, 2].map(request);
      for (const each of all) line.append(each);
      for (const n of leaving) line.remove(all[n] as PendingRequest);
      const left = [0, 1, 2].filter((n) => !leaving.includes(n));
      expect(membersOf(line)).toEqual({ forward: left, backward: left });
      expect(line.isEmpty).toBe(left.length === 0);
      const gone = leaving.map((n) => all[n] as PendingRequest);
      for (const each of gone) expect([each.line, each.before, each.behind]).toEqual([null, null, null]);
      const next = request(9);
      line.append(next);
      expect(membersOf(line)).toEqual({ forward: [...left, 9], backward: [...left, 9] });
      expect(next.line).toBe(line);
    }
  });

  test('is not empty while somebody waits behind its ghosts', () => {
    const line = new Line(1, 7);
    expect([line.answerSid, line.dataId, line.isEmpty]).toEqual([1, 7, true]);
    line.waitingBehindGhosts.add(request(1));
    expect(line.isEmpty).toBe(false);
  });
});
