/** Sessions over streams: one Duplex, which is one link, and a function that opens one whenever a link is needed. */

import { connect as connectSocket, createServer } from 'node:net';
import { type Duplex, duplexPair, PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import {
  ConnectError,
  connect,
  OptionError,
  Session,
  type StreamSource,
  StreamStp,
} from '../../src/index.js';
import { turns } from '../support/fake-socket.js';
import { VirtualClock } from '../support/virtual-clock.js';

const SECRET = 'correct horse battery staple';

/** A device at the other end of a stream. */
function device(stream: Duplex, clock = new VirtualClock()): Session {
  const session = new Session(new StreamStp({ stream, role: 'server', clock }), { secret: SECRET, clock });
  session.onRead(0, () => 'hello');
  return session;
}

/** What a session says of its links, from now on. */
function sessionEvents(session: Session): string[] {
  const heard: string[] = [];
  session.on('connected', () => void heard.push('connected'));
  session.on('disconnected', (reason) => void heard.push(`disconnected ${reason}`));
  session.on('abandoned', (reason) => void heard.push(`abandoned ${reason}`));
  session.on('connectFailed', ({ message }) => void heard.push(`connectFailed ${message}`));
  return heard;
}

/** Opens a new pair for each link, with a device at its other end. */
class Cable {
  readonly clock = new VirtualClock();
  readonly ends: Duplex[] = [];
  readonly devices: Session[] = [];

  readonly open = (): Duplex => {
    const [here, there] = duplexPair();
    this.ends.push(here);
    this.devices.push(device(there, this.clock));
    return here;
  };
}

async function errorOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.unreachable(),
    (error: Error) => error,
  );
}

describe('a session on one stream', () => {
  test('authenticates, and asks and answers in both directions', async () => {
    const [here, there] = duplexPair();
    const clock = new VirtualClock();
    const server = device(there, clock);
    const client = await connect({ stream: here, secret: SECRET, clock });
    client.onRead(1, () => 'and hello to you');
    expect([client.isTrusted, await client.read(0), await server.read(1)]).toEqual([
      true,
      'hello',
      'and hello to you',
    ]);
    await Promise.all([client.close(), server.close()]);
    expect([clock.pending, here.destroyed, there.destroyed]).toEqual([0, true, true]);
  });

  test('is abandoned when the stream is lost, and asks for no other', async () => {
    const [here, there] = duplexPair();
    const clock = new VirtualClock();
    device(there, clock);
    const client = await connect({ stream: here, secret: SECRET, clock });
    const heard = sessionEvents(client);
    here.destroy(Object.assign(new Error('read EIO'), { code: 'EIO' }));
    await turns();
    expect(heard).toEqual(['disconnected network-error', 'abandoned network-error']);
    expect(await errorOf(client.read(0))).toMatchObject({ code: 'ERR_CONNECTION_LOST' });
    clock.advance(120_000);
    await turns();
    expect(heard).toHaveLength(2);
    await client.close();
  });

  test('says that the stream is used up where it is told to reconnect', async () => {
    const [here, there] = duplexPair();
    const clock = new VirtualClock();
    device(there, clock);
    const client = await connect({ stream: here, secret: SECRET, clock });
    const heard = sessionEvents(client);
    client.reconnect();
    await turns();
    expect(heard.at(-2)).toBe(
      'connectFailed Could not connect to a stream: the stream is one whose output has been ended',
    );
    expect(heard.at(-1)).toBe('abandoned connect-failed');
    await client.close();
  });

  test('has a heartbeat: nobody says whether a stream can die silently', async () => {
    const [here, there] = duplexPair();
    const clock = new VirtualClock();
    const server = device(there, clock);
    const client = await connect({ stream: here, secret: SECRET, clock });
    const heard = sessionEvents(client);
    there.pause();
    clock.advance(60_000);
    await turns();
    clock.advance(60_000);
    await turns();
    expect(heard).toContain('disconnected peer-silent');
    await client.close();
    // nobody reads at its other end any more
    void server.close();
    clock.advance(60_000);
    await turns();
    expect([clock.pending, there.destroyed]).toEqual([0, true]);
  });

  test('in the role of the server ends for good with its stream, too', async () => {
    const [here, there] = duplexPair();
    const clock = new VirtualClock();
    const server = device(there, clock);
    const heard = sessionEvents(server);
    await turns();
    here.resume().end();
    await turns();
    expect(heard).toEqual(['connected', 'disconnected peer-closed', 'abandoned peer-closed']);
    await server.close();
    expect(clock.pending).toBe(0);
  });
});

