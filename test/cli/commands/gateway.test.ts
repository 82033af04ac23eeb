/** `gateway`, `devices`, and devices as those who are asked: on a bus in this process. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Io } from '../../../src/cli/io.js';
import { type MemoryBus, memoryBus } from '../../../src/gateway/index.js';
import { GATEWAY_OPTIONS } from '../../../src/gateway/option-table.js';
import { connect, type Session, STATUS_OPERATION_NOT_PERMITTED, StatusError } from '../../../src/index.js';
import { linesOf, type Outcome, Running, runCommand, wholeProgram } from '../../support/command.js';
import { thermostatIn } from '../../support/contract-file.js';
import { pullUntil } from '../../support/feed.js';
import { TestFolder } from '../../support/folder.js';

// loaded before the first test, because it takes a while
await wholeProgram();

const PLACE = /^127\.0\.0\.1:\d+$/;
const NATS = ['--nats', 'nats://127.0.0.1:4222'];
let bus: MemoryBus;
let world: Partial<Io>;
const running: Running[] = [];

beforeEach(() => {
  bus = memoryBus();
  world = { connectBus: async () => bus.connect() };
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.interrupt()));
  expect(bus.stats()).toEqual({ subscriptions: 0, waiting: 0, underWay: 0 });
});

test('the help of gateway says how long a request may take unless it is told', async () => {
  const { out } = await runCommand(['gateway', '--help']);
  const said = `at most, in milliseconds (default: ${GATEWAY_OPTIONS.requestTimeout.default})`;
  expect(out.replaceAll(/\s+/g, ' ')).toContain(said);
});

const run = (...argv: string[]): Promise<Outcome> => runCommand(argv, world);

async function startGateway(...options: string[]) {
  const gateway = new Running(['gateway', ...NATS, '--port', '0', ...options], world);
  running.push(gateway);
  const address = await gateway.printed(/listening(?: on |":")(127\.0\.0\.1:\d+)/);
  return { gateway, address, port: Number(address.split(':')[1]) };
}

/** A device that answers, once it can be reached through a gateway. */
async function startDevice(
  { gateway, port }: { gateway: Running; port: number },
  channelName: string,
): Promise<Session> {
  const device = await connect({ port, channelName });
  device.addService(100, 150);
  device.onRead(0, () => `I am ${channelName}`);
  device.onRead(6, () => {
    throw new StatusError(STATUS_OPERATION_NOT_PERMITTED);
  });
  device.onWrite(7, (data) => data);
  device.onExecute(1, (data) => ({ done: data }));
  device.onRequest(100, 3, (data) => data);
  await gateway.printed(new RegExp(`arrived: "?${channelName}|"arrived".*${channelName}`));
  return device;
}

test.each([
  ['no secret', null],
  ['a secret', 'correct horse battery staple'],
])('gateway with %s says once that devices of a host have no name', async (_, secret) => {
  const env = secret === null ? {} : { SOCKET_PROTOCOL_SECRET: secret };
  world = { ...world, env, now: () => 0 };
  const { gateway, port } = await startGateway();
  for (const channelName of [null, null, 'pump-3']) {
    await using _device = await connect({ port, secret, channelName });
    await _device.read(0).catch(() => {});
  }
  await gateway.printed(/arrived: pump-3/);
  expect(gateway.out.match(/ no name: .*/g)).toEqual([
    ' no name: 127.0.0.1 is connected without a channel name; nobody can ask it',
  ]);
});

