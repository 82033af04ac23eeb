/** What rules say of answers that a peer might give: each form of right and wrong, on records that a test writes. */

import { describe, expect, test } from 'vitest';
import type { LinkRecord, RecordEvent } from '../../../src/cli/certify/record.js';
import { UNLIKELY_DATA_ID, UNLIKELY_DATA_IDS } from '../../../src/cli/certify/say.js';
import { Message } from '../../../src/index.js';
import {
  differs,
  gone,
  got,
  holds,
  judged,
  notJudged,
  observed,
  pong,
  SUBJECT,
  seed,
  sent,
} from './judged.js';

const NOTHING = 'no answer within 1000 ms';
const answered = (dataId: number, status = 4): RecordEvent => got({ serviceId: 11, dataId, status });
const written = (text: string): RecordEvent => ({
  kind: 'message',
  message: new Message({ serviceId: 9, dataId: 0 }),
  payload: Buffer.from(text),
  ms: 0,
});
const allReads = [7, ...UNLIKELY_DATA_IDS].map((dataId) => answered(dataId));
const seeds = (count: number): RecordEvent[] =>
  Array.from({ length: 11 }, (_, index) => [
    sent(`seed ${index}`),
    ...(index < count ? [seed(`a seed of sixteen ${index}`)] : []),
  ]).flat();

