import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asctime } from '../../../src/cli/commands/asctime.js';
import { startServer } from '../../../src/cli/commands/serve.js';
import { connect, listen, STATUS_OPERATION_NOT_PERMITTED } from '../../../src/index.js';
import { type Outcome, Running, runCommand, startListening } from '../../support/command.js';
import { fetched, pullUntil } from '../../support/feed.js';

describe('serve', () => {
  let served: Awaited<ReturnType<typeof startListening>>;
  beforeAll(async () => {
    served = await startListening(['serve', '--port', '0']);
  });
  afterAll(() => served.running.interrupt());

  const ask = (command: string, ...args: string[]): Promise<Outcome> =>
    runCommand([command, served.address, ...args]);

  test('answers READ 0 with the time, as Python writes it', async () => {
    const { code, out } = await ask('read', '0');
    expect(code).toBe(0);
    expect(out).toMatch(/^"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}"\n$/);
    expect(asctime(new Date(2025, 1, 2, 0, 0, 44))).toBe('Sun Feb  2 00:00:44 2025');
  });

  test('stores what is written and echoes what is executed, exactly', async () => {
    const written = await ask('write', '7', '{"n": 1700000000123456789, "x": NaN}');
    expect(written).toEqual({ code: 0, out: 'null\n', err: '' });
    const read = await ask('read', '7');
    expect(read).toEqual({ code: 0, out: '{"n":1700000000123456789,"x":NaN}\n', err: '' });
    expect((await ask('execute', '1', '["a:b"]')).out).toBe('["a:b"]\n');
    expect((await ask('execute', '1')).out).toBe('null\n');
  });

  test('takes a negative number, and after -- any JSON', async () => {
    expect((await ask('execute', '1', '-5')).out).toBe('-5\n');
    expect((await ask('write', '8', '--', '-Infinity')).code).toBe(0);
    expect((await ask('read', '8')).out).toBe('-Infinity\n');
  });

  test('refuses data that was never written, and to have its clock set', async () => {
    const unknown = await ask('read', '99');
    expect([unknown.code, unknown.out]).toEqual([1, '']);
    expect(unknown.err).toContain('service or data unknown');
    const refused = await ask('write', '0', '1');
    expect([refused.code, refused.out]).toEqual([1, '']);
    expect(refused.err).toContain('operation not permitted');
  });

  test('logs messages and their bytes with --verbose, only on standard error', async () => {
    const { out, err } = await ask('read', '0', '--verbose', '--channel', 'cli');
    expect(out.split('\n')).toHaveLength(2);
    expect(err).toContain('INFO    tcp_socket.cli: comm-client: TX -> "(63): 7b 22');
    expect(err).toContain(
      'socket_protocol.cli: prot-client: TX -> service: read data request, data_id: 0, status: okay, data: "None"',
    );
  });

  test.each([
    [
      ['--log-level', 'debug'],
      ['DEBUG', 'ERROR', 'INFO'],
    ],
    [
      ['--log-level', 'info'],
      ['ERROR', 'INFO'],
    ],
    [['--log-level', 'error'], ['ERROR']],
    [
      ['--log-level', 'info', '--verbose'],
      ['ERROR', 'INFO'],
    ],
    [['--log-level', 'silent', '--verbose'], []],
  ])('logs from a level on: %j', async (options, expected) => {
    const { code, err } = await ask('read', '98', ...options);
    const levels = err.split('\n').flatMap((line) => /^([A-Z]+) +\w+_\w+: /.exec(line)?.[1] ?? []);
    expect([code, [...new Set(levels)].sort()]).toEqual([1, expected]);
  });

  test('refuses a level that there is not', async () => {
    const { code, err } = await ask('read', '0', '--log-level', 'loud');
    expect([code, err]).toEqual([2, expect.stringContaining('debug, info, warn, error, or silent')]);
  });

  test('speaks struct_json with --struct', async () => {
    const { running, address } = await startListening(['serve', '--port', '0', '--struct']);
    const outcome = await runCommand(['execute', address, '1', '5', '--struct']);
    expect(outcome).toEqual({ code: 0, out: '5\n', err: '' });
    expect(await running.interrupt()).toBe(0);
  });

  test('prints its address as JSON with --json', async () => {
    const running = new Running(['serve', '--port', '0', '--json']);
    await running.printed(/\n/);
    expect(running.out).toMatch(/^\{"listening":"127\.0\.0\.1:\d+"\}\n$/);
    expect(await running.interrupt()).toBe(0);
  });
});

test('all clients of serve share one store, which has a limit', async () => {
  const server = await startServer({ host: '127.0.0.1', port: 0 }, {});
  await using first = await connect({ port: server.port });
  await using second = await connect({ port: server.port });
  for (let start = 1; start <= 10_000; start += 1_000) {
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => first.write(start + i, i)));
  }
  await expect(second.write(10_001, 0)).rejects.toMatchObject({ status: STATUS_OPERATION_NOT_PERMITTED });
  await second.write(1, 'overwritten');
  expect(await first.read(1)).toBe('overwritten');
  await server.close();
});

