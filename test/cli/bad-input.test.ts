import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeProgram } from '../../src/cli/program.js';
import { type Outcome, Running } from '../support/command.js';

const folder = mkdtempSync(join(tmpdir(), 'socket-protocol-bad-input-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HEADER =
  '{"recording":"socket-protocol","version":1,"codec":"pure_json","started":"2026-01-01T00:00:00Z"}\n';
const DEBUGGER_HEADER = '{"recording":"socket-protocol debugger","version":1}\n';
const CONTENTS: Readonly<Record<string, string>> = {
  empty: '',
  'something-else': 'hello\n',
  cut: `${HEADER}{"ms":1,"from":"client","pay`,
  'cut-debugger': `${DEBUGGER_HEADER}{"kind":"no`,
  'without-requests': HEADER,
};
for (const [name, content] of Object.entries(CONTENTS)) writeFileSync(join(folder, name), content);
mkdirSync(join(folder, 'a-folder'));

/** Runs a command; a word that begins with @ is a file of the folder above. */
const cli = (argv: readonly string[]): Promise<Outcome> =>
  new Running(argv.map((word) => word.replace(/^@/, `${folder}/`))).outcome();

const { commands } = makeProgram({
  stdout: () => {},
  stderr: () => {},
  env: {},
  interrupted: new AbortController().signal,
});

describe('every command', () => {
  test.each(
    commands.map((command) => command.name()),
  )('%s refuses an option that it does not know', async (name) => {
    expect(await cli([name, '--nonsense'])).toEqual({
      code: 2,
      out: '',
      err: "socket-protocol: unknown option '--nonsense'\n",
    });
  });

  const demanding = commands.filter((command) =>
    command.registeredArguments.some(({ required }) => required),
  );
  test.each(demanding.map((command) => command.name()))('%s says which argument is missing', async (name) => {
    const { code, out, err } = await cli([name]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^socket-protocol: missing required argument '[a-z-]+'\n$/);
  });

  test.each(
    commands.map((command) => command.name()),
  )('%s refuses more arguments than it takes', async (name) => {
    // what is good for anything but an option: an address, a number, JSON
    const { code, out, err } = await cli([name, ...Array.from({ length: 6 }, () => 'x')]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^socket-protocol: [^\n]+\n$/);
  });
});

describe('an address', () => {
  const places = [
    ['read', '?', '0'],
    ['write', '?', '0', '0'],
    ['execute', '?', '0'],
    ['request', '?', '10', '0'],
    ['shell', '?'],
    ['monitor', '?'],
    ['inspect', '?'],
    ['proxy', '0', '?'],
    ['replay', 'device.jsonl', '--as', 'client', '--to', '?'],
  ];
  test.each(places)('that is none is refused by %s', async (...argv) => {
    const withAddress = (address: string): string[] => argv.map((word) => (word === '?' ? address : word));
    for (const wrong of ['device', ':17017', '127.0.0.1:', 'a b:1', '::1:17017']) {
      expect(await cli(withAddress(wrong))).toEqual({
        code: 2,
        out: '',
        err: `socket-protocol: expected HOST:PORT (or [IPv6]:PORT), got ${JSON.stringify(wrong)}\n`,
      });
    }
    for (const port of ['0', '65536', '999999']) {
      expect((await cli(withAddress(`127.0.0.1:${port}`))).err).toBe(
        `socket-protocol: expected a port from 1 to 65535, got "${port}"\n`,
      );
    }
  });
});

describe('JSON', () => {
  test.each([
    ['write', '127.0.0.1:1', '7'],
    ['execute', '127.0.0.1:1', '7'],
    ['request', '127.0.0.1:1', '10', '7'],
  ])('that is none is refused by %s, and the place is marked', async (...argv) => {
    expect(await cli([...argv, '{"on": yes}'])).toEqual({
      code: 2,
      out: '',
      err: 'socket-protocol: expected a value at character 7 of the JSON text, got something else\n  {"on": yes}\n         ^\n',
    });
  });
});

describe('what is typed wrong', () => {
  test.each([
    [['raed', '127.0.0.1:1', '0'], "unknown command 'raed' (Did you mean read?)"],
    [
      ['request', '127.0.0.1:1', '10', '0', '--repeat', '0'],
      'expected a number from 1 to 1000000000, got "0"',
    ],
    [
      ['request', '127.0.0.1:1', '10', '0', '--repeat', '1e3'],
      'expected a number from 1 to 1000000000, got "1e3"',
    ],
    [
      ['request', '127.0.0.1:1', '10', '0', '--interval', '-1'],
      'expected a pause in milliseconds from 0 to 2147483647, got "-1"',
    ],
    [
      ['request', '127.0.0.1:1', '10', '0', '--response', '12'],
      'expected no --response for service 10, which is built in, got 12',
    ],
    [
      ['request', '127.0.0.1:1', '0', '0'],
      'expected a service that can be asked, got 0, which the session itself asks',
    ],
    [['request', '127.0.0.1:1', '100', '0', '--response', '100'], expect.stringContaining('100')],
    [
      ['request', '127.0.0.1:1', '10', '4294967296', '--struct'],
      'expected a data id from 0 to 4294967295 with --struct, got 4294967296',
    ],
    [['request', '127.0.0.1:1', 'x', '0'], 'expected a service id from 0 to 4294967295, got "x"'],
    [['replay', 'x', '--speed', 'x'], 'expected a factor from 0 to 1000000, got "x"'],
    [['replay', 'x', '--speed', '-1'], 'expected a factor from 0 to 1000000, got "-1"'],
    [['replay', 'x', '--as', 'both'], 'expected one of server, client; got "both"'],
    [['replay', 'x', '--port', '70000'], 'expected a port from 0 to 65535, got "70000"'],
    [['inspect', '127.0.0.1:1', '--port', 'x'], 'expected a port from 0 to 65535, got "x"'],
    [['serve', '--port', '65536'], 'expected a port from 0 to 65535, got "65536"'],
    [['proxy', '65536', '127.0.0.1:1'], 'expected a port from 0 to 65535, got "65536"'],
    [['read', '127.0.0.1:1', '0', '--timeout', '0'], expect.stringContaining('expected a time-out')],
    [
      ['serve', '--port', '0', '--secret-file', '@a-folder'],
      expect.stringMatching(/^expected a readable file .*: EISDIR$/),
    ],
    [
      ['proxy', '0', '127.0.0.1:1', '--record', '@a-folder'],
      expect.stringMatching(/^expected a file to write, .*: EISDIR$/),
    ],
    [
      ['inspect', '127.0.0.1:1', '--record', '@a-folder'],
      expect.stringMatching(/^expected a file to write, .*: EISDIR$/),
    ],
    [['help', 'nope'], 'expected the name of a command, got "nope"'],
    [['completion', 'tcsh'], 'expected one of bash, zsh, fish; got "tcsh"'],
  ])('is reported in one line, before anything is done, with code 2: %j', async (argv, message) => {
    const { code, out, err } = await cli(argv);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^socket-protocol: [^\n]+\n$/);
    expect(err.slice('socket-protocol: '.length, -1)).toEqual(message);
  });
});

describe('a file', () => {
  test.each([
    ['replay', 'no-such-file', 2, /expected a readable recording, got .*: ENOENT/],
    ['replay', 'a-folder', 2, /expected a readable recording, got .*: EISDIR/],
    ['replay', 'empty', 1, /expected a recording of socket-protocol, got an empty file/],
    ['replay', 'something-else', 1, /expected a recording of socket-protocol, got something else/],
    ['replay', 'cut', 1, /it is cut off/],
    ['replay', 'without-requests', 1, /expected a recording with requests and answers, got none in it/],
    ['inspect --replay', 'no-such-file', 2, /expected a readable recording, got .*: ENOENT/],
    ['inspect --replay', 'a-folder', 2, /expected a readable recording, got .*: EISDIR/],
    ['inspect --replay', 'empty', 1, /expected a recording of socket-protocol, got an empty file/],
    ['inspect --replay', 'something-else', 1, /expected a recording of socket-protocol, got something else/],
    ['inspect --replay', 'cut', 1, /it is cut off/],
    ['inspect --replay', 'cut-debugger', 1, /it is cut off/],
    ['decode', 'no-such-file', 2, /expected a readable file, got .*: ENOENT/],
    ['decode', 'a-folder', 2, /expected a readable file, got .*: EISDIR/],
    ['decode', 'empty', 1, /expected hex dumps, a stream of frames or a recording, got nothing/],
    ['decode', 'something-else', 1, /expected hex dumps, .* got 6 bytes that are none/],
    ['decode', 'cut', 1, /it is cut off/],
  ])('that %s cannot use is reported in one line: %s', async (command, name, expected, message) => {
    const { code, out, err } = await cli([...command.split(' '), `@${name}`]);
    expect([code, out]).toEqual([expected, '']);
    expect(err).toMatch(/^socket-protocol: [^\n]+\n$/);
    expect(err).toMatch(message);
  });
});
