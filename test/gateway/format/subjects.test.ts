import { describe, expect, test } from 'vitest';
import { checkPattern, checkSubject } from '../../../src/bus/checks.js';
import {
  allRequestsSubject,
  decodeWord,
  encodeWord,
  fromPattern,
  fromSubject,
  gatewaySubject,
  idsOfSubject,
  isPrefix,
  MAX_WORD_LENGTH,
  presenceListSubject,
  presenceSubject,
  requestSubject,
  WORKER_QUEUE,
} from '../../../src/gateway/format/subjects.js';
import { MAX_CHANNEL_NAME_LENGTH } from '../../../src/index.js';

/** Names that a bus would take for something else, and such as people give. */
const NAMES: readonly string[] = [
  'pump-3',
  'a_B-9',
  '*',
  '>',
  '.',
  '..',
  'a.b',
  '$SYS',
  '$from',
  '$presence',
  '%',
  '%41',
  'two words',
  ' ',
  '\t',
  'line\r\nbreak',
  '\u0000',
  '\u007f',
  'Küche',
  'ванная',
  '浴室',
  '🚿',
  '👩‍👩‍👧',
  '\u202eevil',
  '\ufeffmarked',
  '__proto__',
  '-',
  '😀'.repeat(MAX_CHANNEL_NAME_LENGTH),
  '\uffff'.repeat(MAX_CHANNEL_NAME_LENGTH),
];

