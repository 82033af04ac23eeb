import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asctime } from '../../../src/cli/commands/asctime.js';
import { startServer } from '../../../src/cli/commands/serve.js';
import { connect, STATUS_OPERATION_NOT_PERMITTED } from '../../../src/index.js';
import { type Outcome, Running, runCommand, startListening } from '../../support/command.js';

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
