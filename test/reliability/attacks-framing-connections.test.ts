import { once } from 'node:events';
import { connect as connectSocket, createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { connect, deriveKey, type ListenOptions, listen, type Session } from '../../src/index.js';
import { pureJson, StpDecoder } from '../../src/wire/index.js';
import { frameOf } from '../support/bytes.js';
import { gone, opened } from '../support/fake-socket.js';
import { Pair, watch } from '../support/pair.js';
import { SECRET, SocketPuppet } from '../support/socket-puppet.js';
import { VirtualClock } from '../support/virtual-clock.js';

const POOL = 16;

/** The next message on a socket. */
async function said(socket: Socket): Promise<unknown> {
  return await new Promise((resolve) => {
    const decoder = new StpDecoder({ frame: (payload) => resolve(pureJson.decode(payload).data) });
    socket.on('data', (chunk: Buffer) => void decoder.push(chunk));
  });
}

/** A server on virtual time, and the sessions that it made. */
async function serverWith(options: Partial<ListenOptions>) {
  const clock = new VirtualClock();
  const sessions: Session[] = [];
  const server = await listen({ port: 0, clock, ...options }, (session) => {
    sessions.push(session);
    session.onRead(0, () => 'fine');
  });
  return { clock, server, sessions };
}

describe('F6: strangers that hold on to their connections', () => {
  test('F6: push out each other, and nobody who is trusted', async () => {
    const { server, sessions } = await serverWith({ secret: SECRET, maxUntrustedConnections: POOL });
    const honest = await connect({ port: server.port, secret: SECRET });
    const sockets: Socket[] = [];
    for (let n = 0; n < POOL + 6; n++) sockets.push(await opened(server.port));
    await Promise.all(sockets.slice(0, 6).map(gone));

    expect([server.sessions.size, server.counters.evicted]).toEqual([1 + POOL, 6]);
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual(sockets.map((_, n) => n < 6));
    expect(sessions.filter(({ isTrusted }) => isTrusted)).toHaveLength(1);
    expect(await honest.read(0)).toBe('fine');

    await honest.close();
    for (const socket of sockets) socket.destroy();
    await server.close();
  });

  test('F6: one that authenticates while all places are taken gets in', async () => {
    const { server } = await serverWith({ secret: SECRET, maxUntrustedConnections: 4 });
    const sockets: Socket[] = [];
    for (let n = 0; n < 4; n++) sockets.push(await opened(server.port));
    const late = await opened(server.port);
    late.write(frameOf(0, 0));
    late.write(frameOf(0, 1, deriveKey(String(await said(late)), Buffer.from(SECRET))));
    expect(await said(late)).toBe(true);
    for (let n = 0; n < 4; n++) sockets.push(await opened(server.port));

    late.write(frameOf(10, 0));
    expect(await said(late)).toBe('fine');
    for (const socket of [late, ...sockets]) socket.destroy();
    await server.close();
  });

  test('F6: one that sends a byte now and then is closed when its time is over', async () => {
    const { clock, server, sessions } = await serverWith({ secret: SECRET, handshakeTimeout: 5_000 });
    const socket = await opened(server.port);
    const closed = gone(socket);
    for (let second = 0; second < 5; second++) {
      socket.write(':');
      clock.advance(1_000);
    }
    await closed;
    expect([server.counters.handshakeTimeouts, sessions[0]?.isClosed]).toEqual([1, true]);
    await server.close();
    expect(clock.pending).toBe(0);
  });
});

describe('F8: a flood of connections', () => {
  test('F8: is turned away at the limit and counted, and those inside are served', async () => {
    const { server } = await serverWith({ maxConnections: 5 });
    const client = await connect({ port: server.port });
    const inside = await Promise.all(Array.from({ length: 4 }, () => opened(server.port)));
    const outside = Array.from({ length: 20 }, () => connectSocket(server.port, '127.0.0.1'));
    await Promise.all(
      outside.map((socket) =>
        once(
          socket.on('error', () => {}),
          'close',
        ),
      ),
    );

    expect(server.counters).toMatchObject({ accepted: 5, refusedByLimit: 20 });
    expect(await client.read(0)).toBe('fine');
    for (const socket of inside) socket.destroy();
    await client.close();
    await server.close();
  });
});

describe('F9: a dead or half-open peer', () => {
  test.each(['server', 'client'] as const)('F9: is found out by keep-alive: a %s asks after 20 s', (role) => {
    expect(new SocketPuppet(role).socket.keepAlive).toEqual([[true, 20_000]]);
  });

  test('F9: that closes its side only is closed for good by a server', async () => {
    const { server, sessions } = await serverWith({});
    const socket = await opened(server.port, { allowHalfOpen: true });
    const [session] = sessions as [Session];
    const closed = once(session, 'closed');
    socket.resume().end();
    await Promise.all([once(socket, 'end'), closed]);
    expect(session.isClosed).toBe(true);
    socket.destroy();
    await server.close();
  });

  test('F9: that closes its side only is left by a client', async () => {
    const peer = createServer({ allowHalfOpen: true }, (socket) => socket.resume().end());
    await once(peer.listen(0, '127.0.0.1'), 'listening');
    const { port } = peer.address() as { port: number };
    const connection = once(peer, 'connection');
    await connect({ port, reconnect: false }).then(
      async (session) => {
        if (session.isConnected()) await once(session, 'disconnected');
        await session.close();
      },
      () => {}, // it left before it was there
    );
    const [socket] = (await connection) as [Socket];
    if (!socket.readableEnded) await once(socket, 'end');
    socket.destroy();
    peer.close();
  });

  test('F9: that answers nothing fails a request after 5 s, and is left after 30 s more', async () => {
    const pair = await Pair.connected();
    pair.serverComm.isStalled = true; // it takes everything, and nothing of it arrives here
    const read = watch(pair.client.read(0));
    await pair.clock.advanceAsync(5_000);
    expect(read.error).toMatchObject({ code: 'ERR_TIMEOUT', written: true });
    await pair.clock.advanceAsync(29_999);
    expect(pair.client.counters.connections).toBe(1);
    await pair.clock.advanceAsync(1 + 1_000);
    expect(pair.client.counters.connections).toBe(2);
  });
});
