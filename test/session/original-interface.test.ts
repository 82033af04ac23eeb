import { describe, expect, test } from 'vitest';
import * as library from '../../src/index.js';
import {
  Message,
  OptionError,
  PureJsonProtocol,
  RequestSidExistsError,
  ResponseSidExistsError,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
  SID_WRITE_REQUEST,
  STATUS_BUFFERING_UNHANDLED_REQUEST,
  STATUS_CALLBACK_ERROR,
  STATUS_OKAY,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
  StructJsonProtocol,
} from '../../src/index.js';
import { Pair, watch } from '../support/pair.js';

describe('the constants', () => {
  test('have the names and values of the original', () => {
    expect(library).toMatchObject({
      SID_AUTH_REQUEST: 0,
      SID_AUTH_RESPONSE: 1,
      SID_CHANNEL_NAME_REQUEST: 8,
      SID_CHANNEL_NAME_RESPONSE: 9,
      SID_READ_REQUEST: 10,
      SID_READ_RESPONSE: 11,
      SID_WRITE_REQUEST: 20,
      SID_WRITE_RESPONSE: 21,
      SID_EXECUTE_REQUEST: 30,
      SID_EXECUTE_RESPONSE: 31,
      DID_AUTH_SEED: 0,
      DID_AUTH_KEY: 1,
      DID_CHANNEL_NAME: 0,
      STATUS_OKAY: 0,
      STATUS_BUFFERING_UNHANDLED_REQUEST: 1,
      STATUS_CALLBACK_ERROR: 2,
      STATUS_AUTH_REQUIRED: 3,
      STATUS_SERVICE_OR_DATA_UNKNOWN: 4,
      STATUS_CHECKSUM_ERROR: 5,
      STATUS_OPERATION_NOT_PERMITTED: 6,
      AUTH_STATE_UNTRUSTED_CONNECTION: 0,
      AUTH_STATE_SEED_REQUESTED: 1,
      AUTH_STATE_SEED_TRANSFERRED: 2,
      AUTH_STATE_KEY_TRANSFERRED: 3,
      AUTH_STATE_TRUSTED_CONNECTION: 4,
      STATUS_LOG_LVL: { 0: 20, 1: 30, 2: 40, 3: 30, 4: 40, 5: 40, 6: 30 },
    });
  });
});

