/** How real sockets end: what was sent arrives, and no descriptor is left. */

import { once } from 'node:events';
import { createConnection, createServer, type Server as NetServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type Clock, TcpClientStp, TcpServerStp } from '../../src/index.js';
import { DEFAULT_LINK_LIMITS } from '../../src/transport/link-limits.js';
import { encodeStp, StpDecoder } from '../../src/wire/index.js';
import { turns } from '../support/fake-socket.js';
import { VirtualClock } from '../support/virtual-clock.js';

const MIB = 1024 * 1024;
/** More than the buffers of any system hold. */
const TOO_MUCH_BYTES = 32 * MIB;
const ENVELOPE_BYTES = 4;

const frame = (text: string): Buffer => encodeStp(Buffer.from(text));

/** What comes on a socket, frame by frame; resolves when the socket has closed. */
async function framesUntilClosed(socket: Socket): Promise<string[]> {
  const frames: string[] = [];
  const decoder = new StpDecoder({
    frame: (payload) => void frames.push(String(payload)),
    dropped: () => {},
  });
  socket
    .on('data', (chunk: Buffer) => decoder.push(chunk))
    .on('error', ({ message }) => frames.push(message));
  await once(socket, 'close');
  return frames;
}

/** A server transport that answers each frame, and a peer of it that may end its stream on its own. */
async function served(): Promise<{ transport: TcpServerStp; peer: Socket }> {
  const transport = new TcpServerStp({ port: 0 });
  const connected = new Promise<void>((resolve) => transport.registerConnectCallback(resolve));
  const port = await transport.listening();
  const peer = createConnection({ port, host: '127.0.0.1', allowHalfOpen: true });
  await Promise.all([once(peer, 'connect'), connected]);
  return { transport, peer };
}

/** A client transport without a session, and the peer that it has connected to. */
async function connected(
  clock?: Clock,
): Promise<{ transport: TcpClientStp; peer: Socket; server: NetServer }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const transport = new TcpClientStp({ port, clock });
  const isConnected = new Promise<void>((resolve) => transport.registerConnectCallback(resolve));
  const [peer] = (await once(server, 'connection')) as [Socket];
  await isConnected;
  return { transport, peer, server };
}

describe('FC-41: an answer', () => {
  test('arrives although the link closes with input unread, in each of 60 rounds', async () => {
    for (let round = 0; round < 60; round++) {
      const { transport, peer } = await served();
      const answer = 'y'.repeat(200_000);
      transport.registerCallback(() => {
        transport.send(Buffer.from(answer));
        // the rest is never read by anybody
        transport.pause();
        setImmediate(() => void transport.close());
      });
      const read = framesUntilClosed(peer);
      const question = frame('q'.repeat(1_000));
      const ask = (): void => void (peer.writable && peer.write(question, ask));
      for (let n = 0; n < 100; n++) peer.write(question);
      ask();
      peer.once('end', () => peer.end());
      expect(await read).toEqual([answer]);
      await transport.close();
    }
  }, 30_000);
});

