import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import {
  parseFilter,
  quoted,
  searchedWords,
  withTerm,
} from '../../../visualizations/debugger/messages/filter.js';
import { FILTER_FIELDS } from '../../../visualizations/debugger/messages/filter-fields.js';
import { suggestionsFor } from '../../../visualizations/debugger/messages/suggestions.js';
import { answer, drop, message, note, rowsOf, trouble } from './made.js';

/** Half past twelve where the test runs. */
const startedAt = new Date(2026, 0, 5, 12, 30, 0).getTime();

const rows = rowsOf([
  message({ number: 1, ms: 0, exchange: 1, dataId: 0 }),
  answer({ number: 2, ms: 40, exchange: 1, dataId: 0, data: { temperature: 21.5 } }),
  message({ number: 3, ms: 1_000, exchange: 2, serviceId: 20, dataId: 7, data: 'A:b "x"', group: 'valve 1' }),
  answer({ number: 4, ms: 1_500, exchange: 2, serviceId: 21, dataId: 7, status: 6, group: 'valve 1' }),
  message({ number: 5, ms: 2_000, exchange: 3, group: 'valve 12' }),
  trouble({ number: 6, ms: 7_000, exchange: 3, group: 'valve 12', about: { waitedMs: 5_000 } }),
  drop({ number: 7, ms: 8_000, detail: 'boot v1.2 ok' }),
  message({
    number: 8,
    ms: 9_000,
    role: 'message',
    serviceId: 40,
    from: 'server',
    data: `${'x'.repeat(5_000)}end`,
  }),
  message({ number: 9, ms: 10_000, exchange: 4, codec: 'struct_json' }),
  note({ number: 10, ms: 11_000, code: 'connect-failed', reason: 'connection-refused', isTrouble: true }),
]);

/** The numbers of the first entries of the rows that a filter lets through, or what is wrong with it. */
function found(text: string): readonly number[] | string {
  const read = parseFilter(text, { startedAt });
  if ('fault' in read) return `${read.fault.message} [${text.slice(read.fault.from, read.fault.to)}]`;
  return rows.filter(read.filter.fits).map(({ first }) => first.number);
}

const ALL = rows.map(({ first }) => first.number);

describe('a filter', () => {
  test.each([
    ['', ALL],
    ['  ', ALL],
    ['service:read', [1, 5, 9]],
    ['service:READ status:okay', [1]],
    ['service:10', [1, 5, 9]],
    ['service:11', [1]],
    ['service:read,write', [1, 3, 5, 9]],
    ['service:="write data request"', [3]],
    ['data:7', [3]],
    ['status:okay', [1, 8]],
    ['status:!okay', [3, 5, 7, 9, 10]],
    ['status:error', [3]],
    ['status:6', [3]],
    ['status:none', [5, 9]],
    ['status:"not permitted"', [3]],
    ['session:valve', [3, 5]],
    ['session:="valve 1"', [3]],
    ['!session:valve', [1, 7, 8, 9, 10]],
    ['-session:valve', [1, 7, 8, 9, 10]],
    ['from:server', [7, 8]],
    ['from:client latency:>100ms', [3, 5]],
    ['latency:>=500', [3, 5]],
    ['latency:40ms..0.5s', [1, 3]],
    ['latency:=40ms', [1]],
    ['latency:<100us', []],
    ['size:>1kB', [8]],
    ['time:1s..2s', [3, 5]],
    ['time:>12:30:08.5', [8, 9, 10]],
    ['time:12:30..12:30:01', [1, 3]],
    ['is:trouble', [3, 5, 7, 10]],
    ['is:pending', [9]],
    ['is:timeout', [5]],
    ['is:noise', [7]],
    ['is:message', [8]],
    ['is:answered', [1, 3]],
    ['trouble:"timed out"', [5]],
    ['trouble:noise,refused', [7, 10]],
    ['codec:struct', [9]],
    ['boot', [7]],
    ['"boot v1"', [7]],
    ['text:"temperature\\":21"', [1]],
    ['xxxend', [8]],
    ['!boot status:!okay,!none', [3, 10]],
    ['hex:7b22', [1, 3, 5, 8]],
    ['hex:"62 6F"', [7]],
    // within a byte, and not at the beginning of one
    ['hex:26f6', []],
    ['7:30', []],
  ])('%j finds the rows that it means', (text, numbers) => {
    expect(found(text)).toEqual(numbers);
  });

  test.each([
    [
      'servce:read',
      'There is no field "servce"; did you mean service? (in quotation marks it is searched as text) [servce:]',
    ],
    ['ser:read', expect.stringMatching(/did you mean service\?/)],
    ['q:read', expect.stringMatching(/; the fields are /)],
    ['http://x', expect.stringMatching(/^There is no field "http"; the fields are service, data, status/)],
    [
      'latency:100ms',
      'latency: expected a comparison such as latency:>100ms or latency:10ms..1s, got "100ms" [100ms]',
    ],
    ['latency:>5parsecs', expect.stringMatching(/^latency: expected a comparison/)],
    ['size:>big', expect.stringMatching(/^size: expected a comparison/)],
    ['time:>25:00', expect.stringMatching(/^time: expected a comparison/)],
    ['from:me', 'from: expected client or server, got "me" [me]'],
    ['is:odd', expect.stringMatching(/^is: expected trouble, request, .*, got "odd" \[odd\]$/)],
    ['hex:7b2', 'hex: expected pairs of hex digits such as hex:7b22 or hex:"7b 22", got "7b2" [7b2]'],
    ['service:', 'A value is missing here []'],
    ['service:read,', 'A value is missing here []'],
    ['text:"boot', 'The quotation has no end: add a " after it ["boot]'],
    ['""', 'The quotation is empty [""]'],
    ['"a"b', 'Put a space after the quotation [b]'],
    ['!', 'A text is missing after ! []'],
  ])('%j is told what is wrong with it and where', (text, fault) => {
    expect(found(text)).toEqual(fault);
  });

  test('takes a number for an id, and not for a part of one, or of a name', () => {
    const named = rowsOf([
      message({ number: 1, dataId: 7, names: { service: 'read 2', data: 'pressure', status: 'okay' } }),
      message({ number: 2, dataId: 70, names: { service: 'read 2', data: 'sensor 7', status: 'okay' } }),
    ]);
    const ids = (text: string) => {
      const read = parseFilter(text, { startedAt });
      return 'filter' in read ? named.filter(read.filter.fits).map(({ first }) => first.number) : read.fault;
    };
    expect(ids('data:7')).toEqual([1]);
    expect(ids('data:"sensor 7"')).toEqual([2]);
    expect(ids('service:2')).toEqual([]);
    expect(ids('service:10')).toEqual([1, 2]);
  });

  test('takes times of the day as the clock on the wall shows them', () => {
    // an hour ahead of UTC, whatever the machine has
    const offset = vi.spyOn(Date.prototype, 'getTimezoneOffset').mockReturnValue(-60);
    const read = parseFilter('time:>12:30:08.5', { startedAt: Date.UTC(2026, 0, 5, 11, 30) });
    expect('filter' in read && rows.filter(read.filter.fits).map(({ first }) => first.number)).toEqual([
      8, 9, 10,
    ]);
    offset.mockRestore();
  });

  test('takes any value back that it has quoted', () => {
    for (const value of ['plain', 'a b', 'say "hi"', '!x', '=x', 'a,b', 'back\\slash', '-5', '>5', 'µ ☂']) {
      const read = parseFilter(`session:=${quoted(value)}`, { startedAt });
      const row = rowsOf([message({ number: 1, group: value })])[0];
      expect('filter' in read && row !== undefined && read.filter.fits(row), value).toBe(true);
    }
  });

  test('gets a term in place of the one that it has for a field', () => {
    expect(withTerm('', 'service', '10')).toBe('service:10');
    expect(withTerm('boot service:read  is:trouble', 'service', '10')).toBe('boot is:trouble service:10');
    expect(withTerm('service:read "a b"', 'service', null)).toBe('"a b"');
    expect(withTerm('direction:client Service-Id:7', 'from', 'server')).toBe('Service-Id:7 from:server');
    expect(withTerm('service-id:7 direction:client', 'service', null)).toBe('direction:client');
    expect(withTerm('session:"no end', 'service', '10')).toBe('service:10');
  });
});

