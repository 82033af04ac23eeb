/** What a program of the original expects of each method, where a port to this library could surprise it. */

import { once } from 'node:events';
import CRC32 from 'crc-32';
import { afterAll, describe, expect, test } from 'vitest';
import {
  AUTH_STATE_TRUSTED_CONNECTION,
  AUTH_STATE_UNTRUSTED_CONNECTION,
  createMemoryPair,
  type JsonValue,
  Message,
  OptionError,
  type ProtocolOptions,
  PureJsonProtocol,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
  STATUS_OKAY,
  TcpClientStp,
  TcpServerStp,
} from '../../src/index.js';
import { camelCase, documentedPair, MEMBERS } from '../support/documented-comm.js';
import { RecordedLog } from '../support/recorded-log.js';
import { differences, runAll } from './programs/compare.js';
import type { CallStep, Program, Role, SideMaker } from './programs/program.js';
import { PythonSides } from './programs/python-side.js';
import { makeTypeScriptSide } from './programs/typescript-side.js';

const SECRET = 'correct horse battery staple';
const PORT_OF_NOBODY = 1;
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const python = new PythonSides();
afterAll(() => python[Symbol.asyncDispose]());

/** A server and a client that connects with it. */
async function pair(options: Partial<Record<Role, ProtocolOptions>> = {}) {
  const transport = new TcpServerStp({ port: 0 });
  const server = new PureJsonProtocol(transport, options.server);
  const port = await transport.listening();
  const client = new PureJsonProtocol(new TcpClientStp({ port }), options.client);
  const close = () => Promise.all([client.close(), server.close()]);
  return { client, server, [Symbol.asyncDispose]: async () => void (await close()) };
}

/** What both sides say of their state. */
function states({ client, server }: Record<Role, PureJsonProtocol>) {
  const of = (each: PureJsonProtocol) => [each.checkAuthenticationState(), each.connectionEstablished()];
  return { client: of(client), server: of(server) };
}

function connected({ client, server }: Record<Role, PureJsonProtocol>): Promise<unknown> {
  return Promise.all([once(client, 'connected'), once(server, 'connected')]);
}

describe('check_authentification_state() and connection_established()', () => {
  test('are true without a secret as soon as there is a connection, and the state needs none', async () => {
    await using both = await pair();
    expect(states(both)).toEqual({ client: [true, false], server: [true, false] });
    await connected(both);
    expect(states(both)).toEqual({ client: [true, true], server: [true, true] });
    const lost = once(both.client, 'disconnected');
    await both.server.close();
    await lost;
    expect(states(both)).toEqual({ client: [true, false], server: [true, false] });
  });

  test('are true with a secret while the connection is trusted', async () => {
    await using both = await pair({ client: { secret: SECRET }, server: { secret: SECRET } });
    const { client, server } = both;
    const untrusted = { client: [false, false], server: [false, false] };
    expect(states(both)).toEqual(untrusted);
    await connected(both);
    expect(states(both)).toEqual(untrusted);
    expect(client.authenticationState).toBe(AUTH_STATE_UNTRUSTED_CONNECTION);

    const trusted = client.authenticate(20_000);
    const seen = new Set<unknown>();
    while (client.authenticationState !== AUTH_STATE_TRUSTED_CONNECTION) {
      for (const state of states(both).client) seen.add(state);
      await nextTurn();
    }
    expect(await trusted).toBe(true);
    expect([...seen]).toEqual([false]);
    expect(states(both)).toEqual({ client: [true, true], server: [true, true] });
    expect([client, server].map((each) => each.authenticationState)).toEqual([4, 4]);

    const lost = once(client, 'disconnected');
    await server.close();
    await lost;
    expect(states(both)).toEqual(untrusted);
  });

  test('are never true with a wrong secret, however far the handshake is', async () => {
    await using both = await pair({ client: { secret: 'wrong' }, server: { secret: SECRET } });
    await connected(both);
    const seen = new Set<unknown>();
    const numbers = new Set<number>();
    let isOver = false;
    const trusted = both.client.authenticate(20_000).finally(() => (isOver = true));
    for (; !isOver; await nextTurn()) {
      numbers.add(both.client.authenticationState);
      for (const state of Object.values(states(both)).flat()) seen.add(state);
    }
    expect(await trusted).toBe(false);
    expect(numbers.size).toBeGreaterThan(1);
    expect([...seen]).toEqual([false]);
  });
});

