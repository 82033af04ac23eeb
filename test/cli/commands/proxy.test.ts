import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, listen, type Server, StatusError } from '../../../src/index.js';
import { createStructJson, pureJson } from '../../../src/wire/index.js';
import { linesOf, Running, runCommand, startListening } from '../../support/command.js';
import { TestFolder } from '../../support/folder.js';

const SECRET = 'correct horse battery staple';
const ENV = { SOCKET_PROTOCOL_SECRET: SECRET };
const folder = new TestFolder();

let server: Server;
let address: string;
beforeAll(async () => {
  server = await listen({ port: 0, secret: SECRET }, (session) => {
    let count = 0;
    session.onRead(1, () => ++count);
    session.onExecute(2, (data) => data);
    session.onRead(4, () => {
      throw new StatusError(6);
    });
  });
  address = `127.0.0.1:${server.port}`;
});
afterAll(() => server.close());

describe('proxy', () => {
  test('passes on untouched, shows both directions and states, and records what replay can play', async () => {
    const recording = folder.at('device.jsonl');
    const { running, port } = await startListening(['proxy', '0', address, '--record', recording]);
    {
      await using session = await connect({ port, secret: SECRET });
      expect([await session.read(1), await session.execute(2, [1.5, 'x'])]).toEqual([1, [1.5, 'x']]);
      await expect(session.read(4)).rejects.toThrow(StatusError);
    }
    await running.printed(/hung up/);
    expect(await running.interrupt()).toBe(0);
    expect(running.out).toMatch(/client → service: read data request, data_id: 1,/);
    expect(running.out).toMatch(/← server service: read data response, data_id: 1, status: okay, data: 1\n/);
    expect(running.out).toMatch(/states: client seedRequested, server seedSent/);
    expect(running.out).toMatch(/states: client trusted, server trusted/);

    const recorded = readFileSync(recording, 'utf8');
    const open = recorded
      .trimEnd()
      .split('\n')
      .slice(1)
      .flatMap((line) => {
        const { payload } = JSON.parse(line) as { payload?: string };
        return payload === undefined ? [] : [pureJson.decode(Buffer.from(payload, 'hex')).serviceId];
      });
    expect(recorded.match(/"masked"/g)).toHaveLength(4);
    expect(open.filter((serviceId) => serviceId < 2)).toEqual([]);
    const decoded = await runCommand(['decode', recording]);
    expect(decoded.out).toContain('client [checksum ok] service: execute request, data_id: 2');

    const replayed = await startListening(['replay', recording, '--port', '0'], { env: ENV });
    const argv = ['replay', recording, '--as', 'client', '--to', replayed.address, '--speed', '0'];
    const { code, out } = await runCommand(argv, { env: ENV });
    expect([code, out.match(/^same/gm)?.length]).toEqual([0, 3]);
    expect(await replayed.running.interrupt()).toBe(0);
  });

  test('prints JSON with --json: codes and fields for notes, names of the wire for messages', async () => {
    const running = new Running(['proxy', '0', address, '--json']);
    const port = Number(await running.printed(/"listening":"127\.0\.0\.1:(\d+)"/));
    {
      await using session = await connect({ port, secret: SECRET });
      await session.execute(2, 'x');
    }
    await running.printed(/"code":"hung-up"/);
    expect(await running.interrupt()).toBe(0);
    const [listening, ...lines] = linesOf(running.out);
    expect(listening).toEqual({ listening: `127.0.0.1:${port}`, target: address });
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(lines).toEqual(
      expect.arrayContaining([
        { time, connection: 1, note: 'connected', code: 'connected' },
        {
          time,
          connection: 1,
          note: 'states: client trusted, server trusted',
          code: 'states',
          client: 'trusted',
          server: 'trusted',
        },
        { time, connection: 1, from: 'client', service_id: 30, data_id: 2, status: 0, data: 'x' },
        { time, connection: 1, from: 'server', service_id: 31, data_id: 2, status: 0, data: 'x' },
        { time, connection: 1, note: 'the client hung up', code: 'hung-up', from: 'client' },
      ]),
    );
  });

  test('hangs up on a client whose server does not run, says why, and ends when it is interrupted', async () => {
    const running = new Running(['proxy', '0', '127.0.0.1:1', '--json']);
    const port = await running.printed(/"listening":"127\.0\.0\.1:(\d+)"/);
    expect((await runCommand(['read', `127.0.0.1:${port}`, '0'])).code).toBe(3);
    await running.printed(/the client hung up/);
    expect(await running.interrupt()).toBe(0);
    expect(linesOf(running.out)).toContainEqual({
      time: expect.any(String),
      connection: 1,
      note: expect.stringContaining('ECONNREFUSED'),
      code: 'connection-failed',
      from: 'server',
      reason: 'connection-refused',
    });
  });

  test('leaves an old recording alone if its port is taken', async () => {
    const old = folder.file('old.jsonl', 'what is in it\n');
    const { code } = await runCommand(['proxy', String(server.port), '127.0.0.1:1', '--record', old]);
    expect([code, readFileSync(old, 'utf8')]).toEqual([3, 'what is in it\n']);
  });

  test('records struct_json and big integers, so that replay plays both as they were', async () => {
    const recording = folder.at('struct.jsonl');
    const own = await listen({ port: 0, codec: createStructJson({ allowNan: true }) }, (session) =>
      session.onExecute(null, (data) => data),
    );
    const proxied = ['proxy', '0', `127.0.0.1:${own.port}`, '--struct', '--record', recording];
    const between = await startListening(proxied);
    const execute = ['execute', between.address, '1', '[NaN, 12345678901234567890]', '--struct'];
    expect((await runCommand(execute)).code).toBe(0);
    expect(await between.running.interrupt()).toBe(0);
    await own.close();

    const replayed = await startListening(['replay', recording, '--port', '0']);
    const argv = ['replay', recording, '--as', 'client', '--to', replayed.address, '--speed', '0'];
    const { code, out, err } = await runCommand(argv);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^same .*\[NaN,12345678901234567890\].*\[NaN,12345678901234567890\]/);
    expect(await replayed.running.interrupt()).toBe(0);
  });

  test('shows how an authentication with a wrong secret ends', async () => {
    const { running, port } = await startListening(['proxy', '0', address]);
    await expect(connect({ port, secret: 'another secret than theirs' })).rejects.toThrow();
    await running.interrupt();
    expect(running.out).toMatch(
      /states: client keySent, server seedSent[\s\S]*states: client untrusted, server untrusted/,
    );
  });
});
