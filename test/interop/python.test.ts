import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import {
  AUTH_STATE_TRUSTED_CONNECTION,
  AUTH_STATE_UNTRUSTED_CONNECTION,
  ConnectionLostError,
  connect,
  listen,
  PureJsonProtocol,
  type Session,
  STATUS_AUTH_REQUIRED,
  STATUS_BUFFERING_UNHANDLED_REQUEST,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
  StatusError,
  TcpServerStp,
} from '../../src/index.js';
import { createPureJson, createStructJson } from '../../src/wire/index.js';
import { PythonPeer } from '../support/python-peer.js';

const SECRET = '3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f';
const WRONG = 'another secret, which is wrong';
const ASCTIME = 'Sun Feb  2 00:00:44 2025';

const cases = (['no', 'right', 'wrong'] as const).flatMap((secret) =>
  ([true, false] as const).flatMap((autoAuth) =>
    (['no', 'same', 'different'] as const).map((name) => ({ secret, autoAuth, name })),
  ),
);

interface Case {
  readonly secret: 'no' | 'right' | 'wrong';
  readonly autoAuth: boolean;
  readonly name: 'no' | 'same' | 'different';
}

/** What each side knows: ours the right secret, the peer the one of the case. */
function sidesOf({ secret, autoAuth, name }: Case) {
  const theirName = { no: null, same: 'link', different: 'theirs' }[name];
  const args = [
    ...(secret === 'no' ? [] : ['--secret', secret === 'right' ? SECRET : WRONG]),
    ...(autoAuth ? ['--auto-auth'] : []),
    ...(theirName === null ? [] : ['--channel', theirName]),
  ];
  return { ours: { secret: secret === 'no' ? null : SECRET, channelName: 'link' }, args, theirName };
}

describe('E1: a Python client and our server', { timeout: 20_000 }, () => {
  test.each(cases)('agree: $secret secret, autoAuth $autoAuth, $name name', async (each) => {
    const { ours, args, theirName } = sidesOf(each);
    let session: Session | undefined;
    await using server = await listen({ port: 0, ...ours }, (accepted) => {
      session = accepted;
      accepted.onRead(0, () => ASCTIME);
    });
    await using peer = PythonPeer.client(server.port, ...args);
    await peer.next('message', { service_id: 9 });

    if (each.secret !== 'no' && !each.autoAuth) {
      expect(await peer.command('authenticate')).toMatchObject({
        ok: true,
        trusted: each.secret === 'right',
      });
    } else if (each.secret !== 'no') {
      await peer.next('message', { service_id: 1, data_id: 1, data: each.secret === 'right' });
    }
    const read = await peer.command('request', { service_id: 10, data_id: 0, data: null });

    const isTrusted = each.secret !== 'wrong';
    expect(read).toMatchObject({
      ok: true,
      ...(isTrusted ? { status: 0, data: ASCTIME } : { status: 3, data: null }),
    });
    expect(session?.channelName).toBe(theirName ?? 'link');
    expect(session?.authenticationState).toBe(
      each.secret === 'right' ? AUTH_STATE_TRUSTED_CONNECTION : AUTH_STATE_UNTRUSTED_CONNECTION,
    );
    expect(peer.events.filter(({ event }) => event === 'bad_frame')).toEqual([]);
    if (each.name === 'no') expect(await peer.next('channel_name')).toMatchObject({ name: 'link' });
  });
});

describe('E1: our client and a Python server', { timeout: 20_000 }, () => {
  test.each(cases)('agree: $secret secret, autoAuth $autoAuth, $name name', async (each) => {
    const { ours, args } = sidesOf(each);
    await using peer = await PythonPeer.server(...args);
    const options = { port: peer.port, ...ours, autoAuth: each.autoAuth };
    if (each.secret === 'wrong' && each.autoAuth) {
      await expect(connect(options)).rejects.toMatchObject({ code: 'ERR_AUTHENTICATION' });
      return;
    }
    await using session = await connect(options);
    if (each.secret !== 'no' && !each.autoAuth)
      expect(await session.authenticate()).toBe(each.secret === 'right');

    if (each.secret === 'wrong') {
      await expect(session.read(0, { timeout: 100 })).rejects.toMatchObject({
        code: 'ERR_TIMEOUT',
        written: false,
      });
    } else {
      expect(await session.read(0)).toBe(ASCTIME);
    }
    expect(session.channelName).toBe('link');
    expect(session.isTrusted).toBe(each.secret !== 'wrong');
    expect(peer.events.filter(({ event }) => event === 'bad_frame')).toEqual([]);
  });
});

const codecs = [
  { name: 'pure_json', codec: createPureJson({ allowNan: true }), args: [] as string[] },
  { name: 'struct_json', codec: createStructJson({ allowNan: true }), args: ['--struct'] },
];

