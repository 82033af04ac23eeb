/** Objects that come from somewhere else: from a browser's environment, another copy of the package, a context, a worker. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { killAll, Program } from './support/program.js';

afterEach(killAll);

const refused = expect.stringMatching(/^TypeError: .*data\.a\[0\]/);
const aborted = expect.stringMatching(/^AbortError: /);
/** The peer ran a callback that failed; that it goes on answering shows that nothing else did. */
const failedCallback = expect.stringMatching(/^StatusError: .*callback error/);

/** What `report` of `programs/realms/checks.mjs` must say, whatever the realm. */
const RIGHT = {
  'a secret in bytes': 'pong',
  'a secret in a Buffer': 'pong',
  'a secret of TextEncoder': 'pong',
  'a wrong secret in bytes': expect.stringMatching(/^AuthenticationError: /),
  'a server with a secret in bytes': 'pong',
  'a signal': 'pong',
  'a signal that was aborted before': aborted,
  'a signal that is aborted': aborted,
  'a signal for many requests': 1,
  'a signal of connect': 'pong',
  'a signal that is aborted while connecting': aborted,
  'a promise': 'of the realm',
  'a promise that rejects': failedCallback,
  'an error': failedCallback,
  'a promise that rejects and that nobody waits for': 'pong',
  'what failed': ['of the realm', 'of the realm', 'of the realm'],
  'a port on which nobody listens': expect.stringMatching(/^ConnectError connection-refused: .*ECONNREFUSED/),
  'a name for it': expect.stringMatching(/^ConnectError connection-refused: .*ECONNREFUSED/),
  'a port that is taken': expect.stringMatching(/^ListenError address-in-use: .*EADDRINUSE/),
  'a time-out': expect.stringMatching(/^TimeoutError no-answer: /),
  data: { a: [1, { b: 'c' }], d: null, e: true },
  'data with a date': { a: ['1970-01-01T00:00:00.000Z'] },
  'data of a class': { x: 1, y: 2 },
  'data with a promise': refused,
  'data with an error': refused,
  'data with a map': refused,
  'data with an invalid date': refused,
  'data with bytes': refused,
  'data with a buffer': refused,
  'data with a boxed value': refused,
  'data with a pattern': refused,
};

describe('objects of a realm', () => {
  test.each([
    ['Node itself', 'node'],
    ["jsdom, whose globals are in the place of Node's", 'jsdom'],
    ["happy-dom, whose globals are in the place of Node's", 'happy-dom'],
    ['a context, with the signals of an old polyfill', 'context'],
  ])('FC-21 FC-22 FC-23 of %s are taken for what they are', async (_name, world) => {
    const program = new Program('realms/world.mjs');
    expect(await program.ask('report', { world })).toEqual(RIGHT);
    expect(program.err).toBe('');
  });
});

describe('the tests of a user', () => {
  const folder = join(inject('fieldFolder'), 'realms');
  beforeAll(() => {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(VITEST|TEST$|NODE_ENV$)/.test(name)),
    );
    const vitest = join(inject('fieldFolder'), 'node_modules/vitest/vitest.mjs');
    execFileSync(process.execPath, [vitest, 'run', '--root', folder], { env, cwd: folder, encoding: 'utf8' });
  });

  test.each([
    'jsdom threads',
    'jsdom vmThreads',
    'happy-dom threads',
    'happy-dom vmThreads',
  ])('FC-21 FC-22 FC-23 in Vitest with %s use the library as programs do', (project) => {
    expect(JSON.parse(readFileSync(join(folder, `${project}.json`), 'utf8'))).toEqual(RIGHT);
  });
});

describe('two copies of the package', () => {
  const status6 = { name: 'StatusError', code: 'ERR_STATUS', status: 6 };

  test('FC-25 answer with the status of an error of the other', async () => {
    const program = new Program('copies.mjs');
    expect(await program.ask('are two')).toBe(true);
    for (const isAsync of [false, true]) {
      expect(await program.ask('status error', { isAsync })).toMatchObject(status6);
    }
  });

  test('FC-25 recognise an error of the other', async () => {
    const program = new Program('copies.mjs');
    expect(await program.ask('recognised')).toEqual([true, 'ERR_CONNECT']);
  });

  test.each([
    'transport',
    'memory pair',
    'inspector',
  ])('FC-25 work with what the other has made: %s', async (what) => {
    const program = new Program('copies.mjs');
    expect(await program.ask(what)).toBe('pong');
  });

  test('FC-25 tell each other why a server cannot listen', async () => {
    const program = new Program('copies.mjs');
    expect(await program.ask('taken port')).toBe('cannot-listen');
  });

  test('FC-25 count what the codec of the other refuses under its reason', async () => {
    const program = new Program('copies.mjs');
    expect(await program.ask('codec')).toEqual({ answer: 'pong', reason: 'checksum' });
  });
});

describe('a worker', () => {
  test('that ends in the middle of a request is a lost connection and no more', async () => {
    const program = new Program('workers.mjs');
    expect(await program.ask('a client in a worker')).toEqual({ posted: 'pong', answer: 'pong' });
    expect(await program.ask('a server in a worker')).toEqual({
      answer: 'pong',
      error: expect.objectContaining({ name: 'ConnectionLostError', written: true }),
    });
    expect(program.err).toBe('');
  });

  test('is one of several, each with a library of its own', async () => {
    const program = new Program('workers.mjs');
    expect(await program.ask('several workers')).toEqual({ sessions: 3, answers: ['pong', 'pong', 'pong'] });
  });
});

describe('the processes of a cluster', () => {
  test('share the port of a server', async () => {
    const program = new Program('cluster.mjs');
    expect(await program.ask('ask all', { processes: 2, visits: 4 })).toEqual({ answers: 4, processes: 2 });
  });
});

describe('a program in CommonJS', () => {
  test('imports or requires the package, and gets the same', () => {
    const program = join(inject('fieldFolder'), 'commonjs.cjs');
    expect(execFileSync(process.execPath, [program], { encoding: 'utf8' })).toBe('pong pong\n');
  });
});
