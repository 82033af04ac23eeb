import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Io } from '../../src/cli/io.js';
import { complete } from '../../src/cli/shell/shell-commands.js';
import { historyFileOf } from '../../src/cli/shell/shell-history.js';
import { Names } from '../../src/cli/shell/shell-names.js';
import {
  createMemoryPair,
  listen,
  type Server,
  Session,
  SID_EXECUTE_REQUEST,
  SID_READ_REQUEST,
  StatusError,
} from '../../src/index.js';
import { type Outcome, Running } from '../support/command.js';

const SECRET = 'correct horse battery staple';

let server: Server;
let address: string;
let breakConnections: () => void;
beforeAll(async () => {
  server = await listen({ port: 0, secret: SECRET }, (session) => {
    session.addService(100, 101);
    session.onRequest(100, 3, (data) => ({ got: data }));
    session.onRead(1, () => 'one');
    session.onRead(2, () => new Promise(() => {}));
    session.onRead(3, () => {
      throw new StatusError(1000);
    });
    session.onWrite(7, (data) => data);
    session.onExecute(2, (data) => data);
    breakConnections = () => void session.close();
  });
  address = `127.0.0.1:${server.port}`;
});
afterAll(() => server.close());

const folder = mkdtempSync(join(tmpdir(), 'socket-protocol-shell-'));
afterAll(() => rmSync(folder, { recursive: true }));
const ENV = { SOCKET_PROTOCOL_SECRET: SECRET, SOCKET_PROTOCOL_HISTORY: '' };

/** Runs lines that come from a file. */
function piped(lines: string, ...options: string[]): Promise<Outcome> {
  const input = new PassThrough();
  input.end(lines);
  const terminal = { input, output: new PassThrough(), isTerminal: false };
  return new Running(['shell', address, ...options], { env: ENV, terminal }).outcome();
}

/** A shell in a terminal, and a person at its keyboard. */
class Typing {
  readonly command: Running;
  /** All that the terminal got. */
  raw = '';
  readonly #input = new PassThrough();
  #shown = '';
  #look: () => void = () => {};

  constructor(env: Io['env'] = ENV, world: Partial<Io> = {}, peer = address) {
    const output = new PassThrough();
    output.on('data', (chunk) => {
      this.raw += String(chunk);
      this.#shown += stripVTControlCharacters(String(chunk));
      this.#look();
    });
    const terminal = { input: this.#input, output, isTerminal: true };
    this.command = new Running(['shell', peer], { env, terminal, ...world });
  }

  /** Resolves when the terminal shows something that it had not shown before the last call. */
  shows(text: string): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        const at = this.#shown.indexOf(text);
        if (at < 0) return;
        this.#shown = this.#shown.slice(at + text.length);
        this.#look = () => {};
        resolve();
      };
      this.#look();
    });
  }

  type(keys: string): void {
    this.#input.write(keys);
  }

  /** Types a line, and waits for the prompt after it. */
  async line(text: string): Promise<void> {
    this.type(`${text}\r`);
    await this.shows('> ');
  }

  /** Clears the line, and leaves with Ctrl-D. */
  leave(): Promise<Outcome> {
    this.type('\u0015\u0004');
    return this.command.outcome();
  }
}

