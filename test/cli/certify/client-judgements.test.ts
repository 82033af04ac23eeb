/** What rules say of what a client might send: each form of right and wrong, on records that a test writes. */

import { describe, expect, test } from 'vitest';
import type { LinkRecord } from '../../../src/cli/certify/record.js';
import { PING_OF_CLIENTS, UNLIKELY_DATA_ID } from '../../../src/cli/certify/say.js';
import {
  CLIENT,
  differs,
  gone,
  got,
  holds,
  judged,
  notJudged,
  observed,
  opened,
  refused,
  sent,
} from './judged.js';

const A = 'authentication';
const name = (data: unknown): ReturnType<typeof got> => got({ serviceId: 8, dataId: 0, data });
const seedRequest = got({ serviceId: 0, dataId: 0 });
const key = (data: unknown, status = 0): ReturnType<typeof got> =>
  got({ serviceId: 0, dataId: 1, data, status });
const answered = (status: number): ReturnType<typeof got> =>
  got({ serviceId: 11, dataId: UNLIKELY_DATA_ID, status });
const ponged = got({ serviceId: 11, dataId: PING_OF_CLIENTS.dataId, status: 1 });
const [ONE, TWO] = ['1'.repeat(128), '2'.repeat(128)];

describe('the judgement', () => {
  test.each<readonly [string, LinkRecord, object]>([
    ['null', [name(null)], holds],
    ['a name', [name('pump'), seedRequest], holds],
    ['a number', [name(7)], differs('its name is no text')],
    ['something else', [seedRequest, name(null)], differs('sent (0, 0) first, expected (8, 0)')],
    ['nothing', [], differs('no message within 1000 ms')],
    ['the end', [gone], differs('the peer hung up without a message')],
    [
      'a status',
      [got({ serviceId: 8, dataId: 0, status: 4 })],
      differs('asked with status 4 (service or data unknown)'),
    ],
  ])('of the first message tells %s', (_, record, expected) => {
    expect(judged('name/asked', record, CLIENT)).toEqual(expected);
  });

  test('of the request for a seed tells whether it came, and with data', () => {
    const id = `${A}/seed-request`;
    expect(judged(id, [name(null), seedRequest], CLIENT)).toEqual(holds);
    expect(judged(id, [got({ serviceId: 0, dataId: 0, data: 1 })], CLIENT)).toEqual(
      differs('asked with data'),
    );
    expect(judged(id, [seedRequest, opened, name(null)], CLIENT)).toEqual(
      differs('no request within 1000 ms'),
    );
  });

  test.each<readonly [string, LinkRecord, object]>([
    ['two', [sent('first'), key(ONE), opened, sent('second'), key(TWO)], holds],
    [
      'one for both',
      [sent('first'), key(ONE), opened, sent('second'), key(ONE)],
      differs('sent the same key for two seeds'),
    ],
    ['none', [sent('first'), opened, sent('second'), key(TWO)], differs('no key within 1000 ms')],
    ['no text', [sent('first'), key(7), opened, sent('second'), key(TWO)], differs('the key is no text')],
    [
      'a status',
      [sent('first'), key(ONE, 2), opened, sent('second'), key(TWO)],
      differs('sent it with status 2 (callback error)'),
    ],
    [
      'another text',
      [sent('first'), key('x'), opened, sent('second'), key(TWO)],
      differs('the key is another text, of 1 characters'),
    ],
    [
      'no request for a second seed',
      [sent('first'), key(ONE), opened, name(null)],
      notJudged('the peer did not ask for a seed on this connection'),
    ],
  ])('of keys tells %s', (_, record, expected) => {
    expect(judged(`${A}/key-form`, record, CLIENT)).toEqual(expected);
  });

  test.each<readonly [string, LinkRecord, object]>([
    ['a refusal', [sent('verdict'), sent('read'), refused], holds],
    ['the end', [sent('verdict'), gone], holds],
    ['the end at READ', [sent('verdict'), sent('read'), gone], holds],
    [
      'an answer',
      [sent('verdict'), sent('read'), answered(1)],
      differs('after it READ got status 1 (no callback for the request, it was buffered)'),
    ],
    ['no key', [sent('read'), refused], notJudged('the peer sent no key')],
  ])('of a refused key tells %s', (_, record, expected) => {
    for (const id of [`${A}/refused`, `${A}/odd-verdict`])
      expect(judged(id, record, CLIENT)).toEqual(expected);
  });

  test('of no seed tells a key', () => {
    const record = [sent('denied'), key(ONE), sent('read'), refused];
    expect(judged(`${A}/no-seed`, record, CLIENT)).toEqual(differs('sent a key, though it got no seed'));
  });

  test('of a verdict before the key says nothing where strangers are answered as well', () => {
    const id = `${A}/verdict-unasked`;
    const strangers = (status: number): LinkRecord => [sent('stranger'), answered(status), sent('verdict')];
    expect(judged(id, [...strangers(3), sent('read'), refused], CLIENT)).toEqual(holds);
    expect(judged(id, [...strangers(3), sent('read'), answered(4)], CLIENT).kind).toBe('differs');
    expect(judged(id, [...strangers(4), sent('read'), answered(4)], CLIENT).kind).toBe('not judged');
  });

  test('of requests tells an answer, and trust that is gone', () => {
    const id = `${A}/requests`;
    expect(judged(id, [sent('requests'), sent('ping'), ponged], CLIENT)).toEqual(holds);
    const answer = got({ serviceId: 1, dataId: 1, status: 4 });
    expect(judged(id, [sent('requests'), answer, sent('ping'), ponged], CLIENT)).toEqual(
      differs('answered with status 4 (service or data unknown)'),
    );
    const turnedAway = got({ serviceId: 11, dataId: PING_OF_CLIENTS.dataId, status: 3 });
    expect(judged(id, [sent('requests'), sent('ping'), turnedAway], CLIENT)).toEqual(
      differs('after it READ was turned away'),
    );
  });

  test('of seeds that clients of ours refuse tells what others do', () => {
    expect(judged(`${A}/short-seed`, [sent('seed'), key(ONE)], CLIENT)).toEqual(observed('sends one'));
    expect(judged(`${A}/short-seed`, [sent('seed'), gone], CLIENT)).toEqual(holds);
    const twice = [sent('first'), key(ONE), opened, sent('again'), key(ONE)];
    expect(judged(`${A}/repeated-seed`, twice, CLIENT)).toEqual(observed('sends the same key again'));
    expect(judged(`${A}/repeated-seed`, twice.slice(0, -1), CLIENT)).toEqual(holds);
  });

  test('of READ tells the data id of another answer', () => {
    const other = got({ serviceId: 11, dataId: 7 });
    expect(judged('dispatch/answered', [sent('ping'), ponged], CLIENT)).toEqual(holds);
    expect(judged('dispatch/answered', [sent('ping'), other], CLIENT)).toEqual(
      differs(`answered with (11, 7), expected (11, ${PING_OF_CLIENTS.dataId})`),
    );
    expect(judged('dispatch/answered', [sent('ping'), gone], CLIENT)).toEqual(
      differs('the peer hung up without an answer'),
    );
  });
});
