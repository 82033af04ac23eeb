/** Servers in memory, and connections that the program brings itself: all that a port has, without one. */

import { duplexPair, PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import {
  type ConnectOptions,
  connect,
  createMemoryListener,
  listen,
  Session,
  StreamStp,
} from '../../src/index.js';
import { turns } from '../support/fake-socket.js';
import { VirtualClock } from '../support/virtual-clock.js';

const SECRET = 'correct horse battery staple';

function errorOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.unreachable(),
    (error: Error) => error,
  );
}

/** A server in memory on a virtual clock. */
async function place(options: object = {}) {
  const clock = new VirtualClock();
  const memory = createMemoryListener();
  const server = await listen({ memory, secret: SECRET, clock, ...options }, (session) =>
    session.onRead(0, () => 'hello'),
  );
  const join = (more: Partial<ConnectOptions> = {}): Promise<Session> =>
    connect({ stream: memory.connect, secret: SECRET, clock, ...more });
  return { clock, memory, server, join };
}

describe('a server in memory', () => {
  test('takes clients of the same process, on the clock of the test', async () => {
    const { clock, server, join } = await place();
    const clients = await Promise.all([join(), join(), join()]);
    expect(await Promise.all(clients.map((client) => client.read(0)))).toEqual(['hello', 'hello', 'hello']);
    expect([server.sessions.size, server.counters.accepted, server.path]).toEqual([3, 3, null]);
    for (const client of clients) await client.close();
    await turns();
    expect(server.sessions.size).toBe(0);
    await server.close();
    expect(clock.pending).toBe(0);
  });

  test('keeps all its defences', async () => {
    const { clock, server, join } = await place({ maxConnections: 1 });
    const client = await join();
    const refused = await errorOf(join({ reconnect: false }));
    expect([refused.name, server.counters.refusedByLimit]).toEqual(['ConnectError', 1]);
    await client.close();
    await turns();
    const guessing = errorOf(join({ secret: 'another secret of some length' }));
    for (let n = 0; n < 5; n++) {
      await turns();
      clock.advance(100);
    }
    const guess = await guessing;
    expect([guess.name, server.counters.wrongKeys]).toEqual(['AuthenticationError', 1]);
    await server.close();
  });

  test('that is gone refuses its clients, who come back when there is another', async () => {
    const { clock, memory, server, join } = await place();
    const client = await join({ random: () => 0 });
    await server.close();
    await turns();
    expect(await errorOf(join({ reconnect: false }))).toMatchObject({
      code: 'ERR_CONNECT',
      reason: 'connection-refused',
    });
    const second = await listen({ memory, secret: SECRET, clock }, (session) =>
      session.onRead(0, () => 'hello again'),
    );
    const reading = client.read(0, { timeout: 30_000 });
    for (let n = 0; n < 5; n++) {
      clock.advance(200);
      await turns(5);
    }
    expect(await reading).toBe('hello again');
    await client.close();
    await second.close();
  });

  test('is in one place at a time', async () => {
    const { memory, server } = await place();
    expect(await errorOf(listen({ memory }, () => {}))).toMatchObject({
      code: 'ERR_LISTEN',
      reason: 'address-in-use',
      address: 'memory',
    });
    await server.close();
    await (await listen({ memory }, () => {})).close();
  });

  test('shows where it is', async () => {
    const { server } = await place();
    expect(JSON.parse(JSON.stringify(server))).toMatchObject({ address: 'memory', sessions: 0 });
    await server.close();
  });

  test.each([
    [{ port: 1 }],
    [{ path: '/tmp/x' }],
    [{ host: 'localhost' }],
    [{ mode: 0o600 }],
  ])('has no other address: %o', async (other) => {
    const memory = createMemoryListener();
    expect(await errorOf(listen({ memory, ...other }, () => {}))).toMatchObject({
      code: 'ERR_OPTION',
      option: 'memory',
    });
  });

  test('carries more than fits into its buffers, and in order', async () => {
    const { server, join } = await place();
    const client = await join();
    const [session] = server.sessions;
    const seen: number[] = [];
    session?.onWrite(0, (text) => void seen.push((text as string).length));
    const texts = Array.from({ length: 40 }, (_, n) => 'x'.repeat(n * 5_000));
    await Promise.all(texts.map((text) => client.write(0, text)));
    expect(seen).toEqual(texts.map(({ length }) => length));
    await client.close();
    await server.close();
  });
});

describe('a stream that a server is given', () => {
  test('is a connection like any other', async () => {
    const { clock, server } = await place();
    const [here, there] = duplexPair();
    server.accept(here);
    const client = await connect({ stream: there, secret: SECRET, clock });
    expect([await client.read(0), server.sessions.size, server.counters.accepted]).toEqual(['hello', 1, 1]);
    await client.close();
    await turns();
    expect([server.sessions.size, here.destroyed]).toEqual([0, true]);
    await server.close();
  });

  test('is refused where it cannot be used', async () => {
    const { server } = await place();
    for (const stream of [new PassThrough({ objectMode: true }), new PassThrough().destroy(), null]) {
      expect(() => server.accept(stream as PassThrough)).toThrow(
        expect.objectContaining({ code: 'ERR_OPTION', option: 'stream' }),
      );
    }
    await server.close();
  });

  test('is destroyed where the server closes', async () => {
    const { server } = await place();
    await server.close();
    const [here, there] = duplexPair();
    server.accept(here);
    expect(here.destroyed).toBe(true);
    there.destroy();
  });

  test('waits its turn like any other, and loses nothing', async () => {
    const { clock, server } = await place();
    const clients = Array.from({ length: 40 }, () => {
      const [here, there] = duplexPair();
      server.accept(here);
      return new Session(new StreamStp({ stream: there, clock }), { secret: SECRET, autoAuth: true, clock });
    });
    await turns(100);
    expect(clients.filter(({ isTrusted }) => isTrusted)).toHaveLength(40);
    await Promise.all(clients.map((client) => client.close()));
    await server.close();
  });
});
