import { describe, expect, test } from 'vitest';
import {
  isPending,
  isTroubled,
  latencyOf,
  sizeOf,
  statusOf,
  troubleWordOf,
} from '../../../visualizations/debugger/messages/row-facts.js';
import { Rows } from '../../../visualizations/debugger/messages/rows.js';
import { answer, drop, message, note, rowOf, rowsOf, trouble } from './made.js';

describe('the rows of messages', () => {
  test('a request and its answer are one row, with the time between them and the bytes of both', () => {
    const request = message({ number: 1, ms: 10, exchange: 1 });
    const answered = answer({ number: 3, ms: 14.5, exchange: 1, data: 'warm' });
    const [row, other] = rowsOf([request, message({ number: 2, exchange: 2, dataId: 7 }), answered]);
    expect(row).toMatchObject({ id: 0, first: { number: 1 }, answer: { number: 3 } });
    expect(row === undefined ? null : latencyOf(row)).toBe(4.5);
    expect(row === undefined ? null : sizeOf(row)).toBe((request.size ?? 0) + (answered.size ?? 0));
    expect(other).toMatchObject({ id: 1, answer: null });
    expect(other === undefined ? null : isPending(other)).toBe(true);
  });

  test('exchanges of the same number in other sessions are others', () => {
    const rows = rowsOf([
      message({ number: 1, exchange: 1 }),
      message({ number: 2, exchange: 1, group: 'valve' }),
      answer({ number: 3, exchange: 1, group: 'valve' }),
    ]);
    expect(rows.map((row) => row.answer?.number)).toEqual([undefined, 3]);
  });

  test('an answer to a request that is not known, a message and a drop have rows of their own', () => {
    const rows = rowsOf([
      answer({ number: 1, exchange: 9 }),
      answer({ number: 2, exchange: null }),
      message({ number: 3, role: 'message', serviceId: 40 }),
      drop({ number: 4 }),
      note({ number: 5 }),
      note({ number: 6, code: 'connect-failed', reason: 'connection-refused', isTrouble: true }),
    ]);
    expect(rows.map(({ first }) => first.number)).toEqual([1, 2, 3, 4, 6]);
    expect(rows.map(troubleWordOf)).toEqual(['', '', '', 'noise', 'connection refused']);
  });

  test('a time-out stands in the row of its request, with how long it was waited for', () => {
    const row = rowOf(
      message({ number: 1, ms: 0, exchange: 4 }),
      trouble({ number: 2, ms: 5_001, exchange: 4, about: { waitedMs: 5_000 } }),
    );
    expect([isPending(row), latencyOf(row), troubleWordOf(row), statusOf(row)]).toEqual([
      false,
      5_000,
      'timed out',
      null,
    ]);
  });

  test('an answer that comes after the time-out is in the row too', () => {
    const row = rowOf(
      message({ number: 1, ms: 0, exchange: 4 }),
      trouble({ number: 2, ms: 5_000, exchange: 4 }),
      answer({ number: 3, ms: 6_000, exchange: 4 }),
    );
    expect([latencyOf(row), troubleWordOf(row), statusOf(row)?.name]).toEqual([6_000, 'timed out', 'okay']);
  });

  test('requests whose connection goes away are no longer pending', () => {
    const rows = rowsOf([
      message({ number: 1, ms: 0, exchange: 1 }),
      message({ number: 2, exchange: 1, group: 'valve' }),
      note({ number: 3, ms: 70, code: 'disconnected', reason: 'peer-closed' }),
      message({ number: 4, exchange: 2 }),
    ]);
    expect(rows.map(isPending)).toEqual([false, true, true]);
    expect(rows.map(isTroubled)).toEqual([true, false, false]);
    expect(rows.map(troubleWordOf)).toEqual(['connection lost', '', '']);
    expect(rows.map(latencyOf)).toEqual([70, null, null]);
  });

  test('what is found by a drop or a note is told in its row; any other trouble without an exchange has a row', () => {
    const rows = rowsOf([
      drop({ number: 1, ms: 5 }),
      trouble({ number: 2, ms: 5, code: 'noise', text: 'boot messages on the line' }),
      trouble({ number: 3, ms: 5, code: 'codec-mismatch', incident: 2 }),
      trouble({ number: 4, ms: 9, code: 'half-open', incident: 3 }),
      trouble({ number: 5, ms: 9, code: 'noise', incident: 4, coveredBy: 1 }),
      note({ number: 6, ms: 10, code: 'disconnected', reason: 'connection-reset', isTrouble: true }),
      trouble({ number: 7, ms: 10, code: 'link-lost', group: 'valve' }),
    ]);
    expect(rows.map((row) => [row.first.number, row.trouble?.number])).toEqual([
      [1, 2],
      [3, 3],
      [4, 4],
      [6, undefined],
      [7, 7],
    ]);
    expect(rows.map(troubleWordOf)).toEqual([
      'noise',
      'codec mismatch',
      'half open',
      'connection reset',
      'link lost',
    ]);
  });

  test('what is told again while it goes on has one row, in which it is found', () => {
    const rows = new Rows();
    for (const entry of [
      drop({ number: 1, ms: 5 }),
      trouble({ number: 2, ms: 5, code: 'noise' }),
      drop({ number: 3, ms: 300 }),
      trouble({ number: 4, ms: 1_005, code: 'noise', count: 2 }),
    ])
      rows.take(entry);
    expect(rows.all.map(({ first }) => first.number)).toEqual([1, 3]);
    expect(rows.of(4)).toBe(rows.of(1));
    rows.forgetBefore(5);
    expect([rows.all.length, rows.of(4)]).toEqual([0, undefined]);
  });

  test('a request that has no answer yet is pending though a detector has said so', () => {
    const waiting = [
      message({ number: 1, ms: 0, exchange: 1 }),
      trouble({ number: 2, ms: 900, exchange: 1, code: 'unanswered' }),
    ];
    const row = rowOf(...waiting);
    expect([isPending(row), isTroubled(row), troubleWordOf(row)]).toEqual([true, true, 'unanswered']);
    const late = rowOf(...waiting, answer({ number: 3, ms: 950, exchange: 1 }));
    expect([isPending(late), latencyOf(late)]).toEqual([false, 950]);
  });

  test('the status of an answer says more than that it is bad', () => {
    const row = rowOf(
      message({ number: 1, ms: 0, exchange: 1 }),
      answer({ number: 2, ms: 4, exchange: 1, status: 6 }),
      trouble({ number: 3, ms: 4, exchange: 1, code: 'bad-status' }),
    );
    expect([row.trouble?.number, troubleWordOf(row)]).toEqual([3, 'operation not permitted']);
  });

  test('leave none of their troubles behind, though a row has kept only the last', () => {
    const rows = new Rows();
    for (const entry of [
      message({ number: 1, exchange: 1 }),
      trouble({ number: 2, exchange: 1 }),
      trouble({ number: 3, exchange: 1 }),
      trouble({ number: 4, exchange: 1 }),
      message({ number: 5, exchange: 2 }),
    ])
      rows.take(entry);
    expect([2, 3, 4].map((number) => rows.of(number)?.id)).toEqual([0, 0, 0]);
    rows.forgetBefore(5);
    expect([1, 2, 3, 4].filter((number) => rows.of(number) !== undefined)).toEqual([]);
    expect(rows.of(5)?.id).toBe(1);
  });

  test('are found by the number of any of their entries until they are forgotten', () => {
    const rows = new Rows();
    const gone: number[] = [];
    rows.listen({
      added: () => {},
      changing: () => {},
      changed: () => {},
      forgotten: (some) => gone.push(...some.map(({ id }) => id)),
    });
    for (const entry of [
      message({ number: 1, exchange: 1 }),
      message({ number: 2, exchange: 2 }),
      answer({ number: 3, exchange: 1 }),
      message({ number: 4, exchange: 3 }),
    ])
      rows.take(entry);
    expect([rows.of(3)?.id, rows.withId(2)?.first.number]).toEqual([0, 4]);
    rows.forgetBefore(4);
    expect(gone).toEqual([0, 1]);
    expect([rows.of(3), rows.of(1), rows.withId(0), rows.withId(2)?.first.number]).toEqual([
      undefined,
      undefined,
      undefined,
      4,
    ]);
    // the answer to a row that is gone
    rows.take(answer({ number: 5, exchange: 2 }));
    expect(rows.all.map(({ first }) => first.number)).toEqual([4, 5]);
  });
});
