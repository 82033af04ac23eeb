import { once } from 'node:events';
import { createServer, type Server as NetServer, Server, type Socket } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import {
  connect,
  ListenError,
  listen,
  OptionError,
  PureJsonProtocol,
  Session,
  TcpClientStp,
  TcpServerStp,
  TimeoutError,
} from '../../src/index.js';
import { watch } from '../support/pair.js';
import { VirtualClock } from '../support/virtual-clock.js';

async function rawServer(onSocket: (socket: Socket) => void): Promise<NetServer & { port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(server, { port: (server.address() as { port: number }).port });
}

describe('a client transport', () => {
  test('comes back by itself, also without a session', async () => {
    const sockets: Socket[] = [];
    const server = await rawServer((socket) => sockets.push(socket));
    const transport = new TcpClientStp({ port: server.port, reconnect: { minDelay: 1, maxDelay: 5 } });
    const connects: (() => void)[] = [];
    transport.registerConnectCallback(() => connects.shift()?.());
    const nextConnect = (): Promise<void> => new Promise((resolve) => connects.push(resolve));

    await nextConnect();
    const again = nextConnect();
    sockets[0]?.destroy();
    await again;

    expect(transport.isConnected()).toBe(true);
    await transport.close();
    server.close();
  });

  test('waits longer after each failure, up to the longest pause, by a random part of it', () => {
    const transport = new TcpClientStp({
      port: 1,
      reconnect: { minDelay: 100, maxDelay: 1_000 },
      random: () => 0.5,
      clock: new VirtualClock(),
    });
    const policy = transport.supervise();
    expect([1, 2, 3, 4, 5, 6, 100].map((n) => policy.delayMs(n))).toEqual([50, 100, 200, 400, 500, 500, 500]);
  });

  test.each([
    [{ port: 0 }, 'port'],
    [{ port: 65_536 }, 'port'],
    [{ port: '17' as unknown as number }, 'port'],
    [{ port: 1, connectTimeout: -1 }, 'connectTimeout'],
    [{ port: 1, reconnect: { minDelay: 10, maxDelay: 5 } }, 'reconnect.maxDelay'],
    [{ port: 1, reconnect: { maxAttempts: 0 } }, 'reconnect.maxAttempts'],
  ])('refuses the options %j and names %s', (options, name) => {
    expect(() => new TcpClientStp(options)).toThrow(OptionError);
    expect(() => new TcpClientStp(options)).toThrow(name);
  });
});

describe('a server transport', () => {
  test('serves one peer at a time, the next when the first has left', async () => {
    const transport = new TcpServerStp({ port: 0 });
    await using protocol = new PureJsonProtocol(transport);
    protocol.onRead(0, () => protocol.counters.connections);
    const port = await transport.listening();
    const first = await connect({ port });
    expect(await first.read(0)).toBe(1);
    const second = await connect({ port });
    const read = watch(second.read(0));
    expect(await first.read(0)).toBe(1);
    expect(read.state).toBe('pending');

    await first.close();
    expect(await second.read(0)).toBe(2);
    expect(read.value).toBe(2);
    await second.close();
  });

  test('that cannot listen says where', async () => {
    await using server = await listen({ port: 0 }, () => {});
    await expect(listen({ port: server.port }, () => {})).rejects.toThrow(ListenError);
    const transport = new TcpServerStp({ port: server.port });
    await expect(transport.listening()).rejects.toThrow(`127.0.0.1:${server.port}`);
  });

  test.each([
    'before it is known',
    'after it is known',
  ])('FC-13: that cannot listen tells a session that registers %s', async (when) => {
    await using server = await listen({ port: 0 }, () => {});
    const transport = new TcpServerStp({ port: server.port });
    if (when === 'after it is known') await transport.listening().catch(() => {});
    const errors: Error[] = [];
    const told = new Promise<void>((resolve) => {
      transport.registerFailureCallback((error) => {
        errors.push(error);
        resolve();
      });
    });
    // who registers is in the middle of something
    expect(errors).toEqual([]);
    await told;
    await transport.close();
    expect(errors).toMatchObject([{ code: 'ERR_LISTEN', reason: 'address-in-use' }]);
  });

  test('FC-13: that listens tells nobody of a failure', async () => {
    const transport = new TcpServerStp({ port: 0 });
    await transport.listening();
    const errors: Error[] = [];
    transport.registerFailureCallback((error) => errors.push(error));
    await transport.close();
    expect(errors).toEqual([]);
  });

  test.each([1, 64])('FC-40: lets %i connections wait until the program takes them', async (backlog) => {
    const listened = vi.spyOn(Server.prototype, 'listen');
    await using _server = await listen({ port: 0, backlog }, () => {});
    const transport = new TcpServerStp({ port: 0, backlog });
    await transport.listening();
    await transport.close();
    expect(listened.mock.calls.map(([options]) => options)).toMatchObject([{ backlog }, { backlog }]);
    listened.mockRestore();
  });
});

describe('a peer that does not read', () => {
  test('lets requests wait with bounded memory, and fail in their own time', async () => {
    const server = await rawServer((socket) => socket.pause());
    const transport = new TcpClientStp({ port: server.port });
    await using session = new Session(transport, { closeTimeout: 50 });
    await once(session, 'connected');
    const text = 'x'.repeat(512 * 1024);
    const writes = Array.from({ length: 40 }, (_, n) =>
      session.write(n, text, { timeout: 200 }).catch((error: unknown) => error),
    );
    expect(transport.bufferedBytes).toBeLessThan(2 * 1024 * 1024);

    const errors = (await Promise.all(writes)) as TimeoutError[];
    expect(errors.filter((error) => !(error instanceof TimeoutError))).toEqual([]);
    const reasons = errors.filter(({ written }) => !written).map(({ reason }) => reason);
    expect(new Set(reasons)).toEqual(new Set(['peer-does-not-read']));
    server.close();
  });

  test('is not read from any more while it lets its answers lie', async () => {
    let calls = 0;
    await using server = await listen({ port: 0 }, (session) => {
      session.onExecute(0, () => {
        calls++;
        return 'y'.repeat(1024 * 1024);
      });
    });
    const asking = new TcpClientStp({ port: server.port });
    await using client = new Session(asking);
    await once(client, 'connected');
    asking.pause();
    const all = Array.from({ length: 64 }, () => watch(client.execute(0, null, { timeout: 60_000 })));
    const [session] = server.sessions;
    // the server stops by itself: wait until it has answered as much as it will
    let before = -1;
    while (calls !== before || calls === 0) {
      before = calls;
      await new Promise((resolve) => setImmediate(resolve));
      for (let i = 0; i < 200; i++) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(calls).toBeLessThan(64);
    expect(session?.isConnected()).toBe(true);

    asking.resume();
    while (all.some(({ state }) => state === 'pending'))
      await new Promise((resolve) => setImmediate(resolve));
    expect(all.filter(({ state }) => state === 'resolved')).toHaveLength(64);
  }, 20_000);
});
