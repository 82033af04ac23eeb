import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  ConnectionLostError,
  connect,
  type ListenOptions,
  listen,
  OptionError,
  type Server,
  type Session,
} from '../../src/index.js';
import { turns } from '../support/fake-socket.js';
import { VirtualClock } from '../support/virtual-clock.js';

const NOTHING_CUT = { sessions: 1, lostBytes: 0, cutRequests: 0, cutCallbacks: 0 };

/** A server that answers READ 0 when the test says so, and a client that has asked it. */
class Scene implements AsyncDisposable {
  readonly server: Server;
  readonly client: Session;
  readonly answer: Promise<unknown>;
  readonly finish: (answer: string) => void;

  private constructor(parts: Pick<Scene, 'server' | 'client' | 'answer' | 'finish'>) {
    this.server = parts.server;
    this.client = parts.client;
    this.answer = parts.answer;
    this.finish = parts.finish;
  }

  static async open(options: Partial<ListenOptions> = {}): Promise<Scene> {
    let finish: (answer: string) => void = () => {};
    let begin: () => void = () => {};
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const server = await listen({ port: 0, ...options }, (session) => {
      session.onRead(0, () => {
        begin();
        return new Promise((resolve) => (finish = resolve));
      });
    });
    const client = await connect({ port: server.port, reconnect: false });
    const answer = client.read(0).catch((error: unknown) => error);
    await begun;
    return new Scene({ server, client, answer, finish });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.client.close(), this.server.close()]);
  }
}

/** Whether a promise has settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  await turns();
  return (await Promise.race([promise.then(() => true), Promise.resolve(false)])) as boolean;
}

describe('a server that drains', () => {
  test('FC-27: lets callbacks finish, and their answers arrive', async () => {
    await using scene = await Scene.open();
    const closed = scene.server.close({ drain: true });
    expect(await isSettled(closed)).toBe(false);
    scene.finish('late');
    expect([await scene.answer, await closed]).toEqual(['late', NOTHING_CUT]);
  });

  test('FC-27: takes no connections from the call on', async () => {
    await using scene = await Scene.open();
    const closed = scene.server.close({ drain: true });
    await expect(connect({ port: scene.server.port })).rejects.toMatchObject({
      reason: 'connection-refused',
    });
    expect(await isSettled(closed)).toBe(false);
    scene.finish('late');
    await closed;
  });

  test('FC-27: waits for its own requests', async () => {
    await using server = await listen({ port: 0 }, () => {});
    let finish: (answer: number) => void = () => {};
    const client = await connect({ port: server.port, reconnect: false });
    client.onRead(1, () => new Promise((resolve) => (finish = resolve)));
    await turns();
    const [session] = [...server.sessions];
    const read = session?.read(1);
    await once(client, 'message');
    const closed = server.close({ drain: true });
    expect(await isSettled(closed)).toBe(false);
    finish(7);
    expect([await read, await closed]).toEqual([7, NOTHING_CUT]);
    await client.close();
  });

  test('FC-27: cuts what has not finished in time, and tells it', async () => {
    const clock = new VirtualClock();
    await using scene = await Scene.open({ clock });
    const closed = scene.server.close({ drain: true, timeout: 1_000 });
    clock.advance(999);
    expect(await isSettled(closed)).toBe(false);
    clock.advance(1);
    expect(await closed).toEqual({ ...NOTHING_CUT, cutCallbacks: 1 });
    expect(await scene.answer).toBeInstanceOf(ConnectionLostError);
    expect(clock.pending).toBe(0);
  });

  test('FC-27: stops draining when it is closed without', async () => {
    await using scene = await Scene.open();
    const drained = scene.server.close({ drain: true, timeout: 3_600_000 });
    expect(await isSettled(drained)).toBe(false);
    const report = { ...NOTHING_CUT, cutCallbacks: 1 };
    expect(await Promise.all([scene.server.close(), drained])).toEqual([report, report]);
  });

  test('FC-27: is not made to wait longer by a second call', async () => {
    await using scene = await Scene.open();
    const closed = scene.server.close();
    const again = scene.server.close({ drain: true, timeout: 3_600_000 });
    expect(await again).toBe(await closed);
  });

  test('FC-27: has nothing to wait for where nothing is under way', async () => {
    const server = await listen({ port: 0, secret: 'correct horse battery staple' }, () => {});
    const stranger = connectSocket(server.port, '127.0.0.1').resume();
    const [session] = await once(server, 'session');
    expect(await server.close({ drain: true, timeout: 3_600_000 })).toEqual(NOTHING_CUT);
    expect(session.isClosed).toBe(true);
    stranger.destroy();
  });
});

describe('the end of a server', () => {
  test('is an event with the report, and one only', async () => {
    await using scene = await Scene.open();
    const reports: unknown[] = [];
    scene.server.on('closed', (report) => reports.push(report));
    const report = await scene.server.close();
    await scene.server.close();
    expect([report, reports]).toEqual([{ ...NOTHING_CUT, cutCallbacks: 1 }, [report]]);
    expect(reports[0]).toBe(report);
  });

  test.each([
    [{ drian: true }],
    [{ drain: 'yes' }],
    [{ drain: true, timeout: -1 }],
    [{ timeout: Number.NaN }],
    [null],
    [5_000],
  ])('is not begun with the options %j', async (options) => {
    await using server = await listen({ port: 0 }, (session) => session.onRead(0, () => 'pong'));
    await expect(server.close(options as object)).rejects.toBeInstanceOf(OptionError);
    await using client = await connect({ port: server.port });
    expect(await client.read(0)).toBe('pong');
  });

  test('leaves an onSession that was still at it without a warning', async () => {
    const errors: string[] = [];
    const server = await listen({ port: 0 }, (session) => session.read(1));
    server.on('sessionError', ({ name }) => errors.push(name));
    const client = await connect({ port: server.port, reconnect: false });
    client.onRead(1, () => new Promise(() => {}));
    await turns();
    await server.close();
    expect(errors).toEqual(['SessionClosedError']);
    await client.close();
  });
});

test('a server shows itself in a line', async () => {
  await using server = await listen({ port: 0 }, () => {});
  const begun = once(server, 'session');
  await using _client = await connect({ port: server.port });
  await begun;
  const portrait = { host: '127.0.0.1', port: server.port, sessions: 1, counters: { accepted: 1 } };
  expect(JSON.parse(JSON.stringify(server))).toEqual(portrait);
  expect(inspect(server)).toBe(`Server ${inspect(portrait)}`);
  expect(inspect({ deep: { in: { it: server } } })).toContain('[Server]');
});