describe('add_data', () => {
  /** What a client calls the data of a request and of its answer. */
  async function namesAfter(add: (client: PureJsonProtocol) => void): Promise<string[]> {
    const log = new RecordedLog();
    await using both = await pair({ client: { logger: log.logger } });
    const { client, server } = both;
    add(client);
    server.registerCallback(SID_READ_REQUEST, 0, () => [STATUS_OKAY, 'now']);
    await client.send(SID_READ_REQUEST, 0, null);
    await client.receive(SID_READ_RESPONSE, 0, 20_000);
    return log.lines.flatMap((line) => /read data \w+, data_id: (\w+)/.exec(line)?.[1] ?? []);
  }

  test('names the data of a list of services', async () => {
    const names = await namesAfter((each) =>
      each.addData([SID_READ_REQUEST, SID_READ_RESPONSE], 0, 'asc_time'),
    );
    expect(names).toEqual(['asc_time', 'asc_time']);
  });

  test('names the data of one service, and leaves its answer alone', async () => {
    expect(await namesAfter((each) => each.addData(SID_READ_REQUEST, 0, 'asked'))).toEqual(['asked', '0']);
    expect(
      await namesAfter((each) =>
        each.addData(SID_READ_RESPONSE, 0, 'answered').addData(SID_READ_REQUEST, 0, 'asked'),
      ),
    ).toEqual(['asked', 'answered']);
  });
});

describe('authentificate(timeout)', () => {
  test('waits for the connection within its time-out', async () => {
    const server = await python.make(
      'server',
      'pure_json',
      { secret: SECRET, auto_auth: false, channel_name: null },
      null,
    );
    const transport = new TcpClientStp({ port: server.port ?? 0 });
    await using client = new PureJsonProtocol(transport, { secret: SECRET });
    expect(client.isConnected()).toBe(false);
    expect(await client.authenticate(20_000)).toBe(true);
    await server.side.call('close', []);
  });

  test('is false when there is no connection in time', async () => {
    await using client = new PureJsonProtocol(new TcpClientStp({ port: PORT_OF_NOBODY }), { secret: SECRET });
    expect(await client.authenticate(20)).toBe(false);
  });
});

describe('pure_json_protocol(comm, secret, auto_auth, channel_name)', () => {
  test('never makes a side without protection of positional arguments', async () => {
    const comms = createMemoryPair();
    let server: PureJsonProtocol;
    try {
      server = Reflect.construct(PureJsonProtocol, [comms.server, SECRET, false, 'name']);
    } catch (error) {
      expect(error).toBeInstanceOf(OptionError);
      return;
    }
    expect(server.channelName).toBe('name');
    expect(server.checkAuthenticationState()).toBe(false);
  });

  test.each([[null], [undefined]])('refuses further arguments after %s, or takes them', (secret) => {
    const comms = createMemoryPair();
    const make = (): PureJsonProtocol =>
      Reflect.construct(PureJsonProtocol, [comms.server, secret, false, 'name']);
    let name: string | null;
    try {
      name = make().channelName;
    } catch (error) {
      return expect(error).toBeInstanceOf(OptionError);
    }
    expect(name).toBe('name');
  });

  test('refuses an option that does not exist', () => {
    expect(() =>
      Reflect.construct(PureJsonProtocol, [createMemoryPair().client, { auto_auth: true }]),
    ).toThrow(OptionError);
  });
});

