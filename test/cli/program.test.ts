import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asctime } from '../../src/cli/commands/serve.js';
import { makeProgram, run } from '../../src/cli/program.js';
import { listen, STATUS_OPERATION_NOT_PERMITTED } from '../../src/index.js';

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const SECRET = 'correct horse battery staple';
const folder = mkdtempSync(join(tmpdir(), 'socket-protocol-'));
const secretFile = join(folder, 'secret');
const emptyFile = join(folder, 'empty');
writeFileSync(secretFile, `${SECRET}\n`);
writeFileSync(emptyFile, '\n');

async function cli(...argv: string[]): Promise<Outcome> {
  return cliWith({}, ...argv);
}

async function cliWith(env: Record<string, string>, ...argv: string[]): Promise<Outcome> {
  let out = '';
  let err = '';
  const code = await run(argv, {
    stdout: (text) => void (out += text),
    stderr: (text) => void (err += text),
    env,
    interrupted: new AbortController().signal,
  });
  return { code, out, err };
}

/** `serve` in the background, until it is interrupted. */
async function serving(...argv: string[]): Promise<{ address: string; stop: () => Promise<number> }> {
  const interruption = new AbortController();
  let code: Promise<number> = Promise.resolve(-1);
  const address = await new Promise<string>((resolve) => {
    code = run(['serve', '--port', '0', ...argv], {
      stdout: (text) => resolve(/listening on (\S+)\n/.exec(text)?.[1] ?? ''),
      stderr: () => {},
      env: {},
      interrupted: interruption.signal,
    });
  });
  const stop = (): Promise<number> => {
    interruption.abort();
    return code;
  };
  return { address, stop };
}

describe('a server on the command line', () => {
  let server: Awaited<ReturnType<typeof serving>>;
  beforeAll(async () => {
    server = await serving();
  });
  afterAll(() => server.stop());

  test('answers READ 0 with the time, as Python writes it', async () => {
    const { code, out } = await cli('read', server.address, '0');
    expect(code).toBe(0);
    expect(out).toMatch(/^"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}"\n$/);
    expect(asctime(new Date(2025, 1, 2, 0, 0, 44))).toBe('Sun Feb  2 00:00:44 2025');
  });

  test('keeps what is written and echoes what is executed, exactly', async () => {
    expect(await cli('write', server.address, '7', '{"n": 1700000000123456789, "x": NaN}')).toMatchObject({
      code: 0,
      out: 'null\n',
    });
    expect(await cli('read', server.address, '7')).toEqual({
      code: 0,
      out: '{"n":1700000000123456789,"x":NaN}\n',
      err: '',
    });
    expect(await cli('execute', server.address, '1', '["a:b"]')).toMatchObject({ out: '["a:b"]\n' });
    expect(await cli('execute', server.address, '1')).toMatchObject({ out: 'null\n' });
  });

  test('answers a data id that was never written with status 4, which is exit code 1', async () => {
    const { code, out, err } = await cli('read', server.address, '99');
    expect([code, out]).toEqual([1, '']);
    expect(err).toBe('socket-protocol: expected the status okay, got 4 (service or data unknown)\n');
    expect((await cli('write', server.address, '0', '1')).err).toContain(
      `got ${STATUS_OPERATION_NOT_PERMITTED}`,
    );
  });

  test('logs messages and their bytes where --verbose is given, on standard error only', async () => {
    const { out, err } = await cli('read', server.address, '7', '--verbose', '--channel', 'cli');
    expect(out.split('\n')).toHaveLength(2);
    expect(err).toContain('DEBUG   tcp_socket.cli: comm-client: TX -> (63): 7b 22');
    expect(err).toContain(
      'socket_protocol.cli: prot-client: TX -> service: read data request, data_id: 7, status: okay, data: "None"',
    );
  });

  test('is not there after it was interrupted', async () => {
    const other = await serving();
    expect(await other.stop()).toBe(0);
    const { code, err } = await cli('read', other.address, '0');
    expect(code).toBe(3);
    expect(err).toMatch(
      /^socket-protocol: expected a peer at 127\.0\.0\.1:\d+, got: connect ECONNREFUSED[^\n]*\n$/,
    );
  });

  test('speaks struct_json when both sides are set to it', async () => {
    const other = await serving('--struct');
    expect(await cli('execute', other.address, '1', '5', '--struct')).toMatchObject({ code: 0, out: '5\n' });
    await other.stop();
  });

  test('cannot listen where somebody else does, which is exit code 3', async () => {
    const { code, err } = await cli('serve', '--port', server.address.split(':')[1] ?? '');
    expect(code).toBe(3);
    expect(err).toMatch(
      /^socket-protocol: expected to listen on 127\.0\.0\.1:\d+, got: listen EADDRINUSE[^\n]*\n$/,
    );
  });
});

describe('a secret', () => {
  test('is taken from a file or from the environment, and a wrong one is exit code 4', async () => {
    const server = await serving('--secret-file', secretFile);
    expect(await cli('read', server.address, '0', '--secret-file', secretFile)).toMatchObject({ code: 0 });
    expect(await cliWith({ SOCKET_PROTOCOL_SECRET: SECRET }, 'read', server.address, '0')).toMatchObject({
      code: 0,
    });
    expect(await cliWith({ SOCKET_PROTOCOL_SECRET: 'wrong' }, 'read', server.address, '0')).toEqual({
      code: 4,
      out: '',
      err: 'socket-protocol: the authentication failed: the peer did not accept the key\n',
    });
    expect(await cli('read', server.address, '0')).toMatchObject({
      code: 1,
      err: expect.stringContaining('authentification required'),
    });
    await server.stop();
  });
});

