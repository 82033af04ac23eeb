/** A server finds its peers by what they are called: real connections, and time that the test owns where it matters. */

import { once } from 'node:events';
import { connect as openSocket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  connect,
  contract,
  type ListenOptions,
  listen,
  NoSuchPeerError,
  OptionError,
  read,
  request,
  type Server,
  type Session,
  type SessionOptions,
  STATUS_OKAY,
  write,
} from '../../src/index.js';
import { frameOf } from '../support/bytes.js';
import { gone, opened, turns } from '../support/fake-socket.js';
import { SECRET } from '../support/socket-puppet.js';
import { VirtualClock } from '../support/virtual-clock.js';

const NAME_REQUEST = 8;

const open = new Set<AsyncDisposable>();
const stuck = new Set<() => void>();

/** What a callback returns that does not come to an end before its test does. */
function forLong(): Promise<null> {
  return new Promise((resolve) => stuck.add(() => resolve(null)));
}

afterEach(async () => {
  for (const end of stuck) end();
  stuck.clear();
  for (const each of [...open].toReversed()) await each[Symbol.asyncDispose]();
  open.clear();
  vi.restoreAllMocks();
});

async function serverWith(
  options: Partial<ListenOptions> = {},
  onSession: (session: Session) => unknown = () => {},
): Promise<{ server: Server; clock: VirtualClock }> {
  const clock = new VirtualClock();
  const quiet = { warn: () => {} };
  const server = await listen({ port: 0, clock, logger: quiet, ...options }, onSession);
  open.add(server);
  return { server, clock };
}

/** A client that answers with its name, once the server knows it. */
async function clientOf(
  server: Server,
  channelName: string | null,
  options: SessionOptions & { reconnect?: false } = {},
): Promise<Session> {
  const before = new Set(server.sessions);
  const client = await connect({
    port: server.port,
    reconnect: false,
    clock: new VirtualClock(),
    ...(channelName === null ? {} : { channelName }),
    ...options,
  });
  open.add(client);
  client.onRead(0, () => channelName);
  client.onWrite(1, (data) => data);
  client.onExecute(2, (data) => [channelName, data]);
  const isHere = (): boolean =>
    [...server.sessions].some((each) => !before.has(each) && each.isTrusted && each.peerName === channelName);
  while (!client.isClosed && client.isConnected() && !isHere()) await turns(1);
  return client;
}

const namesOf = (sessions: Iterable<Session>): (string | null)[] =>
  [...sessions].map(({ peerName }) => peerName);

describe('a session', () => {
  test('has an id that no other one has, and shows it', async () => {
    const { server } = await serverWith();
    const clients = [await clientOf(server, 'a'), await clientOf(server, 'b')];
    const ids = [...server.sessions, ...clients].map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
    expect(clients[0]?.id).toBe(ids[2]);
    expect(JSON.parse(JSON.stringify(clients[0]))).toMatchObject({ id: ids[2], peerName: null });
  });

  test('knows what its peer is called, also where its channel has a name of its own', async () => {
    const named: string[] = [];
    const { server } = await serverWith({ channelName: 'ours' }, (session) =>
      session.on('peerNamed', (name) => named.push(name)),
    );
    await clientOf(server, 'ours');
    const nameless = await clientOf(server, null);
    while (nameless.peerName === null) await turns(1);
    expect([namesOf(server.sessions), named]).toEqual([['ours', null], ['ours']]);
    expect([nameless.peerName, nameless.channelName]).toEqual(['ours', 'ours']);
  });

  test('cleans the name that its peer claims', async () => {
    const { server } = await serverWith();
    const socket = openSocket(server.port, '127.0.0.1');
    socket.write(frameOf(NAME_REQUEST, 0, 'kit\u0000\u202echen\n'));
    while (namesOf(server.sessions)[0] !== 'kitchen') await turns(1);
    expect(server.sessions.byName('kitchen')?.peerName).toBe('kitchen');
    socket.destroy();
  });
});

