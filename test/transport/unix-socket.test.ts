/** Unix sockets: who may connect, what is at the path before and after, and what is refused. */

import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  connect,
  ListenError,
  listen,
  OptionError,
  type Server,
  Session,
  TcpClientStp,
  TcpServerStp,
} from '../../src/index.js';
import { isShortEnough } from '../../src/transport/unix-path.js';
import { listenAtPath } from '../../src/transport/unix-socket.js';

const SECRET = 'correct horse battery staple';

let folder: string;
let path: string;
const open: AsyncDisposable[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'unix-'));
  path = join(folder, 'device.sock');
});

afterEach(async () => {
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function served(options: object = {}): Promise<Server> {
  const server = await listen({ path, secret: SECRET, ...options }, (session) =>
    session.onRead(0, () => 'hello'),
  );
  open.push(server);
  return server;
}

async function refusalOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.unreachable(),
    (error: Error) => error,
  );
}

/** Leaves the file of a socket behind that nobody serves, as a process does that was killed. */
async function leaveStale(): Promise<void> {
  const held = createServer().listen(join(folder, 'held'));
  await new Promise((resolve) => held.once('listening', resolve));
  // closing removes the file under its first name only
  linkSync(join(folder, 'held'), path);
  await new Promise((resolve) => held.close(resolve));
}

const modeOf = (file: string): string => (lstatSync(file).mode & 0o777).toString(8);

