/** What a program of the original expects of each method, where a port to this library could surprise it. */

import { once } from 'node:events';
import CRC32 from 'crc-32';
import { afterAll, describe, expect, test } from 'vitest';
import {
  type JsonValue,
  Message,
  OptionError,
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
import { differences, runAll } from './programs/compare.js';
import type { CallStep, Program, Role, SideMaker } from './programs/program.js';
import { PythonSides } from './programs/python-side.js';
import { makeTypeScriptSide } from './programs/typescript-side.js';

const SECRET = 'correct horse battery staple';

const python = new PythonSides();
afterAll(() => python[Symbol.asyncDispose]());

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
});

/** A payload of pure_json, as hex. */
function raw(fields: JsonValue): string {
  const text = Buffer.from(JSON.stringify(fields));
  const checksum = Buffer.alloc(4);
  checksum.writeInt32BE(CRC32.buf(text));
  return Buffer.concat([text, checksum]).toString('hex');
}

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
