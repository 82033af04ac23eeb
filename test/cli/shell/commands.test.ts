import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { complete } from '../../../src/cli/shell/commands.js';
import { Names } from '../../../src/cli/shell/names.js';
import { createMemoryPair, Session, SID_EXECUTE_REQUEST, SID_READ_REQUEST } from '../../../src/index.js';
import { linesOf, type Outcome, Running } from '../../support/command.js';
import { openShellServer, pipedShell, SHELL_ENV } from '../../support/typing.js';

const { address } = await openShellServer();

describe('the shell', () => {
  const piped = (lines: string, ...options: string[]): Promise<Outcome> =>
    pipedShell(address, lines, { options });

  const SCRIPT = 'execute 2 [1]\nreed 1\nread x\n\nservice 200 201\nstatus\nhelp\nexit\nread 1\n';

  test('is a script where nobody types: the first line that fails ends it, with the exit code of a command', async () => {
    expect(await piped(SCRIPT)).toEqual({
      code: 2,
      out: '[1]\n',
      err: 'socket-protocol: Line 2: Unknown command "reed"; type help for a list\n',
    });
  });

  test.each([
    ['read 3', 1, /^socket-protocol: Line 1: .*1000/],
    ['request 10 3', 1, /^socket-protocol: Line 1: The peer answered with status 1000: unknown status$/],
    ['execute 3', 3, /^socket-protocol: Line 1: Connection lost after /m],
    ['read 2', 5, /^socket-protocol: Line 1: .*99 ms/],
  ])('ends at "%s" with exit code %i', async (line, code, text) => {
    const outcome = await piped(`${line}\nread 1\n`, '--timeout', '99');
    expect([outcome.code, outcome.out.includes('one')]).toEqual([code, false]);
    expect(outcome.err.trimEnd()).toMatch(text);
  });

  test('goes on with --keep-going, and ends with the exit code of the first failure', async () => {
    const { code, out, err } = await piped(SCRIPT, '--keep-going');
    expect(code).toBe(2);
    expect(out).toMatch(/^\[1\]\n\{"connected":true,"trusted":true,/);
    expect(out).toContain('write DATA_ID JSON');
    expect(out).not.toContain('"one"');
    expect(err.split('\n')).toEqual([
      'socket-protocol: Line 2: Unknown command "reed"; type help for a list',
      'socket-protocol: Line 3: Expected a data id from 0 to 9007199254740991, got "x"',
      '',
    ]);
    expect((await piped('read 3\nread x\n', '--keep-going')).code).toBe(1);
  });

  test.each([
    ['read', 'Missing DATA_ID; usage: read DATA_ID…'],
    ['read 1 x', 'Expected a data id from 0 to 9007199254740991, got "x"'],
    ['status 2', 'Unexpected "2"; usage: status'],
    ['write 7', 'Missing JSON; usage: write DATA_ID JSON'],
    ['write 7 [1,]', expect.stringMatching(/^Invalid JSON: [^\n]+\n {2}\[1,\]\n {5}\^$/)],
    ['request 0 0', 'Service 0 is reserved for the session'],
    ['request 1 0', 'Service 1 is reserved for the session'],
    ['service 1', 'Missing RESPONSE_ID; usage: service REQUEST_ID RESPONSE_ID [NAME]'],
    ['name', 'Unknown command "name"; usage: name data SERVICE_ID DATA_ID NAME, or name status STATUS NAME'],
    [
      'name it',
      'Unknown command "name it"; usage: name data SERVICE_ID DATA_ID NAME, or name status STATUS NAME',
    ],
    ['name data 10 0 7', 'Expected a name, got "7"'],
    ['name status 1000 okay', 'The name "okay" is taken by 0'],
    [
      'name status x busy',
      expect.stringMatching(
        /^Expected a status from 0 to \d+ or a name \("okay", (?:"[^"]+", ){4}…\), got "x"$/,
      ),
    ],
    ['read "a', 'Misplaced quote in "\\"a"; usage: read DATA_ID…'],
    ['"a', 'Misplaced quote in "\\"a"; type help for a list'],
    ['read "\\x"', 'Invalid escape in "\\x"; quoted words are JSON'],
    ['constructor', 'Unknown command "constructor"; type help for a list'],
  ])('says what is wrong with "%s"', async (line, text) => {
    const { code, out, err } = await piped(`${line}\n`);
    const told = 'socket-protocol: Line 1: ';
    expect([code, out, err.slice(0, told.length)]).toEqual([2, '', told]);
    expect(err.slice(told.length, -1)).toEqual(text);
  });

  test('sends JSON as it was typed, spaces included', async () => {
    const { out } = await piped('write 7   {"a  b":  "c  d"}  \n');
    expect(out).toBe('{"a  b":"c  d"}\n');
  });

  test('takes names for numbers, once they are given', async () => {
    const { out, err } = await piped(
      [
        'name data 10 1 first',
        'read first',
        'service 100 101 calibrate',
        'name data calibrate 3 "the offset"',
        'request calibrate "the offset" {"x": 1}',
        'name status 1000 "too hot"',
        'read 3',
        'name data "execute request" 2 echo',
        'execute echo 5',
        'read second',
        '',
      ].join('\n'),
      '--keep-going',
    );
    expect(out).toBe('"one"\n{"service_id":101,"data_id":3,"status":0,"data":{"got":{"x":1}}}\n5\n');
    expect(err.split('\n')).toEqual([
      expect.stringMatching(/too hot \(1000\)/),
      'socket-protocol: Line 10: Expected a data id from 0 to 9007199254740991 or a name ("first"), got "second"',
      '',
    ]);
  });

  test('lists the statuses, by number and name', async () => {
    const { out } = await piped('name status 1000 "too hot"\nstatuses\n');
    expect(out).toMatch(/^ {3}0 {2}okay\n[\s\S]*\n {3}6 {2}operation not permitted\n1000 {2}too hot\n$/);
  });

  test('prints only JSON with --json, one line for each request; errors go to standard error', async () => {
    const { out, err } = await piped(
      'execute 2 [1]\nread 3\nstatuses\nservice 100 101\nrequest 100 3\nread\nstatus\nhelp\n',
      '--json',
      '--keep-going',
    );
    expect(linesOf(out)).toEqual(
      expect.arrayContaining([
        { data: [1] },
        { status: 0, name: 'okay' },
        { service_id: 101, data_id: 3, status: 0, data: { got: null } },
        expect.objectContaining({ connected: true }),
        { usage: 'exit', what: 'close the connection and leave' },
      ]),
    );
    expect(linesOf(err)).toEqual([
      { line: 2, error: expect.stringContaining('1000'), code: 'ERR_STATUS', reason: 'other-status' },
      { line: 6, error: 'Missing DATA_ID; usage: read DATA_ID…', code: 'ERR_USAGE' },
    ]);
  });

  test('comes back by itself where the connection is lost, and says so', async () => {
    const { code, out, err } = await piped('name data 10 1 first\nexecute 3\nread first\n', '--keep-going');
    expect([code, out]).toEqual([3, '"one"\n']);
    // it may be there again before the next request
    expect(err.split('\n').filter((line) => !line.startsWith('Not connected; '))).toEqual([
      'Connection lost: the peer closed the connection; connecting again',
      expect.stringMatching(/^socket-protocol: Line 2: Connection lost after /),
      'Connected again',
      '',
    ]);
  });

  test('ends quietly with exit code 130 when it is interrupted before an answer', async () => {
    const input = new PassThrough();
    const shell = new Running(['shell', address], {
      env: SHELL_ENV,
      terminal: { input, output: new PassThrough(), isTerminal: false },
    });
    input.write('read 1\nread 2\nread 1\n');
    await shell.printed(/one/);
    expect([await shell.interrupt(), shell.out, shell.err]).toEqual([130, '"one"\n', '']);
  });
});

describe('the completion of the shell', () => {
  let session: Session;
  let names: Names;
  beforeEach(() => {
    session = new Session(createMemoryPair().client);
    names = new Names(session);
    names.addData(SID_READ_REQUEST, 0, 'asc_time');
    names.addData(SID_READ_REQUEST, 1, 'air pressure');
    names.addData(SID_EXECUTE_REQUEST, 2, 'echo');
    names.addService(100, 101, 'calibrate');
    names.addData(100, 3, 'offset');
  });
  afterEach(() => session.close());

  test.each([
    ['re', ['read ', 'request ']],
    ['s', ['service ', 'statuses ', 'status ']],
    ['e', ['execute ', 'exit ']],
    ['read ', ['asc_time ', '"air pressure" ']],
    ['read a', ['asc_time ', '"air pressure" ']],
    ['read "a', ['"air pressure" ']],
    ['read asc_time ', ['"air pressure" ']],
    ['read asc_time "air pressure" ', []],
    ['write ', []],
    ['execute ', ['echo ']],
    ['request c', ['calibrate ']],
    ['request "re', ['"read data request" ']],
    ['request calibrate ', ['offset ']],
    ['request 100 o', ['offset ']],
    ['request "execute request" ', ['echo ']],
    ['request nonsense ', []],
    ['name ', ['data ', 'status ']],
    ['name data 10 as', ['asc_time ']],
    ['name status o', ['okay ', '"operation not permitted" ']],
    ['name status okay ', []],
    ['nonsense ', []],
    ['constructor ', []],
    ['"\\x" ', []],
  ])('of "%s" offers %j', (line, offered) => {
    expect(complete(names, line)[0]).toEqual(offered);
  });

  test('replaces the last word, as it was typed', () => {
    const replaced = ['re', 'read  "a', 'read '].map((line) => complete(names, line)[1]);
    expect(replaced).toEqual(['re', '"a', '']);
  });
});
