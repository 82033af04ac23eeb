/** docs/debugging.md: each row of its tables, with the real command against real peers. */

import { createServer } from 'node:http';
import { type AddressInfo, createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { printedIn, tableOf } from './support/page-tables.js';
import { killAll, Program } from './support/program.js';
import { freePort, RawServer } from './support/raw.js';
import { Running } from './support/running.js';

const COMMAND = join(inject('fieldFolder'), 'node_modules/socket-protocol/dist/src/cli/main.js');
const SECRET = 'correct horse battery staple';
const READ = ['10', '0'];

/** What a test has opened. */
const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
  await killAll();
});

/** Starts a command with a secret; there are no arguments for one. */
function start(secret: string | null, argv: readonly string[]): Running {
  const environment = secret === null ? {} : { SOCKET_PROTOCOL_SECRET: secret };
  const running = new Running([COMMAND, ...argv], process.execPath, environment);
  open.push(() => running[Symbol.dispose]());
  return running;
}

/** The address of a command that listens. */
async function listening(secret: string | null, ...argv: readonly string[]) {
  const running = start(secret, argv);
  const line = await running.printed('out', /^listening on .*\n/m);
  return { running, address: /^listening on ([^\s,]+)/m.exec(line)?.[1] ?? running.err };
}

const serve = async (secret: string | null, ...argv: readonly string[]): Promise<string> =>
  (await listening(secret, 'serve', '--port', '0', ...argv)).address;

/** A peer that is no session. */
async function raw(onSocket: (socket: Socket) => void): Promise<string> {
  const server = await RawServer.listen(onSocket);
  open.push(() => server[Symbol.asyncDispose]());
  return `127.0.0.1:${server.port}`;
}

const silent = (): Promise<string> => raw(() => {});
const chattering = (): Promise<string> => raw((socket) => socket.write('boot v1.2 ok\r\n'));