/** A source of the same chances in each run. */
function chances(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Names of characters that mean something somewhere, and of any others. */
function manyNames(): string[] {
  const chance = chances(17);
  const special = [
    '.',
    '*',
    '>',
    '$',
    '%',
    ' ',
    '\n',
    '\u0000',
    'é',
    'e\u0301',
    'ﬁ',
    'Å',
    '\u212b',
    '😀',
    'a',
    'Z',
    '0',
    '_',
    '-',
  ];
  const character = (): string => {
    if (chance(2) === 0) return special[chance(special.length)] as string;
    const code = chance(0x11_0000);
    return code >= 0xd800 && code <= 0xdfff ? '?' : String.fromCodePoint(code);
  };
  return Array.from({ length: 2_000 }, () => Array.from({ length: 1 + chance(12) }, character).join(''));
}

describe('a name as a word of a subject', () => {
  test.each(
    NAMES.map((name) => [JSON.stringify(name).slice(0, 40), name]),
  )('becomes it and comes back: %s', (_, name) => {
    const word = encodeWord(name);
    expect(word).toMatch(/^(?:[A-Za-z0-9_-]|%[0-9A-F]{2})+$/);
    expect(decodeWord(word)).toBe(name.normalize('NFC'));
  });

  test('comes back whatever it is made of, and is the only one with its word', () => {
    const byWord = new Map<string, string>();
    for (const name of manyNames()) {
      const word = encodeWord(name);
      expect(word).toMatch(/^(?:[A-Za-z0-9_-]|%[0-9A-F]{2})+$/);
      expect(decodeWord(word)).toBe(name.normalize('NFC'));
      expect(byWord.get(word) ?? name.normalize('NFC')).toBe(name.normalize('NFC'));
      byWord.set(word, name.normalize('NFC'));
    }
  });

  test('stays as it is where it has only letters, digits, _ and -', () => {
    expect(encodeWord('Pump_3-b')).toBe('Pump_3-b');
  });

  test('has each other byte of its UTF-8 in capitals', () => {
    expect(encodeWord('a.*ü')).toBe('a%2E%2A%C3%BC');
  });

  test('is the same word however its accents are written', () => {
    expect(encodeWord('Ku\u0308che')).toBe(encodeWord('Küche'));
    expect(encodeWord('\u212b')).toBe(encodeWord('Å'));
  });

  test.each([
    ['empty', ''],
    ['with the first half of a pair of surrogates', 'a\ud83d'],
    ['with the second half', '\ude00b'],
    ['with the halves the wrong way round', '\ude00\ud83d'],
    ['too long', 'a'.repeat(MAX_WORD_LENGTH + 1)],
    ['too long as a word', '😀'.repeat(MAX_CHANNEL_NAME_LENGTH + 1)],
  ])('is refused where it is %s', (_, name) => {
    expect(() => encodeWord(name)).toThrow(
      expect.objectContaining({ code: 'ERR_BUS', reason: 'bus-bad-subject', written: false }),
    );
  });

  test.each([
    '',
    '%',
    '%4',
    '%zz',
    '%41',
    '%2e',
    '%C3',
    '%ED%A0%BD',
    'Ku%CC%88che',
    'a.b',
    '*',
    '>',
    'ü',
    ' ',
    `${'a'.repeat(MAX_WORD_LENGTH)}a`,
  ])('is read only as it is written: not %j', (word) => {
    expect(decodeWord(word)).toBeNull();
  });

  test('fits a line of NATS with all that stands beside it, also the longest', () => {
    const word = encodeWord('😀'.repeat(MAX_CHANNEL_NAME_LENGTH));
    expect(word).toHaveLength(MAX_WORD_LENGTH);
    const most = Number.MAX_SAFE_INTEGER;
    const prefix = 'p'.repeat(64);
    const inbox = `_INBOX.${'x'.repeat(22)}.${'x'.repeat(22)}`;
    const request = requestSubject(prefix, word, most, most);
    const from = fromSubject(prefix, word, most, most);
    const longest = [
      `HPUB ${request} ${inbox} ${most} ${most}\r\n`,
      `HPUB ${from} ${inbox} ${most} ${most}\r\n`,
      `SUB ${allRequestsSubject(prefix, word)} ${'q'.repeat(64)} ${most}\r\n`,
      // the line of a server to a client, and between servers with an account
      `HMSG ${from} ${most} ${inbox} ${most} ${most}\r\n`,
      `HMSG $G ${from} + ${inbox} ${'q'.repeat(64)} ${most} ${most}\r\n`,
    ];
    for (const line of longest) expect(Buffer.byteLength(line)).toBeLessThan(4_096);
    expect(() => checkSubject(request, inbox)).not.toThrow();
    expect(() => checkSubject(from, inbox)).not.toThrow();
    expect(() => checkPattern(allRequestsSubject(prefix, word), 'q'.repeat(64))).not.toThrow();
  });
});

describe('a subject', () => {
  test('is made of its words', () => {
    expect([
      requestSubject('sp', 'pump-3', 10, 0),
      allRequestsSubject('sp', 'pump-3'),
      fromSubject('sp', 'pump-3', 20, 7),
      fromPattern('sp', 20, 7),
      presenceSubject('sp'),
      presenceListSubject('sp'),
      gatewaySubject('sp', 'g1'),
      WORKER_QUEUE,
    ]).toEqual([
      'sp.pump-3.10.0',
      'sp.pump-3.*.*',
      'sp.$from.pump-3.20.7',
      'sp.$from.*.20.7',
      'sp.$presence',
      'sp.$presence.list',
      'sp.$gateway.g1',
      'worker',
    ]);
  });

  test.each([
    ['sp.pump-3.10.0', { word: 'pump-3', serviceId: 10, dataId: 0 }],
    ['sp.$from.a%2Eb.20.9007199254740991', { word: 'a%2Eb', serviceId: 20, dataId: Number.MAX_SAFE_INTEGER }],
    ['any-prefix.x.0.0', { word: 'x', serviceId: 0, dataId: 0 }],
  ])('is taken apart: %s', (subject, ids) => {
    expect(idsOfSubject(subject)).toEqual(ids);
  });

  test.each([
    'sp.$presence.list',
    'sp.pump-3.10',
    'pump-3.10.0',
    '10.0',
    '',
    'sp.pump-3.010.0',
    'sp.pump-3.10.00',
    'sp.pump-3.-1.0',
    'sp.pump-3.1e1.0',
    'sp.pump-3.0x1.0',
    'sp.pump-3. 1.0',
    'sp.pump-3..0',
    'sp.pump-3.10.',
    'sp..10.0',
    'sp.pump-3.10.٣',
    'sp.pump-3.10.9007199254740992',
    'sp.pump-3.10.99999999999999999999999999',
  ])('is not one with ids: %j', (subject) => {
    expect(idsOfSubject(subject)).toBeNull();
  });

  test('begins with one word of letters, digits, _ and -', () => {
    expect(['sp', 'A_1-b', 'x'.repeat(64)].every(isPrefix)).toBe(true);
    expect(
      ['', 'a.b', '*', '>', '$x', 'a b', 'ü', 'sp\n', 'x'.repeat(65), 7, null, undefined].some(isPrefix),
    ).toBe(false);
  });
});
