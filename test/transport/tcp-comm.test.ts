import { createServer, type Socket } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import {
  ListenError,
  Message,
  PureJsonProtocol,
  Session,
  type SessionOptions,
  SID_WRITE_REQUEST,
  TcpClientStp,
  TcpServerStp,
} from '../../src/index.js';
import { AcceptedTcpStp } from '../../src/transport/tcp-comm.js';
import { encodeStp, pureJson, StpDecoder } from '../../src/wire/index.js';
import { FakeSocket, turns } from '../support/fake-socket.js';
import { VirtualClock } from '../support/virtual-clock.js';

/** A transport on a socket whose peer is the test. */
class Line {
  readonly clock = new VirtualClock();
  readonly socket = new FakeSocket();
  readonly setNoDelay = vi.spyOn(this.socket, 'setNoDelay');
  readonly setKeepAlive = vi.spyOn(this.socket, 'setKeepAlive');
  readonly transport = new AcceptedTcpStp(this.socket, this.clock);

  /** The payloads that the peer has read. */
  get read(): string[] {
    const payloads: string[] = [];
    new StpDecoder({ frame: (payload) => void payloads.push(payload.toString()) }).push(
      this.socket.readByPeer,
    );
    return payloads;
  }
}

describe('a TCP transport', () => {
  test('asks the system to send small writes at once, and to look for dead peers', () => {
    const { setNoDelay, setKeepAlive } = new Line();
    expect(setNoDelay.mock.calls).toEqual([[true]]);
    expect(setKeepAlive.mock.calls).toEqual([[true, expect.any(Number)]]);
  });

  test('that closes sends what it was given in the same moment', async () => {
    const { transport, socket, read: _, ...line } = new Line();
    transport.send(Buffer.from('the last words'));
    const closed = transport.close();
    socket.startReading();
    await closed;
    const payloads: string[] = [];
    new StpDecoder({ frame: (payload) => void payloads.push(payload.toString()) }).push(socket.readByPeer);
    expect(payloads).toEqual(['the last words']);
    expect(line.clock.pending).toBe(0);
  });

  test('that breaks the connection hands over what it was given in the same moment', () => {
    const line = new Line();
    line.transport.send(Buffer.from('the verdict'));
    line.transport.disconnect('too-many-wrong-keys');
    expect(line.read).toEqual(['the verdict']);
  });

  test('takes nothing when the connection is gone, and calls nobody', async () => {
    const { transport, socket } = new Line();
    const reasons: string[] = [];
    transport.registerDisconnectCallback((reason) => reasons.push(reason));
    transport.registerCallback(() => reasons.push('data'));
    socket.endFromPeer();
    await turns();
    expect([transport.send(Buffer.from('too late')), transport.isConnected()]).toEqual([false, false]);
    socket.arrive(Buffer.from(':<late:>'));
    transport.disconnect('reconnect-requested');
    await turns();
    expect(reasons).toEqual(['peer-closed']);
  });
});

describe('a session on a TCP transport', () => {
  const payload = pureJson.encode(new Message({ serviceId: SID_WRITE_REQUEST, dataId: 4, data: 'a:b' }));

  function say(transport: AcceptedTcpStp, options: SessionOptions): void {
    const session = new Session(transport, options).addMsgToAuthWhitelist(SID_WRITE_REQUEST, 4);
    void session.send(SID_WRITE_REQUEST, 4, 'a:b');
  }

  test('counts and shows a message that is written straight into its frame as any other', async () => {
    const { transport, socket, clock } = new Line();
    const info = vi.fn();
    say(transport, { clock, logger: { info } });
    expect(transport.unconfirmed).toEqual({ messages: 1, bytes: payload.length });
    expect(transport.bufferedBytes).toBe(encodeStp(payload).length);
    const shown = `TX -> "(${payload.length}): ${payload.toString('hex').replace(/..\B/g, '$& ')}"`;
    expect(info.mock.calls.flat()).toContainEqual(expect.stringContaining(shown));
    socket.startReading();
    await turns();
    expect(socket.readByPeer).toEqual(encodeStp(payload));
  });

  test('goes through a `send` that the program has put in front of ours', () => {
    const { transport, clock } = new Line();
    const sent: Buffer[] = [];
    transport.send = (bytes) => sent.push(bytes) > 0;
    say(transport, { clock });
    expect(sent).toEqual([payload]);
  });
});

describe('a server transport that cannot listen', () => {
  test('lets its session know, which nobody asked when it listens', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const session = new Session(new TcpServerStp({ port }));
    const [error] = await new Promise<[Error]>((resolve) =>
      session.once('connectFailed', (...args) => resolve(args)),
    );
    expect(error).toBeInstanceOf(ListenError);
    expect(error).toMatchObject({ reason: 'address-in-use' });
    await session.close();
    taken.close();
  });

  test('can be closed all the same', async () => {
    const first = new TcpServerStp({ port: 0 });
    const second = new PureJsonProtocol(new TcpServerStp({ port: await first.listening() }));
    await second.close();
    await first.close();
    expect(second.isClosed).toBe(true);
  });
});

describe('a client transport without a session', () => {
  test('keeps its connection longer than an attempt may take', async () => {
    const sockets: Socket[] = [];
    const peer = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
    await new Promise((resolve) => peer.once('listening', resolve));
    const { port } = peer.address() as { port: number };
    const clock = new VirtualClock();
    const transport = new TcpClientStp({ port, clock });
    await new Promise<void>((resolve) => transport.registerConnectCallback(resolve));
    const lost: string[] = [];
    transport.registerDisconnectCallback((reason) => void lost.push(reason));
    clock.advance(60_000);
    await turns();
    expect([transport.isConnected(), lost, sockets.length]).toEqual([true, [], 1]);
    await transport.close();
    for (const socket of sockets) socket.destroy();
    peer.close();
    expect(lost).toEqual(['session-closed']);
  });
});
