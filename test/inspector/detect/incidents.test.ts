/** The book of a group's troubles, on links that fail for days. */

import { describe, expect, test } from 'vitest';
import { Incidents } from '../../../src/inspector/detect/incidents.js';

/** A link that is reset so often; what happens again and again explains each loss. */
function resets(incidents: Incidents, times: number): number[] {
  const losses: number[] = [];
  for (let time = 0; time < times; time++) {
    const ms = 1_000 * time;
    const loss = incidents.happened({ code: 'link-lost', key: 'connection-reset', text: 'lost' }, ms);
    const again = incidents.happened({ code: 'reset-again', text: 'again' }, ms);
    incidents.cover([loss], again);
    incidents.take(ms);
    losses.push(loss);
  }
  return losses;
}

const badStatus = (dataId: number) =>
  ({ code: 'bad-status', key: `${dataId}`, text: `bad ${dataId}` }) as const;

describe('a group of many incidents', () => {
  test('tells troubles apart, however many were explained before', () => {
    const incidents = new Incidents();
    resets(incidents, 1_000);
    const numbers = [7, 8, 7].map((dataId) => incidents.happened(badStatus(dataId), 1_000_000));
    expect(numbers[0]).not.toBe(numbers[1]);
    expect(numbers[2]).toBe(numbers[0]);
    expect(incidents.take(1_000_000)).toMatchObject([
      { code: 'bad-status', text: 'bad 7', count: 2 },
      { code: 'bad-status', text: 'bad 8', count: 1 },
    ]);
  });

  test('forgets those that others explain, but for the last', () => {
    const incidents = new Incidents();
    const losses = resets(incidents, 1_000);
    for (const loss of losses) incidents.learned(loss, { text: 'more', about: { known: true } }, 2_000_000);
    const known = losses.filter((loss) => incidents.aboutOf(loss)['known'] === true);
    expect(known).toEqual(losses.slice(-64));
  });

  test('counts by their codes what is too much to tell apart', () => {
    const incidents = new Incidents();
    const numbers = Array.from({ length: 1_000 }, (_, dataId) => incidents.happened(badStatus(dataId), 0));
    expect(new Set(numbers).size).toBe(257);
    expect(incidents.take(0).at(-1)).toMatchObject({ count: 744 });
  });
});

describe('a trouble that happens again and again', () => {
  /** How many of it each look at it tells of, one look after each that happens. */
  function told(everyMs: number, times: number, perSecond?: number): (number | null)[] {
    const incidents = new Incidents();
    return Array.from({ length: times }, (_, index) => {
      const ms = everyMs * index;
      incidents.happened({ ...badStatus(1), ...(perSecond === undefined ? {} : { perSecond }) }, ms);
      return incidents.take(ms)[0]?.count ?? null;
    });
  }

  test('is told once in a second, with all that happened meanwhile', () => {
    expect(told(250, 9)).toEqual([1, null, null, null, 5, null, null, null, 9]);
    expect(told(1_000, 3)).toEqual([1, 2, 3]);
  });

  test('is told as often as it is worth it, and then once in a second', () => {
    expect(told(250, 9, 3)).toEqual([1, 2, 3, null, 5, 6, 7, null, 9]);
  });

  test('is told when its time has come, though nothing happens any more', () => {
    const incidents = new Incidents();
    for (const ms of [0, 10]) {
      incidents.happened(badStatus(1), ms);
      expect(incidents.take(ms)).toHaveLength(ms === 0 ? 1 : 0);
    }
    expect(incidents.take(999)).toEqual([]);
    expect(incidents.take(1_000)).toMatchObject([{ count: 2, firstMs: 0 }]);
    expect(incidents.take(5_000)).toEqual([]);
  });
});