const VALUES: readonly (readonly [string, unknown])[] = [
  ['NaN', Number.NaN],
  ['[Infinity, -Infinity]', [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
  ['1700000000123456789', 1700000000123456789n],
  ['1e+300', 1e300],
  ['-1.5', -1.5],
  ['"\\ud800 \\ud83d\\ude00 \\u00e4"', '\ud800 😀 ä'],
  ['":<:=:>"', ':<:=:>'],
  ['{"a": [1, {"b": null}], "": "x"}', { a: [1, { b: null }], '': 'x' }],
];

describe.each(codecs)('with $name', { timeout: 20_000 }, ({ codec, args }) => {
  test('our client reads, writes and executes, and every value arrives unchanged both ways', async () => {
    await using peer = await PythonPeer.server(...args, '--secret', SECRET);
    await using session = await connect({ port: peer.port, secret: SECRET, codec });

    expect(await session.read(0)).toBe(ASCTIME);
    for (const [text, value] of VALUES) {
      expect(await session.execute(1, value)).toEqual(value);
      expect(await peer.next('message', { service_id: 30, data_json: text })).toBeDefined();
      await session.write(7, value);
      expect(await session.read(7)).toEqual(value);
    }
    const unknown = await session.read(99).catch((error: unknown) => error);
    expect(unknown).toBeInstanceOf(StatusError);
    expect(unknown).toMatchObject({ status: STATUS_SERVICE_OR_DATA_UNKNOWN });
  });

  test('a Python client reads, writes and executes at our server, which asks it as well', async () => {
    const store = new Map<number, unknown>();
    await using server = await listen({ port: 0, codec }, (session) => {
      session.onWrite(null, (data, { dataId }) => void store.set(dataId, data));
      session.onRead(null, (_, { dataId }) => store.get(dataId));
      session.onExecute(1, (data) => data);
    });
    await using peer = PythonPeer.client(server.port, ...args);
    await peer.next('message', { service_id: 9 });

    for (const [text, value] of VALUES) {
      const echo = await peer.command('request', { service_id: 30, data_id: 1, data_json: text });
      expect(echo).toMatchObject({ ok: true, status: 0, data_json: text });
      await peer.command('request', { service_id: 20, data_id: 7, data_json: text });
      expect(store.get(7)).toEqual(value);
    }
    const [session] = server.sessions;
    await expect(session?.read(5)).rejects.toMatchObject({ status: STATUS_BUFFERING_UNHANDLED_REQUEST });
    const unhandled = await peer.command('request', { service_id: 30, data_id: 2, data: 'kept' });
    expect(unhandled).toMatchObject({ status: STATUS_BUFFERING_UNHANDLED_REQUEST });
    expect((await session?.receive(30, 2))?.data).toBe('kept');
  });

  test('hundreds of requests in flight and a text of one MiB arrive in order', async () => {
    await using peer = await PythonPeer.server(...args);
    await using session = await connect({ port: peer.port, codec });
    const numbers = Array.from({ length: 300 }, (_, n) => n);

    expect(await Promise.all(numbers.map((n) => session.execute(3, n)))).toEqual(numbers);
    const text = 'a:'.repeat(512 * 1024);
    expect(await session.execute(3, text)).toBe(text);
  });
});

describe('when the connection breaks', { timeout: 20_000 }, () => {
  test('our client comes back by itself and authenticates again', async () => {
    await using peer = await PythonPeer.server('--secret', SECRET);
    await using session = await connect({
      port: peer.port,
      secret: SECRET,
      reconnect: { minDelay: 1, maxDelay: 10 },
    });
    const lost = once(session, 'disconnected');
    const trusted = once(session, 'trusted');

    await peer.command('disconnect');
    await Promise.all([lost, trusted]);

    expect(await session.read(0)).toBe(ASCTIME);
    expect(session.counters.connections).toBe(2);
  });

  test('a request in flight to a process that is killed is rejected at once, its outcome unknown', async () => {
    await using peer = await PythonPeer.server();
    await using session = await connect({ port: peer.port });
    await session.read(0);

    peer.kill();
    const error = await session.request(30, 0, 'never answered').catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(error).toMatchObject({ written: true });
  });

  test('a server for one peer serves the Python client again', async () => {
    const transport = new TcpServerStp({ port: 0 });
    await using protocol = new PureJsonProtocol(transport, { secret: SECRET, channelName: 'server' });
    protocol.onRead(0, () => 'again');
    await using peer = PythonPeer.client(await transport.listening(), '--secret', SECRET);
    await peer.next('message', { service_id: 9 });
    const before = await peer.command('request', { service_id: 10, data_id: 0 });
    expect(before).toMatchObject({ status: STATUS_AUTH_REQUIRED });
    expect(await peer.command('authenticate')).toMatchObject({ trusted: true });

    await peer.command('reconnect');
    expect(await peer.command('request', { service_id: 10, data_id: 0 })).toMatchObject({
      status: STATUS_AUTH_REQUIRED,
    });
    expect(await peer.command('authenticate')).toMatchObject({ trusted: true });
    expect(await peer.command('request', { service_id: 10, data_id: 0 })).toMatchObject({
      status: 0,
      data: 'again',
    });
  });

  test('bytes that are no frame, or a wrong frame, are dropped and counted, and the next request is answered', async () => {
    await using server = await listen({ port: 0 }, (session) => session.onRead(0, () => 'fine'));
    await using peer = PythonPeer.client(server.port);
    await peer.next('message', { service_id: 9 });
    const [session] = server.sessions;

    await peer.command('send_raw', { hex: Buffer.from('GARBAGE:<{}abcd:>:<x:y').toString('hex') });
    const read = await peer.command('request', { service_id: 10, data_id: 0 });

    expect(read).toMatchObject({ status: 0, data: 'fine' });
    expect(session?.counters.dropped).toMatchObject({ noise: 1, checksum: 1, 'broken-escape': 1 });
  });
});
