import { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listen, type Server, StatusError } from '../../../src/index.js';
import { linesOf, type Outcome, Running, runCommand } from '../../support/command.js';
import { IMPORTS, thermostatIn } from '../../support/contract-file.js';
import { TestFolder } from '../../support/folder.js';
import { RECORDING_HEADER, recordedRead } from '../../support/recording.js';

const folder = new TestFolder();
const thermostat = thermostatIn(folder);
let server: Server;
let address: string;

beforeAll(async () => {
  server = await listen({ port: 0 }, (session) => {
    session.addService(100, 150);
    session.onRead(0, () => 'noon');
    session.onRead(7, () => ({ brightness: 'dim' }));
    session.onWrite(7, () => null);
    session.onExecute(1, () => true);
    session.onRequest(100, 3, (data) => data);
    session.onRequest(100, 4, () => {
      throw new StatusError(4);
    });
  });
  address = `127.0.0.1:${server.port}`;
});
afterAll(() => server.close());

const ask = (...argv: readonly string[]): Promise<Outcome> => {
  const [command = '', ...rest] = argv;
  return runCommand([command, address, ...rest, '--contract', thermostat]);
};

describe('a name of a contract', () => {
  test.each([
    [['read', 'time'], '"noon"\n'],
    [['write', 'led', '{"brightness": 0.5}'], 'null\n'],
    [['execute', 'reboot', '{"delay": 1}'], 'true\n'],
    [['request', 'calibrate', '{"offset": 3}'], '{"offset":3}\n'],
    [['request', 'time'], '"noon"\n'],
  ])('stands for the ids in %j', async (argv, out) => {
    expect(await ask(...argv)).toEqual({ code: 0, out, err: '' });
  });

  test('is in the lines of JSON, also where its ids were typed', async () => {
    for (const argv of [
      ['read', 'time'],
      ['read', '0'],
    ])
      expect(linesOf((await ask(...argv, '--json')).out)).toEqual([{ name: 'time', data: 'noon' }]);
    for (const argv of [
      ['request', 'calibrate', '{"offset": 3}'],
      ['request', '100', '3', '{"offset": 3}'],
    ])
      expect(linesOf((await ask(...argv, '--json')).out)).toEqual([
        { name: 'calibrate', service_id: 150, data_id: 3, status: 0, data: { offset: 3 } },
      ]);
  });

  test('is in the log', async () => {
    const { err } = await ask('read', 'time', '--verbose');
    expect(err).toContain('read data request, data_id: time,');
  });

  test('leaves numbers alone that the contract does not have', async () => {
    const { code, err } = await ask('request', '100', '4');
    expect([code, err]).toEqual([1, expect.stringContaining('status 4')]);
  });

  test.each([
    [
      ['read', 'tiem'],
      'The contract has no "tiem"; did you mean time? It has: time, led, ledNow, reboot, calibrate',
    ],
    [['read', 'humidity'], 'The contract has no "humidity". It has: time, led, ledNow, reboot, calibrate'],
    [
      ['read', 'constructor'],
      'The contract has no "constructor". It has: time, led, ledNow, reboot, calibrate',
    ],
    [['read', 'led'], '"led" is for write, not for read: socket-protocol write … led'],
    [
      ['write', 'calibrate', '1'],
      '"calibrate" is for request, not for write: socket-protocol request … calibrate',
    ],
    [['request', 'calibrate', '1', '2'], 'The name "calibrate" stands for both ids; only JSON can follow'],
    [
      ['request', 'calibrate', '{}', '--response', '101'],
      '--response is for numbers; the contract knows the response',
    ],
    [['request', '100'], "Missing required argument 'data-id'"],
  ])('that is wrong in %j is refused with what would be right', async (argv, sentence) => {
    expect(await ask(...argv)).toEqual({ code: 2, out: '', err: `socket-protocol: ${sentence}\n` });
  });
});

