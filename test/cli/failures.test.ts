import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { startServer } from '../../src/cli/commands/serve.js';
import type { Io } from '../../src/cli/io.js';
import { run } from '../../src/cli/program.js';
import { connect, listen, StatusError } from '../../src/index.js';
import { createPureJson } from '../../src/wire/index.js';

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function cli(argv: readonly string[], world: Partial<Io> = {}): Promise<Outcome> {
  let out = '';
  let err = '';
  const code = await run(argv, {
    stdout: (text) => void (out += text),
    stderr: (text) => void (err += text),
    env: {},
    interrupted: new AbortController().signal,
    ...world,
  });
  return { code, out, err };
}

/** A peer that is no more than a socket, so that it can do what no session does. */
async function rawPeer(
  onSocket: (socket: Socket) => void,
  host = '127.0.0.1',
): Promise<AsyncDisposable & { address: string }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    onSocket(socket);
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, () => resolve((server.address() as { port: number }).port));
  });
  return {
    address: `${host}:${port}`,
    [Symbol.asyncDispose]: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const folder = mkdtempSync(join(tmpdir(), 'socket-protocol-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

function secretFile(content: string | Buffer): string {
  const path = join(folder, `secret-${Buffer.from(content).toString('hex')}`);
  writeFileSync(path, content);
  return path;
}

const SECRET = { SOCKET_PROTOCOL_SECRET: 'correct horse battery staple' };

describe('a connection that breaks', () => {
  test('before the answer is exit code 3 and one line', async () => {
    await using peer = await rawPeer((socket) => socket.once('data', () => socket.destroy()));
    const { code, out, err } = await cli(['read', peer.address, '0']);
    expect([code, out]).toEqual([3, '']);
    expect(err).toMatch(/^socket-protocol: the connection was lost [^\n]+\n$/);
  });

  test('before anything was sent is exit code 3 and one line', async () => {
    await using peer = await rawPeer((socket) => socket.resetAndDestroy());
    const { code, err } = await cli(['read', peer.address, '0']);
    expect(code).toBe(3);
    expect(err).toMatch(/^socket-protocol: [^\n]+\n$/);
  });

  test('during the authentication is exit code 3, for nobody said that the secret is wrong', async () => {
    await using peer = await rawPeer((socket) => socket.once('data', () => socket.end()));
    const { code, err } = await cli(['read', peer.address, '0'], { env: SECRET });
    expect(err).toMatch(/^socket-protocol: [^\n]+\n$/);
    expect(code).toBe(3);
  });
});

describe('a peer', () => {
  test('that says nothing while the client authenticates is exit code 5', async () => {
    await using peer = await rawPeer(() => {});
    const { code, err } = await cli(['read', peer.address, '0', '--timeout', '50'], { env: SECRET });
    expect([code, err]).toEqual([
      5,
      `socket-protocol: expected a connection to ${peer.address}, got none within 50 ms\n`,
    ]);
  });

  test('without a secret cannot authenticate anybody, which is exit code 4', async () => {
    await using server = await listen({ port: 0 }, () => {});
    const { code, err } = await cli(['read', `127.0.0.1:${server.port}`, '0'], { env: SECRET });
    expect([code, err]).toEqual([
      4,
      'socket-protocol: the authentication failed: the peer does not authenticate\n',
    ]);
  });

  test('that answers with a status of its own gives exit code 1 and prints the status', async () => {
    await using server = await listen({ port: 0 }, (session) => {
      session.onRead(0, () => {
        throw new StatusError(4711);
      });
    });
    const { code, err } = await cli(['read', `127.0.0.1:${server.port}`, '0']);
    expect(code).toBe(1);
    expect(err).toMatch(/^socket-protocol: [^\n]*4711[^\n]*\n$/);
  });

  test('is found at an IPv6 address in brackets', async () => {
    const server = await listen({ host: '::1', port: 0 }, (session) => session.onRead(0, () => 'six')).catch(
      () => null,
    );
    if (server === null) return; // this machine has no IPv6
    expect(await cli(['read', `[::1]:${server.port}`, '0'])).toEqual({ code: 0, out: '"six"\n', err: '' });
    await server.close();
  });
});

describe('an interruption', () => {
  test('before the answer is quiet, but no success', async () => {
    const interruption = new AbortController();
    await using server = await listen({ port: 0 }, (session) =>
      session.onRead(0, () => {
        interruption.abort();
        return new Promise(() => {});
      }),
    );
    const outcome = await cli(['read', `127.0.0.1:${server.port}`, '0'], {
      interrupted: interruption.signal,
    });
    expect(outcome).toEqual({ code: 130, out: '', err: '' });
  });

  test('while connecting is the same', async () => {
    const outcome = await cli(['read', '127.0.0.1:9', '0'], { interrupted: AbortSignal.abort() });
    expect(outcome).toEqual({ code: 130, out: '', err: '' });
  });

  test('ends serve with exit code 0 while a client is connected', async () => {
    const interruption = new AbortController();
    let ended: Promise<Outcome> | undefined;
    const address = await new Promise<string>((resolve) => {
      const stdout = (text: string): void => resolve(/^listening on (\S+)\n$/.exec(text)?.[1] ?? text);
      ended = cli(['serve', '--port', '0'], { stdout, interrupted: interruption.signal });
    });
    await using client = await connect({ port: Number(address.split(':')[1]), reconnect: false });
    const gone = new Promise((resolve) => client.once('disconnected', resolve));
    interruption.abort();
    expect(await ended).toEqual({ code: 0, out: '', err: '' });
    await gone;
  });
});

describe('a secret', () => {
  test('loses one newline at the end of its file, of either kind, and nothing else', async () => {
    const server = await startServer({ host: '127.0.0.1', port: 0 }, { secret: ' a\n' });
    const read = async (file: string): Promise<number> =>
      (await cli(['read', `127.0.0.1:${server.port}`, '0', '--secret-file', secretFile(file)])).code;
    expect([await read(' a\n\n'), await read(' a\n\r\n'), await read(' a\n'), await read('a\n\n')]).toEqual([
      0, 0, 4, 4,
    ]);
    await server.close();
  });

  test('that is set but empty in the environment does not pass for none', async () => {
    const { code, err } = await cli(['serve', '--port', '0'], { env: { SOCKET_PROTOCOL_SECRET: '' } });
    expect(code).toBe(2);
    expect(err).toMatch(/^socket-protocol: expected a secret in SOCKET_PROTOCOL_SECRET, got [^\n]+\n$/);
  });

  test('is in no line of --verbose', async () => {
    const server = await startServer(
      { host: '127.0.0.1', port: 0 },
      { secret: SECRET.SOCKET_PROTOCOL_SECRET },
    );
    const { err } = await cli(['read', `127.0.0.1:${server.port}`, '0', '--verbose'], { env: SECRET });
    expect(err).toContain('data_id: key');
    expect(err).not.toContain(SECRET.SOCKET_PROTOCOL_SECRET);
    expect(err).not.toMatch(/[0-9a-f]{64}/);
    await server.close();
  });
});

describe('an argument', () => {
  test.each([
    [['read', '127.0.0.1:1\nx', '0'], 'expected HOST:PORT (or [IPv6]:PORT), got "127.0.0.1:1\\nx"\n'],
    [['read', '[localhost]:1', '0'], 'expected HOST:PORT (or [IPv6]:PORT), got "[localhost]:1"\n'],
    [['read', '::1:17017', '0'], 'expected HOST:PORT (or [IPv6]:PORT), got "::1:17017"\n'],
    [['read', '127.0.0.1:0', '0'], 'expected a port from 1 to 65535, got "0"\n'],
    [['raed'], "unknown command 'raed' (Did you mean read?)\n"],
    [['serve', '--channel', ''], 'expected a channel name of at least one character, got ""\n'],
    [
      ['read', '127.0.0.1:1', '4294967296', '--struct'],
      'expected a data id from 0 to 4294967295 with --struct, got 4294967296\n',
    ],
    [
      ['write', '127.0.0.1:1', '1', '[\n1,\t]'],
      'expected a value at character 5 of the JSON text, got something else\n  [ 1, ]\n       ^\n',
    ],
  ])('that is wrong is reported in the same words each time: %j', async (argv, message) => {
    expect(await cli(argv)).toEqual({ code: 2, out: '', err: `socket-protocol: ${message}` });
  });

  test('of endless JSON is shown around the wrong place only', async () => {
    const { err } = await cli(['write', '127.0.0.1:1', '1', `[${'1,'.repeat(5_000)}}]`]);
    const [, text = '', caret = ''] = err.split('\n');
    expect(text.length).toBeLessThan(100);
    expect(text[caret.indexOf('^')]).toBe('}');
  });

  test('may be a negative number, and after -- any JSON', async () => {
    const server = await startServer(
      { host: '127.0.0.1', port: 0 },
      { codec: createPureJson({ allowNan: true }) },
    );
    const address = `127.0.0.1:${server.port}`;
    expect(await cli(['execute', address, '1', '-5'])).toMatchObject({ out: '-5\n' });
    const { code } = await cli(['write', address, '1', '--', '-Infinity']);
    expect(code).toBe(0);
    expect(await cli(['read', address, '1'])).toMatchObject({ out: '-Infinity\n' });
    await server.close();
  });
});

test('an unexpected error is one line and exit code 1, with the stack only on demand', async () => {
  const stdout = (): void => {
    throw new Error('the sink\nis broken');
  };
  const quiet = await cli(['--version'], { stdout });
  expect(quiet).toEqual({ code: 1, out: '', err: 'socket-protocol: the sink is broken\n' });
  const loud = await cli(['--version'], { stdout, env: { SOCKET_PROTOCOL_DEBUG: '1' } });
  expect(loud.err).toMatch(/\n\s+at /);
});

test('the store of serve is shared by all clients, and bounded', async () => {
  const server = await startServer({ host: '127.0.0.1', port: 0 }, {});
  await using first = await connect({ port: server.port });
  await using second = await connect({ port: server.port });
  for (let start = 1; start <= 10_000; start += 1_000) {
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => first.write(start + i, i)));
  }
  await expect(second.write(10_001, 0)).rejects.toMatchObject({ status: 6 });
  await second.write(1, 'overwritten');
  expect(await first.read(1)).toBe('overwritten');
  await server.close();
});
