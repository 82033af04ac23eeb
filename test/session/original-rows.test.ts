/** What a program that was ported from Python finds, row by row: the names are those of the original. */
import { describe, expect, test } from 'vitest';
import {
  AUTH_STATE_KEY_TRANSFERRED,
  AUTH_STATE_SEED_REQUESTED,
  AUTH_STATE_SEED_TRANSFERRED,
  AUTH_STATE_TRUSTED_CONNECTION,
  AUTH_STATE_UNTRUSTED_CONNECTION,
  type CallbackResult,
  createMemoryPair,
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  type Message,
  OptionError,
  PureJsonProtocol,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
  STATUS_OKAY,
  StructJsonProtocol,
  stdoutLogging,
  TcpClientStp,
  TcpServerStp,
} from '../../src/index.js';
import { sealed } from '../support/bytes.js';
import { Pair, watch } from '../support/pair.js';
import { MemoryPuppet } from '../support/puppet.js';

const SECRET = 'correct horse battery staple, and more';

/** Whether all is well, in both of the original's words, and the number behind them. */
function stateOf({ session }: MemoryPuppet): unknown {
  return [
    session.authenticationState,
    session.checkAuthenticationState(),
    session.connectionEstablished(),
    session.isConnected(),
  ];
}

describe('connection_established() and check_authentification_state()', () => {
  test('of a client are true only when it is trusted, in all of its states', async () => {
    const puppet = new MemoryPuppet('client', { session: { secret: SECRET } });
    expect(stateOf(puppet)).toEqual([AUTH_STATE_UNTRUSTED_CONNECTION, false, false, false]);
    puppet.connect();
    expect(stateOf(puppet)).toEqual([AUTH_STATE_UNTRUSTED_CONNECTION, false, false, true]);
    const first = watch(puppet.session.authenticate());
    await puppet.settle();
    expect(stateOf(puppet)).toEqual([AUTH_STATE_SEED_REQUESTED, false, false, true]);
    await puppet.says(SID_AUTH_RESPONSE, DID_AUTH_SEED, 'ab'.repeat(32));
    expect(stateOf(puppet)).toEqual([AUTH_STATE_KEY_TRANSFERRED, false, false, true]);
    await puppet.says(SID_AUTH_RESPONSE, DID_AUTH_KEY, false);
    expect([first.value, ...(stateOf(puppet) as unknown[])]).toEqual([
      false,
      AUTH_STATE_UNTRUSTED_CONNECTION,
      false,
      false,
      true,
    ]);
    const second = watch(puppet.session.authenticate());
    await puppet.settle();
    await puppet.says(SID_AUTH_RESPONSE, DID_AUTH_SEED, 'cd'.repeat(32));
    await puppet.says(SID_AUTH_RESPONSE, DID_AUTH_KEY, true);
    expect([second.value, ...(stateOf(puppet) as unknown[])]).toEqual([
      true,
      AUTH_STATE_TRUSTED_CONNECTION,
      true,
      true,
      true,
    ]);
    puppet.disconnect();
    expect(stateOf(puppet)).toEqual([AUTH_STATE_UNTRUSTED_CONNECTION, false, false, false]);
    expect(await puppet.close()).toBe(0);
  });

  test('of a server are true only when its client is trusted, in all of its states', async () => {
    const puppet = new MemoryPuppet('server', { session: { secret: SECRET } });
    expect(stateOf(puppet)).toEqual([AUTH_STATE_UNTRUSTED_CONNECTION, false, false, false]);
    puppet.connect();
    expect(stateOf(puppet)).toEqual([AUTH_STATE_UNTRUSTED_CONNECTION, false, false, true]);
    await puppet.says(SID_AUTH_REQUEST, DID_AUTH_SEED);
    expect(stateOf(puppet)).toEqual([AUTH_STATE_SEED_TRANSFERRED, false, false, true]);
    await puppet.says(SID_AUTH_REQUEST, DID_AUTH_KEY, 'a wrong key');
    expect(stateOf(puppet)).toEqual([AUTH_STATE_UNTRUSTED_CONNECTION, false, false, true]);
    await puppet.says(SID_AUTH_REQUEST, DID_AUTH_SEED);
    await puppet.says(SID_AUTH_REQUEST, DID_AUTH_KEY, puppet.keyFor(puppet.seeds.at(-1) ?? ''));
    expect(stateOf(puppet)).toEqual([AUTH_STATE_TRUSTED_CONNECTION, true, true, true]);
    puppet.disconnect();
    expect(stateOf(puppet)).toEqual([AUTH_STATE_UNTRUSTED_CONNECTION, false, false, false]);
    expect(await puppet.close()).toBe(0);
  });

  test.each([
    'client',
    'server',
  ] as const)('of a %s without a secret need no authentication', async (role) => {
    const puppet = new MemoryPuppet(role);
    expect(stateOf(puppet)).toEqual([AUTH_STATE_UNTRUSTED_CONNECTION, true, false, false]);
    puppet.connect();
    expect(stateOf(puppet)).toEqual([AUTH_STATE_UNTRUSTED_CONNECTION, true, true, true]);
    puppet.disconnect();
    expect(stateOf(puppet)).toEqual([AUTH_STATE_UNTRUSTED_CONNECTION, true, false, false]);
    expect(await puppet.close()).toBe(0);
  });
});

