import { once } from 'node:events';
import * as net from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  ListenError,
  listen,
  PureJsonProtocol,
  Session,
  TcpClientStp,
  TcpServerStp,
  textOfReason,
} from '../../src/index.js';
import { FakeSocket, turns } from '../support/fake-socket.js';
import { VirtualClock } from '../support/virtual-clock.js';

vi.mock('node:net', { spy: true });
afterEach(() => {
  vi.restoreAllMocks();
  vi.clearAllMocks();
});

/** A client whose sockets are the test's. */
class FakeTcp extends TcpClientStp {
  readonly sockets: FakeSocket[] = [];
  onSocket: (socket: FakeSocket) => void = () => {};

  protected override openSocket(): net.Socket {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    this.onSocket(socket);
    return socket;
  }
}

const refused = (): Error => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

/** The two ends of a socket, as Node tells them. */
function withEnds(socket: FakeSocket, localPort: number, remotePort: number): FakeSocket {
  const ends = { localAddress: '127.0.0.1', localPort, remoteAddress: '127.0.0.1', remotePort };
  for (const [name, value] of Object.entries(ends)) Object.defineProperty(socket, name, { value });
  return socket;
}

describe('a client that nobody answers', () => {
  test('makes its pauses longer also where the first is none at all (FC-17)', async () => {
    const clock = new VirtualClock();
    const transport = new FakeTcp({ port: 1, clock, reconnect: { minDelay: 0 }, random: () => 0.5 });
    transport.onSocket = (socket) => process.nextTick(() => socket.destroy(refused()));
    const session = new Session(transport, { clock });
    for (let second = 0; second < 60; second++) {
      await turns();
      await clock.advanceAsync(1_000);
    }
    expect(transport.sockets.length).toBeGreaterThan(5);
    expect(transport.sockets.length).toBeLessThan(15);
    await session.close();
  });

  test('never makes pauses of no length one after the other, whatever its options are', () => {
    const transport = new TcpClientStp({
      port: 1,
      reconnect: { minDelay: 0, maxDelay: 0 },
      random: () => 0.5,
      clock: new VirtualClock(),
    });
    const policy = transport.supervise();
    expect([1, 2, 3, 50].map((failures) => policy.delayMs(failures))).toEqual([0, 50, 50, 50]);
  });
});

describe('a client that connects to itself', () => {
  test('takes it for a failed attempt (FC-18)', async () => {
    const clock = new VirtualClock();
    const transport = new FakeTcp({ port: 40_000, clock });
    const session = new Session(transport, { clock });
    const failures: unknown[] = [];
    session.on('connectFailed', (error) => failures.push(error));
    transport.sockets.forEach((socket) => withEnds(socket, 40_000, 40_000).emit('connect'));
    await clock.advanceAsync(0);
    expect(session.isConnected()).toBe(false);
    expect(transport.sockets[0]?.destroyed).toBe(true);
    expect(failures).toEqual([
      expect.objectContaining({
        name: 'ConnectError',
        reason: 'connected-to-itself',
        message: `Could not connect to 127.0.0.1:40000: ${textOfReason('connected-to-itself')}`,
      }),
    ]);
    await session.close();
  });

  test('and takes another port of the same machine for what it is', async () => {
    const clock = new VirtualClock();
    const transport = new FakeTcp({ port: 40_000, clock });
    const session = new Session(transport, { clock });
    transport.sockets.forEach((socket) => withEnds(socket, 40_001, 40_000).emit('connect'));
    expect([session.isConnected(), session.peerAddress]).toEqual([true, '127.0.0.1:40000']);
    await session.close();
  });
});