describe('the sessions of a server', () => {
  test.each([{}, { secret: SECRET }])('are found by name and by id, with %j', async (options) => {
    const { server } = await serverWith(options);
    await clientOf(server, 'kitchen', options);
    await clientOf(server, 'cellar', options);
    const kitchen = server.sessions.byName('kitchen');
    expect(kitchen?.peerName).toBe('kitchen');
    expect(server.sessions.byId(kitchen?.id ?? '')).toBe(kitchen);
    // who comes and goes once the program has looked
    const attic = await clientOf(server, 'attic', options);
    const session = server.sessions.byName('attic');
    expect(server.sessions.byId(session?.id ?? '')).toBe(session);
    const id = session?.id ?? '';
    await attic.close();
    while (server.sessions.size > 2) await turns(1);
    expect([server.sessions.byName('attic'), server.sessions.byId(id)]).toEqual([undefined, undefined]);
    expect(server.sessions.byName('nobody')).toBeUndefined();
  });

  test('are not found by a name that is claimed before trust', async () => {
    const { server } = await serverWith({ secret: SECRET });
    const socket = openSocket(server.port, '127.0.0.1');
    socket.write(frameOf(NAME_REQUEST, 0, 'kitchen'));
    while (namesOf(server.sessions)[0] !== 'kitchen') await turns(1);
    const [stranger] = server.sessions;
    expect(server.sessions.byName('kitchen')).toBeUndefined();
    expect(server.sessions.byId(stranger?.id ?? '')).toBe(stranger);
    expect(await server.broadcast({ read: 0 })).toEqual([]);
    socket.destroy();
  });

  test('are in the groups that a function gives, by their names too', async () => {
    const { server } = await serverWith({
      group: ({ peerName }) => (peerName === null ? 'nameless' : ['named', `of ${peerName[0]}`, 'named']),
    });
    const client = await clientOf(server, 'kitchen');
    await clientOf(server, 'cellar');
    await clientOf(server, null);
    expect(namesOf(server.sessions.group('named'))).toEqual(['kitchen', 'cellar']);
    expect(namesOf(server.sessions.group('nameless'))).toEqual([null]);
    expect(server.stats().groups).toEqual({ named: 2, 'of k': 1, 'of c': 1, nameless: 1 });
    await client.close();
    while (server.sessions.size > 2) await turns(1);
    expect(namesOf(server.sessions.group('of k'))).toEqual([]);
    expect(server.stats().groups).toEqual({ named: 1, 'of c': 1, nameless: 1 });
  });

  test('are in no group where the function throws or gives none, which is counted and harms nothing', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const answers: Readonly<Record<string, unknown>> = { a: 7, b: [7], c: Promise.resolve('x'), d: null };
    const { server } = await serverWith({
      group: ({ peerName }) => {
        if (peerName === 'e') throw new Error('not today');
        return answers[peerName ?? 'd'] as string;
      },
    });
    for (const name of ['a', 'b', 'c', 'd', 'e']) await clientOf(server, name);
    expect([server.counters.groupErrors, server.stats().groups, server.sessions.size]).toEqual([4, {}, 5]);
    expect(warn.mock.calls.map(([text]) => String(text)).join()).toContain('group must return a text');
  });
});