test('lists without fields search for the texts of a filter', () => {
  expect(searchedWords('Boot service:read text:"a B",c !not http://x')).toEqual([
    'boot',
    'a b',
    'c',
    'http://x',
  ]);
  expect(searchedWords('half "Open')).toEqual(['half', '"open']);
});

test('the documentation has each field, with an example that is right', () => {
  const page = readFileSync(new URL('../../../docs/debugger-messages.md', import.meta.url), 'utf8');
  const lines = page.split('\n').filter((line) => /^\| `/.test(line));
  const documented = lines.map((line) => line.split('|').map((cell) => cell.replaceAll('`', '').trim()));
  expect(documented.map(([, name, , example]) => [name, example])).toEqual(
    FILTER_FIELDS.map(({ name, example }) => [name, example]),
  );
  for (const { example } of FILTER_FIELDS)
    expect(parseFilter(example, { startedAt })).toHaveProperty('filter');
});

describe('what is offered while a filter is typed', () => {
  const known = {
    service: [
      { value: 'read', hint: '10' },
      { value: 'write', hint: '20' },
    ],
    session: [{ value: 'valve 1', hint: '3 rows' }],
  };
  const offered = (text: string): string[] =>
    suggestionsFor(text, text.length, known).map(({ label }) => label);

  test('are all fields at first, each with what it does', () => {
    expect(offered('')).toEqual([
      'service:',
      'data:',
      'status:',
      'is:',
      'latency:',
      'text:',
      'session:',
      'from:',
      'trouble:',
      'size:',
      'hex:',
      'time:',
      'codec:',
    ]);
    expect(suggestionsFor('', 0, known).every(({ hint }) => hint.includes('e.g.'))).toBe(true);
  });

  test('are fields that begin so, and then the values that there are', () => {
    expect(offered('is:trouble s')).toEqual(['service:', 'status:', 'session:', 'size:']);
    expect(offered('service:')).toEqual(['read', 'write']);
    expect(offered('service:read,w')).toEqual(['write']);
    expect(offered('from:s')).toEqual(['server']);
    expect(offered('session:v')).toEqual(['="valve 1"']);
    expect(offered('"service:')).toEqual([]);
  });

  test('replace the word that is typed and nothing else', () => {
    const [write] = suggestionsFor('!service:read,w', 15, known);
    expect(write).toMatchObject({ insert: 'write ', from: 14 });
    const [not] = suggestionsFor('status:!ok', 10, known);
    expect(not).toMatchObject({ insert: '!okay ', from: 7 });
    const [status] = suggestionsFor('boot !stat', 10, known);
    expect(status).toMatchObject({ insert: 'status:', from: 6 });
  });
});
