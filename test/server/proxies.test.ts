import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { connect, type ListenOptions, listen, type Session } from '../../src/index.js';
import { frameOf, raw } from '../support/bytes.js';
import { gone, turns } from '../support/fake-socket.js';
import { OWN_HEADER, proxied, proxyHeader, SIGNATURE } from '../support/proxy-headers.js';
import { RecordedLog } from '../support/recorded-log.js';
import { SECRET } from '../support/socket-puppet.js';
import { LONG_SECRET } from '../support/tls-worlds.js';
import { VirtualClock } from '../support/virtual-clock.js';

const CLIENT = '203.0.113.7';
const READ_0 = frameOf(10, 0);

/** A server behind a proxy of this machine, on virtual time. */
async function behindProxy(options: Partial<ListenOptions> = {}) {
  const clock = new VirtualClock();
  const log = new RecordedLog();
  const sessions: Session[] = [];
  const server = await listen(
    { port: 0, clock, proxies: ['127.0.0.1'], logger: log.logger, ...options },
    (session) => {
      sessions.push(session);
      session.onRead(0, () => session.peerAddress ?? 'unknown');
    },
  );
  const refusals: unknown[] = [];
  server.on('refused', ({ reason, address, detail }) => refusals.push({ reason, address, detail }));
  return {
    clock,
    log,
    server,
    sessions,
    refusals,
    /** A client of ours that a proxy brings from an address. */
    client: (source: string, port = 40_000, more: Partial<Parameters<typeof connect>[0]> = {}) =>
      connect({
        stream: () => proxied(server.port, proxyHeader({ source, port })),
        reconnect: false,
        waitForPeer: false,
        ...more,
      }),
    raw: (first: Uint8Array, from?: string) => proxied(server.port, first, from),
    [Symbol.asyncDispose]: async () => void (await server.close()),
  };
}

/** What a socket brings until it is closed, or until it has brought as much. */
async function broughtBy(socket: Socket, byteLength = Number.POSITIVE_INFINITY): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes.length >= byteLength) socket.destroy();
  });
  await gone(socket);
  return bytes;
}

