import { afterEach, describe, expect, test } from 'vitest';
import { expectToOutlast } from './support/front.js';
import { killAll, Program } from './support/program.js';
import { actAsServer, freePort, RawServer } from './support/raw.js';

const SECRET = 'a secret of more than sixteen bytes';
const OTHER_SECRET = 'another secret of more than sixteen bytes';

afterEach(killAll);

/** A program with a session that is trusted, on a server program. */
async function pairOf(
  serverOptions: object = {},
  clientOptions: object = {},
): Promise<{ server: Program; client: Program; port: number }> {
  const server = new Program('server.mjs');
  const { port } = await server.ask('listen', { options: { port: 0, secret: SECRET, ...serverOptions } });
  const client = new Program('client.mjs');
  await client.ask('connect', { options: { port, secret: SECRET, ...clientOptions } });
  return { server, client, port };
}

describe('a handshake that was missed', () => {
  test('FC-01 a seed that comes late once, after a cut, does not end the trust for ever', async () => {
    let seedRequests = 0;
    await using front = await RawServer.listen((socket) =>
      actAsServer(socket, {
        secret: SECRET,
        onSeedRequest: (sendSeed) => {
          // the first serves the first connection; the second comes after the client has given up on it
          if (++seedRequests === 2) setTimeout(sendSeed, 2_500);
          else sendSeed();
        },
      }),
    );
    const client = new Program('client.mjs');
    await client.ask('connect', { options: { port: front.port, secret: SECRET } });
    const from = client.mark;
    front.cut();
    await client.next('disconnected', {}, { from });
    await client.next('trusted', {}, { from });
    expect(await client.ask('read')).toBe('pong');
  });

  test('FC-01 a server that does not answer its first three handshakes is trusted on the fourth', async () => {
    await using front = await RawServer.listen((socket, count) =>
      actAsServer(socket, {
        secret: SECRET,
        onSeedRequest: (sendSeed) => {
          if (count > 3) sendSeed();
        },
      }),
    );
    const client = new Program('client.mjs');
    const options = { port: front.port, secret: SECRET, waitForPeer: true, authenticationTimeout: 300 };
    expect(await client.ask('connect', { options })).toMatchObject({ isTrusted: true });
    expect(front.accepted).toBe(4);
    expect(await client.ask('read')).toBe('pong');
  });

  test('FC-02 a server that was frozen for longer than every time-out is trusted again', async () => {
    const { server, client } = await pairOf(
      {},
      { authenticationTimeout: 300, connectTimeout: 500, requestTimeout: 200, lateAnswerGrace: 300 },
    );
    await client.ask('read for ever', { everyMs: 100 });
    await client.next('answered');
    server.freeze();
    // a link was lost, and an attempt to open another has failed: the kernel accepts, the program does not answer
    await client.next('disconnected');
    await client.until('three lost handshakes', () => client.all('disconnected').length >= 3);
    const from = client.mark;
    server.thaw();
    await client.next('trusted', {}, { from });
    await client.next('answered', {}, { from });
  });
});

describe('a secret that is rotated', () => {
  test('FC-03 what waits and what is asked fails at once, and it comes back when the secret does', async () => {
    const { server, client, port } = await pairOf({}, { reconnect: { refusedDelay: 500 } });
    await server.kill();
    await client.next('disconnected');
    // far longer than the test may take: whatever settles it is no time-out
    const waiting = client.askInVain('read', { options: { timeout: 600_000 } });
    const other = new Program('server.mjs');
    await other.ask('listen', { options: { port, secret: OTHER_SECRET } });
    expect(await waiting).toMatchObject({ name: 'AuthenticationError', reason: 'wrong-secret' });
    expect(await client.askInVain('read', { options: { timeout: 600_000 } })).toMatchObject({
      name: 'AuthenticationError',
      reason: 'wrong-secret',
    });
    expect(client.all('authenticationFailed')[0]?.args).toEqual(['wrong-secret']);
    const from = client.mark;
    await other.kill();
    const back = new Program('server.mjs');
    await back.ask('listen', { options: { port, secret: SECRET } });
    await client.next('trusted', {}, { from });
    expect(await client.ask('read')).toBe('pong');
  });
});

describe('waitForPeer', () => {
  test.each([
    ['accepts and closes', (socket: { end(): void }) => socket.end()],
    ['accepts and resets', (socket: { resetAndDestroy(): void }) => socket.resetAndDestroy()],
  ])('FC-04 outlasts a front that %s until the server is there', async (_what, behave) => {
    await expectToOutlast(behave as () => void, SECRET);
  });

  test('FC-04 without a secret outlasts a front that accepts and closes', async () => {
    const front = await RawServer.listen((socket) => void socket.end());
    const { port } = front;
    const client = new Program('client.mjs');
    const connecting = client.ask('connect', { options: { port, waitForPeer: true } });
    connecting.catch(() => {}); // it is awaited below
    await front.untilAccepted(3);
    await front[Symbol.asyncDispose]();
    const server = new Program('server.mjs');
    await server.ask('listen', { options: { port } });
    expect(await connecting).toMatchObject({ isConnected: true });
    expect(await client.ask('read')).toBe('pong');
  });
});