describe.each(['snake_case', 'camelCase'] as const)('a comm instance in %s', (spelling) => {
  const over = (comm: object, options: object = {}): PureJsonProtocol =>
    Reflect.construct(PureJsonProtocol, [comm, options]);

  test.each([
    'without arguments',
    'with the instance',
  ] as const)('needs only the documented members; its data callback is called %s', async (style) => {
    const comms = documentedPair(spelling, style);
    await using server = over(comms.server, { secret: SECRET, channelName: 'link' });
    await using client = over(comms.client, { secret: SECRET });
    server.registerCallback(SID_READ_REQUEST, 0, () => [STATUS_OKAY, 'now']);

    expect([client.role, server.role]).toEqual(['client', 'server']);
    expect(await client.authenticate(10_000)).toBe(true);
    expect(await client.send(SID_READ_REQUEST, 0)).toBe(true);
    expect((await client.receive(SID_READ_RESPONSE, 0, 10_000))?.data).toBe('now');
    expect(client.channelName).toBe('link');
    expect([client.counters.dropped, server.counters.dropped]).toEqual([{}, {}]);

    client.reconnect();
    expect(await client.authenticate(10_000)).toBe(true);
    expect(await client.read(0)).toBe('now');
  });

  // what a data callback gets instead of `receive`, the library's own style has
  test.each(
    MEMBERS.filter((member) => member !== 'receive'),
  )('without %s is refused by that name', (member) => {
    const { client } = documentedPair(spelling);
    const name = spelling === 'camelCase' ? camelCase(member) : member;
    delete client[name];
    let refusal: unknown;
    try {
      over(client);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(OptionError);
    const { message } = refusal as OptionError;
    expect([member, camelCase(member)].some((each) => message.includes(each))).toBe(true);
  });

  test('says itself whether it is connected', () => {
    const { client } = documentedPair(spelling);
    const protocol = over(client);
    expect(protocol.isConnected()).toBe(false);
    client[spelling === 'camelCase' ? 'isConnected' : 'is_connected'] = () => true;
    expect(protocol.isConnected()).toBe(true);
  });
});

describe('send(…, timeout)', () => {
  test('has the time to establish a connection in it', async () => {
    const reserved = new TcpServerStp({ port: 0 });
    const port = await reserved.listening();
    await reserved.close();
    await using client = new PureJsonProtocol(new TcpClientStp({ port }));
    const sent = client.send(50, 0, 'early', STATUS_OKAY, 20_000);
    await once(client, 'connectFailed');
    await using server = new PureJsonProtocol(new TcpServerStp({ port }));
    expect(await sent).toBe(true);
    expect((await server.receive(50, 0, 20_000))?.data).toBe('early');
  });
});

describe('data_storage', () => {
  test('gives the defaults of what it does not have', () => {
    const nothing: Message = Reflect.construct(Message, []);
    for (const message of [nothing, new Message({})]) {
      expect([
        message.getStatus('no status'),
        message.getServiceId('no service'),
        message.getDataId('no data id'),
        message.getData('no data'),
      ]).toEqual(['no status', 'no service', 'no data id', 'no data']);
      expect([message.getStatus(), message.getServiceId(), message.getDataId(), message.getData()]).toEqual([
        null,
        null,
        null,
        null,
      ]);
    }
    expect(new Message({ status: 0, serviceId: 0, dataId: 0, data: false }).getData('no data')).toBe(false);
  });

  test('gives the defaults of what the peer left out', async () => {
    const server = new TcpServerStp({ port: 0 });
    await using protocol = new PureJsonProtocol(server);
    const seen = withResolvers<unknown>();
    protocol.registerCallback(50, 0, (message) =>
      seen.resolve([message.getStatus('no status'), message.getData('no data')]),
    );
    const setup = { secret: null, auto_auth: false, channel_name: null };
    const client = await python.make('client', 'pure_json', setup, await server.listening());
    await client.side.call('sync_send', [0]);
    await client.side.call('send_raw', [raw({ service_id: 50, data_id: 0 })]);
    expect(await seen.promise).toEqual(['no status', 'no data']);
    await client.side.call('close', []);
  });
});

function withResolvers<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

/** A payload of pure_json, as hex. */
function raw(fields: JsonValue): string {
  const text = Buffer.from(JSON.stringify(fields));
  const checksum = Buffer.alloc(4);
  checksum.writeInt32BE(CRC32.buf(text));
  return Buffer.concat([text, checksum]).toString('hex');
}

describe('receive', () => {
  test('has all of 100 messages where the option says so', async () => {
    await using both = await pair({ server: { maxBufferedPerKey: 100 } });
    const { client, server } = both;
    for (let n = 0; n < 100; n++) await client.send(50, 0, n);
    await client.send(51, 0);
    await server.receive(51, 0, 20_000);
    const received: unknown[] = [];
    for (let n = 0; n < 100; n++) received.push((await server.receive(50, 0, 0))?.data);
    expect(received).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });
});

describe("tcp_client_stp('', port) and tcp_server_stp('', port)", () => {
  test('are this machine and all of its interfaces', async () => {
    const transport = new TcpServerStp({ host: '', port: 0 });
    await using server = new PureJsonProtocol(transport);
    server.registerCallback(SID_READ_REQUEST, 0, () => [STATUS_OKAY, 'now']);
    const port = await transport.listening();
    // elsewhere another address of the loopback interface has to be set up first
    const others = process.platform === 'linux' ? ['127.0.0.2'] : [];
    for (const host of ['', '127.0.0.1', ...others]) {
      await using client = new PureJsonProtocol(new TcpClientStp({ host, port }));
      expect(await client.read(0)).toBe('now');
    }
  });
});

describe('register_callback', () => {
  test('takes undefined for any, as it takes null', async () => {
    await using both = await pair();
    const { client, server } = both;
    Reflect.apply(server.registerCallback, server, [
      undefined,
      undefined,
      (_: Message, ...args: unknown[]) => [STATUS_OKAY, args],
      'a',
      'b',
    ]);
    expect(await client.read(7)).toEqual(['a', 'b']);
    Reflect.apply(server.registerCallback, server, [
      SID_READ_REQUEST,
      undefined,
      () => [STATUS_OKAY, 'any data'],
    ]);
    expect(await client.read(7)).toBe('any data');
  });
});

// ── programs, which must show here what they show in Python ──

const NOBODY = { secret: null, auto_auth: false, channel_name: null };
const call =
  (side: Role) =>
  (name: string, ...args: CallStep['args']): CallStep => ({ side, call: name, args });
const client = call('client');
const server = call('server');
/** Forgets what was recorded up to here. */
const forget = (side: Role): CallStep => ({ side, call: 'calls', args: [], unobserved: true });
const SYNC = { sync: 'client' } as const;

function programOfNames(
  title: string,
  ids: Record<Role, [number | null, number | null]>,
  secret: string | null,
) {
  const auto_auth = secret !== null;
  return {
    title,
    codec: 'pure_json',
    client: { secret, auto_auth, channel_name: 'link' },
    server: { secret, auto_auth: false, channel_name: null },
    before: [server('register_callback', ...ids.server, { label: 'server', do: 'record' }, 'an argument')],
    steps: [
      client('register_callback', ...ids.client, { label: 'client', do: 'record' }),
      SYNC,
      ...(auto_auth ? [client('authentificate', 20)] : []),
      forget('client'),
      forget('server'),
      client('reconnect'),
      SYNC,
      ...(auto_auth ? [client('authentificate', 20)] : []),
      client('calls'),
      server('calls'),
      client('channel_name'),
      server('channel_name'),
    ],
  } satisfies Program;
}

const NAMES = { client: [SID_CHANNEL_NAME_RESPONSE, 0], server: [SID_CHANNEL_NAME_REQUEST, 0] } as const;

const PROGRAMS: readonly Program[] = [
  ...[null, SECRET].flatMap((secret) => [
    programOfNames('callbacks of names', { client: [...NAMES.client], server: [...NAMES.server] }, secret),
    programOfNames('callbacks of a service of names', { client: [9, null], server: [8, null] }, secret),
    programOfNames('callbacks of everything', { client: [null, null], server: [null, null] }, secret),
    // what the session itself answers is not theirs
    programOfNames('callbacks of seeds and keys', { client: [1, null], server: [0, null] }, secret),
  ]),
  {
    title: 'messages without status or data',
    codec: 'pure_json',
    client: NOBODY,
    server: NOBODY,
    before: [
      server('register_callback', 10, 0, { label: 'read', do: 'count' }),
      server('register_callback', 20, 0, { label: 'write', do: 'echo', status: 0 }),
    ],
    steps: [
      SYNC,
      client('send_raw', raw({ service_id: 10, data_id: 0 })),
      client('send_raw', raw({ data_id: 0, service_id: 20, data: 'no status' })),
      client('send_raw', raw({ service_id: 10, data_id: 0, status: 5 })),
      client('send_raw', raw({ service_id: 30, data_id: 0 })),
      client('send_raw', raw({ service_id: 50, data_id: 0 })),
      server('send_raw', raw({ service_id: 11, data_id: 9 })),
      SYNC,
      client('receive', 11, 0, 0.001),
      client('receive', 11, 0, 0.001),
      client('receive', 21, 0, 0.001),
      client('receive', 31, 0, 0.001),
      client('receive', 11, 9, 0.001),
      server('receive', 30, 0, 0.001),
      server('receive', 50, 0, 0.001),
      server('calls'),
    ],
  },
  {
    title: 'what cannot be dispatched',
    codec: 'pure_json',
    client: NOBODY,
    server: NOBODY,
    before: [server('register_callback', null, null, { label: 'any', do: 'count' })],
    steps: [
      SYNC,
      ...[
        { data_id: 0 },
        { service_id: 10 },
        { service_id: '10', data_id: 0 },
        { service_id: 10, data_id: null },
        { service_id: 10, data_id: -1 },
        { service_id: true, data_id: 0 },
        { service_id: 10, data_id: 0, status: '0' },
        { service_id: 10, data_id: 0, status: null },
        { service_id: 10, data_id: 0, status: -1 },
        [10, 0],
        null,
      ].map((fields) => client('send_raw', raw(fields))),
      SYNC,
      server('calls'),
      client('receive', 11, 0, 0.001),
    ],
  },
];

describe('callbacks for built-in names, and messages without status or data', { timeout: 60_000 }, () => {
  test.each([
    ['our client and a Python server', makeTypeScriptSide, python.make],
    ['a Python client and our server', python.make, makeTypeScriptSide],
    ['our client and our server', makeTypeScriptSide, makeTypeScriptSide],
  ] as const)('show between %s what they show in Python', async (_, ofClient: SideMaker, ofServer: SideMaker) => {
    const expected = await runAll(PROGRAMS, python.make, python.make);
    expect(differences(PROGRAMS, await runAll(PROGRAMS, ofClient, ofServer), expected)).toEqual([]);
  });

  test('run for names in Python, and never for seeds and keys', async () => {
    const observed = await runAll(PROGRAMS, python.make, python.make);
    const calls = observed.map((lines) => lines.filter((line) => line.includes('.calls() = ')));
    const named = [
      'client.calls() = [["client",9,0,0,null,[]]]',
      'server.calls() = [["server",8,0,0,"link",["an argument"]]]',
    ];
    const none = ['client.calls() = []', 'server.calls() = []'];
    expect(calls.slice(0, 8)).toEqual([named, named, none, none, named, named, none, none]);
    expect(calls[9]).toEqual(['server.calls() = []']);
  });
});