describe('two peers of one name', () => {
  test('are both there unless set otherwise, and the newer one is found until it leaves', async () => {
    const { server } = await serverWith();
    await clientOf(server, 'twin');
    const newer = await clientOf(server, 'twin');
    const [first, second] = server.sessions;
    expect(server.sessions.byName('twin')).toBe(second);
    await newer.close();
    while (server.sessions.size > 1) await turns(1);
    expect(server.sessions.byName('twin')).toBe(first);
    expect(server.counters).toMatchObject({ nameTakeovers: 0, refusedByName: 0 });
  });

  test.each([{}, { secret: SECRET }])('with %j and evict: the newer one takes over', async (options) => {
    const { server } = await serverWith({ ...options, duplicateNames: 'evict' });
    const older = await clientOf(server, 'twin', options);
    const [evicted] = server.sessions;
    const why = once(evicted as Session, 'disconnected');
    const newer = await clientOf(server, 'twin', options);
    expect(await why).toEqual(['name-taken-over']);
    while (older.isConnected()) await turns(1);
    expect(namesOf(server.sessions)).toEqual(['twin']);
    expect(await server.read('twin', 0)).toBe('twin');
    expect([newer.isConnected(), server.counters.nameTakeovers]).toEqual([true, 1]);
    expect(server.stats().contestedNames).toBe(1);
  });

  test.each([{}, { secret: SECRET }])('with %j and refuse: the newer one is turned away', async (options) => {
    const refused: unknown[] = [];
    const reasons: unknown[] = [];
    const { server } = await serverWith({ ...options, duplicateNames: 'refuse' }, (session) => {
      session.on('disconnected', (reason) => reasons.push(reason));
      // what waits for trust must not reach a peer that is turned away
      if (session.isTrusted === false) session.send(11, 3).catch(() => {});
    });
    server.on('refused', ({ reason, count, detail }) => refused.push([reason, count, detail]));
    await clientOf(server, 'twin', options);
    const [first] = server.sessions;
    const newer = await connect({ port: server.port, channelName: 'twin', reconnect: false, ...options });
    open.add(newer);
    const heard: unknown[] = [];
    newer.on('message', ({ serviceId }) => heard.push(serviceId));
    while (newer.isConnected()) await turns(1);
    while (server.sessions.size > 1) await turns(1);
    expect(server.sessions.byName('twin')).toBe(first);
    expect([refused, reasons, heard.includes(11)]).toEqual([
      [['name-taken', 1, '"twin"']],
      ['name-taken'],
      false,
    ]);
    expect(server.counters).toMatchObject({ refusedByName: 1, nameTakeovers: 0 });
  });

  test('come to rest with our clients, which come back whenever they are evicted', async () => {
    const { server, clock } = await serverWith({ duplicateNames: 'evict' });
    const { port } = server;
    const twins = [1, 2].map(() => connect({ port, channelName: 'twin', clock }));
    for (const twin of await Promise.all(twins)) open.add(twin);
    const pass = async (ms: number): Promise<void> => {
      for (let passedMs = 0; passedMs < ms; passedMs += 500) {
        clock.advance(500);
        await turns(10);
      }
    };
    while (server.counters.refusedByFlapping === 0) await pass(1_000);
    await pass(600_000);
    const { nameTakeovers, refusedByFlapping } = server.counters;
    const holder = server.sessions.byName('twin');
    expect(holder?.isConnected()).toBe(true);
    // five at first, and one after each sentence that was shorter than the longest pause of a client
    expect(nameTakeovers).toBeLessThanOrEqual(11);
    await pass(600_000);
    expect(server.sessions.byName('twin')).toBe(holder);
    expect(server.counters.nameTakeovers).toBe(nameTakeovers);
    expect(server.counters.refusedByFlapping).toBeGreaterThan(refusedByFlapping);
  });
});

