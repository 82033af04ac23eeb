import { once } from 'node:events';
import { connect as openSocket, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { connect, deriveKey, type ListenOptions, listen, type Session } from '../../src/index.js';
import { MAX_CALLBACKS_OF_STRANGERS } from '../../src/server/callback-room.js';
import { frameOf } from '../support/bytes.js';
import { gone, opened, turns } from '../support/fake-socket.js';
import { watch } from '../support/pair.js';
import { SECRET } from '../support/socket-puppet.js';
import { VirtualClock } from '../support/virtual-clock.js';

const NAME = frameOf(8, 0);

/** A server on virtual time, what it logs, and the sessions that it made. */
async function serverWith(options: Partial<ListenOptions> = {}, onSession = (_: Session): void => {}) {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const write = (text: string): void => void lines.push(text);
  const logger = { debug: write, info: write, warn: write, error: write };
  const sessions: Session[] = [];
  const server = await listen({ port: 0, clock, secret: SECRET, logger, ...options }, (session) => {
    sessions.push(session);
    session.onRead(0, () => 'fine');
    onSession(session);
  });
  return { clock, lines, server, sessions };
}

/** Clients that never lose patience: what is tested is whether a server lets them in, and not how fast this machine is. */
function comeIn(port: number, secret = SECRET): Promise<Session> {
  return connect({ port, secret, reconnect: false, clock: new VirtualClock() });
}

/** Talks on a connection until the server has closed it. */
async function talk(socket: Socket, message = NAME): Promise<void> {
  const closed = gone(socket);
  while (!socket.destroyed) {
    socket.write(message);
    await turns(1);
  }
  await closed;
}

describe('a program that removes all listeners in onSession', () => {
  test('FC-42: changes nothing for the books of the server', async () => {
    const { server, sessions } = await serverWith({ maxUntrustedConnections: 2 }, (session) =>
      session.removeAllListeners(),
    );
    const trusted = await comeIn(server.port);
    const strangers = [await opened(server.port), await opened(server.port), await opened(server.port)];
    await gone(strangers[0] as Socket);
    expect([server.sessions.size, server.counters.evicted]).toEqual([3, 1]);
    expect(trusted.isTrusted).toBe(true);
    strangers[1]?.write(frameOf(0, 1, 'wrong'));
    while (server.counters.wrongKeys === 0) await turns();
    for (const socket of strangers) socket.destroy();
    await trusted.close();
    while (server.sessions.size > 0) await turns();
    expect(sessions.every(({ isClosed }) => isClosed)).toBe(true);
    await server.close();
  });

  test('FC-42: nor does one that emits events of its own', async () => {
    const { server } = await serverWith({}, (session) => {
      session.emit('closed', { lostBytes: 0, cutRequests: 0, cutCallbacks: 0 });
      session.emit('trusted');
    });
    const socket = await opened(server.port);
    expect(server.sessions.size).toBe(1);
    socket.destroy();
    await server.close();
  });
});

describe('clients that come at once', () => {
  test('FC-40: are all trusted, a thousand of them', { timeout: 120_000 }, async () => {
    const { server } = await serverWith({ logger: undefined });
    const clients = await Promise.all(Array.from({ length: 1_000 }, () => comeIn(server.port)));
    expect(clients.filter(({ isTrusted }) => isTrusted)).toHaveLength(1_000);
    expect(server.counters).toMatchObject({
      accepted: 1_000,
      evicted: 0,
      exceededBudget: 0,
      refusedByLimit: 0,
    });
    await Promise.all([server.close(), ...clients.map((client) => client.close())]);
  });

  test('FC-07: are all trusted where the pool has far fewer places, though strangers fill it', async () => {
    const { clock, server } = await serverWith({ maxUntrustedConnections: 8 });
    for (let n = 0; n < 8; n++) await opened(server.port);
    clock.advance(1_000);
    for (let n = 0; n < 5; n++) {
      const clients = await Promise.all(Array.from({ length: 8 }, () => comeIn(server.port)));
      expect(clients.every(({ isTrusted }) => isTrusted)).toBe(true);
      await Promise.all(clients.map((client) => client.close()));
    }
    await server.close();
  });

  test('FC-40: push strangers out where all connections are taken, and are refused by nobody else', async () => {
    const { server } = await serverWith({ maxConnections: 4 });
    const clients = [await comeIn(server.port), await comeIn(server.port)];
    const strangers = [await opened(server.port), await opened(server.port)];
    clients.push(await comeIn(server.port));
    await gone(strangers[0] as Socket);
    expect(server.counters).toMatchObject({ evicted: 1, refusedByLimit: 0 });
    strangers[1]?.destroy();
    while (server.sessions.size > 3) await turns();
    clients.push(await comeIn(server.port));
    await gone(openSocket(server.port, '127.0.0.1'));
    expect(server.counters.refusedByLimit).toBe(1);
    await Promise.all([server.close(), ...clients.map((client) => client.close())]);
  });
});

describe('a device with an old secret', () => {
  test('FC-08: keeps nobody out who has the same address, and the log says that it is there', async () => {
    const { clock, lines, server } = await serverWith();
    for (let second = 0; second < 60; second++) {
      const old = watch(comeIn(server.port, 'an old secret, long since replaced'));
      while (server.counters.wrongKeys === second) await turns();
      const client = await comeIn(server.port);
      expect(client.isTrusted).toBe(true);
      await client.close();
      clock.advance(1_000);
      while (old.state === 'pending') await turns();
      expect(old.error).toMatchObject({ reason: 'wrong-secret' });
    }
    expect(server.counters).toMatchObject({ refusedByBackoff: 0, delayedByBackoff: 0, wrongKeys: 60 });
    expect(lines.filter((line) => line.includes('a wrong key')).length).toBeLessThanOrEqual(60);
    expect(lines.some((line) => /server: a peer \(127\.0\.0\.1\): a wrong key/.test(line))).toBe(true);
    await server.close();
  });
});

describe('a stranger who talks', () => {
  test('FC-38: is disconnected after a hundred messages', async () => {
    const { lines, server, sessions } = await serverWith();
    const socket = await opened(server.port);
    const reasons: string[] = [];
    sessions[0]?.on('disconnected', (reason) => reasons.push(reason));
    await talk(socket);
    expect(reasons).toEqual(['too-many-untrusted-messages']);
    expect(sessions[0]?.counters.messagesReceived).toBe(100);
    expect(server.counters.exceededBudget).toBe(1);
    expect(lines.some((line) => line.includes('too many messages before trust'))).toBe(true);
    await server.close();
  });

  test('FC-38: has no more messages on sixty connections, and comes back slowly', async () => {
    const { clock, server, sessions } = await serverWith();
    const sockets = await Promise.all(Array.from({ length: 60 }, () => opened(server.port)));
    await Promise.all(sockets.map((socket) => talk(socket)));
    const received = sessions.reduce((sum, { counters }) => sum + counters.messagesReceived, 0);
    expect(received).toBe(60 * 4 + 400);

    const next = openSocket(server.port, '127.0.0.1');
    next.write(NAME);
    await once(next, 'connect');
    await turns(10);
    expect(server.sessions.size).toBe(0);
    clock.advance(10);
    expect(server.sessions.size).toBe(1);
    next.destroy();
    await server.close();
    expect(clock.pending).toBe(0);
  });

  test('FC-38: has no limit any more once he is trusted', async () => {
    const { server } = await serverWith();
    const client = await comeIn(server.port);
    for (let n = 0; n < 500; n++) expect(await client.read(0)).toBe('fine');
    expect(server.counters.exceededBudget).toBe(0);
    await Promise.all([server.close(), client.close()]);
  });

  test('FC-38: is everybody where no secret is set, and nobody counts', async () => {
    const { server } = await serverWith({
      secret: undefined,
      maxUntrustedConnections: 1,
      maxUntrustedMessages: 1,
    });
    const clients = await Promise.all(Array.from({ length: 3 }, () => connect({ port: server.port })));
    for (const client of clients) for (let n = 0; n < 50; n++) await client.read(0);
    expect(server.counters).toMatchObject({
      accepted: 3,
      evicted: 0,
      exceededBudget: 0,
      suppressedLogLines: 0,
    });
    await Promise.all([server.close(), ...clients.map((client) => client.close())]);
  });

  test('FC-37: fills no log, however many connections he opens', async () => {
    const { clock, lines, server, sessions } = await serverWith();
    for (let n = 0; n < 200; n++) {
      const socket = await opened(server.port);
      socket.write(Buffer.concat([NAME, NAME, frameOf(99, 0)]));
      await once(socket, 'data');
      socket.destroy();
    }
    while (server.sessions.size > 0) await turns();
    expect(lines.length).toBeLessThanOrEqual(101);
    const { suppressedLogLines } = server.counters;
    expect(suppressedLogLines).toBeGreaterThan(1_000);
    const ofSessions = sessions.reduce((sum, { counters }) => sum + counters.suppressedLogLines, 0);
    expect(ofSessions).toBe(suppressedLogLines);
    clock.advance(1_000);
    expect(lines.at(-1)).toContain(
      `${suppressedLogLines} lines about peers that are not trusted were left out`,
    );

    // a trusted peer is logged in full
    const before = lines.length;
    const client = await comeIn(server.port);
    for (let n = 0; n < 200; n++) await client.read(0);
    expect(lines.length - before).toBeGreaterThan(800);
    await Promise.all([server.close(), client.close()]);
  });

  test('FC-37: runs no more callbacks for having more connections', async () => {
    const answer: ((data: string) => void)[] = [];
    const { clock, server } = await serverWith({}, (session) => {
      session.addMsgToAuthWhitelist(10, 5).onRead(5, () => new Promise((resolve) => answer.push(resolve)));
    });
    const ask = async (): Promise<Socket> => {
      const socket = await opened(server.port);
      socket.write(frameOf(10, 5));
      return socket;
    };
    const sockets: Socket[] = [];
    for (let n = 0; n < MAX_CALLBACKS_OF_STRANGERS; n++) sockets.push(await ask());
    while (answer.length < MAX_CALLBACKS_OF_STRANGERS) await turns();
    const refused = await ask();
    const [bytes] = await once(refused, 'data');
    // status 3: an authentication is needed
    expect(String(bytes)).toContain('"status":= 3');
    // who leaves does not make room: his callback still runs
    sockets[0]?.resetAndDestroy();
    while (server.sessions.size > MAX_CALLBACKS_OF_STRANGERS) await turns();
    refused.write(frameOf(10, 5));
    await once(refused, 'data');
    expect(answer).toHaveLength(MAX_CALLBACKS_OF_STRANGERS);

    answer[0]?.('done');
    await turns();
    refused.write(frameOf(10, 5));
    while (answer.length === MAX_CALLBACKS_OF_STRANGERS) await turns();
    // a callback that never answers is given up in the end
    clock.advance(30_000);
    for (const socket of [refused, ...sockets]) socket.destroy();
    await server.close();
  });
});

describe('a stranger who authenticates', () => {
  test('FC-39: is not pushed out between the steps of the handshake, whatever he has said before', async () => {
    const { server } = await serverWith({ maxUntrustedConnections: 4 });
    const honest = await opened(server.port);
    honest.write(frameOf(0, 0));
    const [bytes] = await once(honest, 'data');
    const seed = /[0-9a-f]{64}/.exec(String(bytes))?.[0] ?? '';
    for (let n = 0; n < 20; n++) await opened(server.port);
    honest.write(frameOf(0, 1, deriveKey(seed, Buffer.from(SECRET))));
    await once(honest, 'data');
    expect([...server.sessions].filter(({ isTrusted }) => isTrusted)).toHaveLength(1);
    // and again, when he asks for another seed
    honest.write(frameOf(0, 0));
    await once(honest, 'data');
    for (let n = 0; n < 20; n++) await opened(server.port);
    expect(honest.destroyed).toBe(false);
    await server.close();
  });

  test('FC-39: holds no place for longer by asking for names', async () => {
    const { clock, server } = await serverWith({ maxUntrustedConnections: 2 });
    const stalled = await opened(server.port);
    stalled.write(frameOf(0, 0));
    await once(stalled, 'data');
    clock.advance(5_000);
    stalled.write(NAME);
    await once(stalled, 'data');
    await opened(server.port);
    const other = await opened(server.port);
    await gone(stalled);
    expect(other.destroyed).toBe(false);
    await server.close();
  });
});

describe('handshakes under way', () => {
  test('FC-39: of one network fill half of all connections, and no more', async () => {
    const { server } = await serverWith({ maxConnections: 4, maxUntrustedConnections: 1 });
    const sockets: Socket[] = [];
    for (let n = 0; n < 2; n++) {
      const socket = openSocket(server.port, '127.0.0.1');
      socket.write(frameOf(0, 0));
      await once(socket, 'data');
      sockets.push(socket);
    }
    await gone(openSocket(server.port, '127.0.0.1'));
    expect(server.counters).toMatchObject({ accepted: 2, refusedByPool: 1, refusedByLimit: 0, evicted: 0 });
    for (const socket of sockets) socket.destroy();
    await server.close();
  });
});

describe('the memory of strangers', () => {
  test.each([
    [{ maxUntrustedMemory: 28 * 1_024 * 3 }, 3],
    [{ maxUntrustedMemory: 28 * 1_024 * 4 - 1 }, 3],
    [{ maxUntrustedMemory: 1 }, 1],
    [{ maxUntrustedMemory: 2 ** 21, maxUntrustedFrameLength: 2 ** 18 }, 3],
    [{ maxUntrustedConnections: 2 }, 2],
  ])('with %j allows %i of them', async (options, places) => {
    const { server } = await serverWith(options);
    const sockets: Socket[] = [];
    for (let n = 0; n < places + 2; n++) sockets.push(await opened(server.port));
    expect([server.sessions.size, server.counters.evicted]).toEqual([places, 2]);
    for (const socket of sockets) socket.destroy();
    await server.close();
  });
});