describe('add_data()', () => {
  /** A pair, and what its client calls the data id 0 of a read request and of its response. */
  async function watched(): Promise<{ pair: Pair; namesOf: () => Promise<string[]> }> {
    const names: string[] = [];
    const pair = await Pair.connected({
      client: {
        observe: (seen) => {
          if (seen.type === 'message') names.push(seen.names.data);
        },
      },
    });
    pair.server.onRead(0, () => 'now');
    return {
      pair,
      namesOf: async () => {
        names.length = 0;
        watch(pair.client.read(0));
        await pair.settle();
        return names;
      },
    };
  }

  test('with a list of service ids names the data of each', async () => {
    const { pair, namesOf } = await watched();
    pair.client.addData([SID_READ_REQUEST, SID_READ_RESPONSE], 0, 'asc_time');
    expect(await namesOf()).toEqual(['asc_time', 'asc_time']);
    await pair.close();
  });

  test('with one service id names that one only, and leaves the name of its response alone', async () => {
    const { pair, namesOf } = await watched();
    pair.client.addData(SID_READ_RESPONSE, 0, 'the time').addData(SID_READ_REQUEST, 0, 'asc_time');
    expect(await namesOf()).toEqual(['asc_time', 'the time']);
    await pair.close();
  });

  test.each([
    [[], 'an empty array'],
    [[SID_READ_REQUEST, -1], '-1'],
    ['10', 'a string'],
  ])('refuses %j', async (serviceId, got) => {
    const { pair, namesOf } = await watched();
    expect(() => pair.client.addData(serviceId as unknown as number, 0, 'asc_time')).toThrow(
      expect.objectContaining({ option: 'serviceId', message: expect.stringContaining(got) }),
    );
    expect(await namesOf()).toEqual(['0', '0']);
    await pair.close();
  });
});

