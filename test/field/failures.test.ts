/** What a program's own functions do to it when they fail: nothing, but somebody hears of it. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { failing } from './support/run.js';

describe('a listener', () => {
  test.each([
    'async listeners',
    'throwing listeners',
    'captured rejections',
  ])('FC-06 that fails harms nothing: %s', async (name) => {
    const run = await failing(name);
    expect(run.line('end')).toMatchObject({ outcome: 'pong' });
    expect(new Set(run.warnings)).toEqual(new Set(['SP_LISTENER_FAILED']));
    // once for each event of each session, whatever the number of listeners, and ten at once
    expect(run.warnings.length).toBeLessThanOrEqual(10);
  });

  test('FC-06 is called although one before it throws', async () => {
    const run = await failing('listeners after one that throws');
    expect(run.line('calls')).toMatchObject({ calls: ['second', 'last'] });
    expect(run.warnings).toEqual(['SP_LISTENER_FAILED']);
  });

  test('FC-06 of listeners, and of errors of the program, is one too', async () => {
    expect((await failing('listeners of listeners')).warnings).toEqual([
      'SP_LISTENER_FAILED',
      'SP_LISTENER_FAILED',
    ]);
    const run = await failing('the event error');
    expect(run.line('heard')).toMatchObject({ heard: ['monitor', 'mine', 'monitor'] });
    expect(run.warnings).toEqual(['SP_LISTENER_FAILED']);
  });

  test('may be one of the helpers of node:events', async () => {
    expect((await failing('helpers of node:events')).line('end')).toMatchObject({
      outcome: 'one',
      listeners: 0,
    });
  });
});

describe('what watches a session', () => {
  test.each([
    ['an async logger', ['SP_LOGGER_FAILED']],
    ['a throwing logger', ['SP_LOGGER_FAILED']],
    ['an async child', ['SP_LOGGER_FAILED']],
    ['a throwing child', ['SP_LOGGER_FAILED']],
    ['an async observer', ['SP_OBSERVER_FAILED', 'SP_OBSERVER_FAILED']],
    ['an async inspector', ['SP_INSPECTOR_FAILED', 'SP_INSPECTOR_FAILED']],
  ])('FC-06 harms nothing: %s', async (name, warnings) => {
    const run = await failing(name);
    expect(run.line('end')).toMatchObject({ outcome: 'pong' });
    expect(run.warnings).toEqual(warnings);
  });
});

describe('what a session asks for', () => {
  test.each([
    ['an async random', 'SP_SESSION_FAILED'],
    ['a random that is no number', 'SP_SESSION_FAILED'],
    ['an async key of the client', 'SP_SESSION_FAILED'],
    ['an async key of the server', 'SP_SESSION_FAILED'],
    ['an async encode', 'SP_SESSION_FAILED'],
    ['an async decode', 'SP_CODEC_FAILED'],
    ['an async transport', 'SP_SESSION_FAILED'],
  ])('FC-06 costs that session at most: %s', async (name, code) => {
    const run = await failing(name);
    expect(run.line('end')).toBeDefined();
    expect(new Set(run.warnings)).toEqual(new Set([code]));
  });

  test('FC-06 is refused where it is used at once: an async clock', async () => {
    expect((await failing('an async clock')).line('end')).toMatchObject({ outcome: { name: 'TypeError' } });
  });
});

const CALLBACK_ERROR = 2;
const ANSWERS = [CALLBACK_ERROR, CALLBACK_ERROR, 'pong'];

describe('a handler that fails', () => {
  test.each([
    'a throwing handler',
    'an async handler',
    'a handler with a logger of other levels',
  ])('FC-26 is counted, and a warning with the stack where nobody listens: %s', async (name) => {
    const run = await failing(name);
    expect(run.line('end')).toMatchObject({ statuses: ANSWERS, callbackErrors: 3, heard: [] });
    // one for each kind of request or message, not for each
    expect(run.warnings).toEqual(['SP_CALLBACK_FAILED', 'SP_CALLBACK_FAILED']);
    expect(run.err).toMatch(
      /\[SP_CALLBACK_FAILED\] .*: of the user\nError: of the user\n {4}at .*failing\.mjs/,
    );
  });

  test('FC-26 is not printed where its code is switched off', async () => {
    const run = await failing('an async handler', ['--disable-warning=SP_CALLBACK_FAILED']);
    expect(run.warnings).toHaveLength(2);
    expect(run.err).toBe('');
  });

  test.each([
    ['a handler with a listener', 'of the user'],
    ['a handler that throws no error', 'something that has no text'],
    ['a handler that throws null', 'null'],
    ['a handler that throws a revoked proxy', 'something that has no text'],
    ['a handler with a hostile promise', 'of the user'],
    ['a handler whose promise settles twice', 'of the user'],
  ])('FC-26 is an event, with an error and the message: %s', async (name, message) => {
    const run = await failing(name);
    const error = expect.objectContaining({ name: 'Error', message });
    expect(run.line('end')).toMatchObject({
      statuses: ANSWERS,
      callbackErrors: 3,
      heard: [
        { error, isError: true, serviceId: 10, dataId: 0 },
        { error, isError: true, serviceId: 10, dataId: 0 },
        { error, isError: true, serviceId: 31, dataId: 4 },
      ],
    });
    expect(run.warnings).toEqual([]);
  });

  test.each([
    ['a handler that is too slow', /callbackTimeout/],
    ['a result that cannot be sent', /function/],
    ['a result that is too long', /maxFrameLength/],
  ])('FC-26 need not throw: %s', async (name, message) => {
    const { statuses, callbackErrors, heard } = (await failing(name)).line('end') as unknown as {
      statuses: unknown;
      callbackErrors: number;
      heard: { error: { message: string } }[];
    };
    expect([statuses, callbackErrors, heard.length]).toEqual([ANSWERS, 2, 2]);
    for (const { error } of heard) expect(error.message).toMatch(message);
  });

  test('FC-26 is a line where there is a logger, and nothing where silence was asked for', async () => {
    const logged = await failing('a handler with a logger');
    expect(logged.line('lines')).toMatchObject({
      lines: expect.arrayContaining([expect.stringMatching(/callback error: .*Error: of the user$/)]),
    });
    const quiet = await failing('a handler with a quiet logger');
    expect([logged.warnings, quiet.warnings]).toEqual([[], []]);
    expect(quiet.line('end')).toMatchObject({ callbackErrors: 3 });
  });

  test('FC-26 is none where it answers with a status, which a message without an answer cannot carry', async () => {
    expect((await failing('a handler that answers with a status')).line('end')).toMatchObject({
      statuses: [6, 6, 'pong'],
      callbackErrors: 1,
      heard: [{ serviceId: 31, error: { name: 'StatusError' } }],
    });
  });

  test('FC-26 is told a few times a second at most, however often it fails', async () => {
    const run = await failing('a handler that fails very often');
    expect(run.line('end')).toMatchObject({ callbackErrors: 1_000 });
    expect(run.warnings.length).toBeGreaterThanOrEqual(10);
    expect(run.warnings.length).toBeLessThan(60);
  });
});

test('FC-13 a port that is taken is told to whoever may hear of it, once for each session', async () => {
  const run = await failing('a port that is taken');
  // not where a logger has a line about it, a listener hears of it, or silence was asked for
  expect(run.warnings).toEqual(Array(4).fill('SP_CANNOT_LISTEN'));
  expect(run.line('end')).toMatchObject({ error: { name: 'ListenError', reason: 'address-in-use' } });
});

describe('--log-level', () => {
  /** The levels of the lines that a command wrote to its standard error. */
  const levelsOf = (...argv: string[]): Promise<{ code: number | null; levels: string[]; err: string }> =>
    new Promise((resolve) => {
      const command = join(inject('fieldFolder'), 'node_modules', '.bin', 'socket-protocol');
      const child = execFile(command, argv, (_, _out, err) => {
        const levels = err
          .split('\n')
          .flatMap((line) => /^([A-Z]+) +(?:socket_protocol|tcp_socket)/.exec(line)?.[1] ?? []);
        resolve({ code: child.exitCode, levels: [...new Set(levels)].sort(), err });
      });
    });

  test('decides what a command logs, and --verbose alone means everything', async () => {
    const server = execFile(join(inject('fieldFolder'), 'node_modules', '.bin', 'socket-protocol'), [
      'serve',
      '--port',
      '0',
    ]);
    try {
      const address = await new Promise<string>((resolve) => {
        server.stdout?.once('data', (text) => resolve(/listening on (\S+)/.exec(String(text))?.[1] ?? ''));
      });
      // nothing was written there: the answer is an error
      const read = (...options: string[]) => levelsOf('read', address, '99', ...options);
      expect((await read()).levels).toEqual([]);
      expect((await read('--verbose')).levels).toEqual(['DEBUG', 'ERROR', 'INFO']);
      expect((await read('--log-level', 'info')).levels).toEqual(['ERROR', 'INFO']);
      expect((await read('--log-level', 'warn', '--verbose')).levels).toEqual(['ERROR']);
      expect((await read('--log-level', 'silent')).levels).toEqual([]);
      const wrong = await read('--log-level', 'loud');
      expect([wrong.code, wrong.err]).toEqual([2, expect.stringMatching(/debug.*silent/)]);
    } finally {
      server.kill();
    }
  });
});