describe('gateway', () => {
  test('says where it listens, and which devices come and go', async () => {
    const { gateway, address, port } = await startGateway('--name', 'north');
    const id = await gateway.printed(
      /^listening on .*, on nats:\/\/127\.0\.0\.1:4222 as gateway (north-\w+)$/m,
    );
    const device = await startDevice({ gateway, port }, 'pump-3');
    await gateway.printed(
      new RegExp(`^\\d\\d:\\d\\d:\\d\\d\\.\\d{3} arrived: pump-3 at ${id}, from 127\\.0\\.0\\.1:\\d+$`, 'm'),
    );
    await device.close();
    await gateway.printed(new RegExp(`left: pump-3 from ${id}: .+$`, 'm'));
    expect(address).toMatch(/^127/);
    expect(await gateway.interrupt()).toBe(0);
    expect(gateway.err).toBe('');
  });

  test('shows each device with its presence, in one row with its name', async () => {
    const { gateway, port } = await startGateway('--inspect');
    const url = await gateway.printed(/debugger at (http:\S+)/);
    const device = await startDevice({ gateway, port }, 'pump-3');
    const { entries, feed } = await pullUntil(url, (_, { sessions }) => sessions.length > 0);
    expect(feed.sessions).toMatchObject([{ group: 'session', channelName: 'pump-3', role: 'server' }]);
    const presence = entries.filter((entry) => entry.kind === 'state' && entry.chart === 'device-presence');
    expect(new Set(presence.map(({ group }) => group))).toEqual(new Set(['session']));
    await device.close();
    expect(await gateway.interrupt()).toBe(0);
  });

  test('prints the same as lines of JSON with --json', async () => {
    const { gateway, address, port } = await startGateway('--json');
    await (await startDevice({ gateway, port }, 'pump-3')).close();
    await gateway.printed(/"event":"left"/);
    expect(await gateway.interrupt()).toBe(0);
    const [first, ...others] = linesOf(gateway.out);
    const id = first?.['gateway'];
    expect(first).toEqual({
      listening: address,
      nats: ['nats://127.0.0.1:4222'],
      gateway: expect.any(String),
    });
    expect(others).toMatchObject([
      { event: 'arrived', device: 'pump-3', gateway: id, time: expect.any(String) },
      { event: 'left', device: 'pump-3', gateway: id },
      { event: 'closed', cutRequests: 0 },
    ]);
  });

  test('says that a device has moved to another gateway', async () => {
    const [north, south] = [await startGateway('--name', 'north'), await startGateway('--name', 'south')];
    const before = await startDevice(north, 'pump-3');
    const after = await startDevice(south, 'pump-3');
    await north.gateway.printed(/ moved: pump-3 from north-\w+ to south-\w+$/m);
    await Promise.all([before.close(), after.close()]);
  });

  test('says from which address and port a device is connected', async () => {
    const started = await startGateway();
    const devicesHere = [await startDevice(started, 'pump-3'), await startDevice(started, 'pump-4')];
    const { out } = await run('devices', ...NATS, '--json');
    const addresses = linesOf(out).map(({ address }) => address);
    expect(addresses).toEqual([expect.stringMatching(PLACE), expect.stringMatching(PLACE)]);
    expect(addresses[0]).not.toBe(addresses[1]);
    await Promise.all(devicesHere.map((device) => device.close()));
  });

  test('ends what devices ask with --timeout as well', async () => {
    const { port } = await startGateway('--timeout', '100');
    // somebody who listens like a worker, and never answers
    const silent = bus.subscribe('sp.$from.*.30.1', () => {});
    const device = await connect({ port, channelName: 'pump-3' });
    const asked = device.execute(1, null, { timeout: 20_000 });
    await expect(asked).rejects.toMatchObject({ reason: 'callback-error' });
    silent.unsubscribe();
    await device.close();
  });

  test('knows the services of a contract', async () => {
    const contract = ['--contract', thermostatIn(new TestFolder())];
    const device = await startDevice(await startGateway(...contract), 'pump-3');
    const target = 'nats://127.0.0.1:4222/pump-3';
    const answer = { code: 0, out: '{"offset":3}\n', err: '' };
    expect(await run('request', target, 'calibrate', '{"offset": 3}', ...contract)).toEqual(answer);
    expect(await run('request', target, '100', '3', '{"offset": 3}', '--response', '150')).toEqual(answer);
    await device.close();
  });

  test('knows the services of --service, and no others', async () => {
    const device = await startDevice(await startGateway('--service', '100:150'), 'pump-3');
    const ask = (...ids: string[]) => run('request', 'nats://127.0.0.1:4222/pump-3', ...ids);
    expect(await ask('100', '3', '5', '--response', '150')).toEqual({ code: 0, out: '5\n', err: '' });
    const unknown = await ask('200', '3', '--json');
    expect([unknown.code, linesOf(unknown.err)]).toMatchObject([2, [{ reason: 'bus-bad-subject' }]]);
    await device.close();
  });

  test.each([
    [[...NATS, '--service', '1:2:3'], '--service takes REQUEST:RESPONSE, got "1:2:3"'],
    [[], 'Missing the NATS server: --nats nats://HOST:PORT, or the variable NATS_URL'],
    [
      ['--nats', 'http://127.0.0.1'],
      'Expected nats://HOST:PORT (or tls://HOST:PORT), got "http://127.0.0.1"',
    ],
    [['--nats', 'nats://me:secret@'], 'got "nats://***@"'],
    [[...NATS, '--nats-key', 'a.pem'], '--nats-key needs --nats-cert'],
    [[...NATS, '--prefix', 'a.b'], 'Expected a word of letters, digits, - and _'],
    [[...NATS, '--name', 'a b'], 'Expected a word of letters, digits, - and _'],
  ])('refuses %j', async (options, text) => {
    const { code, out, err } = await run('gateway', ...options);
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(text)]);
  });

  test('takes its servers from the variable NATS_URL', async () => {
    const asked: (readonly string[])[] = [];
    const gateway = new Running(['gateway', '--port', '0'], {
      env: { NATS_URL: 'nats://me:secret@a.example, tls://b.example:4333' },
      connectBus: async (servers) => {
        asked.push(servers);
        return bus.connect();
      },
    });
    expect(await gateway.printed(/, on (.*) as gateway/)).toBe('nats://a.example:4222, tls://b.example:4333');
    expect(asked).toEqual([['nats://a.example:4222', 'tls://b.example:4333']]);
    expect(await gateway.interrupt()).toBe(0);
  });
});