describe('a server behind a proxy', () => {
  test('knows its clients by their own addresses', async () => {
    await using world = await behindProxy();
    await using first = await world.client(CLIENT, 40_001);
    await using second = await world.client('2001:db8::9', 40_002);
    expect(await first.read(0)).toBe(`${CLIENT}:40001`);
    expect(await second.read(0)).toBe('[2001:db8::9]:40002');
    expect(world.server.counters).toMatchObject({ accepted: 2, failedProxyHeaders: 0, proxyChecks: 0 });
  });

  test.each([
    ['the header', [Buffer.concat([proxyHeader(), READ_0])]],
    ['a cut header', [proxyHeader().subarray(0, 20), Buffer.concat([proxyHeader().subarray(20), READ_0])]],
    ['the last byte', [proxyHeader().subarray(0, 27), Buffer.concat([proxyHeader().subarray(27), READ_0])]],
    ['a header in single bytes', [...Array.from(proxyHeader(), (byte) => Buffer.from([byte])), READ_0]],
  ])('loses nothing of what follows in one chunk with %s', async (_with, chunks) => {
    await using world = await behindProxy();
    const socket = world.raw(Buffer.alloc(0)).setNoDelay(true);
    for (const chunk of chunks) {
      await new Promise((resolve) => socket.write(chunk, resolve));
      await turns();
    }
    const answer = frameOf(11, 0, `${CLIENT}:40000`);
    expect(await broughtBy(socket, answer.length)).toEqual(answer);
  });

  test('takes a client whose address the proxy does not know as its own', async () => {
    await using world = await behindProxy();
    const header = proxyHeader({ family: 0, addresses: Buffer.alloc(0) });
    const socket = world.raw(Buffer.concat([header, READ_0]));
    await once(socket, 'connect');
    const answer = frameOf(11, 0, `127.0.0.1:${socket.localPort}`);
    expect(await broughtBy(socket, answer.length)).toEqual(answer);
  });

  test.each([
    ['none', READ_0, 'a frame of this protocol without a header'],
    ['one of version 1', raw(`PROXY TCP4 ${CLIENT} 192.0.2.1 1 2\r\n`), 'a header of version 1'],
    ['an unknown version', proxyHeader({ version: 3 }), 'a header of version 3'],
    ['a damaged one', proxyHeader({ extras: [[3, Buffer.alloc(4)]] }), 'a wrong checksum'],
    ['too long a one', Buffer.concat([SIGNATURE, Buffer.from([0x21, 0x11, 0xff, 0xff])]), 'limit 4096'],
  ])('turns away a connection with %s in the place of a header', async (_what, bytes, flaw) => {
    await using world = await behindProxy();
    await gone(world.raw(bytes));
    expect(world.sessions).toEqual([]);
    expect(world.server.counters).toMatchObject({ accepted: 0, failedProxyHeaders: 1 });
    const detail = expect.stringContaining(flaw);
    expect(world.refusals).toEqual([{ reason: 'proxy-header-invalid', address: '127.0.0.1', detail }]);
    expect(world.log.warnings.join('\n')).toContain('no PROXY protocol header that can be used: ');
  });

  test('turns away one whose header is cut off', async () => {
    await using world = await behindProxy();
    const socket = world.raw(proxyHeader().subarray(0, 27));
    socket.end();
    await gone(socket.resume());
    expect(world.server.counters).toMatchObject({ accepted: 0, failedProxyHeaders: 1, proxyChecks: 0 });
    expect(world.refusals).toMatchObject([{ detail: 'a header that is cut off' }]);
  });

  test('waits 5 s for a header, or as long as for a handshake', async () => {
    for (const [handshakeTimeout, ms] of [
      [undefined, 5_000],
      [1_500, 1_500],
      [60_000, 5_000],
    ] as const) {
      await using world = await behindProxy({ handshakeTimeout, secret: SECRET });
      const socket = world.raw(SIGNATURE);
      await once(socket, 'connect');
      await turns(8);
      world.clock.advance(ms - 1);
      expect(world.server.counters.proxyHeaderTimeouts).toBe(0);
      world.clock.advance(1);
      await gone(socket);
      expect(world.server.counters).toMatchObject({ accepted: 0, proxyHeaderTimeouts: 1 });
      expect(world.refusals).toMatchObject([
        { reason: 'proxy-header-timeout', address: '127.0.0.1', detail: '12 bytes came' },
      ]);
    }
  });

  test('believes no header of anybody else', async () => {
    await using world = await behindProxy({ proxies: ['127.0.0.9', '10.0.0.0/8'] });
    // what is no frame is noise to a session
    const socket = world.raw(Buffer.concat([proxyHeader(), READ_0]), '127.0.0.2');
    await once(socket, 'connect');
    const answer = frameOf(11, 0, `127.0.0.2:${socket.localPort}`);
    expect(await broughtBy(socket, answer.length)).toEqual(answer);
    expect(world.server.counters).toMatchObject({ accepted: 1, failedProxyHeaders: 0 });
  });

  test('takes connections of others as they are', async () => {
    await using world = await behindProxy({ proxies: ['127.0.0.9'] });
    await using session = await connect({ port: world.server.port });
    expect(await session.read(0)).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  test('opens no session for the proxy itself, and counts it', async () => {
    await using world = await behindProxy();
    const check = world.raw(Buffer.concat([OWN_HEADER, READ_0]));
    expect(await broughtBy(check)).toEqual(Buffer.alloc(0));
    const silent = world.raw(Buffer.alloc(0));
    await once(silent, 'connect');
    silent.end();
    await gone(silent.resume());
    expect(world.sessions).toEqual([]);
    expect(world.refusals).toEqual([]);
    expect(world.server.counters).toMatchObject({ accepted: 0, proxyChecks: 2, failedProxyHeaders: 0 });
  });

  test.each([
    ['a health check of HAProxy', OWN_HEADER],
    ['whoever says to be another', Buffer.concat([proxyHeader(), READ_0])],
  ])('opens no session for %s that has left before it is accepted', async (_who, bytes) => {
    await using world = await behindProxy();
    const program =
      "const socket = require('node:net').connect(Number(process.argv[1]), '127.0.0.1');" +
      "socket.end(Buffer.from(process.argv[2], 'hex'), () => socket.resetAndDestroy());";
    // nothing is accepted meanwhile
    execFileSync(process.execPath, ['-e', program, `${world.server.port}`, bytes.toString('hex')]);
    while (world.server.counters.proxyChecks === 0) await turns();
    expect(world.sessions).toEqual([]);
    expect(world.server.counters).toMatchObject({ accepted: 0, proxyChecks: 1, failedProxyHeaders: 0 });
  });

  test('lets go of a proxy that came by itself and stays', async () => {
    await using world = await behindProxy();
    const check = world.raw(OWN_HEADER);
    check.allowHalfOpen = true;
    check.resume();
    await once(check, 'end');
    world.clock.advance(1_000);
    // which waits for all connections
    await world.server.close();
    expect(world.server.counters.proxyChecks).toBe(1);
    check.destroy();
  });

  test('limits the connections of each client, not those of the proxy', async () => {
    await using world = await behindProxy({ maxConnectionsPerAddress: 2, sharedAddresses: [] });
    const bring = (source: string) => world.client(source, 1).then((session) => session.read(0));
    await bring(CLIENT);
    await bring(CLIENT);
    await bring('203.0.113.8');
    await expect(bring(CLIENT)).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST' });
    await bring('203.0.113.8');
    expect(world.refusals).toMatchObject([{ reason: 'too-many-connections-of-address', address: CLIENT }]);
    expect(world.server.counters).toMatchObject({ accepted: 4, refusedByAddress: 1 });
  });

  test('blames wrong keys on the client that sent them', async () => {
    await using world = await behindProxy({ secret: SECRET });
    const seed = frameOf(0, 0);
    const socket = world.raw(Buffer.concat([proxyHeader(), seed]));
    await once(socket, 'data');
    socket.write(frameOf(0, 1, 'f'.repeat(128)));
    while (world.server.counters.wrongKeys === 0) await turns();
    socket.destroy();
    expect(world.log.warnings.join('\n')).toContain(`a peer (${CLIENT}): a wrong key`);
  });

  test('reads the header before TLS, also in one chunk with it', async () => {
    await using world = await behindProxy({ tls: 'psk', secret: LONG_SECRET });
    for (const isJoined of [false, true]) {
      const stream = (): Socket => {
        const socket = proxied(world.server.port, Buffer.alloc(0));
        if (isJoined) socket.cork();
        socket.write(proxyHeader());
        process.nextTick(() => setImmediate(() => socket.uncork()));
        return socket;
      };
      await using session = await connect({ stream, tls: 'psk', secret: LONG_SECRET });
      expect(await session.read(0)).toBe(`${CLIENT}:40000`);
    }
    await gone(world.raw(Buffer.concat([proxyHeader(), READ_0])).resume());
    expect(world.refusals).toMatchObject([{ reason: 'peer-speaks-no-tls', address: CLIENT }]);
  });

  test('shows a proxy that came by itself its TLS', async () => {
    await using world = await behindProxy({ tls: 'psk', secret: LONG_SECRET });
    const stream = (): Socket => proxied(world.server.port, OWN_HEADER);
    const check = connect({ stream, tls: 'psk', secret: LONG_SECRET, reconnect: false });
    await expect(check).rejects.toMatchObject({ code: 'ERR_CONNECT' });
    await gone(world.raw(OWN_HEADER).end());
    expect(world.server.counters).toMatchObject({ proxyChecks: 2, accepted: 0, failedTlsHandshakes: 0 });
  });

  test('keeps room for those whose header has not come, and those make room', async () => {
    await using world = await behindProxy({ maxConnections: 2 });
    const silent = [world.raw(Buffer.alloc(0)), world.raw(SIGNATURE)];
    await Promise.all(silent.map((socket) => once(socket, 'connect')));
    await turns(8);
    await gone(world.raw(proxyHeader()).resume());
    expect(world.server.counters).toMatchObject({ refusedByLimit: 1, accepted: 0 });
    world.clock.advance(1_000);
    await using session = await world.client(CLIENT);
    expect(await session.read(0)).toBe(`${CLIENT}:40000`);
    expect(world.server.counters).toMatchObject({ proxyHeaderTimeouts: 1, accepted: 1 });
    for (const socket of silent) socket.destroy();
  });

  test('ends the connections that have not said whose they are when it closes', async () => {
    const world = await behindProxy();
    const sockets = [world.raw(Buffer.alloc(0)), world.raw(SIGNATURE)];
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    await turns(8);
    await world.server.close();
    await Promise.all(sockets.map(gone));
    expect(world.sessions).toEqual([]);
  });

  test('must listen at a port', async () => {
    const wrong = listen({ path: '/tmp/never', proxies: ['127.0.0.1'] }, () => {});
    await expect(wrong).rejects.toMatchObject({ code: 'ERR_OPTION', option: 'proxies' });
    await expect(listen({ port: 0, proxies: ['proxy.example'] }, () => {})).rejects.toThrow(/proxies/);
  });
});