describe('a session on a function that opens streams', () => {
  test('comes back through it after each loss', async () => {
    const cable = new Cable();
    const { clock } = cable;
    const client = await connect({ stream: cable.open, secret: SECRET, clock, random: () => 0 });
    for (let n = 1; n <= 3; n++) {
      expect(await client.read(0)).toBe('hello');
      expect(cable.ends).toHaveLength(n);
      cable.ends.at(-1)?.destroy();
      await turns();
      clock.advance(200);
      await turns(10);
    }
    await client.close();
    expect(cable.ends.every(({ destroyed }) => destroyed)).toBe(true);
  });

  test('takes a promise of a stream', async () => {
    const cable = new Cable();
    const stream = async (): Promise<Duplex> => {
      await turns();
      return cable.open();
    };
    const client = await connect({ stream, secret: SECRET, clock: cable.clock });
    expect(await client.read(0)).toBe('hello');
    await client.close();
  });

  test('waits until a socket is connected', async () => {
    const server = createServer((socket) => void socket.end()).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const transport = new StreamStp({ stream: () => connectSocket(port, '127.0.0.1') });
    await new Promise<void>((resolve) => transport.registerConnectCallback(resolve));
    expect(transport.peerAddress).toBe(`127.0.0.1:${port}`);
    await transport.close();
    await new Promise((resolve) => server.close(resolve));
    const error = await errorOf(
      connect({ stream: () => connectSocket(port, '127.0.0.1'), reconnect: false }),
    );
    expect(error).toMatchObject({ name: 'ConnectError', reason: 'connection-refused' });
  });

  test.each<[string, StreamSource, string]>([
    [
      'that throws',
      () => {
        throw new Error('no such port');
      },
      'no such port',
    ],
    ['whose promise is rejected', () => Promise.reject(new Error('no such port')), 'no such port'],
    ['whose promise is rejected with no error', () => Promise.reject('no carrier'), 'no carrier'],
    ['that returns nothing', (() => {}) as unknown as StreamSource, 'the stream is undefined'],
    [
      'that returns a stream of objects',
      () => new PassThrough({ objectMode: true }),
      'the stream is one in object mode, which carries no bytes',
    ],
    [
      'that returns a stream that is gone',
      () => new PassThrough().destroy(),
      'the stream is one that has been destroyed',
    ],
  ])('%s is a failed attempt that says why', async (_, stream, why) => {
    const error = await errorOf(connect({ stream, reconnect: false }));
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({
      reason: 'connect-failed',
      address: 'a stream',
      message: `Could not connect to a stream: ${why}`,
    });
  });

  test('keeps asking for one where it waits for the peer', async () => {
    const cable = new Cable();
    let calls = 0;
    const stream = (): Duplex => {
      calls++;
      if (calls < 4) throw new Error('not yet');
      return cable.open();
    };
    const { clock } = cable;
    const connected = connect({ stream, secret: SECRET, clock, waitForPeer: true });
    for (let n = 0; n < 8; n++) {
      await turns();
      clock.advance(1_000);
    }
    const client = await connected;
    expect([calls, client.isTrusted]).toEqual([4, true]);
    await client.close();
  });

  test('destroys a stream that comes after the attempt was given up', async () => {
    const clock = new VirtualClock();
    let arrive: (stream: Duplex) => void = () => {};
    const stream = (): Promise<Duplex> =>
      new Promise((resolve) => {
        arrive = resolve;
      });
    const failed = errorOf(connect({ stream, clock, connectTimeout: 1_000, reconnect: false }));
    await turns();
    clock.advance(1_000);
    expect(await failed).toMatchObject({ reason: 'connect-timeout' });
    const [here] = duplexPair();
    arrive(here);
    await turns();
    expect([here.destroyed, clock.pending]).toEqual([true, 0]);
  });

  test('is given up by a signal', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const never = new Promise<Duplex>(() => {});
    const given = errorOf(connect({ stream: () => never, clock, signal: controller.signal }));
    await turns();
    controller.abort(new Error('enough'));
    expect([(await given).message, clock.pending]).toEqual(['enough', 0]);
  });
});

describe('the options of a stream transport', () => {
  test.each<[string, object, string]>([
    ['no stream', {}, 'stream'],
    ['a stream of text', { stream: new PassThrough().setEncoding('utf8') }, 'stream'],
    ['a destroyed stream', { stream: new PassThrough().destroy() }, 'stream'],
    ['a promise', { stream: Promise.resolve(new PassThrough()) }, 'stream'],
    ['a role that there is not', { stream: new PassThrough(), role: 'peer' }, 'role'],
    ['one stream and how to come back', { stream: new PassThrough(), reconnect: {} }, 'reconnect'],
    ['TLS without a name for the certificate', { stream: new PassThrough(), tls: true }, 'tls.servername'],
    ['TLS as a server', { stream: new PassThrough(), tls: { servername: 'x' }, role: 'server' }, 'tls'],
  ])('refuse %s', (_, options, option) => {
    let error: unknown;
    try {
      new StreamStp(options as { stream: Duplex });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(OptionError);
    expect(error).toMatchObject({ option });
  });

  test.each([
    [{ port: 17_017 }],
    [{ host: 'localhost' }],
    [{ path: '/tmp/x.sock' }],
  ])('refuse another address beside a stream: %o', async (address) => {
    const error = await errorOf(connect({ stream: duplexPair()[0], ...address }));
    expect(error).toMatchObject({ code: 'ERR_OPTION', option: 'stream' });
  });
});