describe('the judgement', () => {
  test.each<readonly [string, LinkRecord, object]>([
    ['a name', [sent('ping'), pong({ data: 'pump' })], holds],
    ['no name', [sent('ping'), pong()], holds],
    [
      'another status',
      [sent('ping'), pong({ status: 4 })],
      differs('answered with status 4 (service or data unknown)'),
    ],
    ['a number', [sent('ping'), pong({ data: 7 })], differs('answered with something else')],
    ['nothing', [sent('ping')], differs(NOTHING)],
  ])('of the answer to the request for a name tells %s', (_, record, expected) => {
    expect(judged('name/answered', record)).toEqual(expected);
  });

  test.each<readonly [string, LinkRecord, object]>([
    ['null', [sent('name'), pong()], holds],
    ['a name', [sent('name'), pong({ data: 'pump' })], differs('answered with data, expected null')],
    [
      'another status',
      [sent('name'), pong({ status: 6 })],
      differs('answered with status 6 (operation not permitted)'),
    ],
    ['nothing', [sent('name')], differs(NOTHING)],
  ])('of the answer to a name tells %s', (_, record, expected) => {
    for (const id of ['name/taken', 'name/another']) expect(judged(id, record)).toEqual(expected);
  });

  test.each<readonly [string, LinkRecord, object]>([
    ['the same', [sent('first'), pong({ data: 'a' }), sent('second'), pong({ data: 'a' })], holds],
    [
      'another',
      [sent('first'), pong({ data: 'a' }), sent('second'), pong({ data: 'b' })],
      differs('the second answer is another name'),
    ],
    [
      'none',
      [sent('first'), pong({ data: 'a' }), sent('second')],
      differs(`1 of 2 were answered: ${NOTHING}`),
    ],
  ])('of a second answer tells %s', (_, record, expected) => {
    expect(judged('name/again', record)).toEqual(expected);
  });

  test.each<readonly [string, LinkRecord, object]>([
    ['all', [sent('reads'), ...allReads, pong()], holds],
    [
      'one without',
      [sent('reads'), ...allReads.slice(0, -1), pong()],
      differs(`not answered once each: READ ${UNLIKELY_DATA_IDS.at(-1)}`),
    ],
    [
      'one twice',
      [sent('reads'), answered(7), ...allReads, pong()],
      differs('not answered once each: READ 7'),
    ],
    ['no name', [sent('reads'), ...allReads], differs('not answered once each: the channel name')],
    [
      'two names',
      [sent('reads'), ...allReads, pong(), pong()],
      differs('not answered once each: the channel name'),
    ],
  ])('of requests with other ids tells %s', (_, record, expected) => {
    expect(judged('dispatch/other-ids', record)).toEqual(expected);
  });

  test.each<readonly [string, LinkRecord, object]>([
    ['silence', [sent('response'), pong()], holds],
    ['an answer to it', [sent('response'), answered(UNLIKELY_DATA_ID), pong()], differs('answered it')],
    ['a message of the peer', [sent('response'), answered(7), pong()], holds],
    ['the end', [sent('response'), gone], differs('the peer hung up without an answer')],
  ])('of a response that nobody asked for tells %s', (_, record, expected) => {
    expect(judged('dispatch/response', record)).toEqual(expected);
  });

  test.each<readonly [string, unknown, number, object]>([
    ['64 hex digits', '0f'.repeat(32), 0, holds],
    ['capital digits', '0F'.repeat(32), 0, observed('the seed is another text, of 64 characters')],
    ['sixteen characters', 'x'.repeat(16), 0, observed('the seed is another text, of 16 characters')],
    ['fewer', 'x'.repeat(15), 0, differs('the seed has 15 characters')],
    [
      'as many as there may be',
      'x'.repeat(1_024),
      0,
      observed('the seed is another text, of 1024 characters'),
    ],
    ['more', 'x'.repeat(1_025), 0, differs('the seed has 1025 characters')],
    ['no text', [1, 2], 0, differs('the seed is no text')],
    ['another status', null, 4, differs('answered with status 4 (service or data unknown)')],
  ])('of a seed tells %s', (_, data, status, expected) => {
    const answer = got({ serviceId: 1, dataId: 0, data, status });
    expect(judged('authentication/seed', [sent('seed'), answer])).toEqual(expected);
    expect(judged('authentication/seed', [sent('seed')])).toEqual(differs(NOTHING));
  });

  test('of many seeds tells when the peer hangs up', () => {
    expect(judged('authentication/many-seeds', [...seeds(10), gone])).toEqual(holds);
    expect(judged('authentication/many-seeds', [...seeds(3), gone])).toEqual(
      observed('hangs up after 3 seeds'),
    );
    expect(judged('authentication/many-seeds', seeds(11))).toEqual(
      observed('sends 11 seeds, and does not hang up'),
    );
  });

  test.each<readonly [string, LinkRecord, object]>([
    ['silence', [sent('nonsense'), pong()], holds],
    ['messages', [sent('nonsense'), answered(7), pong(), answered(8)], observed('sends 2 messages for it')],
    ['two answers', [sent('nonsense'), pong(), pong()], differs('answered 2 times, expected once')],
  ])('of nonsense tells %s', (_, record, expected) => {
    expect(judged('message/nonsense', record)).toEqual(expected);
  });

  test.each<readonly [string, LinkRecord, object]>([
    [
      'the original',
      [sent('ping'), written('{"data_id": 0, "service_id": 9, "status": 0, "data": null}')],
      holds,
    ],
    [
      'another way',
      [sent('ping'), written('{"data_id":0,"service_id":9,"status":0,"data":null}')],
      observed('writes them in another way, which every receiver has to take'),
    ],
    ['nothing', [sent('ping')], notJudged(NOTHING)],
  ])('of how a peer writes tells %s', (_, record, expected) => {
    expect(judged('message/envelope', record)).toEqual(expected);
  });

  test.each<readonly [string, LinkRecord, object]>([
    ['an answer and the end', [sent('request'), pong(), gone], holds],
    ['an answer', [sent('request'), pong()], observed('answers, and does not hang up within 1000 ms')],
    ['the end', [sent('request'), gone], observed('the peer hung up without an answer')],
  ])('of a client that has ended its stream tells %s', (_, record, expected) => {
    expect(judged('order/half-closed', record)).toEqual(expected);
  });

  test('of a peer that does not answer at all is why', () => {
    expect(judged('name/answered', [sent('ping')], { ...SUBJECT, silence: 'it speaks HTTP' })).toEqual(
      differs('it speaks HTTP'),
    );
  });
});