async function website(): Promise<string> {
  const server = createServer((_, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A program that hangs: nothing is taken out of its backlog, which is full. */
async function hanging(): Promise<string> {
  const listener = new Program('full-listener.mjs');
  const { port } = await listener.ask('listen');
  listener.freeze();
  // the system answers two of them, and drops the packets of the others
  for (let n = 0; n < 8; n++) {
    const socket = createConnection({ port, host: '127.0.0.1' }).on('error', () => {});
    open.push(() => socket.destroy());
    if (n < 2) await new Promise((resolve) => socket.once('connect', resolve));
  }
  return `127.0.0.1:${port}`;
}

/** Asks a peer with the command of the page, and says how that ended. */
async function asked(address: string, secret: string | null = null, argv: readonly string[] = READ) {
  const running = start(secret, ['request', address, ...argv, '--timeout', '1500']);
  const code = await running.code;
  return { code, line: running.err.trimEnd().split('\n').at(-1) ?? '', err: running.err };
}

/** A row of a table, by its first two cells. */
function rowWith(table: string, text: string): readonly string[] {
  const rows = tableOf('debugging', table).filter((cells) => cells.slice(0, 2).join(' ').includes(text));
  if (rows[0] === undefined || rows.length !== 1) throw new Error(`${rows.length} rows have: ${text}`);
  return rows[0];
}

type Ask = () => ReturnType<typeof asked>;

/** Each row of the table, and what makes it. */
const ANSWERS: readonly (readonly [string, Ask])[] = [
  ['ECONNREFUSED', async () => asked(`127.0.0.1:${await freePort()}`)],
  ['another protocol: HTTP', async () => asked(await website())],
  [
    'the peer closed the connection',
    async () => asked(await raw((socket) => socket.once('data', () => socket.end()))),
  ],
  [
    'the connection was reset',
    async () => asked(await raw((socket) => socket.once('data', () => socket.resetAndDestroy()))),
  ],
  ['the key does not fit', async () => asked(await serve(SECRET), 'another horse battery')],
  ['it has no secret', async () => asked(await serve(null), SECRET)],
  ['No connection to', async () => asked(await hanging())],
  ['No authenticated connection', async () => asked(await silent(), SECRET)],
  ['No answer to', async () => asked(await silent())],
  ['status 3', async () => asked(await serve(SECRET))],
  ['status 4', async () => asked(await serve(null), null, ['10', '99'])],
];

describe('an exit code and its line', () => {
  test('each row of the table has its case', () => {
    const rows = tableOf('debugging', 'answers');
    expect(new Set(ANSWERS.map(([text]) => rowWith('answers', text)))).toHaveLength(rows.length);
  });

  test.each(ANSWERS)('%s', async (text, ask) => {
    const [code, line] = rowWith('answers', text);
    const answer = await ask();
    expect([String(answer.code), answer.line]).toEqual([code, expect.stringMatching(printedIn(line))]);
  });
});

describe('silence after TCP has connected', () => {
  /** Nothing of a message that came. */
  const RECEIVED = /RX {1,2}<-/;
  const VERBOSE = [...READ, '--verbose'];

  test('has as many causes as the table has rows', () => {
    expect(tableOf('debugging', 'silences')).toHaveLength(4);
  });

  test.each([
    { name: 'struct_json at the server', secret: null, server: ['--struct'], client: [] },
    { name: 'struct_json at the client', secret: null, server: [], client: ['--struct'] },
    { name: 'struct_json at the server, with a secret', secret: SECRET, server: ['--struct'], client: [] },
  ])('$name: exit code 5, nothing received, and the other codec is answered', async (codecs) => {
    const { secret, server, client } = codecs;
    expect(rowWith('silences', 'the other codec')[1]).toContain('nothing received');
    const address = await serve(secret, ...server);
    const answer = await asked(address, secret, [...VERBOSE, ...client]);
    const line = secret === null ? 'No answer to' : 'No authenticated connection';
    expect([answer.code, answer.line]).toEqual([
      5,
      expect.stringMatching(printedIn(rowWith('answers', line)[1])),
    ]);
    expect(answer.err).not.toMatch(RECEIVED);
    expect((await asked(address, secret, [...READ, ...server])).code).toBe(0);
  });

  test('a silent peer: nothing received', async () => {
    expect(rowWith('silences', 'a silent peer')[1]).toContain('nothing received');
    const answer = await asked(await silent(), null, VERBOSE);
    expect([answer.code, answer.line]).toEqual([5, expect.stringContaining('No answer to')]);
    expect(answer.err).not.toMatch(RECEIVED);
  });

  test.each([
    [null, 'No answer to'],
    [SECRET, 'No authenticated connection'],
  ])('a peer that prints: what was dropped (secret: %s)', async (secret, line) => {
    const answer = await asked(await chattering(), secret, VERBOSE);
    expect([answer.code, answer.line]).toEqual([5, expect.stringContaining(line)]);
    expect(answer.err).toMatch(printedIn(rowWith('silences', 'prints to the line')[1]));
    expect(answer.err).not.toMatch(RECEIVED);
  });

  test('a peer that does not know the service: its name', async () => {
    const answer = await asked(await serve(null), null, ['100', '0', '--verbose']);
    expect([answer.code, answer.line]).toEqual([5, expect.stringContaining('No answer to')]);
    expect(answer.err).toMatch(printedIn(rowWith('silences', 'does not know the service')[1]));
  });
});

describe('a ping', () => {
  test.each([
    { name: 'the codec of the peer', server: [], code: 0, text: 'asking for a sign of life' },
    { name: 'the other codec', server: ['--struct'], code: 5, text: 'no answer to the heartbeat' },
  ])('with $name', async ({ server, code, text }) => {
    const address = await serve(null, ...server);
    const ping = start(null, ['ping', address, '-c', '1', '--timeout', '1000']);
    const [shownCode, line] = rowWith('pings', text);
    expect([await ping.code, ping.out]).toEqual([code, expect.stringMatching(printedIn(line))]);
    expect(shownCode).toBe(String(code));
  });
});

describe('what passes a proxy', () => {
  test.each([
    { text: 'data: false', target: () => serve(SECRET), secret: 'another horse battery', argv: [] },
    { text: 'service or data unknown', target: () => serve(null), secret: SECRET, argv: [] },
    { text: 'noise', target: chattering, secret: null, argv: [] },
    { text: 'valid message', target: () => serve(null), secret: null, argv: ['--struct'] },
  ])('$text', async ({ text, target, secret, argv }) => {
    const proxy = await listening(null, 'proxy', '0', await target());
    await asked(proxy.address, secret, [...READ, ...argv]);
    const [line] = rowWith('passing', text);
    expect(await proxy.running.printed('out', printedIn(line))).toMatch(printedIn(line));
  });

  test('nothing of a server that cannot read its client', async () => {
    const proxy = await listening(null, 'proxy', '0', await serve(null, '--struct'));
    await asked(proxy.address);
    const [line] = rowWith('passing', 'only `client');
    expect(line).toContain('until `the client hung up`');
    const printed = await proxy.running.printed('out', /the client hung up/);
    expect(printed).toMatch(/client →/);
    expect(printed).not.toMatch(/← server/);
  });
});