describe('serve --connect', () => {
  /** A server, and the first peer that it hears the name of. */
  async function startServerFor(options: object = {}) {
    let tell: (name: string) => void = () => {};
    const named = new Promise<string>((resolve) => {
      tell = resolve;
    });
    const server = await listen({ port: 0, ...options }, (session) => void session.on('peerNamed', tell));
    return { server, named, address: `127.0.0.1:${server.port}` };
  }

  test('answers the server that it connects to, by the name of its channel', async () => {
    const { server, named, address } = await startServerFor();
    const device = new Running(['serve', '--connect', address, '--channel', 'pump-3']);
    expect(await named).toBe('pump-3');
    expect(device.out).toMatch(new RegExp(`^\\d\\d:\\d\\d:\\d\\d\\.\\d{3} connected: ${address}\n$`));
    expect(await server.read('pump-3', 0)).toMatch(/^\w{3} \w{3} [ \d]\d/);
    expect(await server.write('pump-3', 7, { on: true })).toBeNull();
    expect(await server.read('pump-3', 7)).toEqual({ on: true });
    expect(await server.execute('pump-3', 1, [1, 2])).toEqual([1, 2]);
    expect(await device.interrupt()).toBe(0);
    await server.close();
  });

  test('waits for its server, and comes back with what was written', async () => {
    const first = await startServerFor();
    const { port } = first.server;
    await first.server.close();
    const device = new Running(['serve', '--connect', first.address, '--channel', 'pump-3', '--json']);
    await device.printed(/"event":"not connected".*"code":"ERR_CONNECT"/);
    const second = await startServerFor({ port });
    await second.server.write('pump-3', 7, 1, { waitForPeer: true, timeout: 60_000 });
    await second.server.close();
    await device.printed(/"event":"disconnected"/);
    const third = await startServerFor({ port });
    expect(await third.server.read('pump-3', 7, { waitForPeer: true, timeout: 60_000 })).toBe(1);
    expect(await device.interrupt()).toBe(0);
    expect(device.out).toMatch(/\{"event":"closed",.*\}\n$/);
    await third.server.close();
  });

  test('authenticates with the secret', async () => {
    const secret = 'correct horse battery staple';
    const { server, address } = await startServerFor({ secret });
    const device = new Running(['serve', '--connect', address, '--channel', 'pump-3'], {
      env: { SOCKET_PROTOCOL_SECRET: secret },
    });
    expect(await server.read('pump-3', 0, { waitForPeer: true })).toEqual(expect.any(String));
    await device.printed(/ trusted\n/);
    expect(await device.interrupt()).toBe(0);
    await server.close();
  });

  test.each([
    ['--port', '1'],
    ['--host', '::1'],
    ['--unix', '/tmp/a.sock'],
  ])('does not listen: %s is refused', async (...option) => {
    const { code, err } = await runCommand(['serve', '--connect', '127.0.0.1:1', ...option]);
    expect([code, err]).toEqual([2, expect.stringContaining(`'--connect <address>' cannot be used with`)]);
  });
});

describe('serve --inspect', () => {
  const PAGE = /debugger at (http:\/\/127\.0\.0\.1:\d+\/)/;
  const ask = (url: string, group: string): Promise<{ status: number; body: string }> =>
    fetched(`${url}requests`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ group, serviceId: 10, dataId: 7, data: null }),
    });

  test('shows each session with its name, and keeps it when it is over', async () => {
    const { running, port } = await startListening(['serve', '--port', '0', '--inspect']);
    const url = await running.printed(PAGE);
    const one = await connect({ port, channelName: 'pump-1' });
    await using other = await connect({ port, channelName: 'pump-2' });
    await other.read(0);
    await one.close();
    const { feed } = await pullUntil(url, (_, { sessions }) => sessions.some(({ isOver }) => isOver));
    expect(feed.sessions.find(({ isOver }) => isOver)).toMatchObject({
      group: 'session',
      channelName: 'pump-1',
      role: 'server',
      state: 'closed',
    });
    expect(await ask(url, 'session 2')).toMatchObject({ status: 403 });
    expect(await running.interrupt()).toBe(0);
  });

  test('sends from the page with --allow-send', async () => {
    const { running, port } = await startListening([
      'serve',
      '--port',
      '0',
      '--inspect',
      '0',
      '--allow-send',
    ]);
    const url = await running.printed(PAGE);
    await using device = await connect({ port, channelName: 'pump' });
    device.onRead(7, () => 'from the device');
    const { status, body } = await ask(url, 'session');
    expect([status, JSON.parse(body)]).toMatchObject([200, { status: 0, data: 'from the device' }]);
    expect(await running.interrupt()).toBe(0);
  });

  test('shows a device on the page of another command with --join', async () => {
    const { running, address } = await startListening(['serve', '--port', '0', '--inspect']);
    const url = await running.printed(PAGE);
    const device = new Running(['serve', '--connect', address, '--channel', 'pump', '--join', url]);
    await pullUntil(url, (entries) => entries.some(({ group }) => group === 'serve: session'));
    expect(await device.interrupt()).toBe(0);
    expect(await running.interrupt()).toBe(0);
  });

  test.each([
    [['--allow-send'], 2, '--allow-send needs --inspect or --join'],
    [['--join', 'nonsense'], 2, 'Expected the address of the page of a debugger'],
    [['--join', 'http://127.0.0.1:1/'], 3, 'Could not connect to 127.0.0.1:1'],
    [['--inspect', '--join', 'http://127.0.0.1:1/'], 2, 'cannot be used with'],
    [['--inspect', '70000'], 2, 'expected'],
  ])('refuses %j', async (options, code, text) => {
    const outcome = await runCommand(['serve', '--port', '0', ...options]);
    expect([outcome.code, outcome.out]).toEqual([code, '']);
    expect(outcome.err.toLowerCase()).toContain(text.toLowerCase());
  });
});