describe('a server at a path', () => {
  test('takes clients there, and has a file that only its user may use, as long as it listens', async () => {
    const server = await served();
    expect([server.path, server.host, server.port]).toEqual([path, '', 0]);
    expect([lstatSync(path).isSocket(), modeOf(path), readdirSync(folder)]).toEqual([
      true,
      '600',
      ['device.sock'],
    ]);
    const session = await connect({ path, secret: SECRET });
    expect([await session.read(0), session.peerAddress]).toEqual(['hello', path]);
    await session.close();
    await server.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('gives the file the mode that it is told, whatever the mask of the process says', async () => {
    const before = process.umask(0o077);
    try {
      await served({ mode: 0o660 });
    } finally {
      process.umask(before);
    }
    expect(modeOf(path)).toBe('660');
  });

  test('never has a file that others may use before it has its mode', async () => {
    const before = process.umask(0);
    try {
      const server = createServer();
      const listening = listenAtPath(server, { path, mode: 0o600, backlog: 1 });
      // until it has its mode there is nothing but a folder that nobody else can enter
      const [name = ''] = readdirSync(folder);
      expect([readdirSync(folder).length, modeOf(join(folder, name))]).toEqual([1, '700']);
      const remove = await listening;
      expect([readdirSync(folder), modeOf(path)]).toEqual([['device.sock'], '600']);
      remove();
      await new Promise((resolve) => server.close(resolve));
    } finally {
      process.umask(before);
    }
  });

  test('replaces a socket that nobody serves any more', async () => {
    await leaveStale();
    expect(existsSync(path)).toBe(true);
    await served();
    const session = await connect({ path, secret: SECRET });
    expect(await session.read(0)).toBe('hello');
    await session.close();
  });

  test('does not take the path of one that is served, which goes on', async () => {
    const first = await served();
    const error = await refusalOf(listen({ path }, () => {}));
    expect(error).toBeInstanceOf(ListenError);
    expect(error).toMatchObject({ reason: 'address-in-use', address: path });
    const session = await connect({ path, secret: SECRET });
    expect(await session.read(0)).toBe('hello');
    await session.close();
    expect([first.sessions.size <= 2, readdirSync(folder)]).toEqual([true, ['device.sock']]);
  });

  test('does not remove the file of another that has taken its place', async () => {
    const first = await served();
    rmSync(path);
    const second = await served();
    await first.close();
    expect(existsSync(path)).toBe(true);
    await second.close();
    expect(existsSync(path)).toBe(false);
  });

  test.each<[string, () => void]>([
    ['a file', () => writeFileSync(path, 'precious')],
    ['a folder', () => mkdirSync(path)],
    ['a link', () => symlinkSync(join(folder, 'nowhere'), path)],
  ])('refuses a path at which there is %s, and leaves it alone', async (_, make) => {
    make();
    const error = await refusalOf(listen({ path }, () => {}));
    expect(error).toMatchObject({
      code: 'ERR_LISTEN',
      reason: 'not-a-socket',
      message: `Could not listen on ${path}: there is something else at the path, and it is no socket`,
    });
    expect(readdirSync(folder)).toEqual(['device.sock']);
  });

  test('names the folder that there is not', async () => {
    const error = await refusalOf(listen({ path: join(folder, 'run', 'device.sock') }, () => {}));
    expect(error).toMatchObject({
      reason: 'address-not-available',
      message: expect.stringContaining(`there is no folder ${join(folder, 'run')}`),
    });
    writeFileSync(join(folder, 'file'), '');
    const other = await refusalOf(listen({ path: join(folder, 'file', 'device.sock') }, () => {}));
    expect(other.message).toContain(`${join(folder, 'file')} is no folder`);
  });

  test.skipIf(process.getuid?.() === 0)('says that it may not make a file there', async () => {
    chmodSync(folder, 0o500);
    const error = await refusalOf(listen({ path }, () => {}));
    chmodSync(folder, 0o700);
    expect(error).toMatchObject({ reason: 'permission-denied', address: path });
  });

  test('treats all its clients as those of one address that many share', async () => {
    const server = await served({ maxConnections: 8 });
    const wrong = await refusalOf(connect({ path, secret: 'another secret of some length' }));
    expect(wrong).toMatchObject({ code: 'ERR_AUTHENTICATION' });
    expect(server.counters.wrongKeys).toBe(1);
    const session = await connect({ path, secret: SECRET });
    expect([...server.sessions].map(({ peerAddress }) => peerAddress)).toEqual([undefined]);
    await session.close();
  });
});

describe.runIf(process.platform === 'linux')("a name of Linux's abstract namespace", () => {
  test('works as a path, without a file', async () => {
    const name = `\0device-${process.pid}-${Date.now()}`;
    const server = await listen({ path: name, secret: SECRET }, (session) =>
      session.onRead(0, () => 'hello'),
    );
    open.push(server);
    const session = await connect({ path: name, secret: SECRET });
    expect([await session.read(0), session.peerAddress]).toEqual(['hello', `@${name.slice(1)}`]);
    const error = await refusalOf(listen({ path: name }, () => {}));
    expect(error).toMatchObject({ reason: 'address-in-use', address: `@${name.slice(1)}` });
    await session.close();
  });
});

describe('a transport at a path', () => {
  test('serves one peer at a time', async () => {
    const transport = new TcpServerStp({ path });
    expect(await transport.listening()).toBe(0);
    const server = new Session(transport, { secret: SECRET }).onRead(0, () => 'hello');
    const client = new Session(new TcpClientStp({ path }), { secret: SECRET, autoAuth: true });
    await new Promise<void>((resolve) => client.once('trusted', () => resolve()));
    expect(await client.read(0)).toBe('hello');
    await client.close();
    await server.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is refused where nobody listens, with the path', async () => {
    const error = await refusalOf(connect({ path, reconnect: false }));
    expect(error).toMatchObject({ code: 'ERR_CONNECT', reason: 'connection-refused', address: path });
    expect(error.message).toContain(path);
    await leaveStale();
    expect(await refusalOf(connect({ path, reconnect: false }))).toMatchObject({
      reason: 'connection-refused',
    });
  });
});

describe('the option path', () => {
  const limit = process.platform === 'linux' ? 107 : 103;
  const long = '/tmp/'.padEnd(limit + 1, 'x');

  test.each<[string, object, string, RegExp]>([
    ['an empty text', { path: '' }, 'path', /the path of a Unix socket/],
    ['a number', { path: 17 }, 'path', /the path of a Unix socket/],
    ['a NUL in the middle', { path: '/tmp/a\0b' }, 'path', /NUL/],
    ['a NUL alone', { path: '\0' }, 'path', /name/],
    [
      'more than the system takes',
      { path: long },
      'path',
      new RegExp(`at most ${limit} bytes.*got ${limit + 1} bytes`),
    ],
    ['a port as well', { path: '/tmp/x', port: 1 }, 'path', /nothing where there is a port, got both/],
    [
      'a host as well',
      { path: '/tmp/x', host: 'localhost' },
      'path',
      /nothing where there is a host, got both/,
    ],
  ])('refuses %s', async (_, options, option, message) => {
    for (const call of [
      () => connect(options),
      () => listen(options, () => {}),
      async () => new TcpClientStp(options),
      async () => new TcpServerStp(options),
    ]) {
      const error = await refusalOf(call());
      expect(error).toBeInstanceOf(OptionError);
      expect(error).toMatchObject({ option, message: expect.stringMatching(message) });
    }
  });

  test.each<[string, object, string]>([
    ['a mode without a path', { port: 0, mode: 0o600 }, 'mode'],
    ['a mode that is none', { path: '/tmp/x', mode: 0o1000 }, 'mode'],
    ['neither path nor port', {}, 'port'],
  ])('and mode: refuses %s', async (_, options, option) => {
    expect(await refusalOf(listen(options, () => {}))).toMatchObject({ code: 'ERR_OPTION', option });
  });

  test('takes what the system takes', async () => {
    expect(isShortEnough('/tmp/'.padEnd(limit, 'x'))).toBe(true);
    path = join(folder, 'x'.repeat(limit - folder.length - 1));
    const server = await served();
    const session = await connect({ path, secret: SECRET });
    expect(await session.read(0)).toBe('hello');
    await session.close();
    await server.close();
    expect(readdirSync(folder)).toEqual([]);
  });
});
