/** How a link ends: what was sent reaches the peer, and what did not is counted. */

import { describe, expect, test } from 'vitest';
import type { LinkReason } from '../../src/index.js';
import { DEFAULT_LINK_LIMITS } from '../../src/transport/link-limits.js';
import { AcceptedTcpStp } from '../../src/transport/tcp-comm.js';
import { encodeStp, StpDecoder } from '../../src/wire/index.js';
import { FakeSocket, turns } from '../support/fake-socket.js';
import { watch } from '../support/pair.js';
import { VirtualClock } from '../support/virtual-clock.js';

const KIB = 1024;
const SLICE_BYTES = 256 * KIB;
const CLOSE_TIMEOUT_MS = 10_000;
/** Of a frame around a payload without colons. */
const ENVELOPE_BYTES = 4;

/** A transport on a socket, and what it says. */
class Line {
  readonly clock = new VirtualClock();
  readonly socket = new FakeSocket();
  readonly transport = new AcceptedTcpStp(this.socket, this.clock);
  readonly heard: string[] = [];
  readonly #read: string[] = [];

  constructor() {
    const decoder = new StpDecoder({ frame: (payload) => void this.#read.push(String(payload)) });
    this.socket.onRead = (bytes) => void decoder.push(bytes);
    this.transport.registerCallback((payload) => void this.heard.push(`data ${payload}`));
    this.transport.registerDisconnectCallback((reason) => void this.heard.push(`closed ${reason}`));
  }

  /** Sends a frame that is so long, with all that is around it. */
  sendFrame(byteLength: number): void {
    this.transport.send(Buffer.alloc(byteLength - ENVELOPE_BYTES, 'x'));
  }

  /** The lengths of the frames that the peer has read. */
  get framesRead(): number[] {
    return this.#read.map(({ length }) => length + ENVELOPE_BYTES);
  }

  /** Whether this side has ended its stream. */
  get hasEnded(): boolean {
    return this.socket.writableFinished;
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await turns();
  }
}

describe('FC-10: a link that closes', () => {
  test('is announced at once, and sends all that it took, however long the peer takes', async () => {
    const line = new Line();
    line.socket.stopReading();
    line.sendFrame(4 * SLICE_BYTES);
    const close = watch(line.transport.close());
    expect([line.heard, line.transport.isConnected()]).toEqual([['closed session-closed'], false]);
    for (let n = 0; n < 4; n++) {
      await line.pass(CLOSE_TIMEOUT_MS - 1);
      expect(close.state).toBe('pending');
      line.socket.readSome(SLICE_BYTES);
      await turns();
    }
    expect(line.framesRead).toEqual([4 * SLICE_BYTES]);
    line.socket.endFromPeer();
    await turns();
    expect(close.value).toEqual({ lostBytes: 0 });
    expect([line.socket.destroyed, line.clock.pending]).toEqual([true, 0]);
  });

  test.each([
    ['16 KiB', 16 * KIB, true],
    ['a byte less', 16 * KIB - 1, false],
  ])('goes on after %s in the time-out: %s', async (_, byteLength, goesOn) => {
    const line = new Line();
    line.socket.stopReading();
    line.sendFrame(SLICE_BYTES);
    const close = watch(line.transport.close());
    systemHolds(line.socket, SLICE_BYTES - byteLength);
    await line.pass(CLOSE_TIMEOUT_MS);
    expect(close.state).toBe(goesOn ? 'pending' : 'resolved');
    if (goesOn) await line.pass(CLOSE_TIMEOUT_MS);
    expect(close.value).toEqual({ lostBytes: SLICE_BYTES - byteLength });
    expect([line.socket.destroyed, line.clock.pending]).toEqual([true, 0]);
  });

  test('counts all that a peer did not take that does not read, what Node was not given included', async () => {
    const line = new Line();
    line.socket.stopReading();
    line.sendFrame(5 * SLICE_BYTES);
    line.sendFrame(100);
    const close = watch(line.transport.close());
    line.socket.readSome(SLICE_BYTES);
    await turns();
    await line.pass(CLOSE_TIMEOUT_MS);
    await line.pass(CLOSE_TIMEOUT_MS);
    expect(close.value).toEqual({ lostBytes: 4 * SLICE_BYTES + 100 });
  });

  test('keeps to the time that its session has set', async () => {
    const line = new Line();
    line.transport.limit({ ...DEFAULT_LINK_LIMITS, closeTimeoutMs: 70 });
    line.socket.stopReading();
    line.sendFrame(1_000);
    const close = watch(line.transport.close());
    await line.pass(69);
    expect(close.state).toBe('pending');
    await line.pass(1);
    expect(close.value).toEqual({ lostBytes: 1_000 });
  });

  test('counts what is in doubt when the connection breaks: all since the last byte from the peer', async () => {
    const line = new Line();
    line.sendFrame(1_000);
    await turns();
    line.socket.arrive(encodeStp(Buffer.from('got it')));
    await turns();
    line.sendFrame(500);
    await turns();
    line.socket.staysOpen = true;
    const close = watch(line.transport.close());
    await turns();
    line.socket.resetFromPeer();
    await turns();
    // the system took them, and the peer may never have seen them
    expect(close.value).toEqual({ lostBytes: 500 - ENVELOPE_BYTES });
    expect([line.heard, line.clock.pending]).toEqual([['data got it', 'closed session-closed'], 0]);
  });

  test('counts what was never taken when the connection breaks, whatever the peer sent since', async () => {
    const line = new Line();
    line.socket.stopReading();
    line.sendFrame(3 * SLICE_BYTES);
    line.socket.arrive(encodeStp(Buffer.from('hello')));
    await turns();
    line.socket.readSome(SLICE_BYTES);
    await turns();
    const close = watch(line.transport.close());
    line.socket.resetFromPeer();
    await turns();
    expect(close.value).toEqual({ lostBytes: 2 * SLICE_BYTES });
  });

  test('is closed once, whoever asks again', async () => {
    const line = new Line();
    line.socket.stopReading();
    line.sendFrame(100);
    const [one, other] = [watch(line.transport.close()), watch(line.transport.close())];
    line.transport.disconnect('reconnect-requested');
    await turns();
    expect([one.state, other.state]).toEqual(['pending', 'pending']);
    await line.pass(CLOSE_TIMEOUT_MS);
    expect([one.value, other.value]).toEqual([{ lostBytes: 100 }, { lostBytes: 100 }]);
    expect(await line.transport.close()).toEqual({ lostBytes: 0 });
    expect(line.heard).toEqual(['closed session-closed']);
  });

  test('ends its stream before it is gone, though nothing was ever sent', async () => {
    const line = new Line();
    line.socket.staysOpen = true;
    const close = watch(line.transport.close());
    await line.pass(999);
    expect([line.hasEnded, close.state]).toEqual([true, 'pending']);
    await line.pass(1);
    expect(close.value).toEqual({ lostBytes: 0 });
    expect([line.socket.destroyed, line.clock.pending]).toEqual([true, 0]);
  });
});

describe('FC-41: a link that has sent all', () => {
  test('ends its stream, and drops what comes until the peer has ended its own', async () => {
    const line = new Line();
    line.sendFrame(100);
    line.socket.staysOpen = true;
    const close = watch(line.transport.close());
    await turns();
    expect([line.hasEnded, line.socket.destroyed, line.socket.isReading]).toEqual([true, false, true]);
    line.socket.arrive(encodeStp(Buffer.from('a question')));
    await turns();
    expect([close.state, line.socket.readableLength]).toEqual(['pending', 0]);
    line.socket.endFromPeer();
    await turns();
    expect(close.value).toEqual({ lostBytes: 0 });
    expect([line.heard, line.clock.pending]).toEqual([['closed session-closed'], 0]);
  });

  test('reads on though reading was paused, while it still sends and afterwards', async () => {
    const line = new Line();
    line.socket.stopReading();
    line.sendFrame(100);
    line.transport.pause();
    line.socket.arrive(encodeStp(Buffer.from('one')));
    const close = watch(line.transport.close());
    line.socket.arrive(encodeStp(Buffer.from('two')));
    await turns();
    expect([line.socket.readableLength, line.hasEnded]).toEqual([0, false]);
    line.socket.startReading();
    await turns();
    expect([line.hasEnded, line.socket.readableLength]).toEqual([true, 0]);
    line.socket.endFromPeer();
    await turns();
    expect(close.value).toEqual({ lostBytes: 0 });
    expect(line.heard).toEqual(['closed session-closed']);
  });

  test.each([
    ['a second', 100, 1_000],
    ['as long as it takes at 32 KiB a second', 160 * KIB, 5_000],
    ['the time-out', 640 * KIB, CLOSE_TIMEOUT_MS],
  ])('waits for a silent peer from the end of its stream on: %s', async (_, byteLength, waitMs) => {
    const line = new Line();
    line.socket.stopReading();
    line.socket.staysOpen = true;
    await line.pass(100_000);
    line.sendFrame(byteLength);
    const close = watch(line.transport.close());
    line.socket.startReading();
    await turns();
    expect(line.hasEnded).toBe(true);
    await line.pass(waitMs - 1);
    expect(close.state).toBe('pending');
    await line.pass(1);
    expect(close.value).toEqual({ lostBytes: 0 });
    expect([line.socket.destroyed, line.clock.pending]).toEqual([true, 0]);
  });

  test.each([
    [100, 1_000],
    [480 * KIB, 15_000],
    [10_000 * KIB, 3 * CLOSE_TIMEOUT_MS],
  ])('reads a peer that sends for ever while it may not have got %i bytes: %i ms', async (sent, mostMs) => {
    const line = new Line();
    line.socket.staysOpen = true;
    line.sendFrame(sent);
    await turns(100);
    const close = watch(line.transport.close());
    for (let ms = 0; ms < mostMs; ms += 500) {
      expect(close.state).toBe('pending');
      line.socket.arrive(Buffer.alloc(1_000));
      await line.pass(500);
    }
    expect(close.value).toEqual({ lostBytes: 0 });
    expect([line.socket.destroyed, line.clock.pending]).toEqual([true, 0]);
  });
});

describe('a link that is broken', () => {
  test.each<LinkReason>([
    'reconnect-requested',
    'key-refused',
    'too-many-wrong-keys',
    'frame-too-long',
    'answer-overdue',
  ])('lingers for a second, in which its last words arrive: %s', async (reason) => {
    const line = new Line();
    line.socket.staysOpen = true;
    line.sendFrame(100);
    line.transport.disconnect(reason);
    expect(line.heard).toEqual([`closed ${reason}`]);
    await line.pass(999);
    expect([line.framesRead, line.hasEnded, line.socket.destroyed]).toEqual([[100], true, false]);
    await line.pass(1);
    expect([line.socket.destroyed, line.clock.pending]).toEqual([true, 0]);
  });

  test.each<LinkReason>([
    'peer-silent',
    'slow-consumer',
    'output-stalled',
    'too-many-untrusted',
    'too-many-untrusted-messages',
    'handshake-timeout',
    'peer-speaks-http',
  ])('is gone at once where nobody reads, or a stranger would cost more: %s', (reason) => {
    const line = new Line();
    line.sendFrame(100);
    line.transport.disconnect(reason);
    expect([line.heard, line.socket.destroyed]).toEqual([[`closed ${reason}`], true]);
    expect(line.clock.pending).toBe(0);
  });

  test('lingers no longer for a peer that reads slowly', async () => {
    const line = new Line();
    line.socket.stopReading();
    line.sendFrame(4 * SLICE_BYTES);
    line.transport.disconnect('reconnect-requested');
    line.socket.readSome(SLICE_BYTES);
    await turns();
    await line.pass(1_000);
    expect([line.socket.destroyed, line.clock.pending]).toEqual([true, 0]);
  });

  test('lingers with no more than 63 others', async () => {
    const lines = Array.from({ length: 66 }, () => new Line());
    for (const line of lines) {
      line.socket.staysOpen = true;
      line.sendFrame(100);
      line.transport.disconnect('too-many-bad-frames');
    }
    expect(lines.filter(({ socket }) => socket.destroyed)).toHaveLength(2);
    for (const line of lines) await line.pass(1_000);
    const last = new Line();
    last.sendFrame(100);
    last.transport.disconnect('too-many-bad-frames');
    expect(last.socket.destroyed).toBe(false);
    await turns();
    expect(last.socket.destroyed).toBe(true);
  });

  test('is waited for by whoever closes the transport then', async () => {
    const line = new Line();
    line.socket.stopReading();
    line.sendFrame(100);
    line.transport.disconnect('peer-closed');
    const close = watch(line.transport.close());
    await line.pass(CLOSE_TIMEOUT_MS - 1);
    expect([line.heard, close.state]).toEqual([['closed peer-closed'], 'pending']);
    await line.pass(1);
    expect(close.value).toEqual({ lostBytes: 100 });
  });
});

describe('FC-34: a peer that ends its stream', () => {
  test('ends the link where nobody cares, and still gets what was sent', async () => {
    const line = new Line();
    line.socket.stopReading();
    line.sendFrame(100);
    line.socket.endFromPeer();
    await turns();
    expect([line.heard, line.transport.isConnected()]).toEqual([['closed peer-closed'], false]);
    line.socket.startReading();
    await turns();
    expect([line.framesRead, line.socket.destroyed, line.clock.pending]).toEqual([[100], true, 0]);
  });

  test('is answered where the session cares, until it disconnects', async () => {
    const line = new Line();
    line.transport.registerEndCallback(() => void line.heard.push('ended'));
    line.socket.arrive(encodeStp(Buffer.from('a question')));
    line.socket.endFromPeer();
    await turns();
    expect([line.heard, line.transport.isConnected()]).toEqual([['data a question', 'ended'], true]);
    line.sendFrame(100);
    await turns();
    line.sendFrame(200);
    line.transport.disconnect('peer-closed');
    await turns();
    expect([line.framesRead, line.heard.at(-1)]).toEqual([[100, 200], 'closed peer-closed']);
    expect([line.socket.destroyed, line.clock.pending]).toEqual([true, 0]);
  });

  test.each([
    true,
    false,
  ])('is reported after what was not read yet; with a session that cares: %s', async (cares) => {
    const line = new Line();
    if (cares) line.transport.registerEndCallback(() => void line.heard.push('ended'));
    line.transport.registerCallback((payload) => {
      line.heard.push(String(payload));
      line.transport.pause();
    });
    line.socket.arrive(Buffer.concat(['a', 'b', 'c'].map((each) => encodeStp(Buffer.from(each)))));
    line.socket.endFromPeer();
    const end = cares ? 'ended' : 'closed peer-closed';
    for (const expected of [['a'], ['a', 'b'], ['a', 'b', 'c'], ['a', 'b', 'c', end]]) {
      await turns();
      line.transport.resume();
      await turns(0);
      expect(line.heard).toEqual(expected);
    }
  });

  test('leaves a frame that it has begun unfinished: it is dropped, and has no time-out', async () => {
    const line = new Line();
    line.transport.registerEndCallback(() => void line.heard.push('ended'));
    line.transport.registerDropCallback(({ reason }) => void line.heard.push(`dropped ${reason}`));
    line.socket.arrive(Buffer.from(':<begun'));
    line.socket.endFromPeer();
    await turns();
    expect([line.heard, line.clock.pending]).toEqual([['dropped unfinished', 'ended'], 0]);
    line.transport.disconnect('peer-closed');
    await turns();
    expect(line.heard).toEqual(['dropped unfinished', 'ended', 'closed peer-closed']);
  });

  test('that is gone altogether is found by what is sent to it', async () => {
    const line = new Line();
    line.transport.registerEndCallback(() => void line.heard.push('ended'));
    line.socket.endFromPeer();
    await turns();
    line.sendFrame(100);
    line.socket.resetFromPeer();
    await turns();
    expect([line.heard, line.clock.pending]).toEqual([['ended', 'closed connection-reset'], 0]);
  });
});

/** What libuv says of the bytes that it holds. */
function systemHolds(socket: FakeSocket, writeQueueSize: number): void {
  const value = { writeQueueSize, close: (done: () => void) => setImmediate(done) };
  Object.defineProperty(socket, '_handle', { value, configurable: true, writable: true });
}
