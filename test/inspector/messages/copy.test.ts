import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson, stringifyJson } from '../../../src/wire/index.js';
import { commandOf, jsonOf, programOf, shellQuoted } from '../../../visualizations/debugger/messages/copy.js';
import { compactJson, typeScriptOf } from '../../../visualizations/debugger/messages/json-text.js';
import type { Row } from '../../../visualizations/debugger/messages/rows.js';
import { answer, drop, message, rowOf, trouble } from './made.js';

const plain = { address: '127.0.0.1:17017', state: 'connected', role: 'client' } as const;
const command = (row: Row, session: Parameters<typeof commandOf>[1] = plain): string => {
  const copied = commandOf(row, session);
  return 'text' in copied ? copied.text : copied.reason;
};
const program = (row: Row): string => {
  const copied = programOf(row);
  return 'text' in copied ? copied.text : copied.reason;
};
const row = (given: object, ...others: ReturnType<typeof answer>[]): Row =>
  rowOf(message({ number: 1, exchange: 1, ...given }), ...others);

describe('a request as a command', () => {
  test.each([
    [{}, 'socket-protocol read 127.0.0.1:17017 0'],
    [{ serviceId: 20, dataId: 7, data: null }, 'socket-protocol write 127.0.0.1:17017 7 null'],
    [{ serviceId: 20, dataId: 7, data: -5 }, 'socket-protocol write 127.0.0.1:17017 7 -- -5'],
    [
      { serviceId: 20, dataId: 7, data: { text: "it's", on: true } },
      `socket-protocol write 127.0.0.1:17017 7 '{"text":"it'\\''s","on":true}'`,
    ],
    [{ serviceId: 30, dataId: 1 }, 'socket-protocol execute 127.0.0.1:17017 1'],
    [{ serviceId: 30, dataId: 1, data: [1] }, `socket-protocol execute 127.0.0.1:17017 1 '[1]'`],
    [{ serviceId: 100, dataId: 2 }, 'socket-protocol request 127.0.0.1:17017 100 2'],
    [{ codec: 'struct_json' }, 'socket-protocol read 127.0.0.1:17017 --struct 0'],
    [
      { serviceId: 0, data: '***', hex: null },
      'every session sends this by itself, so there is nothing to ask',
    ],
    [{ from: 'server' }, 'the server asked this, and a command can only ask as a client'],
    [
      { hiddenBytes: 9 },
      expect.stringMatching(
        /^the request cannot be repeated: only the first \d+ of its \d+ bytes were kept$/,
      ),
    ],
  ])('%j', (given, text) => {
    expect(command(row(given))).toEqual(text);
  });

  test('names another response, and the file of a secret without the secret', () => {
    const odd = row({ serviceId: 100, dataId: 2 }, answer({ number: 2, exchange: 1, serviceId: 150 }));
    expect(command(odd)).toBe('socket-protocol request 127.0.0.1:17017 --response 150 100 2');
    expect(command(row({}), { ...plain, state: 'trusted' })).toBe(
      'socket-protocol read 127.0.0.1:17017 --secret-file SECRET_FILE 0',
    );
    expect(command(row({}), null)).toBe('socket-protocol read HOST:PORT 0');
    expect(command(row({}), { ...plain, role: 'server' })).toBe('socket-protocol read HOST:PORT 0');
    expect(command(row({}), { ...plain, address: '[::1]:17017' })).toBe(
      `socket-protocol read '[::1]:17017' 0`,
    );
  });

  test('has every digit', () => {
    const big = row({ serviceId: 20, data: 2n ** 70n });
    expect(command(big)).toBe('socket-protocol write 127.0.0.1:17017 0 1180591620717411303424');
    expect(program(big)).toBe('await session.write(0, 1180591620717411303424n);');
  });

  test('is only there for requests', () => {
    expect(command(rowOf(drop({ number: 1 })))).toBe('this is not a request');
    expect(program(rowOf(answer({ number: 1 })))).toBe('this is not a request');
  });

  test('means the same to a shell, whatever the data is', () => {
    const words = ["it's", 'a\nb', '$HOME `id` "x" \\', '', '-x', '\u202e', 'ü ☂', '[a-z]*', '~', '#'];
    const text = words.map(shellQuoted).join(' ');
    const printed = execFileSync('sh', ['-c', `printf '%s\\0' ${text}`], { encoding: 'utf8' });
    expect(printed.split('\0').slice(0, -1)).toEqual(words);
  });

  test('has data on one line without anything that a terminal obeys', () => {
    const shown = command(row({ serviceId: 20, data: 'a\u001b[31m\u202e\u2028\u0085b' }));
    expect(shown).toBe(`socket-protocol write 127.0.0.1:17017 0 '"a\\u001b[31m\\u202e\\u2028\\u0085b"'`);
  });
});