describe('a peer', () => {
  test('that does not answer in time is exit code 5', async () => {
    await using server = await listen({ port: 0 }, (session) =>
      session.onRead(0, () => new Promise(() => {})),
    );
    const { code, err } = await cli('read', `127.0.0.1:${server.port}`, '0', '--timeout', '50');
    expect([code, err]).toEqual([
      5,
      'socket-protocol: no answer to read data request, data_id: 0 within 50 ms\n',
    ]);
  });

  test('that hangs up instead of answering is exit code 3', async () => {
    await using server = await listen({ port: 0 }, (session) => session.onRead(0, () => session.close()));
    const { code, err } = await cli('read', `127.0.0.1:${server.port}`, '0');
    expect(code).toBe(3);
    expect(err).toBe(
      'socket-protocol: the connection was lost after read data request, data_id: 0 was written: its outcome is unknown (the peer closed the connection)\n',
    );
  });

  test('that speaks another protocol is named', async () => {
    const server = createServer((socket) =>
      socket.on('error', () => {}).write('HTTP/1.1 400 Bad Request\r\n\r\n:<:<:>'),
    );
    const port = await new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
    );
    const { code, err } = await cli('read', `127.0.0.1:${port}`, '0', '--timeout', '100');
    expect(code).toBe(3);
    expect(err).toMatch(/^[^\n]*the peer speaks another protocol: HTTP\)\n$/);
    server.close();
  });
});

describe('what is typed wrong', () => {
  test.each([
    [['read'], /missing required argument 'address'/],
    [['read', 'nowhere', '0'], /expected HOST:PORT \(or \[IPv6\]:PORT\), got "nowhere"/],
    [['read', '127.0.0.1:70000', '0'], /expected a port from 1 to 65535, got "70000"/],
    [['read', '127.0.0.1:1', '-1'], /unknown option|expected a data id/],
    [['read', '127.0.0.1:1', '1.5'], /expected a data id from 0 to 9007199254740991, got "1\.5"/],
    [['write', '127.0.0.1:1', '1', '{"a": tru}'], /at character 6[\s\S]*\n {8}\^\n$/],
    [['write', '127.0.0.1:1', '1', '{"a": 1'], /got the end/],
    [['read', '127.0.0.1:1', '0', '--timeout', 'soon'], /expected a time-out/],
    [['read', '127.0.0.1:1', '0', '--secret-file', '/no/such/file'], /got "\/no\/such\/file": ENOENT/],
    [['read', '127.0.0.1:1', '0', '--secret-file', emptyFile], /got an empty file/],
    [['serve', '--port', '-5'], /expected a port/],
    [['dance'], /unknown command 'dance'/],
    [['read', '127.0.0.1:1', '0', '--secret', 'x'], /unknown option '--secret'/],
  ])('is named in a line, exit code 2: %j', async (argv, message) => {
    const { code, out, err } = await cli(...argv);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n\s+at /);
  });

  test('a name that does not resolve is exit code 3', async () => {
    const { code, err } = await cli('read', 'no-such-host.invalid:17017', '0');
    expect(code).toBe(3);
    expect(err).toContain('expected a peer at no-such-host.invalid:17017, got: getaddrinfo');
  });
});

test('the help of every command has an example, and the version is that of the package', async () => {
  const { code, out } = await cli('--help');
  expect([code, out]).toEqual([0, expect.stringContaining('Exit codes:')]);
  const { signal } = new AbortController();
  const { commands } = makeProgram({ stdout: () => {}, stderr: () => {}, env: {}, interrupted: signal });
  for (const command of commands.map((each) => each.name())) {
    expect((await cli(command, '--help')).out).toContain(`$ socket-protocol ${command}`);
  }
  expect((await cli('--version')).out).toMatch(/^\d+\.\d+\.\d+/);
});

test('the demo authenticates, reads the time and ends, and shows no secret', async () => {
  const { code, out } = await cli('demo');
  expect(code).toBe(0);
  expect(out).toContain('comm-client: TX -> (74): 7b 22');
  expect(out).toContain(
    'prot-client: TX -> service: read data request, data_id: asc_time, status: okay, data: "None"',
  );
  expect(out).toMatch(/The server's time is \w{3} \w{3}/);
  expect(out).not.toMatch(/[0-9a-f]{64}/);
});

test('the demo prints lines of JSON where it is asked to: its log, and at the end the time', async () => {
  const { code, out } = await cli('demo', '--json');
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(code).toBe(0);
  expect(lines.at(-1)).toEqual({ data: expect.stringMatching(/^\w{3} \w{3}/) });
  for (const line of lines.slice(0, -1)) {
    expect(line).toEqual({
      level: expect.stringMatching(/^(debug|info|warning|error)$/),
      name: expect.stringMatching(/^(socket_protocol|tcp_socket)/),
      text: expect.any(String),
    });
  }
  expect(lines.length).toBeGreaterThan(10);
  expect(out).not.toMatch(/[0-9a-f]{64}/);
});

test('every command prints lines of JSON with --json, but completion and help, which print a script and a page', () => {
  const { signal } = new AbortController();
  const { commands } = makeProgram({ stdout: () => {}, stderr: () => {}, env: {}, interrupted: signal });
  const without = commands.filter((command) => !command.options.some(({ long }) => long === '--json'));
  expect(commands.length).toBeGreaterThan(10);
  expect(without.map((command) => command.name())).toEqual(['completion', 'help']);
});
