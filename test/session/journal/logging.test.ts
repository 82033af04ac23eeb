import { describe, expect, test } from 'vitest';
import {
  cleanName,
  hexDump,
  LOG_LEVEL,
  type Logger,
  levelName,
  namedLog,
  pythonRepr,
} from '../../../src/session/journal/logging.js';

/** A logger that keeps its lines as `method: text`. */
function recorder(lines: string[]): Omit<Logger, 'child'> {
  const method =
    (name: string) =>
    (text: string): void =>
      void lines.push(`${name}: ${text}`);
  return { debug: method('debug'), info: method('info'), warn: method('warn'), error: method('error') };
}

/** The warnings of the process while something runs. */
async function warningsOf(run: () => void): Promise<string[]> {
  const warnings: string[] = [];
  const listener = ({ message }: Error): void => void warnings.push(message);
  process.on('warning', listener);
  run();
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', listener);
  return warnings;
}

describe('data in a log', () => {
  test.each([
    [null, 'None'],
    [undefined, 'None'],
    [true, 'True'],
    [false, 'False'],
    [1.5, '1.5'],
    [Number.NaN, 'nan'],
    [Number.POSITIVE_INFINITY, 'inf'],
    [Number.NEGATIVE_INFINITY, '-inf'],
    [2n ** 70n, '1180591620717411303424'],
    ['text', "'text'"],
    ["it's", '"it\'s"'],
    ['it\'s "it"', "'it\\'s \"it\"'"],
    ['say "it"', '\'say "it"\''],
    ['a\\b\n\r\t', "'a\\\\b\\n\\r\\t'"],
    ['\u0000\u001b\u00ad', "'\\x00\\x1b\\xad'"],
    ['\u2028\u202e\ud800', "'\\u2028\\u202e\\ud800'"],
    ['\u{e0001}', "'\\U000e0001'"],
    ['\u00ff\u0100', "'\u00ff\u0100'"],
    [[], '[]'],
    [[1, 'a', null], "[1, 'a', None]"],
    [{}, '{}'],
    [{ a: 1, 'b c': [true] }, "{'a': 1, 'b c': [True]}"],
  ])('looks as in Python: %#', (value, expected) => {
    expect(pythonRepr(value)).toBe(expected);
  });

  test('is shown whole up to a thousand characters, and cut beyond', () => {
    expect(pythonRepr('x'.repeat(998))).toBe(`'${'x'.repeat(998)}'`);
    expect(pythonRepr('x'.repeat(999))).toBe(`'${'x'.repeat(999)}…`);
    expect(pythonRepr('x'.repeat(1_000_000))).toHaveLength(1_001);
  });

  test.each([
    ['numbers', 1, 700],
    ['long texts', 'x'.repeat(100), 20],
    ['lists', [1, 2, 3], 300],
  ])('costs no more than what is shown of it, however much there is: %s', (_, value, most) => {
    let looks = 0;
    const item = {
      get a(): unknown {
        looks++;
        return value;
      },
    };
    const list = Array.from({ length: 100 }, () => item);
    const broad = Array.from({ length: 100 }, () => list);
    expect(pythonRepr(broad)).toHaveLength(1_001);
    expect(looks).toBeGreaterThan(5);
    expect(looks).toBeLessThan(most);
    looks = 0;
    expect(pythonRepr(Object.fromEntries(broad.map((each, n) => [n, each])))).toHaveLength(1_001);
    expect(looks).toBeLessThan(most);
  });
});

test('a long list in a log is looked at as far as it is shown', () => {
  let looks = 0;
  const list = new Proxy(
    Array.from({ length: 10_000 }, () => 0),
    {
      get: (target, key, receiver) => {
        if (typeof key === 'string' && /^\d+$/.test(key)) looks++;
        return Reflect.get(target, key, receiver) as unknown;
      },
    },
  );
  expect(pythonRepr(list)).toHaveLength(1_001);
  expect(looks).toBeLessThan(2_500);
});

describe('the name of a peer', () => {
  test('is free of control characters and at most 128 characters long', () => {
    expect(cleanName('a\u0000b\nc\u202ed')).toBe('abcd');
    expect(cleanName('x'.repeat(128))).toBe('x'.repeat(128));
    expect(cleanName('x'.repeat(129))).toBe('x'.repeat(128));
    expect(cleanName('\u{1f600}'.repeat(200))).toBe('\u{1f600}'.repeat(128));
  });

  test('is none where nothing is left of it', () => {
    expect([cleanName(''), cleanName('\n\u0007')]).toEqual([null, null]);
  });

  test('is not searched to its end', () => {
    expect(cleanName(`${'\n'.repeat(511)}x`)).toBe('x');
    expect(cleanName(`${'\n'.repeat(512)}x`)).toBe(null);
  });
});

describe('bytes in a log', () => {
  test('are dumped as the original dumps them', () => {
    expect(hexDump(Buffer.from('{"a\u0001'))).toBe('(4): 7b 22 61 01');
    expect(hexDump(Buffer.alloc(0))).toBe('(0):');
  });

  test('are those of the view, not of the buffer behind it', () => {
    expect(hexDump(Buffer.from('abcdef').subarray(2, 4))).toBe('(2): 63 64');
  });

  test('are cut after 4 KiB', () => {
    const whole = hexDump(Buffer.alloc(4096, 1));
    expect(whole).toBe(`(4096):${' 01'.repeat(4096)}`);
    expect(hexDump(Buffer.alloc(4097, 1))).toBe(`(4097):${' 01'.repeat(4096)} …`);
  });
});

describe('a named log', () => {
  test.each([
    [0, 'debug'],
    [10, 'debug'],
    [19, 'debug'],
    [20, 'info'],
    [29, 'info'],
    [30, 'warn'],
    [39, 'warn'],
    [40, 'error'],
    [50, 'error'],
  ])('writes level %d with the method %s', (level, method) => {
    const lines: string[] = [];
    namedLog(recorder(lines), 'name')(level, 'text');
    expect(lines).toEqual([`${method}: name: text`]);
  });

  test('names levels in words', () => {
    expect(Object.values(LOG_LEVEL).map(levelName)).toEqual(['debug', 'info', 'warning', 'error']);
  });

  test('is a child where the logger has children, and says its name once', () => {
    const lines: string[] = [];
    const bindings: unknown[] = [];
    const logger = {
      ...recorder([]),
      child: (given: object) => {
        bindings.push(given);
        return recorder(lines);
      },
    };
    namedLog(logger, 'name')(LOG_LEVEL.info, 'text');
    expect([bindings, lines]).toEqual([[{ name: 'name' }], ['info: text']]);
  });

  test('does without a child that cannot be made, and says so', async () => {
    const lines: string[] = [];
    const logger = {
      ...recorder(lines),
      child: () => {
        throw new Error('no children');
      },
    };
    const warnings = await warningsOf(() => namedLog(logger, 'name')(LOG_LEVEL.info, 'text'));
    expect(lines).toEqual(['info: name: text']);
    expect(warnings).toEqual(['the logger threw: no children']);
  });

  test('does not throw where the logger does, and says so', async () => {
    const logger = {
      ...recorder([]),
      error: () => {
        throw 'a text';
      },
    };
    const warnings = await warningsOf(() => namedLog(logger, 'name')(LOG_LEVEL.error, 'text'));
    expect(warnings).toEqual(['the logger threw: a text']);
  });
});