describe('a request to a peer by its name', () => {
  test('is answered by that peer', async () => {
    const { server } = await serverWith();
    await clientOf(server, 'kitchen');
    await clientOf(server, 'cellar');
    expect(await server.read('kitchen', 0)).toBe('kitchen');
    expect(await server.write('cellar', 1, { lamp: 'on' })).toEqual({ lamp: 'on' });
    expect(await server.execute('cellar', 2, 7)).toEqual(['cellar', 7]);
    expect(await server.execute('cellar', 2)).toEqual(['cellar', null]);
    expect(await server.request('kitchen', 10, 0)).toMatchObject({ status: STATUS_OKAY, data: 'kitchen' });
    const cellar = server.peer('cellar');
    expect([cellar.name, await cellar.read(0), await cellar.execute(2, 'x')]).toEqual([
      'cellar',
      'cellar',
      ['cellar', 'x'],
    ]);
  });

  test('has the options of the peer unless it says otherwise', async () => {
    const { server, clock } = await serverWith();
    const kitchen = server.peer('kitchen', { waitForPeer: true, timeout: 1_000 });
    const lamp = contract({ time: read(0), led: write(1) });
    const asked = [kitchen.read(0), lamp.client(kitchen).time(), lamp.client(kitchen).led(2)];
    const shorter = kitchen.read(0, { timeout: 500 });
    const refused = kitchen.read(0, { waitForPeer: false });
    await expect(refused).rejects.toBeInstanceOf(NoSuchPeerError);
    clock.advance(500);
    await expect(shorter).rejects.toBeInstanceOf(NoSuchPeerError);
    clock.advance(499);
    await clientOf(server, 'kitchen');
    expect(await Promise.all(asked)).toEqual(['kitchen', 'kitchen', 2]);
  });

  test('is made through a contract, also to a service of its own, on each connection of the peer', async () => {
    const { server } = await serverWith();
    const scale = contract({ calibrate: request(100, 101, 0) });
    const client = scale.client(server.peer('kitchen', { timeout: 1_000 }));
    for (const offset of [1, 2]) {
      const device = await clientOf(server, 'kitchen');
      scale.handle(device, { calibrate: (given) => [given, offset] });
      expect(await client.calibrate('x')).toEqual(['x', offset]);
      expect(await scale.client(server.peer('kitchen')).calibrate('y')).toEqual(['y', offset]);
      await device.close();
      while (server.sessions.size > 0) await turns(1);
    }
  });

  test.each([
    { timeout: -1 },
    { waitForPeers: true },
    { waitForPeer: 1 },
    { signal: 7 },
    7,
  ])('refuses the options %j of a peer', async (options) => {
    const { server } = await serverWith();
    expect(() => server.peer('kitchen', options as object)).toThrow(OptionError);
  });

  test('rejects at once where nobody has the name, and says where it was asked', async () => {
    const { server, clock } = await serverWith();
    const { pending } = clock;
    const error: unknown = await server.read('kit"chen', 7).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NoSuchPeerError);
    expect(error).toMatchObject({
      code: 'ERR_NO_SUCH_PEER',
      reason: 'no-such-peer',
      peerName: 'kit"chen',
      serviceId: 10,
      dataId: 7,
      message: 'No peer "kit\\"chen" is connected; read data request, data_id 7 was not sent',
    });
    expect((error as Error).stack).toContain('addressing.test.ts');
    expect(clock.pending).toBe(pending);
  });

  test.each([
    ['', [0]],
    [7, [0]],
    ['x', [-1]],
    ['x', [0, { timeout: -1 }]],
    ['x', [0, { waitForPeer: 1 }]],
    ['x', [0, { waitsForPeer: true }]],
    ['x', [0, 7]],
  ])('refuses the name %j with %j', async (name, args) => {
    const { server } = await serverWith();
    await clientOf(server, 'x');
    const asked = server.read(name as string, ...(args as [number]));
    await expect(asked).rejects.toBeInstanceOf(OptionError);
  });

  test('waits for a peer that is on its way', async () => {
    const { server, clock } = await serverWith();
    const asked = server.read('kitchen', 0, { waitForPeer: true, timeout: 1_000 });
    await turns();
    expect(server.stats().requests.waitingForPeer).toBe(1);
    clock.advance(999);
    await clientOf(server, 'kitchen');
    expect(await asked).toBe('kitchen');
    expect(server.stats().requests.waitingForPeer).toBe(0);
  });

  test('waits no longer than its time-out', async () => {
    const { server, clock } = await serverWith();
    const { pending } = clock;
    const asked = server.write('kitchen', 1, 2, { waitForPeer: true, timeout: 1_000 });
    asked.catch(() => {});
    await turns();
    clock.advance(1_000);
    await expect(asked).rejects.toThrow(
      'No peer "kitchen" is connected, and none came within 1000 ms; write data request, data_id 1 was not sent',
    );
    await expect(server.read('kitchen', 0, { waitForPeer: true, timeout: 0 })).rejects.toThrow(
      NoSuchPeerError,
    );
    expect(clock.pending).toBe(pending);
  });

  test('waits no longer when its signal is aborted, or the server closes', async () => {
    const { server, clock } = await serverWith({ maxPendingRequests: 2 });
    const controller = new AbortController();
    const options = { waitForPeer: true, signal: controller.signal };
    const first = server.read('kitchen', 0, options);
    const second = server.read('kitchen', 0, { waitForPeer: true });
    for (const each of [first, second]) each.catch(() => {});
    await turns();
    await expect(server.read('kitchen', 0, options)).rejects.toMatchObject({ code: 'ERR_TOO_MANY_REQUESTS' });
    controller.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    await expect(server.read('kitchen', 0, options)).rejects.toThrow('enough');
    await server.close();
    await expect(second).rejects.toThrow(NoSuchPeerError);
    expect(clock.pending).toBe(0);
  });

  test('that was written is not sent again on the next connection, whose outcome nobody knows', async () => {
    const { server } = await serverWith({ duplicateNames: 'evict' });
    let asked = 0;
    const silent = await clientOf(server, 'kitchen');
    silent.onRead(5, () => {
      asked++;
      return forLong();
    });
    const answer = server.read('kitchen', 5, { waitForPeer: true });
    answer.catch(() => {});
    while (asked === 0) await turns(1);
    (await clientOf(server, 'kitchen')).onRead(5, () => asked++);
    await expect(answer).rejects.toMatchObject({
      code: 'ERR_CONNECTION_LOST',
      written: true,
      reason: 'name-taken-over',
    });
    expect(asked).toBe(1);
  });

  test('that was not written goes to the next connection of its peer', async () => {
    const { server } = await serverWith();
    const first = await clientOf(server, 'kitchen');
    const session = server.sessions.byName('kitchen');
    // its link takes no more, so that the request waits to be written
    vi.spyOn(session?.commInstance as object, 'bufferedBytes' as never, 'get').mockReturnValue(1e9 as never);
    const answer = server.read('kitchen', 0, { waitForPeer: true });
    await turns();
    await first.close();
    while (server.sessions.size > 0) await turns(1);
    await clientOf(server, 'kitchen');
    expect(await answer).toBe('kitchen');
  });
});