describe('a device on NATS', () => {
  const target = 'nats://127.0.0.1:4222/pump-3';

  test('is read, written, and has something executed', async () => {
    const device = await startDevice(await startGateway(), 'pump-3');
    expect(await run('read', target, '0')).toEqual({ code: 0, out: '"I am pump-3"\n', err: '' });
    expect(await run('write', target, '7', '{"on": true}')).toEqual({
      code: 0,
      out: '{"on":true}\n',
      err: '',
    });
    expect(await run('execute', target, '1', '5')).toEqual({ code: 0, out: '{"done":5}\n', err: '' });
    expect(await run('request', target, '10', '0', '--json')).toEqual({
      code: 0,
      out: '{"service_id":11,"data_id":0,"status":0,"data":"I am pump-3"}\n',
      err: '',
    });
    await device.close();
  });

  test('answers with a status of its own: exit code 1', async () => {
    const device = await startDevice(await startGateway(), 'pump-3');
    const { code, out, err } = await run('read', target, '6');
    expect([code, out, err]).toEqual([1, '', expect.stringContaining('operation not permitted')]);
    await device.close();
  });

  test('is known by any name', async () => {
    const started = await startGateway();
    const device = await startDevice(started, 'Küche 1/links');
    for (const path of ['Küche 1/links', 'K%C3%BCche%201%2Flinks'])
      expect((await run('read', `nats://127.0.0.1:4222/${path}`, '0')).out).toBe('"I am Küche 1/links"\n');
    await device.close();
  });

  test('that is not there is exit code 3, at once', async () => {
    await startGateway();
    const { code, out, err } = await run('read', target, '0', '--json');
    expect([code, out]).toEqual([3, '']);
    expect(linesOf(err)).toEqual([
      { error: expect.stringContaining('"pump-3"'), code: 'ERR_NO_SUCH_PEER', reason: 'no-such-peer' },
    ]);
  });

  test('is waited for with --wait', async () => {
    const started = await startGateway();
    const asking = new Running(['read', target, '0', '--wait'], world);
    const device = await startDevice(started, 'pump-3');
    expect(await asking.outcome()).toEqual({ code: 0, out: '"I am pump-3"\n', err: '' });
    await device.close();
  });

  test.each([
    [['nats://127.0.0.1:4222'], 'Expected a device behind the server: nats://127.0.0.1:4222/DEVICE'],
    [
      ['nats://me:secret@127.0.0.1:4222/'],
      'Expected a device behind the server: nats://***@127.0.0.1:4222/DEVICE',
    ],
    [['nats://127.0.0.1:99999/pump-3'], 'Expected nats://HOST:PORT'],
    [['nats://127.0.0.1/%ff'], '"%ff" is no percent-encoded text'],
    [[target, '--unix', '/tmp/a.sock'], 'Give either an address or --unix PATH'],
    [[target, '--tls'], '--tls is for HOST:PORT; the gateway of the device decides about that'],
    [[target, '--struct'], '--struct is for HOST:PORT'],
    [[target, '--record-failures', '/tmp'], '--record-failures is for HOST:PORT'],
    [['127.0.0.1:1', '--nats-ca', 'a.pem'], '--nats-ca needs an address such as nats://HOST:PORT/DEVICE'],
    [['127.0.0.1:1', '--wait'], '--wait needs an address such as nats://HOST:PORT/DEVICE'],
  ])('refuses %j', async ([address = '', ...options], text) => {
    const { code, out, err } = await run('read', address, '0', ...options);
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(text)]);
  });
});