describe('authentificate(timeout)', () => {
  test('right after construction waits for the connection, within its time-out', async () => {
    const pair = new Pair({ both: { secret: SECRET }, client: { autoAuth: false } });
    pair.clientComm.refusesConnections = pair.serverComm.refusesConnections = true;
    const isTrusted = watch(pair.client.authenticate(2_000));
    await pair.clock.advanceAsync(1_200);
    expect(isTrusted.state).toBe('pending');
    pair.clientComm.refusesConnections = pair.serverComm.refusesConnections = false;
    await pair.clock.advanceAsync(800);
    expect([isTrusted.value, pair.client.isTrusted, pair.server.isTrusted]).toEqual([true, true, true]);
    expect(await pair.close()).toBe(0);
  });

  test('is false when its time is over before there is a connection', async () => {
    const pair = new Pair({ both: { secret: SECRET }, client: { autoAuth: false } });
    pair.clientComm.refusesConnections = pair.serverComm.refusesConnections = true;
    const isTrusted = watch(pair.client.authenticate(2_000));
    await pair.clock.advanceAsync(1_999);
    expect(isTrusted.state).toBe('pending');
    await pair.clock.advanceAsync(1);
    expect(isTrusted.value).toBe(false);
    expect(await pair.close()).toBe(0);
  });

  test('has what is left of its time for the handshake', async () => {
    const puppet = new MemoryPuppet('client', { session: { secret: SECRET } });
    const isTrusted = watch(puppet.session.authenticate(2_000));
    puppet.connect();
    await puppet.settle();
    expect(puppet.state).toBe(AUTH_STATE_SEED_REQUESTED);
    await puppet.clock.advanceAsync(2_000);
    expect([isTrusted.value, puppet.state]).toEqual([false, AUTH_STATE_UNTRUSTED_CONNECTION]);
    expect(await puppet.close()).toBe(0);
  });

  test('where the session authenticates by itself waits for that', async () => {
    const pair = new Pair({ both: { secret: SECRET } });
    const isTrusted = watch(pair.client.authenticate(2_000));
    await pair.settle();
    expect([isTrusted.value, pair.client.counters.messagesSent]).toEqual([true, 3]);
    expect(await pair.close()).toBe(0);
  });

  test('is false at once while the peer refuses the key', async () => {
    const pair = await Pair.connected({ client: { secret: SECRET }, server: { secret: `${SECRET}!` } });
    await pair.clock.advanceAsync(1_000);
    const isTrusted = watch(pair.client.authenticate(2_000));
    await pair.settle();
    expect(isTrusted.value).toBe(false);
    await pair.close();
  });
});

describe('pure_json_protocol(comm_instance, secret, auto_auth, channel_name)', () => {
  test.each([
    PureJsonProtocol,
    StructJsonProtocol,
  ])('takes its arguments one by one: %o', async (Protocol) => {
    const { client, server } = createMemoryPair();
    const asking = new Protocol(client, SECRET, true, 'link');
    const answering = new Protocol(server, Buffer.from(SECRET));
    answering.onRead(0, () => 'hello');
    expect(await asking.read(0)).toBe('hello');
    expect([asking.isTrusted, answering.isTrusted, answering.channelName]).toEqual([true, true, 'link']);
    await asking.close();
    await answering.close();
  });

  test.each([[[null]], [[undefined]], [[null, false, 'link']], [[undefined, false, null]], [[]]] as [
    null?,
    false?,
    (string | null)?,
  ][][])('takes %j for no secret', async (args) => {
    const { client } = createMemoryPair();
    const session = new PureJsonProtocol(client, ...args);
    expect([session.checkAuthenticationState(), session.channelName]).toEqual([
      true,
      args.length === 3 ? args[2] : null,
    ]);
    await session.close();
  });

  test.each([
    ['secret', [42]],
    ['secret', ['']],
    ['autoAuth', ['secret', 'true']],
    ['autoAuth', [{ secret: 'secret' }, true]],
    ['options', [new Map([['secret', 'secret']])]],
    ['options', [new Date()]],
    ['options', [new String('secret')]],
    ['channelName', ['secret', true, 42]],
    ['arguments', ['secret', true, 'link', 'more']],
    ['autoauth', [{ autoauth: true }]],
    ['channel_name', [{ channel_name: 'link' }]],
  ])('refuses a wrong %s: %j', (option, args) => {
    const { client } = createMemoryPair();
    expect(() => Reflect.construct(PureJsonProtocol, [client, ...args])).toThrow(
      expect.objectContaining({ name: 'OptionError' }),
    );
    try {
      Reflect.construct(PureJsonProtocol, [client, ...args]);
    } catch (error) {
      expect([error instanceof OptionError, (error as OptionError).option]).toEqual([
        true,
        option === 'secret' && args[0] === 42 ? 'options' : option,
      ]);
    }
  });
});

