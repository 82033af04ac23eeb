/** A frame that is broken costs about as much as one that is not, however long it is (FC-45). */

import { afterEach, describe, expect, test, vi } from 'vitest';
import { parseJson } from '../../src/wire/index.js';
import { pureJson } from '../../src/wire/pure-json.js';
import { frameOf, withChecksum } from '../support/bytes.js';
import { SocketPuppet } from '../support/socket-puppet.js';

afterEach(() => void vi.restoreAllMocks());

const COUNT = 50_000;
const MANY = {
  'an array of strings': `[${'"abc", '.repeat(COUNT)}"z"]`,
  'an object of many keys': `{${Array.from({ length: COUNT }, (_, n) => `"k${n}": "${n}"`).join(', ')}}`,
  'nested objects': `[${'{"a": ["b"]}, '.repeat(COUNT)}1]`,
};

function messageText(data: string): string {
  return `{"data_id": 1, "service_id": 11, "status": 0, "data": ${data}}`;
}

describe.each(Object.entries(MANY))('%s', (_, data) => {
  test.each([
    ['that breaks at its end', messageText(data.slice(0, -1)), 'a comma or'],
    ['with something behind it', `${messageText(data)}x`, 'the end'],
    ['with a field that breaks behind it', `${messageText(data).slice(0, -1)}, "x": tru}`, 'a value'],
  ])('%s is read once, and nothing is made of it', (__, text, expected) => {
    const parse = vi.spyOn(JSON, 'parse');
    expect(() => pureJson.decode(withChecksum(text))).toThrow(
      expect.objectContaining({ reason: 'json', message: expect.stringContaining(`expected ${expected}`) }),
    );
    // the engine is asked about the data, and no string is read alone
    expect(parse.mock.calls.length).toBeLessThanOrEqual(1);
  });

  test('is not visited value by value once the engine has read it', () => {
    const keys = vi.spyOn(Object, 'keys');
    pureJson.decode(withChecksum(messageText(data)));
    expect(keys).not.toHaveBeenCalled();
  });
});

test.each([
  ['{"a": "tab\there"}', 6],
  ['["\\x"]', 1],
  ['["\\u12"]', 1],
  ['["open', 1],
  ['[01]', 2],
  ['[1.]', 2],
  ['[.5]', 1],
  ['[+1]', 1],
  ['[1e]', 2],
  ['[-]', 1],
  ['[1 2]', 3],
  ['{1: 2}', 1],
  ['{"a" 1}', 5],
])('a long text that breaks as in %s says where, as a short one does', (text, position) => {
  const [before, after] = ['[', `, "${'x'.repeat(1_000)}"]`];
  const errorOf = (broken: string): unknown => {
    try {
      return parseJson(broken);
    } catch (error) {
      return error;
    }
  };
  expect(errorOf(text)).toMatchObject({ reason: 'json', position });
  const isOpen = text === '["open';
  // a string that does not end takes the rest with it
  if (!isOpen)
    expect(errorOf(before + text + after)).toMatchObject({ reason: 'json', position: position + 1 });
});

test.each([
  ['[NaN, -Infinity, 1.5e3, -0, "\\u00e9\\n", "__proto__"]'],
  ['{"__proto__": 12345678901234567890, "a": [true, false, null]}'],
  ['[9007199254740993, 1234567890123456.5, 1e400]'],
])('%s is read alike, whatever stands behind it', (text) => {
  expect(parseJson(`[${text}, "${'x'.repeat(1_000)}"]`)).toEqual([parseJson(text), 'x'.repeat(1_000)]);
});

test('no line is made about a message that nobody wants, unless somebody reads it', async () => {
  const puppet = new SocketPuppet('server', { bufferUnhandled: false });
  await puppet.settle();
  const big = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`k${n}`, n]));
  const frame = frameOf(200, 0, big);
  const looksAtIt = (): number =>
    keys.mock.results.filter(({ value }) => Array.isArray(value) && value.length === 1_000).length;
  const keys = vi.spyOn(Object, 'keys');
  await puppet.sends(frame);
  expect([puppet.dropped, looksAtIt()]).toEqual([{ unsolicited: 1 }, 0]);
  const lines: string[] = [];
  puppet.session.on('dropped', ({ detail }) => void lines.push(detail));
  await puppet.sends(frame);
  expect(lines[0]).toMatch(/^nobody waits for it: service: 200.*k0.*…"$/);
  await puppet.close();
});