describe('the shell', () => {
  test('runs line after line, says what is wrong with one, and goes on', async () => {
    const { code, out, err } = await piped(
      'execute 2 [1]\nreed 1\nread x\n\nservice 200 201\nstatus\nhelp\nexit\nread 1\n',
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^\[1\]\n\{"connected":true,"trusted":true,/);
    expect(out).toContain('write DATA_ID JSON');
    expect(out).not.toContain('"one"');
    expect(err.split('\n')).toEqual([
      'expected one of read, write, execute, request, service, name, statuses, status, help, exit; got "reed"',
      'expected a data id from 0 to 9007199254740991, got "x"',
      '',
    ]);
  });

  test.each([
    ['read', 'expected read DATA_ID, got no DATA_ID'],
    ['read 1 2', 'expected read DATA_ID, got "2" after it'],
    ['write 7', 'expected write DATA_ID JSON, got no JSON'],
    ['write 7 [1,]', 'expected a value at character 3 of the JSON text, got something else\n  [1,]\n     ^'],
    ['request 0 0', 'expected a service that can be asked, got 0, which the session itself asks'],
    ['service 1', 'expected service REQUEST_ID RESPONSE_ID [NAME], got no RESPONSE_ID'],
    ['name', 'expected name data SERVICE_ID DATA_ID NAME or name status STATUS NAME, got "name"'],
    ['name data 10 0 7', 'expected a name that is no number, got "7"'],
    ['name status 1000 okay', 'expected a name that is free, got "okay", which is 0'],
    ['name status x busy', 'got "x"'],
    ['read "a', 'expected read DATA_ID, got "\\"a"'],
    ['"a', 'expected a command, got "\\"a"'],
    ['read "\\x"', 'expected a word in quotes as JSON writes it, got "\\x"'],
    ['constructor', 'got "constructor"'],
  ])('says what is wrong with "%s"', async (line, text) => {
    const { code, out, err } = await piped(`${line}\n`);
    expect([code, out, err.includes(text)]).toEqual([0, '', true]);
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
    );
    expect(out).toBe('"one"\n{"service_id":101,"data_id":3,"status":0,"data":{"got":{"x":1}}}\n5\n');
    expect(err).toBe(
      'expected the status okay, got 1000 (too hot)\n' +
        'expected a data id from 0 to 9007199254740991 or one of "first"; got "second"\n',
    );
  });

  test('lists the statuses, by number and name', async () => {
    const { out } = await piped('name status 1000 "too hot"\nstatuses\n');
    expect(out).toMatch(/^ {3}0 {2}okay\n[\s\S]*\n {3}6 {2}operation not permitted\n1000 {2}too hot\n$/);
  });

  test('prints nothing but lines of JSON with --json', async () => {
    const { out } = await piped(
      'execute 2 [1]\nstatuses\nservice 100 101\nrequest 100 3\nstatus\nhelp\n',
      '--json',
    );
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toEqual(
      expect.arrayContaining([
        { data: [1] },
        { status: 0, name: 'okay' },
        { service_id: 101, data_id: 3, status: 0, data: { got: null } },
        expect.objectContaining({ connected: true }),
        { usage: 'exit', what: 'close the connection and end' },
      ]),
    );
  });

  test('ends with 130 where it is interrupted before an answer, and quietly', async () => {
    const input = new PassThrough();
    const answers = new Running(['shell', address], {
      env: ENV,
      terminal: { input, output: new PassThrough(), isTerminal: false },
    });
    input.write('read 1\nread 2\nread 1\n');
    await answers.printed(/one/);
    expect([await answers.interrupt(), answers.out, answers.err]).toEqual([130, '"one"\n', '']);
  });
});

describe('the prompt', () => {
  test('shows how the connection is, and what has been typed stays when it is lost', async () => {
    const typing = new Typing();
    await typing.shows(`trusted ${address}> `);
    typing.type('read 1');
    await typing.shows('read 1');
    breakConnections();
    await typing.shows(`lost ${address}> read 1`);
    expect(typing.command.err).toMatch(/^the connection is lost: [^\n]+\n$/);
    expect((await typing.leave()).code).toBe(0);
  });

  test('says no more than connected where nobody has authenticated', async () => {
    await using open = await listen({ port: 0 }, () => {});
    const peer = `127.0.0.1:${open.port}`;
    const typing = new Typing({ SOCKET_PROTOCOL_HISTORY: '' }, {}, peer);
    await typing.shows(`connected ${peer}> `);
    await typing.leave();
  });

  test('is coloured where colours are shown', async () => {
    const typing = new Typing(ENV, { colours: true });
    await typing.shows('> ');
    expect(typing.raw).toContain(`\u001b[32mtrusted\u001b[39m ${address}> `);
    await typing.leave();
  });

  test('comes back when Ctrl-C gives up a request, and Ctrl-C at the prompt leaves', async () => {
    const typing = new Typing();
    await typing.shows('> ');
    typing.type('read 2\r');
    await typing.shows('\n');
    typing.type('\u0003');
    await typing.shows('> ');
    expect(typing.command.err).toBe('interrupted\n');
    await typing.line('read 1');
    expect(typing.command.out).toBe('"one"\n');
    typing.type('\u0003');
    expect((await typing.command.outcome()).code).toBe(0);
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
    ['read asc_time ', []],
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
    expect([complete(names, 're')[1], complete(names, 'read  "a')[1], complete(names, 'read ')[1]]).toEqual([
      're',
      '"a',
      '',
    ]);
  });

  test('happens at a Tab', async () => {
    const typing = new Typing();
    await typing.shows('> ');
    await typing.line('name data 10 1 "first of all"');
    typing.type('read f\t');
    await typing.shows('"first of all" ');
    typing.type('\r');
    await typing.command.printed(/"one"/);
    await typing.leave();
  });
});