describe('a message without status or data', () => {
  test('is a message: the getters give their defaults, and it is dispatched as okay', async () => {
    const got: unknown[] = [];
    const puppet = new MemoryPuppet('server');
    puppet.connect();
    puppet.session.registerCallback(SID_READ_REQUEST, 0, (message) => {
      got.push(message.getStatus('no status'), message.getData('no data'), message.status, message.data);
      return [STATUS_OKAY, 'answer'];
    });
    puppet.write(sealed('{"service_id": 10, "data_id": 0}'));
    await puppet.settle();
    expect(got).toEqual(['no status', 'no data', STATUS_OKAY, null]);
    expect(puppet.takeHeard().map(({ serviceId, status, data }) => [serviceId, status, data])).toEqual([
      [SID_READ_RESPONSE, STATUS_OKAY, 'answer'],
    ]);
    expect(puppet.session.counters.dropped).toEqual({});
    await puppet.close();
  });
});

describe('the log', () => {
  test('has a line for each message that is sent before there is a connection, however many', async () => {
    const lines: string[] = [];
    const pair = new Pair({ client: { logger: stdoutLogging('info', (line) => void lines.push(line)) } });
    for (let n = 0; n < 100; n++) watch(pair.client.send(200, n));
    expect(lines.filter((line) => line.includes('TX -> service: 200, '))).toHaveLength(100);
    await pair.close();
  });
});

describe('receive() after 100 messages', () => {
  test('gives all of them, in order', async () => {
    const pair = await Pair.connected();
    for (let i = 0; i < 100; i++) watch(pair.client.send(200, 1, i));
    await pair.settle();
    const got = await Promise.all(Array.from({ length: 100 }, () => pair.server.receive(200, 1)));
    expect(got.map((message) => message?.getData())).toEqual(Array.from({ length: 100 }, (_, i) => i));
    await pair.close();
  });
});

describe("tcp_client_stp('', port) and tcp_server_stp('', port)", () => {
  test('are this machine, and all of its addresses', async () => {
    const serverTransport = new TcpServerStp('', 0);
    const port = await serverTransport.listening();
    const server = new PureJsonProtocol(serverTransport);
    server.onRead(0, () => 'hello');
    const transport = new TcpClientStp('', port);
    const client = new PureJsonProtocol(transport);
    expect(await client.read(0)).toBe('hello');
    expect(transport.address).toBe(`127.0.0.1:${port}`);
    await client.close();
    // elsewhere another address of the loopback interface has to be set up first
    if (process.platform === 'linux') {
      const neighbour = new PureJsonProtocol(new TcpClientStp('127.0.0.2', port));
      expect(await neighbour.read(0)).toBe('hello');
      await neighbour.close();
    }
    await server.close();
  });

  test('take further options after host and port', async () => {
    const transport = new TcpClientStp('', 9, { reconnect: false });
    const session = new PureJsonProtocol(transport);
    const abandoned = new Promise((resolve) => session.once('abandoned', resolve));
    expect(await abandoned).toBe('connection-refused');
    await session.close();
    for (const Transport of [TcpClientStp, TcpServerStp]) {
      expect(() => Reflect.construct(Transport, ['', 17017, { reconect: false }])).toThrow(OptionError);
      expect(() => Reflect.construct(Transport, ['', 17017, 2])).toThrow(OptionError);
      expect(() => Reflect.construct(Transport, ['', 17017, {}, 4])).toThrow(OptionError);
      expect(() => Reflect.construct(Transport, [{ port: 17017 }, 4])).toThrow(OptionError);
    }
  });

  test('refuse what is no host and no port', () => {
    for (const Transport of [TcpClientStp, TcpServerStp]) {
      expect(() => Reflect.construct(Transport, ['localhost'])).toThrow(OptionError);
      expect(() => Reflect.construct(Transport, ['localhost', '17017'])).toThrow(OptionError);
      expect(() => Reflect.construct(Transport, [17017])).toThrow(OptionError);
      expect(() => Reflect.construct(Transport, ['', 17017, 20])).toThrow(OptionError);
      expect(() => Reflect.construct(Transport, [{ port: 17017 }, 17018])).toThrow(OptionError);
    }
  });
});

