import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { ConnectionLostError, type LinkReason, Session, TcpServerStp } from '../../src/index.js';
import { DEFAULT_LINK_LIMITS } from '../../src/transport/link-limits.js';
import { encodeStp } from '../../src/wire/index.js';

/** How many peers may wait their turn. */
const PLACES = 8;

/** A server transport that says who it serves: each peer sends its name as its first frame. */
async function serving() {
  const transport = new TcpServerStp({ port: 0 });
  const heard: string[] = [];
  let wake: () => void = () => {};
  const note = (line: string): void => {
    heard.push(line);
    wake();
  };
  transport.registerCallback((payload) => note(String(payload)));
  transport.registerDisconnectCallback((reason) => note(reason));
  transport.registerDropCallback(({ reason }) => note(`dropped ${reason}`));
  const port = await transport.listening();
  return {
    transport,
    heard,
    /** Resolves when so much was heard. */
    async has(count: number): Promise<string[]> {
      while (heard.length < count) await new Promise<void>((resolve) => (wake = resolve));
      return heard;
    },
    async peer(name: string): Promise<Socket> {
      const socket = connectSocket({ port, host: '127.0.0.1' });
      socket.on('error', () => {});
      await once(socket, 'connect');
      if (name !== '') socket.write(encodeStp(Buffer.from(name)));
      return socket;
    },
  };
}

/** Resolves when a socket is gone, in good order or not. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

describe('peers of a server transport', () => {
  test('are served one after the other, in the order in which they came', async () => {
    const server = await serving();
    const [a] = [await server.peer('a'), await server.has(1)];
    const b = await server.peer('b');
    const c = await server.peer('c');
    a.destroy();
    expect(await server.has(3)).toEqual(['a', expect.any(String), 'b']);
    b.destroy();
    expect(await server.has(5)).toEqual(['a', expect.any(String), 'b', expect.any(String), 'c']);
    c.destroy();
    await server.transport.close();
  });

  test('have eight places to wait, and the ninth is turned away', async () => {
    const server = await serving();
    const first = await server.peer('first');
    await server.has(1);
    const waiting: Socket[] = [];
    for (let n = 0; n < PLACES; n++) waiting.push(await server.peer(`waiting ${n}`));
    const ninth = await server.peer('ninth');
    await closed(ninth);
    expect(waiting.filter(({ destroyed }) => destroyed)).toEqual([]);
    first.destroy();
    expect((await server.has(3))[2]).toBe('waiting 0');
    await server.transport.close();
    for (const socket of waiting) socket.destroy();
  });

  test('lose their place when they leave while they wait', async () => {
    const server = await serving();
    const first = await server.peer('first');
    await server.has(1);
    const gone = await server.peer('');
    const stays = await server.peer('stays');
    gone.destroy();
    // its place is free again when the server has noticed
    const others: Socket[] = [];
    for (let n = 0; n < PLACES - 1; n++) others.push(await server.peer(`other ${n}`));
    first.destroy();
    expect((await server.has(3))[2]).toBe('stays');
    await server.transport.close();
    for (const socket of [stays, ...others]) socket.destroy();
  });

  test('are all sent away when it closes, and nobody is served any more', async () => {
    const server = await serving();
    const served = await server.peer('served');
    await server.has(1);
    const waiting = await server.peer('waiting');
    const gone = [closed(served), closed(waiting)];
    // a peer whose socket is accepted is among those that wait when the next turn of the loop has come
    await new Promise((resolve) => setImmediate(resolve));
    await server.transport.close();
    await Promise.all(gone);
    expect(server.transport.isConnected()).toBe(false);
    expect(server.heard).toEqual(['served', 'session-closed']);
  });

  test('make room for the next when the connection is broken on purpose', async () => {
    const server = await serving();
    const first = await server.peer('first');
    await server.has(1);
    const second = await server.peer('second');
    server.transport.reconnect();
    await closed(first);
    expect(await server.has(3)).toEqual(['first', 'reconnect-requested', 'second']);
    await server.transport.close();
    second.destroy();
  });

  test('are held to limits that were set before they came', async () => {
    const server = await serving();
    server.transport.limit({ ...DEFAULT_LINK_LIMITS, maxFrameLength: 10 });
    const peer = await server.peer('a name that is too long');
    expect((await server.has(1))[0]).toBe('dropped too-long');
    await server.transport.close();
    peer.destroy();
  });
});

describe('a session of a server transport', () => {
  test('serves the next peer after the first, and knows where it is', async () => {
    const transport = new TcpServerStp({ port: 0 });
    const session = new Session(transport);
    const lost: LinkReason[] = [];
    session.on('disconnected', (reason) => lost.push(reason));
    const port = await transport.listening();
    const socket = connectSocket({ port, host: '127.0.0.1' });
    await once(session, 'connected');
    expect(session.peerAddress).toBe(`127.0.0.1:${socket.localPort}`);
    const read = session.read(0);
    socket.destroy();
    await expect(read).rejects.toBeInstanceOf(ConnectionLostError);
    expect(lost).toHaveLength(1);
    const next = connectSocket({ port, host: '127.0.0.1' });
    await once(session, 'connected');
    expect(session.counters.connections).toBe(2);
    next.destroy();
    await session.close();
  });
});
