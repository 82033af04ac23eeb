/** The rules as data, and their judgements alone: on records that a test writes. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pictureOf } from '../../../src/cli/certify/charts.js';
import { groupOf } from '../../../src/cli/certify/junit.js';
import type { LinkRecord, RecordEvent } from '../../../src/cli/certify/record.js';
import { GROUPS, type Rule, type TalkRule } from '../../../src/cli/certify/rule.js';
import { RULES_FOR } from '../../../src/cli/certify/rules/index.js';
import { UNLIKELY_DATA_ID } from '../../../src/cli/certify/say.js';
import { NO_TOTALS, withRecord } from '../../../src/cli/certify/totals.js';
import {
  differs,
  gone,
  got,
  holds,
  judged,
  notJudged,
  observed,
  opened,
  pong,
  refused,
  seed,
  sent,
  verdict,
} from './judged.js';

const textOf = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

describe.each(Object.entries(RULES_FOR))('a rule for a %s', (_, rules) => {
  test('has an id of its own, in a group that there is', () => {
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
    expect(rules.filter((rule) => !(GROUPS as readonly string[]).includes(groupOf(rule)))).toEqual([]);
  });

  test('that a peer may hold against us comes after all others', () => {
    const talks = rules.filter((rule): rule is TalkRule => 'steps' in rule);
    const isAttack = ({ id, needs = [] }: Rule): boolean =>
      needs.includes('attacks') || id === 'authentication/refused';
    expect(talks.slice(talks.findIndex(isAttack)).every(isAttack)).toBe(true);
  });

  test('changes a peer only where that is allowed', () => {
    for (const rule of rules) {
      const { needs = [] } = rule;
      if (/write/.test(rule.id)) expect(needs).toContain('write');
      if (/execute|equal-ids/.test(rule.id)) expect(needs).toContain('execute');
    }
  });

  test('names transitions that the pictures have', () => {
    for (const { charts = [], id } of rules)
      for (const { chart, transitions } of charts)
        for (const transition of transitions)
          expect(pictureOf(chart), id).toContain(`data-transition="${transition}"`);
  });
});

test('the table of docs/certify.md has each rule once, with whom it is about and what it needs', () => {
  const rowOf = (of: string, { id, title, section, needs = [], isOpen }: Rule): string => {
    const open = isOpen === true ? ' _(open)_' : '';
    return `| \`${id}\` | ${title}${open} | ${of} | [${section}](protocol.md) | ${needs.join(', ')} |`;
  };
  const isSame = (one: Rule) => (other: Rule) => one.id === other.id && one.title === other.title;
  const { server, client } = RULES_FOR;
  const rows = [
    ...server.map((rule) => rowOf(client.some(isSame(rule)) ? 'both' : 'listens', rule)),
    ...client.filter((rule) => !server.some(isSame(rule))).map((rule) => rowOf('connects', rule)),
  ];
  const [, table = ''] = /<!-- rules -->\n\|.*\n\|.*\n((?:\|.*\n)+)/.exec(textOf('docs/certify.md')) ?? [];
  expect(table.trimEnd().split('\n')).toEqual(rows);
});

describe('the judgement', () => {
  test.each<readonly [string, LinkRecord, object]>([
    ['one answer', [sent('request'), pong()], holds],
    ['none', [sent('request')], differs('no answer within 1000 ms')],
    ['two', [sent('request'), pong(), pong()], differs('answered 2 times, expected once')],
    ['the end', [sent('request'), gone], differs('the peer hung up without an answer')],
    ['an answer and the end', [sent('request'), pong(), gone], differs('answered, and hung up')],
    [
      'a broken answer',
      [sent('request'), { kind: 'undecodable', reason: 'checksum' }],
      differs('no answer within 1000 ms; what came could not be read: checksum'),
    ],
    ['an answer before it', [pong(), sent('request')], differs('no answer within 1000 ms')],
    [
      'an answer on the next connection',
      [sent('request'), opened, pong()],
      differs('no answer within 1000 ms'),
    ],
  ])('of a frame tells %s', (_, record, expected) => {
    expect(judged('framing/bytes', record)).toEqual(expected);
  });

  test.each<readonly [string, LinkRecord, object]>([
    ['only the next answer', [sent('damaged'), sent('ping'), pong()], holds],
    [
      'an answer to it',
      [sent('damaged'), pong(), sent('ping'), pong()],
      differs('answered a request whose checksum is wrong'),
    ],
    [
      'status 5',
      [sent('damaged'), pong({ status: 5 }), sent('ping'), pong()],
      observed('answers it with status 5 (checksum error), as an option of this library does'),
    ],
    [
      'the end',
      [sent('damaged'), gone],
      differs('after it, the next request: the peer hung up without an answer'),
    ],
  ])('of a checksum tells %s', (_, record, expected) => {
    expect(judged('message/checksum', record)).toEqual(expected);
  });

  test.each<readonly [string, LinkRecord, object]>([
    ['a refusal', [sent('key'), verdict(false), sent('read'), refused], holds],
    ['trust', [sent('key'), verdict(true), sent('read'), refused], differs('the key was accepted')],
    [
      'trust in spite of a refusal',
      [
        sent('key'),
        verdict(false),
        sent('read'),
        got({ serviceId: 11, dataId: UNLIKELY_DATA_ID, status: 4 }),
      ],
      differs('after it READ got status 4 (service or data unknown)'),
    ],
    [
      'another form of refusal',
      [sent('key'), verdict(null, 6), sent('read'), refused],
      observed('answered with status 6 (operation not permitted), expected status 0 and false'),
    ],
    ['no seed to make a key for', [sent('read'), refused], notJudged('no seed came')],
  ])('of a wrong key tells %s', (_, record, expected) => {
    expect(judged('authentication/wrong-key', record)).toEqual(expected);
  });

  test.each<readonly [string, readonly string[], object]>([
    ['three', ['a', 'b', 'c'], holds],
    ['two that are the same', ['a', 'b', 'a'], differs('two of three seeds were the same')],
    ['two', ['a', 'b'], differs('the third seed: no answer within 1000 ms')],
  ])('of seeds tells %s', (_, seeds, expected) => {
    const labels = ['first', 'second', 'third'];
    const record = labels.flatMap((label, index) => [
      sent(label),
      ...(seeds[index] === undefined ? [] : [seed(seeds[index])]),
    ]);
    expect(judged('authentication/fresh-seeds', record)).toEqual(expected);
  });

  test('of the third wrong key tells at which the peer hung up', () => {
    const guess = (label: string): LinkRecord => [sent(label), verdict(false)];
    const id = 'authentication/third-wrong-key';
    expect(judged(id, [...guess('first'), ...guess('second'), sent('third'), gone])).toEqual(holds);
    expect(judged(id, [...guess('first'), sent('second'), gone, sent('third')])).toEqual(
      observed('hangs up at wrong key 2'),
    );
    expect(judged(id, ['first', 'second', 'third'].flatMap(guess))).toEqual(
      observed('lets a client guess on'),
    );
  });

  test('of the order tells the order, and whether it can be seen', () => {
    const echoes = (data: readonly number[]): LinkRecord => [
      sent('all'),
      ...data.map((each) => got({ serviceId: 31, dataId: 1, data: each })),
    ];
    expect(judged('order/equal-ids', echoes([1, 2, 3, 4, 5, 6, 7, 8]))).toEqual(holds);
    expect(judged('order/equal-ids', echoes([2, 1, 3, 4, 5, 6, 7, 8]))).toEqual(
      differs('answered in the order 2, 1, 3, 4, 5, 6, 7, 8'),
    );
    expect(judged('order/equal-ids', echoes([0, 0, 0, 0, 0, 0, 0, 0])).kind).toBe('not judged');
  });
});

test('bytes outside of frames are counted and shown, but not the rest of a frame that broke off', () => {
  const bad = (reason: 'noise' | 'broken-escape', text: string): RecordEvent => ({
    kind: 'bad frame',
    reason,
    byteLength: text.length,
    sample: Buffer.from(text),
    protocol: null,
  });
  const totals = withRecord(NO_TOTALS, [
    bad('broken-escape', 'a'),
    bad('noise', 'rest'),
    bad('noise', 'boot'),
  ]);
  expect(totals).toMatchObject({ noiseBytes: 4, noiseSample: '"boot"', faults: { 'broken-escape': 1 } });
});