/** Characters that one of JSON, TypeScript, a shell or a terminal minds; the last is half of one. */
const ODD = [
  'a',
  '_',
  '$',
  '`',
  '"',
  "'",
  '\\',
  '\n',
  '\0',
  '\u001b',
  '\u2028',
  '\u202e',
  'é',
  '☂',
  '😀',
  '\ud800',
];

describe('a request as TypeScript', () => {
  test.each([
    [{}, 'await session.read(0);'],
    [{ serviceId: 10, data: 1 }, 'await session.request(10, 0, 1);'],
    [{ serviceId: 20, dataId: 7, data: null }, 'await session.write(7, null);'],
    [
      { serviceId: 20, dataId: 7, data: { 'a b': [1, "it's"], ok: null, e: {} } },
      `await session.write(7, { 'a b': [1, 'it\\'s'], ok: null, e: {} });`,
    ],
    [{ serviceId: 30, dataId: 1 }, 'await session.execute(1);'],
    [
      { serviceId: 100, dataId: 2, data: true },
      'session.addService(100, 101);\nawait session.request(100, 2, true);',
    ],
  ])('%j', (given, text) => {
    expect(program(row(given))).toBe(text);
  });

  test('has the same value as the JSON', () => {
    const text = fc.string({ unit: fc.constantFrom(...ODD), maxLength: 12 });
    const leaf = fc.oneof(
      text,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    );
    const list = fc.array(leaf, { maxLength: 3 });
    const anything = fc.oneof(leaf, list, fc.dictionary(text, fc.oneof(leaf, list), { maxKeys: 3 }));
    fc.assert(
      fc.property(fc.oneof(anything, fc.bigInt()), (value) => {
        const json = stringifyJson(value);
        const literal = typeScriptOf(json);
        expect(new Function(`return ${literal}`)()).toEqual(parseJson(json));
        expect(parseJson(compactJson(json) ?? '')).toEqual(parseJson(json));
      }),
      { numRuns: 40 },
    );
  });

  test('keeps what JavaScript has no literal for in JSON, and refuses what is no JSON', () => {
    expect(typeScriptOf('[NaN, -Infinity, 1e400, -0]')).toBe('[NaN, -Infinity, 1e400, -0]');
    expect(typeScriptOf('{"__proto__": 1}')).toBe(`{ ['__proto__']: 1 }`);
    for (const text of ['', 'nope', '01', '"open', '[1] x', '.5']) expect(typeScriptOf(text)).toBeNull();
  });
});

describe('a row as JSON', () => {
  test('has the names of the wire, every digit, and the answer with its latency', () => {
    const nan = Buffer.from('{"data": NaN}1234').toString('hex').replace(/../g, '$& ').trimEnd();
    const big = row(
      { ms: 10, serviceId: 20, data: 2n ** 70n },
      answer({ number: 2, ms: 12.5, exchange: 1, serviceId: 21, data: 'NaN', hex: nan }),
    );
    // entries carry a short copy of data; the bytes have all of it
    const copied = jsonOf(big, Date.UTC(2026, 0, 5));
    const text = 'text' in copied ? copied.text : '';
    expect(text).toContain('"data": 1180591620717411303424');
    expect(JSON.parse(text)).toMatchObject({
      time: '2026-01-05T00:00:00.010Z',
      session: 'pump',
      from: 'client',
      service_id: 20,
      latency_ms: 2.5,
      answer: { service_id: 21, data: 'NaN' },
    });
  });

  test('tells of trouble', () => {
    const late = rowOf(
      message({ number: 1, exchange: 1 }),
      trouble({ number: 2, exchange: 1, text: 'no answer within 5 s' }),
    );
    const copied = jsonOf(late, 0);
    expect(JSON.parse('text' in copied ? copied.text : '')).toMatchObject({
      trouble: 'no answer within 5 s',
    });
    const dropped = jsonOf(rowOf(drop({ number: 1 })), 0);
    expect(JSON.parse('text' in dropped ? dropped.text : '')).toMatchObject({
      dropped: 'noise',
      hex: '626f6f74207631',
    });
  });
});