describe('register_callback()', () => {
  test('with undefined is for any id, as with null', async () => {
    const pair = await Pair.connected();
    pair.server
      .registerCallback(undefined, undefined, () => [STATUS_OKAY, 'any'])
      .registerCallback(SID_READ_REQUEST, undefined, () => [STATUS_OKAY, 'service']);
    const both = Promise.all([pair.client.read(1), pair.client.execute(1)]);
    await pair.settle();
    expect(await both).toEqual(['service', 'any']);
    await pair.close();
  });

  test('passes the arguments of the registration on', async () => {
    const pair = await Pair.connected();
    pair.server.registerCallback(
      SID_READ_REQUEST,
      1,
      (message, factor: number, unit: string) => [
        STATUS_OKAY,
        `${(message.getDataId() as number) * factor} ${unit}`,
      ],
      3,
      'V',
    );
    const read = pair.client.read(1);
    await pair.settle();
    expect(await read).toBe('3 V');
    await pair.close();
  });

  test('takes a method of the class as it is', async () => {
    class Thermometer extends PureJsonProtocol {
      readonly unit = '°C';
      constructor(...args: ConstructorParameters<typeof PureJsonProtocol>) {
        super(...args);
        this.registerCallback(SID_READ_REQUEST, 0, this.temperature, 21);
      }
      temperature(_: Message, degrees: number): CallbackResult {
        return [STATUS_OKAY, `${degrees} ${this.unit}`];
      }
    }
    const { client, server } = createMemoryPair();
    const thermometer = new Thermometer(server);
    const asking = new PureJsonProtocol(client);
    expect(await asking.read(0)).toBe('21 °C');
    await asking.close();
    await thermometer.close();
  });

  test('for the channel name hears it on both sides, and what it returns is not used', async () => {
    const heard: unknown[] = [];
    const pair = new Pair({ client: { channelName: 'link' } });
    const hear = (message: Message, where: string): unknown => {
      heard.push([where, message.serviceId, message.data]);
      return [STATUS_OKAY, 'another name'];
    };
    pair.server.registerCallback(SID_CHANNEL_NAME_REQUEST, 0, hear, 'server');
    pair.client.registerCallback(SID_CHANNEL_NAME_RESPONSE, null, hear, 'client');
    await pair.settle();
    expect(heard).toEqual([
      ['server', SID_CHANNEL_NAME_REQUEST, 'link'],
      ['client', SID_CHANNEL_NAME_RESPONSE, null],
    ]);
    expect([pair.server.channelName, pair.client.channelName]).toEqual(['link', 'link']);
    await pair.close();
  });

  test('for the authentication never hears a seed or a key, nor does one for everything', async () => {
    const heard: number[] = [];
    const pair = new Pair({ both: { secret: SECRET } });
    for (const session of [pair.client, pair.server]) {
      for (const serviceId of [SID_AUTH_REQUEST, SID_AUTH_RESPONSE, null])
        session.registerCallback(serviceId, null, (message) => void heard.push(message.serviceId));
    }
    await pair.settle();
    expect([pair.client.isTrusted, heard]).toEqual([true, []]);
    await pair.close();
  });
});
