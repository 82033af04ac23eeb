import { mkdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Outcome, runCommand, wholeProgram } from '../support/command.js';
import { TestFolder } from '../support/folder.js';
import { DEBUGGER_HEADER, RECORDING_HEADER } from '../support/recording.js';

const folder = new TestFolder();
folder.file('empty', '');
folder.file('something-else', 'hello\n');
folder.file('cut', `${RECORDING_HEADER}{"ms":1,"from":"client","pay`);
folder.file('cut-debugger', `${DEBUGGER_HEADER}{"kind":"no`);
folder.file('without-requests', RECORDING_HEADER);
folder.file('odd-hex', 'abc\n');
mkdirSync(folder.at('a-folder'));

/** Runs a command; a word that begins with @ is a file of the folder above. */
const cli = (argv: readonly string[]): Promise<Outcome> =>
  runCommand(argv.map((word) => word.replace(/^@/, `${folder.path}/`)));

const { commands } = await wholeProgram();
const names = commands.map((command) => command.name());

/** The answer to --secret: why not, and what to do. */
const NO_SECRET =
  'There is no --secret, because every list of processes shows arguments: use --secret-file FILE, --secret-file - for standard input, or the variable SOCKET_PROTOCOL_SECRET';

describe('every command', () => {
  test.each(names)('%s refuses an unknown option', async (name) => {
    expect(await cli([name, '--xyzzy'])).toEqual({
      code: 2,
      out: '',
      err: "socket-protocol: Unknown option '--xyzzy'\n",
    });
  });

  const demanding = commands.filter((command) =>
    command.registeredArguments.some(({ required }) => required),
  );
  test.each(demanding.map((command) => command.name()))('%s names a missing argument', async (name) => {
    const { code, out, err } = await cli([name]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^socket-protocol: Missing required argument '[a-z-]+'\n$/);
  });

  test.each(names)('%s refuses more arguments than it takes', async (name) => {
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
  test.each(places)('that is invalid is refused by %s', async (...argv) => {
    const withAddress = (address: string): string[] => argv.map((word) => (word === '?' ? address : word));
    for (const wrong of [':17017', '127.0.0.1:', 'a b:1', 'a b', '[localhost]:1', 'a:1\nx']) {
      expect(await cli(withAddress(wrong))).toEqual({
        code: 2,
        out: '',
        err: `socket-protocol: Expected HOST, HOST:PORT, [IPv6]:PORT or unix:PATH, got ${JSON.stringify(wrong)}\n`,
      });
    }
    for (const port of ['0', '65536', '999999']) {
      expect((await cli(withAddress(`127.0.0.1:${port}`))).err).toBe(
        `socket-protocol: Expected a port from 1 to 65535, got "${port}"\n`,
      );
    }
  });
});

describe('JSON', () => {
  test.each([
    ['write', '127.0.0.1:1', '7'],
    ['execute', '127.0.0.1:1', '7'],
    ['request', '127.0.0.1:1', '10', '7'],
  ])('that is invalid is refused by %s, and the place is marked', async (...argv) => {
    const { code, out, err } = await cli([...argv, '{"on": yes}']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^socket-protocol: Invalid JSON: [^\n]+\n {2}\{"on": yes\}\n {9}\^\n$/);
  });

  test.each([
    'hello',
    '{on:true}',
  ])('that a shell took the quotation marks of is refused with how to keep them: %s', async (typed) => {
    const { code, err } = await cli(['write', '127.0.0.1:1', '7', typed]);
    expect(code).toBe(2);
    expect(err.split('\n')[0]).toMatch(
      /^socket-protocol: Invalid JSON: .*; a command line takes quotation marks away/,
    );
  });

  test('that a shell cut at its blanks is refused with how to keep it together', async () => {
    const { code, err } = await cli(['write', '127.0.0.1:1', '7', '{on:', 'true}']);
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/^socket-protocol: Too many arguments .*'\{"on": true\}'\n$/),
    ]);
  });

  test('that is invalid is one sentence for programs', async () => {
    const { code, err } = await cli(['write', '127.0.0.1:1', '7', '{"on": yes}', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(err)).toEqual({
      error: expect.stringMatching(/^Invalid JSON: expected [^{^]+$/),
      code: 'ERR_USAGE',
    });
  });

  test('that ends too early is marked at its end', async () => {
    const { err } = await cli(['write', '127.0.0.1:1', '1', '{"a": 1']);
    expect(err).toMatch(/\n {2}\{"a": 1\n {9}\^\n$/);
  });

  test('of several lines is shown on one', async () => {
    const { err } = await cli(['write', '127.0.0.1:1', '1', '[\n1,\t]']);
    expect(err).toMatch(/\n {2}\[ 1, \]\n {7}\^\n$/);
  });

  test('that is very long is shown only around the place', async () => {
    const { err } = await cli(['write', '127.0.0.1:1', '1', `[${'1,'.repeat(5_000)}}]`]);
    const [, text = '', caret = ''] = err.split('\n');
    expect(text.length).toBeLessThan(100);
    expect(text[caret.indexOf('^')]).toBe('}');
  });
});

describe('a wrong argument', () => {
  test.each([
    [['raed', '127.0.0.1:1', '0'], "Unknown command 'raed' (Did you mean read?); see socket-protocol help"],
    [['dance'], "Unknown command 'dance'; see socket-protocol help"],
    [['help', 'nope'], 'Unknown command "nope"; see socket-protocol help'],
    [['completion', 'tcsh'], 'Expected bash, zsh, or fish, got "tcsh"'],
    [['read', '127.0.0.1:1', '0', '--secret', 'x'], NO_SECRET],
    // what was typed is not shown
    [['read', '127.0.0.1:1', '0', '--secret=x y\nz'], NO_SECRET],
    [['demo', '--secret=x'], NO_SECRET],
    [['read', '127.0.0.1:1', '0', '--secrets'], expect.stringMatching(/^Unknown option '--secrets'/)],
    [['read', '127.0.0.1:1', '1.5'], 'Expected a data id from 0 to 9007199254740991, got "1.5"'],
    [['read', '127.0.0.1:1', '0', '--timeout', '0'], 'Expected milliseconds from 1 to 2147483647, got "0"'],
    [
      ['read', '127.0.0.1:1', '0', '--timeout', 'soon'],
      'Expected milliseconds from 1 to 2147483647, got "soon"',
    ],
    [
      ['read', '127.0.0.1:1', '4294967296', '--struct'],
      'Data id 4294967296 is too high for --struct (limit 4294967295)',
    ],
    [
      ['request', '127.0.0.1:1', '10', '4294967296', '--struct'],
      'Data id 4294967296 is too high for --struct (limit 4294967295)',
    ],
    [['request', '127.0.0.1:1', 'x', '0'], 'Expected a service id from 0 to 4294967295, got "x"'],
    [
      ['request', '127.0.0.1:1', '10', '0', '--repeat', '0'],
      'Expected a number from 1 to 1000000000, got "0"',
    ],
    [
      ['request', '127.0.0.1:1', '10', '0', '--repeat', '1e3'],
      'Expected a number from 1 to 1000000000, got "1e3"',
    ],
    [
      ['request', '127.0.0.1:1', '10', '0', '--interval', '-1'],
      'Expected milliseconds from 0 to 2147483647, got "-1"',
    ],
    [
      ['request', '127.0.0.1:1', '10', '0', '--response', '12'],
      'Service 10 is built in, its response is 11; got --response 12',
    ],
    [['request', '127.0.0.1:1', '0', '0'], 'Service 0 is reserved for the session'],
    [['request', '127.0.0.1:1', '9', '0'], 'Service 9 is reserved for the session'],
    [['request', '127.0.0.1:1', '100', '0', '--response', '100'], expect.stringContaining('100')],
    [['serve', '--port', '65536'], 'Expected a port from 0 to 65535, got "65536"'],
    [['serve', '--port', '-5'], 'Expected a port from 0 to 65535, got "-5"'],
    [['serve', '--channel', ''], 'The channel name is empty'],
    [['proxy', '65536', '127.0.0.1:1'], 'Expected a port from 0 to 65535, got "65536"'],
    [
      ['proxy', '0', '127.0.0.1:1', '--record', '@a-folder'],
      expect.stringMatching(/^Could not write ".*": it is a folder$/),
    ],
    [
      ['inspect', '127.0.0.1:1', '--record', '@a-folder'],
      expect.stringMatching(/^Could not write ".*": it is a folder$/),
    ],
    [['inspect', '127.0.0.1:1', '--port', 'x'], 'Expected a port from 0 to 65535, got "x"'],
    [['inspect', '127.0.0.1:1', '--stately', 'http://x'], expect.stringContaining('WebSocket')],
    [['inspect'], 'Give either HOST:PORT or --replay RECORDING'],
    [['inspect', '127.0.0.1:1', '--replay', '@cut'], 'Give either HOST:PORT or --replay RECORDING'],
    [['replay', '@cut', '--to', '127.0.0.1:1'], '--to needs --as client'],
    [['replay', '@cut', '--as', 'client'], '--as client needs --to HOST:PORT'],
    [['replay', '@cut', '--as', 'both'], 'Expected server or client, got "both"'],
    [['replay', '@cut', '--speed', 'x'], 'Expected a factor from 0 to 1000000, got "x"'],
    [['share', '0', '127.0.0.1:1', '--concurrency', 'x'], 'Expected a number from 1 to 1000000000, got "x"'],
    [['replay', '@cut', '--speed', '-1'], 'Expected a factor from 0 to 1000000, got "-1"'],
    [['replay', '@cut', '--port', '70000'], 'Expected a port from 0 to 65535, got "70000"'],
  ])('is refused in one line with exit code 2, before anything happens: %j', async (argv, message) => {
    const { code, out, err } = await cli(argv);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^socket-protocol: [^\n]+\n$/);
    expect(err.slice('socket-protocol: '.length, -1)).toEqual(message);
  });
});

describe('a file', () => {
  const MISSING = /^Could not read ".+": no such file or directory$/;
  const FOLDER = /^Could not read ".+": it is a folder$/;
  const CUT = /^The recording is cut off/;
  test.each([
    ['replay', 'no-such-file', 2, MISSING],
    ['replay', 'a-folder', 2, FOLDER],
    ['replay', 'empty', 2, /^The recording ".+" is empty$/],
    [
      'replay',
      'something-else',
      2,
      /^This is not a recording of socket-protocol, as .*; decode reads logs and raw streams$/,
    ],
    ['replay', 'cut', 2, CUT],
    ['replay', 'without-requests', 2, /^The recording has no request that was answered$/],
    ['inspect --replay', 'no-such-file', 2, MISSING],
    ['inspect --replay', 'a-folder', 2, FOLDER],
    ['inspect --replay', 'empty', 2, /^The recording ".+" is empty$/],
    [
      'inspect --replay',
      'something-else',
      2,
      /^This is not a recording of socket-protocol, as .*; decode reads logs and raw streams$/,
    ],
    ['inspect --replay', 'cut', 2, CUT],
    ['inspect --replay', 'cut-debugger', 2, CUT],
    ['decode', 'no-such-file', 2, MISSING],
    ['decode', 'a-folder', 2, FOLDER],
    ['decode', 'empty', 2, /^Nothing to decode: the input is empty$/],
    ['decode', 'something-else', 2, /^Nothing to decode: no hex dump, frame or recording in 6 bytes$/],
    ['decode', 'odd-hex', 2, /^Odd number of hex digits \(3\); is the dump cut off\?$/],
    ['decode', 'cut', 2, CUT],
  ])('that %s cannot use is one line: %s', async (command, name, expected, message) => {
    const { code, out, err } = await cli([...command.split(' '), `@${name}`]);
    expect([code, out]).toEqual([expected, '']);
    expect(err).toMatch(/^socket-protocol: [^\n]+\n$/);
    expect(err.slice('socket-protocol: '.length, -1)).toMatch(message);
  });
});
