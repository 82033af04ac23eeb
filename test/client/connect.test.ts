import { once } from 'node:events';
import { createServer, Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  AuthenticationError,
  ConnectError,
  type ConnectOptions,
  connect,
  listen,
  Message,
  Session,
  TcpClientStp,
  textOfReason,
} from '../../src/index.js';
import { encodeStp, pureJson, StpDecoder } from '../../src/wire/index.js';
import { VirtualClock } from '../support/virtual-clock.js';

const SECRET = 'correct horse battery staple';

/** What a peer of the test's own does when it is asked for a seed. */
type Reaction = (socket: Socket) => void;

/** A server without a session: reads messages, and reacts to the request of a seed. */
async function peerThat(react: Reaction): Promise<{ port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const decoder = new StpDecoder({
      frame: (payload) => {
        const { serviceId, dataId } = pureJson.decode(payload);
        if (serviceId === 0 && dataId === 0) react(socket);
      },
    });
    socket.on('data', (chunk: Buffer) => void decoder.push(chunk));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function seedOf(data: unknown): Buffer {
  return encodeStp(pureJson.encode(new Message({ serviceId: 1, dataId: 0, data })));
}

function verdict(isRight: boolean): Buffer {
  return encodeStp(pureJson.encode(new Message({ serviceId: 1, dataId: 1, data: isRight })));
}

/** A client whose attempts come to nothing: nobody says no. */
class NowhereTcp extends TcpClientStp {
  protected override openSocket(): Socket {
    return new Socket();
  }
}

/** What connecting is rejected with. */
async function failureOf(options: ConnectOptions): Promise<unknown> {
  return await connect(options).then(
    async (session) => {
      await session.close();
      return 'connected';
    },
    (error: unknown) => error,
  );
}

describe('a client that cannot authenticate', () => {
  test.each([
    ['wrong-secret', 'another secret, of the same length'],
    ['peer-has-no-secret', null],
  ] as const)('is rejected with %s where the secret of the server is %j', async (reason, secret) => {
    await using server = await listen({ port: 0, secret }, () => {});
    const error = await failureOf({ port: server.port, secret: SECRET });
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({
      code: 'ERR_AUTHENTICATION',
      reason,
      message: `Authentication failed: ${textOfReason(reason)}`,
    });
  });

  test.each([
    ['no-answer', 'says nothing', () => {}],
    ['unusable-seed', 'sends a seed that is too short', (socket) => socket.write(seedOf('short'))],
    ['unusable-seed', 'sends a seed that is no text', (socket) => socket.write(seedOf(17))],
  ] satisfies readonly [
    string,
    string,
    Reaction,
  ][])('is rejected with %s where the server %s', async (reason, _, react) => {
    await using peer = await peerThat(react);
    const options = { authenticationTimeout: 100, connectTimeout: 250 };
    const error = await failureOf({ port: peer.port, secret: SECRET, ...options });
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ code: 'ERR_AUTHENTICATION', reason });
  });
});

describe('a client whose server is too busy for a handshake', () => {
  test('tries again within connectTimeout (FC-40)', async () => {
    let asked = 0;
    await using peer = await peerThat((socket) => {
      if (++asked === 2) socket.write(Buffer.concat([seedOf('5eed'.repeat(16)), verdict(true)]));
    });
    await using session = await connect({ port: peer.port, secret: SECRET, authenticationTimeout: 50 });
    expect([asked, session.isTrusted]).toEqual([2, true]);
  });

  test('does not where it must not reconnect', async () => {
    let asked = 0;
    await using peer = await peerThat(() => asked++);
    const options = { authenticationTimeout: 50, reconnect: false } as const;
    const error = await failureOf({ port: peer.port, secret: SECRET, ...options });
    expect([error, asked]).toEqual([expect.objectContaining({ reason: 'no-answer' }), 1]);
  });
});

describe('a client that cannot connect', () => {
  test('is rejected with connection-refused, the address and what the system said', async () => {
    const server = await listen({ port: 0 }, () => {});
    const { port } = server;
    await server.close();
    const error = await failureOf({ port, reconnect: false });
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({
      code: 'ERR_CONNECT',
      reason: 'connection-refused',
      address: `127.0.0.1:${port}`,
      cause: { code: 'ECONNREFUSED' },
    });
    expect(String(error)).toContain(`Could not connect to 127.0.0.1:${port}: connect ECONNREFUSED`);
  });

  test('is rejected with name-not-found for a name that does not resolve', async () => {
    const error = await failureOf({ host: 'nobody.invalid', port: 17_017 });
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({ reason: 'name-not-found', address: 'nobody.invalid:17017' });
  });

  test('is told connect-timeout after the time of an attempt, and the address', async () => {
    const clock = new VirtualClock();
    const transport = new NowhereTcp({ port: 17_017, clock, connectTimeout: 3_000 });
    const session = new Session(transport, { clock });
    const errors: unknown[] = [];
    session.on('connectFailed', (error) => errors.push(error));
    await clock.advanceAsync(2_999);
    expect(errors).toEqual([]);
    await clock.advanceAsync(1);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(ConnectError);
    expect(errors[0]).toMatchObject({
      reason: 'connect-timeout',
      address: '127.0.0.1:17017',
      message: `Could not connect to 127.0.0.1:17017: ${textOfReason('connect-timeout')}`,
    });
    await session.close();
  });

  test('is rejected with peer-closed where the peer hangs up at once', async () => {
    await using peer = await peerThat((socket) => socket.end());
    const error = await failureOf({ port: peer.port, secret: SECRET });
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({ reason: 'peer-closed', address: `127.0.0.1:${peer.port}` });
  });
});

describe('a client that waits for its peer', () => {
  test.each([
    ['hangs up at once', (socket: Socket) => socket.destroy()],
    ['says nothing', () => {}],
  ])('waits through a front that %s (FC-04)', async (_, react) => {
    const front = createServer((socket) => {
      socket.on('error', () => {});
      react(socket);
    });
    front.listen(0, '127.0.0.1');
    await once(front, 'listening');
    const { port } = front.address() as { port: number };
    const options = { authenticationTimeout: 50, waitForPeer: true };
    const connecting = connect({ port, secret: SECRET, ...options });
    for (let i = 0; i < 3; i++) await once(front, 'connection');
    front.close();
    await using server = await listen({ port, secret: SECRET }, () => {});
    await using session = await connecting;
    expect([session.isTrusted, server.port]).toEqual([true, port]);
  });

  test('is rejected with the verdict on its secret', async () => {
    await using server = await listen({ port: 0, secret: 'another secret, of the same length' }, () => {});
    const error = await failureOf({ port: server.port, secret: SECRET, waitForPeer: true });
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ reason: 'wrong-secret' });
  });

  test('without a secret waits for a sign of life, and not for a front that hangs up', async () => {
    const front = createServer((socket) => socket.destroy());
    front.listen(0, '127.0.0.1');
    await once(front, 'listening');
    const { port } = front.address() as { port: number };
    const connecting = connect({ port, waitForPeer: true });
    for (let i = 0; i < 2; i++) await once(front, 'connection');
    front.close();
    await using server = await listen({ port }, () => {});
    await using session = await connecting;
    expect([session.isConnected(), server.sessions.size]).toEqual([true, 1]);
  });
});