describe('a message', () => {
  test('has fields, and getters with defaults', () => {
    const message = new Message({ serviceId: 1, dataId: 2 });
    expect([message.status, message.serviceId, message.dataId, message.data]).toEqual([0, 1, 2, null]);
    expect([
      message.getStatus(9),
      message.getServiceId(),
      message.getDataId(),
      message.getData('none'),
    ]).toEqual([9, 1, 2, 'none']);
    expect(new Message({ serviceId: 1, dataId: 2, status: 0 }).getStatus(9)).toBe(0);
  });

  test('may be empty, and then has the defaults of its getters: data_storage().get_status(default)', () => {
    const empty = new Message();
    expect([empty.getStatus(9), empty.getServiceId(8), empty.getDataId(7), empty.getData(6)]).toEqual([
      9, 8, 7, 6,
    ]);
    expect([empty.getStatus(), empty.getServiceId(), empty.getDataId(), empty.getData()]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('a callback', () => {
  test('is found by exact ids, then by service, then by data id, then any', async () => {
    const pair = await Pair.connected();
    const named = (name: string) => () => [STATUS_OKAY, name] as const;
    pair.server
      .registerCallback(null, null, named('any'))
      .registerCallback(null, 1, named('data'))
      .registerCallback(SID_READ_REQUEST, null, named('service'))
      .registerCallback(SID_READ_REQUEST, 1, named('exact'));
    const all = Promise.all([
      pair.client.read(1),
      pair.client.read(2),
      pair.client.write(1, 0),
      pair.client.write(2, 0),
    ]);
    await pair.settle();
    expect(await all).toEqual(['exact', 'service', 'data', 'any']);
  });

  test('gets the extra arguments of its registration, and may answer later', async () => {
    const pair = await Pair.connected();
    pair.server.registerCallback(
      SID_READ_REQUEST,
      0,
      async (message, a: string, b: number) => [7, [message.dataId, a, b]],
      'x',
      2,
    );
    const request = pair.client.request(SID_READ_REQUEST, 0);
    await pair.settle();
    expect(await request).toMatchObject({ status: 7, data: [0, 'x', 2] });
  });

  test.each([
    undefined,
    'text',
    [0],
    [0, 1, 2],
    ['0', 1],
    [-1, 0],
  ])('that returns %j is a callback error', async (result) => {
    const pair = await Pair.connected();
    pair.server.registerCallback(SID_READ_REQUEST, 0, () => result);
    const request = pair.client.request(SID_READ_REQUEST, 0);
    await pair.settle();
    expect(await request).toMatchObject({ status: STATUS_CALLBACK_ERROR, data: null });
  });
});

describe('send and receive', () => {
  test('ask and take the answer, as in the original', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => 'now');
    expect(await pair.client.send(SID_READ_REQUEST, 0)).toBe(true);
    const answer = pair.client.receive(SID_READ_RESPONSE, 0);
    await pair.settle();
    expect((await answer)?.getData()).toBe('now');
  });

  test('find an earlier message once, and null when nothing comes in time', async () => {
    const pair = await Pair.connected();
    await pair.client.send(50, 0, 'early');
    await pair.settle();
    expect((await pair.server.receive(50, 0))?.data).toBe('early');
    const nothing = watch(pair.server.receive(50, 0));
    await pair.clock.advanceAsync(999);
    expect(nothing.state).toBe('pending');
    await pair.clock.advanceAsync(1);
    expect(nothing.value).toBe(null);
  });

  test('wait up to two seconds for a connection', async () => {
    const pair = new Pair();
    pair.serverComm.refusesConnections = true;
    const sent = watch(pair.client.send(50, 0));
    await pair.clock.advanceAsync(1_999);
    expect(sent.state).toBe('pending');
    await pair.clock.advanceAsync(1);
    expect(sent.value).toBe(false);
  });

  test('buffer a request that has no callback, and say so to its sender', async () => {
    const pair = await Pair.connected();
    const request = pair.client.request(SID_WRITE_REQUEST, 3, 'kept');
    await pair.settle();
    expect(await request).toMatchObject({ status: STATUS_BUFFERING_UNHANDLED_REQUEST, data: null });
    expect((await pair.server.receive(SID_WRITE_REQUEST, 3))?.data).toBe('kept');
  });

  test('drop and count the oldest of a full buffer, and everything from an earlier connection', async () => {
    const pair = await Pair.connected({ server: { maxBuffered: 3, maxBufferedPerKey: 2 } });
    for (let n = 0; n < 4; n++) await pair.client.send(50, 0, n);
    for (let n = 0; n < 2; n++) await pair.client.send(51, n, n);
    await pair.settle();
    expect(pair.server.counters.dropped.overflow).toBe(3);
    expect((await pair.server.receive(50, 0))?.data).toBe(3);
    pair.clientComm.cut();
    await pair.clock.advanceAsync(1_000);
    expect(pair.server.counters.dropped.stale).toBe(2);
  });

  test('refuse a message that is larger than the whole buffer, and keep the others', async () => {
    const pair = await Pair.connected({ server: { maxBufferedBytes: 200 } });
    const small = watch(pair.client.request(SID_WRITE_REQUEST, 1, 'small'));
    const large = watch(pair.client.request(SID_WRITE_REQUEST, 2, 'x'.repeat(300)));
    await pair.settle();
    expect([small.value?.status, large.value?.status]).toEqual([
      STATUS_BUFFERING_UNHANDLED_REQUEST,
      STATUS_SERVICE_OR_DATA_UNKNOWN,
    ]);
    expect(pair.server.counters.dropped).toEqual({ overflow: 1 });
    expect((await pair.server.receive(SID_WRITE_REQUEST, 1))?.data).toBe('small');
  });
});

describe('a service of the user', () => {
  test('is asked and answered like the built-in ones', async () => {
    const pair = await Pair.connected();
    for (const session of [pair.client, pair.server])
      session.addService(100, 101, 'calibrate request', 'calibrate response');
    pair.server.onRequest(100, 5, (data) => [data, 'done']);
    const request = pair.client.request(100, 5, 'now');
    await pair.settle();
    expect(await request).toMatchObject({ serviceId: 101, dataId: 5, data: ['now', 'done'] });
  });

  test('cannot use ids that are taken', async () => {
    const { client } = await Pair.connected();
    client.addService(100, 101);
    expect(() => client.addService(10, 200)).toThrow(RequestSidExistsError);
    expect(() => client.addService(200, 101)).toThrow(ResponseSidExistsError);
    expect(() => client.addService(200, 200)).toThrow(ResponseSidExistsError);
    expect(() => client.addService(-1, 201)).toThrow(OptionError);
  });
});

describe('both protocols', () => {
  test('are sessions with a codec of their own', async () => {
    for (const Protocol of [PureJsonProtocol, StructJsonProtocol]) {
      const { client, server } = library.createMemoryPair();
      await using asking = new Protocol(client, { channelName: 'name' });
      await using answering = new Protocol(server);
      answering.onRead(0, () => Protocol.name);
      expect(await asking.read(0)).toBe(Protocol.name);
      expect(answering.channelName).toBe('name');
    }
  });
});

describe('the log', () => {
  test('has the words, names and levels of the original, and no line forged by a peer', async () => {
    const lines: string[] = [];
    const at = (level: string) => (text: string) => void lines.push(`${level} ${text}`);
    const child = ({ name }: { name: string }) => ({
      debug: at(`D ${name}`),
      info: at(`I ${name}`),
      warn: at(`W ${name}`),
      error: at(`E ${name}`),
    });
    const pair = await Pair.connected({
      client: { channelName: 'link', logger: { ...child({ name: '' }), child } },
    });
    pair.client.addData([SID_READ_REQUEST, SID_READ_RESPONSE], 0, 'asc_time');
    pair.server.onRead(0, () => 'one\nE socket_protocol: forged\u2028\u001b[31m');
    const read = pair.client.read(0);
    await pair.settle();
    await read;
    watch(pair.client.read(9));
    await pair.settle();

    expect(lines).toContain(
      'I socket_protocol.link prot-client: TX -> service: read data request, data_id: asc_time, status: okay, data: "None"',
    );
    expect(lines).toContain(
      String.raw`I socket_protocol.link prot-client: RX <- service: read data response, data_id: asc_time, status: okay, data: "'one\nE socket_protocol: forged\u2028\x1b[31m'"`,
    );
    expect(lines.some((line) => line.startsWith('W socket_protocol.link prot-client: RX <-'))).toBe(true);
    expect(lines.find((line) => line.startsWith('I tcp_socket.link comm-client: TX'))).toMatch(
      /comm-client: TX -> "\(\d+\): 7b 22/,
    );
    expect(lines.filter((line) => line.includes('\n'))).toEqual([]);
  });

  test('that throws does not hurt the session', async () => {
    const fail = (): never => {
      throw new Error('disk full');
    };
    const pair = await Pair.connected({
      client: { logger: { debug: fail, info: fail, warn: fail, error: fail } },
    });
    pair.server.onRead(0, () => 1);
    const read = pair.client.read(0);
    await pair.settle();
    expect(await read).toBe(1);
  });
});

describe('an inspector or a listener that throws', () => {
  test('does not hurt the session', async () => {
    const pair = await Pair.connected({
      client: {
        inspect: () => {
          throw new Error('inspector');
        },
      },
    });
    pair.client.on('message', () => {
      throw new Error('listener');
    });
    pair.server.onRead(0, () => 1);
    const read = pair.client.read(0);
    await pair.settle();
    expect(await read).toBe(1);
  });
});