describe('a broadcast', () => {
  test('asks all peers, and has a result for each', async () => {
    const { server } = await serverWith();
    for (const name of ['a', 'b', 'c']) await clientOf(server, name);
    const results = await server.broadcast({ read: 0 });
    expect(results.map(({ session, ...result }) => [session.peerName, result])).toEqual([
      ['a', { status: 'fulfilled', value: 'a' }],
      ['b', { status: 'fulfilled', value: 'b' }],
      ['c', { status: 'fulfilled', value: 'c' }],
    ]);
    const values = async (message: Parameters<Server['broadcast']>[0]): Promise<unknown[]> =>
      (await server.broadcast(message)).map((each) =>
        each.status === 'fulfilled' ? each.value : each.reason,
      );
    expect(await values({ write: 1, data: 7 })).toEqual([7, 7, 7]);
    expect(await values({ execute: 2, data: 7 })).toEqual([
      ['a', 7],
      ['b', 7],
      ['c', 7],
    ]);
    expect(await values({ request: 10, dataId: 0 })).toMatchObject([
      { data: 'a' },
      { data: 'b' },
      { data: 'c' },
    ]);
  });

  test('goes on whatever one of them does', async () => {
    const { server } = await serverWith();
    const [a, b, c] = [await clientOf(server, 'a'), await clientOf(server, 'b'), await clientOf(server, 'c')];
    a.onRead(5, () => 'fine');
    b.onRead(5, () => {
      void b.close();
      return forLong();
    });
    const results = await server.broadcast({ read: 5 });
    expect(results).toMatchObject([
      { status: 'fulfilled', value: 'fine' },
      { status: 'rejected', reason: { code: 'ERR_CONNECTION_LOST' } },
      { status: 'rejected', reason: { code: 'ERR_STATUS', reason: 'request-buffered' } },
    ]);
    expect(c.isConnected()).toBe(true);
  });

  test('goes to a group, and to those that a filter lets through', async () => {
    const { server } = await serverWith({ group: ({ peerName }) => peerName?.[0] ?? null });
    for (const name of ['a1', 'a2', 'b1']) await clientOf(server, name);
    const namesAsked = async (options: Parameters<Server['broadcast']>[1]): Promise<unknown[]> =>
      (await server.broadcast({ read: 0 }, options)).map(({ session }) => session.peerName);
    expect(await namesAsked({ group: 'a' })).toEqual(['a1', 'a2']);
    expect(await namesAsked({ filter: ({ peerName }) => peerName?.[1] === '1' })).toEqual(['a1', 'b1']);
    expect(await namesAsked({ group: 'a', filter: ({ peerName }) => peerName === 'a2' })).toEqual(['a2']);
    expect(await namesAsked({ group: 'nobody' })).toEqual([]);
  });

  test('goes to nobody where a filter throws, or gives a promise, which would let everybody pass', async () => {
    const { server } = await serverWith();
    await clientOf(server, 'a');
    const away = (): never => {
      throw new Error('the database is away');
    };
    for (const filter of [away, (async () => away()) as never])
      await expect(server.broadcast({ read: 0 }, { filter })).rejects.toThrow(
        filter === away ? 'the database is away' : 'filter must return true or false; it returned a promise',
      );
    expect(server.stats().messagesSent).toBe(1); // the answer to its name
  });

  test('sends to all without waiting for answers', async () => {
    const { server } = await serverWith();
    const clients = [await clientOf(server, 'a'), await clientOf(server, 'b')];
    const news = clients.map((client) => client.receive(13, 4));
    const results = await server.broadcast({ send: 13, dataId: 4, data: 'news', status: 3 });
    expect(results.map((each) => each.status === 'fulfilled' && each.value)).toEqual([true, true]);
    expect(await Promise.all(news)).toMatchObject([
      { data: 'news', status: 3 },
      { data: 'news', status: 3 },
    ]);
  });

  test('asks no more at once than it may, and the time-out of each begins with its turn', async () => {
    const { server, clock } = await serverWith();
    const asked: string[] = [];
    for (const name of ['a', 'b', 'c'])
      (await clientOf(server, name)).onRead(5, () => {
        asked.push(name);
        return forLong();
      });
    const results = server.broadcast({ read: 5 }, { concurrency: 1, timeout: 1_000 });
    for (const upTo of [1, 2, 3]) {
      while (asked.length < upTo) await turns(1);
      await turns();
      expect(asked).toHaveLength(upTo);
      clock.advance(1_000);
    }
    expect(await results).toMatchObject(
      Array(3).fill({ status: 'rejected', reason: { code: 'ERR_TIMEOUT' } }),
    );
  });

  test('ends when its signal is aborted: nobody is asked any more', async () => {
    const { server } = await serverWith();
    const asked: string[] = [];
    for (const name of ['a', 'b', 'c'])
      (await clientOf(server, name)).onRead(5, () => {
        asked.push(name);
        return forLong();
      });
    for (const message of [{ read: 5 }, { send: 13, dataId: 0 }] as const) {
      const controller = new AbortController();
      const results = server.broadcast(message, { concurrency: 1, signal: controller.signal });
      if ('read' in message) while (asked.length === 0) await turns(1);
      controller.abort('enough');
      const ended = await results;
      expect(ended.slice(1)).toMatchObject(Array(2).fill({ status: 'rejected', reason: 'enough' }));
    }
    expect(asked).toEqual(['a']);
  });

  test.each([
    [null, {}],
    [7, {}],
    [{}, {}],
    [{ read: 0, write: 1 }, {}],
    [{ read: -1 }, {}],
    [{ read: 0, data: 1 }, {}],
    [{ write: 1 }, {}],
    [{ request: 10 }, {}],
    [{ send: 11, dataId: 0, status: -1 }, {}],
    [{ read: 0 }, { timeout: -1 }],
    [{ read: 0 }, { concurrency: 0 }],
    [{ read: 0 }, { filter: 7 }],
    [{ read: 0 }, { group: 7 }],
    [{ read: 0 }, { groups: 'a' }],
    [{ read: 0 }, 7],
  ])('refuses %j with %j', async (message, options) => {
    const { server } = await serverWith();
    await expect(server.broadcast(message as { read: 0 }, options as object)).rejects.toBeInstanceOf(
      OptionError,
    );
  });
});