describe('attempts', () => {
  test('FC-17 with minDelay 0 back off where nobody listens', async () => {
    const port = await freePort();
    const client = new Program('client.mjs');
    await client.ask('open', { transport: { port, reconnect: { minDelay: 0 } } });
    const first = await client.next('connectFailed');
    await client.ask('pause', { ms: 3_000 });
    // about ten with pauses that double; without any there are 750 a second
    const attempts = client.all('connectFailed');
    expect(attempts.length).toBeGreaterThanOrEqual(2);
    expect(attempts.length).toBeLessThan(60);
    expect(attempts.at(-1)?.atMs).toBeGreaterThan(first.atMs);
  });

  test('FC-17 with minDelay 0 back off where a front accepts and closes', async () => {
    await using front = await RawServer.listen((socket) => void socket.destroy());
    const client = new Program('client.mjs');
    await client.ask('open', { transport: { port: front.port, reconnect: { minDelay: 0 } } });
    await front.untilAccepted(1);
    await client.ask('pause', { ms: 3_000 });
    expect(front.accepted).toBeGreaterThanOrEqual(2);
    expect(front.accepted).toBeLessThan(60);
  });

  test('FC-29 one is due at once when somebody waits', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, freePort));
    const client = new Program('client.mjs');
    for (const [i, port] of ports.entries()) await client.ask('open', { name: `${i}`, transport: { port } });
    // all have failed so often that the next attempt is seconds away
    await client.until('six failures each', () =>
      ports.every((_, i) => client.all('connectFailed', { name: `${i}` }).length >= 6),
    );
    const server = new Program('server.mjs');
    await server.ask('pause', { ms: 0 });
    const outcomes = await Promise.all(
      ports.map(async (port, i) => {
        const afterMs = i % 2 === 0 ? 1_000 : 1_500;
        const listening = server.ask('listen later', { name: `${i}`, afterMs, options: { port } });
        const { isSent, startedMs } = await client.ask('send and tell when', {
          name: `${i}`,
          timeout: 2_000,
        });
        return { isSent, waitedMs: (await listening).sinceMs - startedMs };
      }),
    );
    // on a machine that is busy the server is later than it was meant to be
    const inTime = outcomes.filter(({ waitedMs }) => waitedMs < 1_650);
    expect(inTime.length).toBeGreaterThanOrEqual(5);
    expect(inTime.filter(({ isSent }) => !isSent)).toEqual([]);
  });
});

describe('one transport', () => {
  test('FC-28 that is older than its session has one connection, and one after each loss', async () => {
    await using front = await RawServer.listen((socket) =>
      actAsServer(socket, { secret: SECRET, onSeedRequest: (sendSeed) => sendSeed() }),
    );
    const client = new Program('client.mjs');
    const options = { secret: SECRET, autoAuth: true };
    await client.ask('open', { transport: { port: front.port }, options, ticks: 3 });
    await client.next('trusted');
    expect(await client.ask('read')).toBe('pong');
    expect(front.accepted).toBe(1);
    const from = client.mark;
    front.cut();
    await client.next('trusted', {}, { from });
    await client.ask('pause', { ms: 2_000 });
    expect(await client.ask('read')).toBe('pong');
    expect(front.accepted).toBe(2);
    expect(front.sockets.size).toBe(1);
  });

  test('FC-33 has no peer address while there is no peer', async () => {
    const { server, client } = await pairOf();
    expect((await client.ask('state')).peerAddress).toMatch(/^127\.0\.0\.1:\d+$/);
    await server.kill();
    const lost = await client.next('disconnected');
    expect(lost.peerAddress).toBeNull();
    expect(await client.ask('state')).toMatchObject({ isConnected: false, peerAddress: null });
  });
});

describe('kill -9', () => {
  test('of the server: what was asked fails, and the client comes back to the next one', async () => {
    const { server, client, port } = await pairOf({}, {});
    server.freeze();
    const asked = client.askInVain('read', { options: { timeout: 600_000 } });
    await client.ask('state');
    await server.kill();
    expect(await asked).toMatchObject({ name: 'ConnectionLostError', written: true });
    const next = new Program('server.mjs');
    await next.ask('listen', { options: { port, secret: SECRET } });
    await client.next('trusted');
    expect(await client.ask('read')).toBe('pong');
  });

  test('of the client: the server forgets it, and takes the next', async () => {
    const { server, client, port } = await pairOf();
    await client.kill();
    await server.next('server disconnected');
    expect(await server.ask('state')).toMatchObject({ sessions: 0 });
    const next = new Program('client.mjs');
    await next.ask('connect', { options: { port, secret: SECRET } });
    expect(await next.ask('read')).toBe('pong');
  });
});