describe('data that does not fit the contract', () => {
  test.each([
    [['write', 'led', '{"brightness": 5}'], 'Invalid input of led: brightness (too_big)'],
    [['write', '7', '{"brightness": 5}'], 'Invalid input of led: brightness (too_big)'],
    [['request', 'calibrate', '"secret words"'], 'Invalid input of calibrate: invalid_type'],
  ])('is refused before anything connects: %j', async (argv, sentence) => {
    const accepted = server.counters.accepted;
    expect(await ask(...argv)).toEqual({ code: 2, out: '', err: `socket-protocol: ${sentence}\n` });
    expect(server.counters.accepted).toBe(accepted);
  });

  test('of the peer is exit code 1, with its place and without its value', async () => {
    const { code, out, err } = await ask('read', 'ledNow', '--json');
    expect([code, out]).toEqual([1, '']);
    expect(linesOf(err)).toEqual([
      {
        error: 'Invalid output of ledNow: brightness (invalid_type)',
        code: 'ERR_VALIDATION',
        reason: 'invalid-output',
      },
    ]);
  });

  test.each([
    [
      'throws',
      "() => { throw new Error('secret') }",
      'The schema of the input of led failed: it threw, or gave no verdict',
    ],
    [
      'never settles',
      '() => new Promise(() => {})',
      'The schema of the input of led gave no verdict within 50 ms',
    ],
  ])('is not sent where its schema %s', async (name, validate, sentence) => {
    const file = folder.file(
      `${name}.mjs`,
      `${IMPORTS}const schema = { '~standard': { version: 1, vendor: 'test', validate: ${validate} } };
export default contract({ led: write(7, schema) });\n`,
    );
    const argv = ['write', address, 'led', '1', '--contract', file, '--timeout', '50'];
    expect(await runCommand(argv)).toEqual({ code: 2, out: '', err: `socket-protocol: ${sentence}\n` });
  });
});

describe('names instead of numbers', () => {
  test('are in what monitor prints', async () => {
    const own = await listen({ port: 0 }, (session) => session.onRead(0, () => 'noon'));
    const of = `127.0.0.1:${own.port}`;
    const [text, json] = [[], ['--json']].map(
      (more) => new Running(['monitor', of, '--contract', thermostat, ...more]),
    );
    own.on('session', (session) => void session.send(11, 0, 'noon'));
    expect(await text?.printed(/.*data_id: time.*/)).toContain('read data response, data_id: time');
    const line = JSON.parse((await json?.printed(/\{.*"data":"noon"\}/)) ?? '');
    expect(line).toMatchObject({ name: 'time', service_id: 11, data_id: 0 });
    await Promise.all([text?.interrupt(), json?.interrupt()]);
    await own.close();
  });

  test('are in what decode prints', async () => {
    const recording = folder.file('device.jsonl', RECORDING_HEADER + recordedRead(0, 'noon'));
    const { out } = await runCommand(['decode', recording, '--contract', thermostat]);
    expect(out).toContain('read data request, data_id: time');
    const { out: json } = await runCommand(['decode', recording, '--contract', thermostat, '--json']);
    expect(linesOf(json).map(({ name }) => name)).toEqual(['time', 'time']);
  });

  test('are in what proxy prints', async () => {
    const proxy = new Running(['proxy', '0', address, '--contract', thermostat]);
    const through = await proxy.printed(/listening on (\S+),/);
    await runCommand(['read', through, '0']);
    expect(await proxy.printed(/.*← server.*data_id: time.*/)).toContain('time');
    await proxy.interrupt();
  });

  test('are known in the shell', async () => {
    const typed = 'read time\nrequest 100 calibrate {"offset": 2}\nread tiem\n';
    const output = new Writable({ write: (_, __, done) => done() });
    const { out, err } = await runCommand(['shell', address, '--contract', thermostat], {
      terminal: { input: Readable.from([typed]), output, isTerminal: false },
    });
    expect(out).toContain('"noon"\n');
    expect(out).toContain('"data":{"offset":2}');
    expect(err).toContain('or a name ("time", "ledNow"), got "tiem"');
  });
});