describe('a transport that is older than its session', () => {
  test('keeps the attempt that is under way: one connection, one machine (FC-28)', async () => {
    const clock = new VirtualClock();
    const transport = new FakeTcp({ port: 17_017, clock });
    await clock.advanceAsync(0);
    expect(transport.sockets).toHaveLength(1);
    const session = new PureJsonProtocol(transport, { clock });
    await clock.advanceAsync(500);
    transport.sockets.forEach((socket) => withEnds(socket, 5, 17_017).emit('connect'));
    expect([session.isConnected(), transport.sockets.length]).toEqual([true, 1]);

    // after a loss, too, there is one machine that opens links
    transport.onSocket = (socket) => withEnds(socket, 5, 17_017);
    transport.sockets[0]?.resetFromPeer();
    await turns();
    await clock.advanceAsync(9_000);
    expect(transport.sockets).toHaveLength(2);
    await session.close();
    expect(clock.pending).toBe(0);
  });

  test('hands over the connection that it has', async () => {
    const clock = new VirtualClock();
    const transport = new FakeTcp({ port: 17_017, clock });
    await clock.advanceAsync(0);
    transport.sockets.forEach((socket) => withEnds(socket, 5, 17_017).emit('connect'));
    const session = new PureJsonProtocol(transport, { clock });
    await clock.advanceAsync(20_000);
    expect([session.isConnected(), session.counters.connections, transport.sockets.length]).toEqual([
      true,
      1,
      1,
    ]);
    await session.close();
    expect(clock.pending).toBe(0);
  });

  test('that has failed and waits to try again lets the session try at once', async () => {
    const clock = new VirtualClock();
    const transport = new FakeTcp({ port: 17_017, clock, random: () => 1 });
    transport.onSocket = (socket) => process.nextTick(() => socket.destroy(refused()));
    await clock.advanceAsync(0);
    await turns();
    const before = transport.sockets.length;
    const session = new PureJsonProtocol(transport, { clock });
    expect(transport.sockets).toHaveLength(before + 1);
    await session.close();
    expect(clock.pending).toBe(0);
  });
});

describe('an attempt that was given up', () => {
  test.each(['connect', 'error'])('means nothing any more: %s', async (event) => {
    const clock = new VirtualClock();
    const transport = new FakeTcp({ port: 17_017, clock });
    const session = new Session(transport, { clock });
    const failures: unknown[] = [];
    session.on('connectFailed', (error) => failures.push(error));
    transport.reconnect();
    const [first, second] = transport.sockets;
    first?.emit(event, refused());
    expect([session.isConnected(), failures]).toEqual([false, []]);
    if (second !== undefined) withEnds(second, 5, 17_017).emit('connect');
    expect(session.isConnected()).toBe(true);
    await session.close();
    expect(clock.pending).toBe(0);
  });
});

describe('the address of the peer', () => {
  test('is undefined where there is no peer any more (FC-33)', async () => {
    await using server = await listen({ port: 0 }, () => {});
    const session = new Session(new TcpClientStp({ port: server.port, reconnect: false }));
    await once(session, 'connected');
    expect(session.peerAddress).toBe(`127.0.0.1:${server.port}`);
    const lost = once(session, 'disconnected');
    for (const each of server.sessions) void each.close();
    await lost;
    expect(session.peerAddress).toBeUndefined();
    await session.close();
  });
});

describe('a name with several addresses', () => {
  test.each([
    [{}, 2_500],
    [{ addressTimeout: 700 }, 700],
    [{ addressTimeout: 0 }, 10],
  ])('gives each of them its time: %j means %i ms (FC-16)', async (options, expectedMs) => {
    const transport = new TcpClientStp({ host: 'localhost', port: 1, ...options });
    await Promise.resolve();
    expect(vi.mocked(net.createConnection).mock.calls).toEqual([
      [expect.objectContaining({ host: 'localhost', port: 1, autoSelectFamilyAttemptTimeout: expectedMs })],
    ]);
    await transport.close();
  });
});

describe('a server session whose port is taken', () => {
  test('tells it as an event, and waits for nobody (FC-13)', async () => {
    await using server = await listen({ port: 0 }, () => {});
    const session = new PureJsonProtocol(new TcpServerStp({ port: server.port }));
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const abandoned = once(session, 'abandoned');
    const [error] = await once(session, 'connectFailed');
    expect(error).toBeInstanceOf(ListenError);
    expect(error).toMatchObject({ reason: 'address-in-use', address: `127.0.0.1:${server.port}` });
    expect(await abandoned).toEqual(['cannot-listen']);
    expect(emitWarning).not.toHaveBeenCalled();
    await session.close();
  });

  test('tells it in the log', async () => {
    await using server = await listen({ port: 0 }, () => {});
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const logger = { debug: write, info: write, warn: write, error: write };
    const session = new PureJsonProtocol(new TcpServerStp({ port: server.port }), { logger });
    await vi.waitFor(() => expect(lines.join('\n')).toContain('EADDRINUSE'));
    await session.close();
  });

  test('warns where nobody listens', async () => {
    await using server = await listen({ port: 0 }, () => {});
    const warned = new Promise<unknown[]>((resolve) =>
      vi.spyOn(process, 'emitWarning').mockImplementation((...args: unknown[]) => resolve(args)),
    );
    const session = new PureJsonProtocol(new TcpServerStp({ port: server.port }));
    expect(await warned).toEqual([
      expect.stringContaining('EADDRINUSE'),
      { type: 'SocketProtocolWarning', code: 'SP_CANNOT_LISTEN' },
    ]);
    await session.close();
  });
});