describe('FC-10: a transport that closes', () => {
  test.each(['client', 'server'] as const)('sends 32 MiB to a peer that reads late: %s', async (side) => {
    const { transport, peer, ...rest } = side === 'client' ? await connected() : await served();
    for (let n = 0; n < 8; n++) transport.send(Buffer.alloc(4 * MIB, 'x'));
    const closed = transport.close();
    await turns(1);
    const read = framesUntilClosed(peer);
    peer.once('end', () => peer.end());
    expect((await read).map(({ length }) => length)).toEqual(Array(8).fill(4 * MIB));
    expect(await closed).toEqual({ lostBytes: 0 });
    if ('server' in rest) rest.server.close();
  }, 30_000);

  test.each([
    'client',
    'server',
  ] as const)('says what a peer did not take that does not read: %s', async (side) => {
    const { transport, peer, ...rest } = side === 'client' ? await connected() : await served();
    transport.limit({ ...DEFAULT_LINK_LIMITS, closeTimeoutMs: 100 });
    transport.send(Buffer.alloc(TOO_MUCH_BYTES - ENVELOPE_BYTES, 'x'));
    const { lostBytes } = await transport.close();
    peer.destroy();
    expect(lostBytes).toBeGreaterThan(0);
    // the buffers of the system hold some megabytes
    expect(lostBytes).toBeLessThan(TOO_MUCH_BYTES);
    if ('server' in rest) rest.server.close();
  });

  test('says what is in doubt when its peer breaks the connection', async () => {
    const { transport, peer, server } = await connected();
    transport.send(Buffer.alloc(TOO_MUCH_BYTES, 'x'));
    const closed = transport.close();
    peer.resetAndDestroy();
    expect((await closed).lostBytes).toBeGreaterThanOrEqual(TOO_MUCH_BYTES);
    server.close();
  });

  test('is done when its peer closes at the same time', async () => {
    const server = new TcpServerStp({ port: 0 });
    const port = await server.listening();
    const client = new TcpClientStp({ port });
    const [received, answered]: [string[], string[]] = [[], []];
    server.registerCallback((payload) => void received.push(String(payload)));
    client.registerCallback((payload) => void answered.push(String(payload)));
    await Promise.all(
      [server, client].map((each) => new Promise<void>((resolve) => each.registerConnectCallback(resolve))),
    );
    client.send(Buffer.from('a'));
    server.send(Buffer.from('b'));
    expect(await Promise.all([client.close(), server.close()])).toEqual([{ lostBytes: 0 }, { lostBytes: 0 }]);
    // each had closed before the other's came
    expect([received, answered]).toEqual([[], []]);
  });

  test('is done at once while it connects, and connects no more', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const transport = new TcpClientStp({ port });
    transport.supervise();
    const heard: string[] = [];
    transport.registerConnectCallback(() => heard.push('connected'));
    transport.registerFailureCallback(() => heard.push('failed'));
    transport.reconnect();
    expect(await transport.close()).toEqual({ lostBytes: 0 });
    transport.reconnect();
    await turns(1);
    expect([heard, transport.isConnected()]).toEqual([[], false]);
    server.close();
  });

  test('does not come back while it lingers', async () => {
    const clock = new VirtualClock();
    const { transport, peer, server } = await connected(clock);
    let connections = 1;
    server.on('connection', () => connections++);
    transport.send(Buffer.from('a'));
    const closed = transport.close();
    const read = framesUntilClosed(peer);
    await once(peer, 'end');
    // longer than the longest first pause
    clock.advance(900);
    await turns();
    peer.end();
    expect([await read, await closed, connections]).toEqual([['a'], { lostBytes: 0 }, 1]);
    server.close();
  });
});

describe('FC-34: a peer that half-closes', () => {
  test.each([
    'client',
    'server',
  ] as const)('is answered later, and its socket is gone then: %s', async (side) => {
    const { transport, peer, ...rest } = side === 'client' ? await connected() : await served();
    const heard: string[] = [];
    transport.registerCallback((payload) => void heard.push(`data ${payload}`));
    transport.registerDisconnectCallback((reason) => void heard.push(reason));
    const ended = new Promise<void>((resolve) =>
      transport.registerEndCallback(() => {
        heard.push('ended');
        resolve();
      }),
    );
    const read = framesUntilClosed(peer);
    peer.end(frame('a question'));
    await ended;
    await turns(1);
    expect([heard, transport.isConnected()]).toEqual([['data a question', 'ended'], true]);
    transport.send(Buffer.from('an answer'));
    await turns(1);
    transport.send(Buffer.alloc(MIB, 'z'));
    transport.disconnect('peer-closed');
    expect((await read).map((text) => text.slice(0, 9))).toEqual(['an answer', 'zzzzzzzzz']);
    expect(heard.at(-1)).toBe('peer-closed');
    expect(await transport.close()).toEqual({ lostBytes: 0 });
    if ('server' in rest) rest.server.close();
  });

  test('is let go where nobody cares, with what was sent', async () => {
    const { transport, peer } = await served();
    const heard: string[] = [];
    transport.registerDisconnectCallback((reason) => void heard.push(reason));
    transport.registerCallback(() => void transport.send(Buffer.from('an answer')));
    const read = framesUntilClosed(peer);
    peer.end(frame('a question'));
    expect([await read, heard]).toEqual([['an answer'], ['peer-closed']]);
    await transport.close();
  });

  test('is found to be gone by what is sent to it', async () => {
    const { transport, peer, server } = await connected();
    const gone = new Promise<string>((resolve) => transport.registerDisconnectCallback(resolve));
    const ended = new Promise<void>((resolve) => transport.registerEndCallback(resolve));
    peer.end();
    await ended;
    peer.destroy();
    // the first is answered with a reset, the second finds it
    while (transport.isConnected()) {
      transport.send(Buffer.from('anybody there?'));
      await turns(1);
    }
    expect(await gone).toBe('connection-reset');
    await transport.close();
    server.close();
  });
});
