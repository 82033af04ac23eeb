import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJsonArgument } from '../../src/cli/arguments.js';
import { jsonLine, jsonText } from '../../src/cli/output.js';
import { escaped, fromPortable, portable } from '../../src/cli/portable-json.js';
import { type JsonValue, listen, Message, SID_WRITE_REQUEST } from '../../src/index.js';
import { createPureJson, encodeStp } from '../../src/wire/index.js';
import { Running, runCommand } from '../support/command.js';
import { TestFolder } from '../support/folder.js';

const folder = new TestFolder();
const codec = createPureJson({ allowNan: true });

const special = fc.constantFrom<JsonValue>(
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  { $number: 'NaN' },
  { $number: '-17' },
  { $$number: '1' },
  { $number: 'x' },
  { $number: 'NaN', and: 1 },
  '@file',
  '-',
  '\u009b2J\u2028',
);
const bigint = fc
  .bigInt({ min: -(10n ** 40n), max: 10n ** 40n })
  .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value));
/** -0 is 0 on the wire. */
const double = fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => (value === 0 ? 0 : value));
const { data } = fc.letrec<{ data: JsonValue; leaf: JsonValue }>((tie) => ({
  leaf: fc.oneof(fc.string({ unit: 'binary' }), fc.boolean(), fc.constant(null), double, bigint, special),
  data: fc.oneof(
    { maxDepth: 4 },
    tie('leaf'),
    fc.array(tie('data'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('data'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

describe('a number that JSON has not', () => {
  test.each<[JsonValue, string]>([
    [Number.NaN, '{"$number":"NaN"}'],
    [Number.POSITIVE_INFINITY, '{"$number":"Infinity"}'],
    [Number.NEGATIVE_INFINITY, '{"$number":"-Infinity"}'],
    [1_700_000_000_123_456_789n, '{"$number":"1700000000123456789"}'],
    [1.5e300, '1.5e+300'],
    [{ $number: 'NaN' }, '{"$$number":"NaN"}'],
    [{ $$number: '5' }, '{"$$$number":"5"}'],
    [{ $number: 5 }, '{"$number":5}'],
    [{ $number: 'five' }, '{"$number":"five"}'],
  ])('%o is %s with --json', (value, text) => {
    expect(jsonLine({ data: value })).toBe(`{"data":${text}}\n`);
    expect(parseJsonArgument(text)).toEqual(value);
  });

  test('is printed for people as Python writes it, and what looks like the form of one is escaped there too', () => {
    expect(jsonText([Number.NaN, 10n ** 20n, { $number: 'NaN' }])).toBe(
      '[NaN,100000000000000000000,{"$$number":"NaN"}]',
    );
  });

  test('leaves everything else as it is, and the same object', () => {
    const value = { a: [1, 'x', null, { b: true }] };
    expect([portable(value), escaped(value), fromPortable(value)]).toEqual([value, value, value]);
    expect(portable(value)).toBe(value);
  });

  test('is a small integer where its digits are', () => {
    expect(fromPortable({ $number: '5' })).toBe(5);
    expect(fromPortable({ $number: '-9007199254740993' })).toBe(-9_007_199_254_740_993n);
  });
});

/** The data in a line of JSON, as it is written there; any parser of JSON takes the line. */
function dataOf(line: string): string {
  expect(JSON.parse(line)).toHaveProperty('data');
  return /"data":(.*)\}$/.exec(line.trimEnd())?.[1] ?? '';
}

describe('any data', () => {
  test('that is printed, either way, is the same when it is typed', () => {
    fc.assert(
      fc.property(data, (value) => {
        expect(parseJsonArgument(jsonText(value))).toStrictEqual(value);
        expect(parseJsonArgument(dataOf(jsonLine({ data: value })))).toStrictEqual(value);
      }),
    );
  });

  test('is copied from what decode prints into write, and arrives', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(data, { minLength: 1, maxLength: 5 }), async (values) => {
        const payloads = values.map((value) =>
          codec.encode(new Message({ serviceId: SID_WRITE_REQUEST, dataId: 7, data: value })),
        );
        const file = folder.file('stream', Buffer.concat(payloads.map((payload) => encodeStp(payload))));
        const { out } = await runCommand(['decode', file]);
        const shown = [...out.matchAll(/^\[checksum ok\] service: .*?, data: (.*)$/gm)].map(
          ([, text]) => text ?? '',
        );
        const lines = (await runCommand(['decode', file, '--json'])).out.trimEnd().split('\n');
        const read = lines.map(dataOf);
        expect(shown.map((text) => parseJsonArgument(text))).toStrictEqual(values);
        const written: unknown[] = [];
        await using server = await listen({ port: 0, codec }, (session) =>
          session.onWrite(7, (value) => void written.push(value)),
        );
        for (const text of [...shown, ...read]) {
          const outcome = await runCommand(['write', `127.0.0.1:${server.port}`, '7', '--', text]);
          expect(outcome).toEqual({ code: 0, out: 'null\n', err: '' });
        }
        expect(written).toStrictEqual([...values, ...values]);
      }),
      { numRuns: 15 },
    );
  });
});

describe('what prints messages', () => {
  const received = { on: true, level: Number.NaN };

  test('monitor and proxy print data as JSON, or as Python does', async () => {
    await using server = await listen({ port: 0, codec }, async (session) => {
      await session.send(10, 5, received);
    });
    const address = `127.0.0.1:${server.port}`;
    for (const [flags, text] of [
      [[], 'data: {"on":true,"level":NaN}'],
      [['--python'], `data: "{'on': True, 'level': nan}"`],
    ] as const) {
      const monitor = new Running(['monitor', address, ...flags]);
      await monitor.printed(/data: .*\n/);
      const proxy = new Running(['proxy', '0', address, ...flags]);
      const place = await proxy.printed(/listening on ([^\s,]+)/);
      const client = new Running(['monitor', place]);
      await proxy.printed(/data_id: 5, .*\n/);
      expect([monitor.out, proxy.out]).toEqual([
        expect.stringContaining(text),
        expect.stringContaining(text),
      ]);
      for (const each of [monitor, client, proxy]) expect(await each.interrupt()).toBe(0);
    }
  });

  test('decode prints data as JSON, or as Python does', async () => {
    const payload = codec.encode(new Message({ serviceId: 10, dataId: 7, data: received }));
    const file = folder.file('one', encodeStp(payload));
    expect((await runCommand(['decode', file])).out).toContain('data: {"on":true,"level":NaN}\n');
    expect((await runCommand(['decode', file, '--python'])).out).toContain(
      `data: "{'on': True, 'level': nan}"\n`,
    );
  });
});