describe('the history', () => {
  const linesOf = (file: string): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);

  test('is kept in a file that only its owner can read, and comes back with an arrow key', async () => {
    const state = join(folder, 'state');
    const env = { SOCKET_PROTOCOL_SECRET: SECRET, XDG_STATE_HOME: state };
    const file = join(state, 'socket-protocol', 'history');
    const first = new Typing(env);
    await first.shows('> ');
    for (const line of ['read 1', 'read 1', '   ', 'status']) await first.line(line);
    await first.leave();
    expect(linesOf(file)).toEqual(['read 1', 'status']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(state, 'socket-protocol')).mode & 0o777).toBe(0o700);

    const second = new Typing(env);
    await second.shows('> ');
    second.type('\u001b[A\u001b[A\r');
    await second.command.printed(/"one"/);
    await second.line('read 1');
    await second.leave();
    expect(linesOf(file)).toEqual(['read 1', 'status', 'read 1']);
  });

  test('holds the newest 1,000 lines', async () => {
    const file = join(folder, 'long');
    writeFileSync(file, Array.from({ length: 1_500 }, (_, index) => `read ${index}\n`).join(''));
    const typing = new Typing({ ...ENV, SOCKET_PROTOCOL_HISTORY: file });
    await typing.shows('> ');
    expect([linesOf(file).length, linesOf(file)[0]]).toEqual([1_000, 'read 500']);
    await typing.line('status');
    await typing.line('statuses');
    await typing.leave();
    expect([linesOf(file).length, linesOf(file)[0], linesOf(file).at(-1)]).toEqual([
      1_000,
      'read 502',
      'statuses',
    ]);
  });

  test.each([
    'is a folder',
    'has a file where its folder should be',
  ])('that %s costs one line, and nothing else', async (what) => {
    const blocker = join(folder, 'blocker');
    writeFileSync(blocker, '');
    const file = what === 'is a folder' ? folder : join(blocker, 'history');
    const typing = new Typing({ ...ENV, SOCKET_PROTOCOL_HISTORY: file });
    await typing.shows('> ');
    await typing.line('read 1');
    await typing.line('status');
    const { code, out, err } = await typing.leave();
    expect([code, out.startsWith('"one"\n{')]).toEqual([0, true]);
    expect(err).toMatch(/^socket-protocol: the history is not kept: "[^\n]+": E\w+\n$/);
  });

  test('is neither read nor written where nobody types', async () => {
    const file = join(folder, 'untouched');
    writeFileSync(file, 'read 9\n');
    // a folder could be neither, and that would be reported
    for (const history of [file, folder]) {
      const input = new PassThrough();
      input.end('read 1\n');
      const terminal = { input, output: new PassThrough(), isTerminal: false };
      const env = { ...ENV, SOCKET_PROTOCOL_HISTORY: history };
      const outcome = await new Running(['shell', address], { env, terminal }).outcome();
      expect(outcome).toEqual({ code: 0, out: '"one"\n', err: '' });
    }
    expect(linesOf(file)).toEqual(['read 9']);
  });

  test.each([
    [{ SOCKET_PROTOCOL_HISTORY: '/x/y', XDG_STATE_HOME: '/state', HOME: '/home/a' }, '/x/y'],
    [{ SOCKET_PROTOCOL_HISTORY: '', XDG_STATE_HOME: '/state', HOME: '/home/a' }, null],
    [{ XDG_STATE_HOME: '/state', HOME: '/home/a' }, '/state/socket-protocol/history'],
    [{ XDG_STATE_HOME: 'relative', HOME: '/home/a' }, '/home/a/.local/state/socket-protocol/history'],
    [{ HOME: '/home/a' }, '/home/a/.local/state/socket-protocol/history'],
    [{}, null],
  ])('of %j is at %s', (env, file) => {
    expect(historyFileOf(env)).toBe(file);
  });
});