describe('the statistics of a server', () => {
  test('count connections, messages and what is under way, those that are closed included', async () => {
    const { server, clock } = await serverWith({ secret: SECRET }, (session) =>
      session.onRead(0, () => 'fine'),
    );
    const secret = { secret: SECRET };
    const kitchen = await clientOf(server, 'kitchen', secret);
    await kitchen.read(0);
    const before = server.stats();
    expect(before).toMatchObject({
      uptime: 0,
      connections: { now: 1, peak: 1, arriving: 0, accepted: 1, closed: 0, trusted: 1, untrusted: 0 },
      contestedNames: 0,
      requests: { inFlight: 0, waitingForPeer: 0 },
      callbacks: { running: 0, waiting: 0 },
    });
    // a name, a seed, a key and a read
    expect([before.messagesReceived, before.messagesSent]).toEqual([4, 4]);
    expect(before.bytesReceived).toBeGreaterThan(200);
    await kitchen.close();
    while (server.sessions.size > 0) await turns(1);
    const socket = await opened(server.port);
    while (server.sessions.size === 0) await turns(1);
    clock.advance(1_500);
    expect(server.stats()).toMatchObject({
      uptime: 1.5,
      connections: { now: 1, peak: 1, arriving: 0, accepted: 2, closed: 1, trusted: 0, untrusted: 1 },
      messagesReceived: before.messagesReceived + 1,
    });
    expect(server.stats().bytesSent).toBeGreaterThan(before.bytesSent);
    socket.destroy();
    await gone(socket);
  });

  test('show what waits for an answer, on both sides', async () => {
    const { server } = await serverWith({}, (session) => session.onRead(5, () => forLong()));
    const client = await clientOf(server, 'kitchen');
    client.onRead(5, () => forLong());
    client.read(5).catch(() => {});
    server.read('kitchen', 5).catch(() => {});
    while (server.stats().callbacks.running === 0) await turns(1);
    expect(server.stats()).toMatchObject({
      requests: { inFlight: 1, waitingForPeer: 0 },
      callbacks: { running: 1, waiting: 0 },
    });
  });
});
