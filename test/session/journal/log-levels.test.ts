import { describe, expect, test, vi } from 'vitest';
import {
  connect,
  type Logger,
  type LogLevelName,
  listen,
  OptionError,
  type SessionOptions,
} from '../../../src/index.js';
import * as logging from '../../../src/session/journal/logging.js';
import { Pair, watch } from '../../support/pair.js';
import { MemoryPuppet } from '../../support/puppet.js';
import { collectWarnings } from '../../support/warnings.js';

const warnings = collectWarnings();

const METHODS = ['debug', 'info', 'warn', 'error'] as const;

/** A logger that counts its lines, with some of the four methods. */
function counting(methods: readonly (typeof METHODS)[number][] = METHODS) {
  const counts: Record<string, number> = {};
  const lines: string[] = [];
  const logger = Object.fromEntries(
    methods.map((method) => [
      method,
      (text: string) => {
        counts[method] = (counts[method] ?? 0) + 1;
        lines.push(text);
      },
    ]),
  ) as Logger;
  return { counts, lines, logger };
}

/** A server with lines of every level: bytes, messages, a drop, a callback that fails. */
async function logged(logger: Logger, logLevel?: LogLevelName): Promise<Pair> {
  const pair = await Pair.connected({ server: { logger, logLevel, bufferUnhandled: false } });
  pair.server.onRead(0, () => {
    throw new Error('no sensor');
  });
  watch(pair.client.read(0));
  await pair.client.send(31, 5, 'nobody waits for it');
  await pair.settle();
  return pair;
}

describe('the level of the log', () => {
  test.each<[LogLevelName | undefined, string[]]>([
    [undefined, ['debug', 'error', 'info', 'warn']],
    ['debug', ['debug', 'error', 'info', 'warn']],
    ['info', ['error', 'info', 'warn']],
    ['warn', ['error', 'warn']],
    ['error', ['error']],
    ['silent', []],
  ])('%s lets these pass', async (level, expected) => {
    const { counts, logger } = counting();
    const pair = await logged(logger, level);
    // that it closes is said at the level debug
    await pair.close();
    expect(Object.keys(counts).sort()).toEqual(expected);
    expect(warnings).toEqual([]);
  });

  test('saves the time to make lines that nobody wants', async () => {
    const toText = vi.spyOn(Buffer.prototype, 'toString');
    const { logger } = counting();
    const pair = await Pair.connected({ server: { logger, logLevel: 'warn' } });
    toText.mockClear();
    pair.server.onRead(0, () => 'fine');
    watch(pair.client.read(0));
    await pair.settle();
    expect(toText.mock.calls.filter(([encoding]) => encoding === 'hex')).toEqual([]);
    await pair.close();
  });

  test('that lets nothing pass costs no room for lines about strangers', async () => {
    const { logger, lines } = counting();
    const session: SessionOptions = { secret: 'a secret of sixteen bytes', logger, logLevel: 'error' };
    const puppet = new MemoryPuppet('server', { session });
    puppet.connect();
    for (let n = 0; n < 50; n++) puppet.say(10, 0);
    await puppet.clock.advanceAsync(0);
    expect([lines, puppet.session.counters.suppressedLogLines]).toEqual([[], 0]);
    await puppet.session.close();
  });

  test('holds for what a server says of itself too', async () => {
    const { lines, logger } = counting();
    const options = { port: 0, maxConnections: 1, logger };
    for (const logLevel of ['error', 'warn'] as const) {
      await using server = await listen({ ...options, logLevel }, () => {});
      await using _ = await connect({ port: server.port });
      await connect({ port: server.port, reconnect: false }).then(
        (second) => second.close(),
        () => {},
      );
    }
    expect(lines.filter((line) => line.includes('maxConnections'))).toHaveLength(1);
  });

  test('is one of five words', () => {
    const wrong = { logLevel: 'verbose' as LogLevelName };
    expect(() => new Pair({ client: wrong })).toThrow(
      'Option logLevel: expected one of debug, info, warn, error, silent, got a string',
    );
  });
});

describe('a logger', () => {
  test('may have some of the methods; lines of the other levels are left out', async () => {
    const { counts, logger } = counting(['warn', 'error']);
    const pair = await logged(logger);
    expect(Object.keys(counts).sort()).toEqual(['error', 'warn']);
    expect(warnings).toEqual([]);
    await pair.close();
  });

  test.each([
    [{}],
    [{ log: () => {} }],
    [{ warn: 'x' }],
    [() => {}],
  ])('without any of them is refused, by what it lacks: %#', (logger) => {
    expect(() => new Pair({ client: { logger: logger as Logger } })).toThrow(OptionError);
    expect(() => new Pair({ client: { logger: logger as Logger } })).toThrow(
      'Option logger: expected an object with at least one of debug, info, warn, error, got one without any of them',
    );
  });

  test('that takes only what is no trouble gets the words and the bytes of each message', async () => {
    const { lines, logger } = counting(['info']);
    const pair = await Pair.connected({ server: { logger } });
    const before = lines.length;
    for (let n = 0; n < 50; n++) await pair.client.send(31, n);
    await pair.settle();
    expect(lines.length - before).toBe(100);
    await pair.close();
  });

  test('may be an object whose methods need it as this', async () => {
    class Mine {
      readonly #lines: string[] = [];
      warn(text: string): void {
        this.#lines.push(text);
      }
      error(text: string): void {
        this.warn(text);
      }
      get size(): number {
        return this.#lines.length;
      }
    }
    const mine = new Mine();
    const pair = await logged(mine);
    expect([mine.size > 0, warnings]).toEqual([true, []]);
    await pair.close();
  });

  test('may make children that keep the name of their parent, as those of bunyan do', () => {
    const bindings: object[] = [];
    const { lines, logger } = counting();
    const bunyan = {
      ...logger,
      child: (given: object) => {
        if ('name' in given) throw new TypeError('invalid options.name: child cannot set logger name');
        bindings.push(given);
        return logger;
      },
    };
    logging.namedLog(bunyan, 'socket_protocol.pump')(logging.LOG_LEVEL.info, 'text');
    expect([bindings, lines, warnings]).toEqual([[{ component: 'socket_protocol.pump' }], ['text'], []]);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('no children');
      },
      ['the logger threw: no children'],
    ],
    ['rejects', () => Promise.reject(new Error('no children')), ['the logger threw: no children']],
    ['is no logger', () => ({ child: true }), []],
    ['lacks a method of its parent', () => ({ warn: () => {} }), []],
  ])('does without a child that %s', async (_, child, expected) => {
    const { lines, logger } = counting();
    logging.namedLog({ ...logger, child }, 'name')(logging.LOG_LEVEL.error, 'text');
    await new Promise((resolve) => setImmediate(resolve));
    expect([lines, warnings]).toEqual([['name: text'], expected]);
  });

  test('FC-06 that rejects is said once a minute, and harms nothing', async () => {
    const fail = (): Promise<never> => Promise.reject(new Error('the disk is full'));
    const pair = await logged({ debug: fail, info: fail, warn: fail, error: fail });
    await new Promise((resolve) => setImmediate(resolve));
    expect([pair.client.isConnected(), warnings]).toEqual([true, ['the logger threw: the disk is full']]);
    await pair.close();
  });
});