describe('devices', () => {
  const devices = (...options: string[]): Promise<Outcome> => run('devices', ...NATS, ...options);

  test('prints a table of all devices of all gateways', async () => {
    const [north, south] = [await startGateway('--name', 'north'), await startGateway('--name', 'south')];
    const here = [await startDevice(south, 'pump-3'), await startDevice(north, 'Küche 1')];
    const { code, out, err } = await devices();
    expect([code, err]).toEqual([0, '']);
    const [head, ...rows] = out.trimEnd().split('\n');
    expect(head).toMatch(/^DEVICE +GATEWAY +ADDRESS +SINCE$/);
    expect(rows).toEqual([
      expect.stringMatching(/^"Küche 1" {2}north-\w+ +127\.0\.0\.1:\d+ +\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      expect.stringMatching(/^pump-3 {5}south-\w+ +127\.0\.0\.1:\d+ +\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    ]);
    const lines = linesOf((await devices('--json')).out);
    expect(lines.map(({ device }) => device)).toEqual(['Küche 1', 'pump-3']);
    await Promise.all(here.map((each) => each.close()));
  });

  test('says that there is none', async () => {
    await startGateway();
    expect(await devices()).toEqual({ code: 0, out: 'no device is connected\n', err: '' });
    expect(await devices('--json')).toEqual({ code: 0, out: '', err: '' });
  });

  test('follows them with --watch', async () => {
    const started = await startGateway('--name', 'north');
    const device = await startDevice(started, 'pump-3');
    const watching = new Running(['devices', ...NATS, '--watch'], world);
    await watching.printed(/ gateway\.up: north-\w+\n/);
    await watching.printed(/ arrived: pump-3 at north-\w+, from 127\.0\.0\.1:\d+\n/);
    await device.close();
    await watching.printed(/ left: pump-3 from north-\w+: .*\n/);
    expect(await watching.interrupt()).toBe(0);
    expect(watching.err).toBe('');
  });
});
