import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { SESSION_OPTIONS } from '../../src/session/option-table.js';
import { namesOfLimits, withLimits } from '../../tools/docs/limits.js';
import { bytesInWords, defaultInWords, timeInWords } from '../../tools/docs/values.js';
import { withWarnings } from '../../tools/docs/warnings.js';
import { TABLES } from '../support/option-tables.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8');

/** The doc comments of an interface's members, on one line each. */
function commentsOf(file: string, type: string): ReadonlyMap<string, string> {
  const body = new RegExp(`^export interface ${type}\\b[^{]*\\{\\n([\\s\\S]*?)^\\}`, 'm').exec(
    read(file),
  )?.[1];
  const members = [...(body ?? '').matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s+readonly (\w+)\??:/g)];
  return new Map(
    members.map(([, comment = '', name = '']) => [name, comment.replace(/\n\s*\* ?/g, ' ').trim()]),
  );
}

describe.each(TABLES)('%s', (type, table, file) => {
  const comments = commentsOf(file, type);
  const described = Object.entries(table).flatMap(([name, row]) => {
    const words = defaultInWords(row);
    return words === null ? [] : [{ name, words }];
  });

  test.each(described)('$name says in its comment that the default is $words', ({ name, words }) => {
    const comment = comments.get(name)?.replaceAll('`', '') ?? 'no comment';
    expect(comment.slice(-`: ${words}.`.length)).toBe(`: ${words}.`);
  });

  test('claims no default that the table does not have', () => {
    const withDefault = new Set(described.map(({ name }) => name));
    const claims = [...comments].filter(
      ([name, comment]) =>
        /: (?:[\d,.]+(?: \w+)?|on|off|no limit)\.$/.test(comment) && !withDefault.has(name),
    );
    expect(claims).toEqual([]);
  });
});

describe('docs/reliability.md', () => {
  const text = read('docs/reliability.md');

  test('has the limits of the tables (npm run docs:limits writes them)', () => {
    expect(withLimits(text)).toBe(text);
  });

  test('leaves no limit of a session out', () => {
    const known = namesOfLimits();
    // no limits of what a peer may do, but how long this side waits
    const waits = ['requestTimeout', 'authenticationTimeout'];
    const missing = Object.entries(SESSION_OPTIONS).filter(
      ([name, { unit }]) => /^(?:ms|bytes|count)$/.test(unit) && !known.has(name) && !waits.includes(name),
    );
    expect(missing.map(([name]) => name)).toEqual([]);
  });

  test('needs the markers', () => {
    expect(() => withLimits('no markers')).toThrow('There are no markers');
  });
});

describe('the table of docs/debugging.md', () => {
  test('has the codes of all warnings (npm run docs:limits writes them)', () => {
    const text = read('docs/debugging.md');
    expect(withWarnings(text)).toBe(text);
  });

  test('needs the markers', () => {
    expect(() => withWarnings('no markers')).toThrow('There are no markers');
  });
});

test('values are written as people write them', () => {
  expect([0, 1, 1_023, 4_096, 65_536, 16_777_216, 1_500_000, 2 ** 31].map(bytesInWords)).toEqual([
    '0 bytes',
    '1 bytes',
    '1,023 bytes',
    '4 KiB',
    '64 KiB',
    '16 MiB',
    '1,500,000 bytes',
    '2,048 MiB',
  ]);
  expect([0, 100, 1_000, 1_500, 60_000].map(timeInWords)).toEqual([
    '0 ms',
    '100 ms',
    '1 s',
    '1,500 ms',
    '60 s',
  ]);
});
