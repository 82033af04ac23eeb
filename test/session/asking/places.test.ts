import { describe, expect, test } from 'vitest';
import { PendingRequest } from '../../../src/session/asking/pending-request.js';
import { Places } from '../../../src/session/asking/places.js';

function request(answerSid: number, dataId: number): PendingRequest {
  return new PendingRequest('request', answerSid, dataId, null, null, 1);
}

function bench() {
  const counts = { queued: 0, inLine: 0, ghosts: 0, queuedBytes: 0 };
  return { counts, places: new Places(counts) };
}

describe('the lines of a session', () => {
  test('are found by both ids, whichever was found before', () => {
    const { counts, places } = bench();
    const all = [request(1, 1), request(1, 2), request(2, 1), request(1, 2 ** 40), request(1, 1)];
    for (const each of all) places.enterLine(each);
    expect(counts.inLine).toBe(5);
    for (const each of [...all.slice(0, 4), ...all.slice(0, 4).reverse()]) {
      expect(places.lineOf(each.answerSid, each.dataId)?.first).toBe(each);
      expect(places.lineOf(each.answerSid, each.dataId)?.first).toBe(each);
    }
    expect(places.lineOf(1, 1)?.last).toBe(all[4]);
    expect(places.lineOf(2, 2)).toBeUndefined();
    places.enterLine(request(2, 2));
    expect(places.lineOf(2, 2)?.first?.answerSid).toBe(2);
  });

  test('are kept for the next request of their ids when they are empty, up to eight', () => {
    const { counts, places } = bench();
    const all = Array.from({ length: 20 }, (_, dataId) => request(1, dataId));
    for (const each of all) places.enterLine(each);
    for (const each of all) places.leave(each);
    const left = all.flatMap(({ dataId }) => (places.lineOf(1, dataId) === undefined ? [] : [dataId]));
    expect(left).toEqual([12, 13, 14, 15, 16, 17, 18, 19]);
    expect([places.all(), places.written(), counts.inLine]).toEqual([[], [], 0]);

    const again = request(1, 19);
    const line = places.lineOf(1, 19);
    places.enterLine(again);
    expect(again.line).toBe(line);
    expect(places.written()).toEqual([again]);
  });

  test('are not found any more once they are dropped', () => {
    const { places } = bench();
    const all = Array.from({ length: 9 }, (_, dataId) => request(1, dataId));
    for (const each of all) places.enterLine(each);
    const [first] = all as [PendingRequest];
    expect(places.lineOf(1, 0)?.first).toBe(first);
    places.leave(first);
    expect(places.lineOf(1, 0)).toBeUndefined();
    const next = request(1, 0);
    places.enterLine(next);
    expect(places.all()).toContain(next);
  });
});
