import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { loadContract } from '../../../src/cli/contract/file.js';
import { complete } from '../../../src/cli/shell/commands.js';
import { Names } from '../../../src/cli/shell/names.js';
import { gateway, memoryBus } from '../../../src/gateway/index.js';
import { connect, createMemoryPair, listen, Session } from '../../../src/index.js';
import { Running } from '../../support/command.js';
import { thermostatIn } from '../../support/contract-file.js';
import { TestFolder } from '../../support/folder.js';
import { pipedShell } from '../../support/typing.js';

const folder = new TestFolder();
const thermostat = thermostatIn(folder);
const env = { SOCKET_PROTOCOL_HISTORY: '', SOCKET_PROTOCOL_NAMES: '' };

describe('the shell with a contract', () => {
  const asked: unknown[] = [];
  const run = async (lines: string, ...options: string[]) => {
    asked.length = 0;
    await using server = await listen({ port: 0 }, (session) => {
      session.addService(100, 150);
      session.onRead(0, () => 'noon');
      session.onRead(7, () => ({ brightness: 'dim' }));
      session.onWrite(7, (data) => void asked.push(data));
      session.onRequest(100, 3, (data) => data);
    });
    const how = { options: ['--contract', thermostat, ...options], env };
    return await pipedShell(`127.0.0.1:${server.port}`, lines, how);
  };

  test('takes its names; in a request a name stands for both ids', async () => {
    const { code, out, err } = await run(
      'read time\nwrite led {"brightness": 1}\nrequest calibrate {"offset": 3}\nrequest 100 calibrate {"offset": 4}\n',
    );
    expect([code, err]).toEqual([0, '']);
    expect(out.split('\n')).toEqual([
      '"noon"',
      'null',
      '{"service_id":150,"data_id":3,"status":0,"data":{"offset":3}}',
      '{"service_id":150,"data_id":3,"status":0,"data":{"offset":4}}',
      '',
    ]);
  });

  test('checks data before it is sent, by name and by number', async () => {
    for (const typed of ['led', '7']) {
      const { code, out, err } = await run(`write ${typed} {"brightness": 2}\n`);
      expect([code, out, asked]).toEqual([2, '', []]);
      expect(err).toBe('socket-protocol: Line 1: Invalid input of led: brightness (too_big)\n');
    }
    expect((await run('request calibrate {"offset": "a"}\n')).code).toBe(2);
  });

  test('checks what comes', async () => {
    const { code, out, err } = await run('read ledNow\n');
    expect([code, out]).toEqual([1, '']);
    expect(err).toBe('socket-protocol: Line 1: Invalid output of ledNow: brightness (invalid_type)\n');
  });

  test('takes data from a file', async () => {
    const file = folder.file('led.json', '{"brightness": 0.5}');
    expect(await run(`write led @${file}\n`)).toMatchObject({ code: 0, err: '' });
    expect(asked).toEqual([{ brightness: 0.5 }]);
    expect(await run('write led -\n')).toMatchObject({
      code: 2,
      err: 'socket-protocol: Line 1: The shell itself reads standard input; use @FILE\n',
    });
  });

  test('completes its names', async () => {
    const session = new Session(createMemoryPair().client);
    const names = new Names(session);
    names.learn(await loadContract(thermostat));
    expect([complete(names, 'read t'), complete(names, 'request c')]).toEqual([
      [['time '], 't'],
      [['calibrate '], 'c'],
    ]);
    await session.close();
  });
});

test('the shell asks a device on NATS', async () => {
  const bus = memoryBus();
  await using door = await gateway({ bus: bus.connect(), listen: { port: 0 }, services: [[100, 150]] });
  await using device = await connect({ port: door.server.port as number, channelName: 'pump-3' });
  device.addService(100, 150);
  device.onRead(0, () => 'wet');
  device.onRequest(100, 3, (data) => data);
  const input = new PassThrough();
  input.end('name data 10 0 state\nread state\nservice 100 150 turn\nrequest turn 3 [1]\nstatus\nread 9\n');
  const shell = new Running(['shell', 'nats://127.0.0.1:4222/pump-3', '--wait'], {
    env,
    terminal: { input, output: new PassThrough(), isTerminal: false },
    connectBus: async () => bus.connect(),
  });
  expect(await shell.outcome()).toEqual({
    code: 1,
    out: [
      '"wet"',
      '{"service_id":150,"data_id":3,"status":0,"data":[1]}',
      '{"peer":"nats://127.0.0.1:4222/pump-3"}',
      '',
    ].join('\n'),
    err: expect.stringMatching(/^socket-protocol: Line 6: /),
  });
});
