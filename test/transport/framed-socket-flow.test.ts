/** When a framed socket says that there is room again, what it counts, and when it reads. */

import { describe, expect, test, vi } from 'vitest';
import type { LinkLimits } from '../../src/transport/comm-instance.js';
import { FramedSocket } from '../../src/transport/framed-socket.js';
import { DEFAULT_LINK_LIMITS } from '../../src/transport/link-limits.js';
import { encodeStp, StpDecoder } from '../../src/wire/index.js';
import { FakeSocket, turns } from '../support/fake-socket.js';
import { VirtualClock } from '../support/virtual-clock.js';

const KIB = 1024;
const SLICE_BYTES = 256 * KIB;
/** Of a frame around a payload without colons. */
const ENVELOPE_BYTES = 4;

/** A framed socket, and what it reports. */
function bench(limits: Partial<LinkLimits> = {}) {
  const clock = new VirtualClock();
  const socket = new FakeSocket();
  const heard: string[] = [];
  const received: string[] = [];
  const decoder = new StpDecoder({ frame: (payload) => void received.push(String(payload)) });
  socket.onRead = (bytes) => void decoder.push(bytes);
  const reaction = { data: (_: string): void => {} };
  const framed = new FramedSocket(socket, clock, {
    data: (payload) => {
      heard.push(String(payload));
      reaction.data(String(payload));
    },
    dropped: ({ reason }) => void heard.push(`dropped ${reason}`),
    drained: () => void heard.push('drained'),
    ended: () => false,
    closed: (reason) => void heard.push(`closed ${reason}`),
  });
  framed.limit({ ...DEFAULT_LINK_LIMITS, ...limits });
  /** Sends a frame that is so long, with all that is around it. */
  const sendFrame = (byteLength: number): boolean =>
    framed.send(Buffer.alloc(byteLength - ENVELOPE_BYTES, 'x'));
  const arrive = (...payloads: string[]): void =>
    socket.arrive(Buffer.concat(payloads.map((payload) => encodeStp(Buffer.from(payload)))));
  /** The peer takes a slice; what is reported of it, and what is left. */
  const readSlice = async (): Promise<[drained: number, left: number]> => {
    const before = heard.length;
    socket.readSome(SLICE_BYTES);
    await turns();
    return [heard.slice(before).filter((each) => each === 'drained').length, framed.bufferedBytes];
  };
  return { clock, socket, framed, heard, received, reaction, sendFrame, arrive, readSlice };
}

/** What libuv says of the bytes that it holds. */
function systemHolds(socket: FakeSocket, writeQueueSize: number | undefined | null): void {
  const value = writeQueueSize === null ? null : { writeQueueSize };
  Object.defineProperty(socket, '_handle', { value, configurable: true, writable: true });
}

describe('room again', () => {
  test('is reported from 512 KiB on while more goes out, and when nothing waits', async () => {
    const { socket, sendFrame, readSlice } = bench();
    socket.stopReading();
    sendFrame(5 * SLICE_BYTES);
    expect(await readSlice()).toEqual([0, 1_024 * KIB]);
    expect(await readSlice()).toEqual([0, 768 * KIB]);
    expect(await readSlice()).toEqual([1, 512 * KIB]);
    expect(await readSlice()).toEqual([1, 256 * KIB]);
    expect(await readSlice()).toEqual([1, 0]);
  });

  test('is not reported with a byte more than 512 KiB', async () => {
    const { socket, sendFrame, readSlice } = bench();
    socket.stopReading();
    sendFrame(3 * SLICE_BYTES + 1);
    expect(await readSlice()).toEqual([0, 512 * KIB + 1]);
    expect(await readSlice()).toEqual([1, 256 * KIB + 1]);
  });

  test.each([
    [SLICE_BYTES, 1],
    [SLICE_BYTES - 1, 0],
  ])('is not reported above what may wait: %s bytes: %s', async (maxOutputBytes, drained) => {
    const { socket, sendFrame, readSlice } = bench({ maxOutputBytes });
    socket.stopReading();
    sendFrame(3 * SLICE_BYTES);
    expect(await readSlice()).toEqual([0, 2 * SLICE_BYTES]);
    expect(await readSlice()).toEqual([drained, SLICE_BYTES]);
    expect(await readSlice()).toEqual([1, 0]);
  });

  test('is not reported before the system has taken the whole of a slice', async () => {
    const { socket, framed, heard, sendFrame } = bench();
    socket.stopReading();
    sendFrame(SLICE_BYTES);
    socket.readSome(SLICE_BYTES - 1);
    await turns();
    expect([heard, framed.bufferedBytes]).toEqual([[], SLICE_BYTES]);
    socket.readSome(1);
    await turns();
    expect([heard, framed.bufferedBytes]).toEqual([['drained'], 0]);
  });

  test.each([
    [300, []],
    [299, ['drained']],
  ])('is reported of small frames where more than %s bytes of them waited: %s', async (maxOutputBytes, expected) => {
    const { heard, sendFrame } = bench({ maxOutputBytes });
    for (let n = 0; n < 3; n++) sendFrame(100);
    await turns();
    expect(heard).toEqual(expected);
    sendFrame(100);
    await turns();
    expect(heard).toEqual(expected);
  });

  test('is not reported of a connection that is closed', async () => {
    const { socket, framed, heard, received, sendFrame } = bench();
    socket.stopReading();
    sendFrame(3 * SLICE_BYTES);
    framed.disconnect('session-closed');
    socket.startReading();
    expect(await framed.gone).toBe(0);
    expect([heard, received.length]).toEqual([['closed session-closed'], 1]);
  });
});

describe('what waits for the system', () => {
  test('is given to it slice by slice, in the order in which it was sent', async () => {
    const { socket, framed, received, sendFrame } = bench();
    socket.stopReading();
    sendFrame(SLICE_BYTES + 10);
    framed.send(Buffer.from('small'));
    sendFrame(5_000);
    await turns();
    expect([socket.writableLength, framed.bufferedBytes]).toEqual([SLICE_BYTES, SLICE_BYTES + 19 + 5_000]);
    socket.startReading();
    await turns();
    expect(received.map(({ length }) => length)).toEqual([SLICE_BYTES + 6, 5, 4_996]);
  });

  test('is counted as taken as far as libuv says so', async () => {
    const { socket, framed, sendFrame } = bench();
    socket.stopReading();
    sendFrame(10_000);
    expect(framed.takenBytes).toBe(0);
    systemHolds(socket, 4_000);
    expect(framed.takenBytes).toBe(6_000);
    systemHolds(socket, 0);
    expect(framed.takenBytes).toBe(10_000);
    for (const silence of [undefined, null]) {
      systemHolds(socket, silence);
      expect(framed.takenBytes).toBe(0);
    }
  });

  test('is counted as taken where Node holds nothing any more, whatever libuv said last', async () => {
    const { socket, framed, sendFrame } = bench();
    sendFrame(10_000);
    await turns();
    systemHolds(socket, 4_000);
    expect(framed.takenBytes).toBe(10_000);
    sendFrame(5_000);
    await turns();
    expect(framed.takenBytes).toBe(15_000);
  });

  test('is not yet counted as taken while it waits for its slice', () => {
    const { socket, framed, sendFrame } = bench();
    socket.stopReading();
    sendFrame(3 * SLICE_BYTES);
    systemHolds(socket, 0);
    expect(framed.takenBytes).toBe(SLICE_BYTES);
  });

  test('is cut off by the stalled-output time from its first byte, and no timer is left when it is gone', async () => {
    const { clock, socket, heard, sendFrame, readSlice } = bench({ stallTimeoutMs: 100 });
    socket.stopReading();
    sendFrame(2 * SLICE_BYTES);
    clock.advance(99);
    await readSlice();
    clock.advance(99);
    await turns();
    expect(heard).toEqual(['drained']);
    await readSlice();
    expect([heard, clock.pending]).toEqual([['drained', 'drained'], 0]);
    sendFrame(100);
    await turns();
    clock.advance(100);
    expect(heard.at(-1)).toBe('closed output-stalled');
  });

  test('is too slow from when a slice was taken last, which is a sign of life', async () => {
    const { clock, socket, framed, heard, sendFrame, readSlice } = bench({ maxOutputBytes: 1_000 });
    socket.stopReading();
    sendFrame(3 * SLICE_BYTES);
    clock.advance(9_999);
    await readSlice();
    expect(framed.lastHeardMs).toBe(9_999);
    clock.advance(9_999);
    expect(heard).toEqual([]);
    clock.advance(1);
    expect(heard).toEqual(['closed slow-consumer']);
  });

  test('moves the moment when all has arrived', async () => {
    const { framed, sendFrame } = bench();
    sendFrame(32_768);
    expect(framed.arrivedByMs).toBe(1_000);
    sendFrame(3_277);
    await turns();
    expect(framed.arrivedByMs).toBeCloseTo(1_100, 1);
  });

  test('leaves before the connection is broken', () => {
    const { framed, received, heard } = bench();
    framed.send(Buffer.from('last words'));
    framed.destroy('peer-silent');
    expect([received, heard]).toEqual([['last words'], ['closed peer-silent']]);
  });
});

describe('what is sent while a chunk is handled', () => {
  test('leaves with the end of the chunk, in one call to the system', async () => {
    const { socket, framed, received, reaction, arrive } = bench();
    const write = vi.spyOn(socket, 'write');
    reaction.data = (payload) => void framed.send(Buffer.from(`answer ${payload}`));
    await turns();
    arrive('1', '2', '3');
    expect(received).toEqual(['answer 1', 'answer 2', 'answer 3']);
    expect(write).toHaveBeenCalledTimes(1);
  });

  test('leaves although the handler throws, and so does what is sent after it', async () => {
    const { socket, framed, received, reaction } = bench();
    reaction.data = () => {
      framed.send(Buffer.from('before'));
      throw new Error('of the program');
    };
    expect(() => socket.emit('data', encodeStp(Buffer.from('a payload')))).toThrow('of the program');
    framed.send(Buffer.from('after'));
    await turns();
    expect(received).toEqual(['before', 'after']);
  });
});

describe('what the peer has not confirmed', () => {
  test('is what was sent after its last byte, though reading is paused', async () => {
    const { socket, framed } = bench();
    framed.send(Buffer.from('abc'));
    framed.send(Buffer.alloc(5_000));
    expect(framed.unconfirmed).toEqual({ messages: 2, bytes: 5_003 });
    socket.arrive(Buffer.from(':'));
    await turns();
    expect(framed.unconfirmed).toEqual({ messages: 0, bytes: 0 });
    framed.send(Buffer.from('d'));
    framed.destroy('peer-silent');
    expect(framed.unconfirmed).toEqual({ messages: 1, bytes: 1 });
  });

  test('is not what was never sent', async () => {
    const { framed } = bench();
    framed.destroy('peer-silent');
    expect([framed.send(Buffer.from('a')), framed.unconfirmed, framed.bufferedBytes]).toEqual([
      false,
      { messages: 0, bytes: 0 },
      0,
    ]);
  });
});

describe('reading', () => {
  test('is what the socket says that it is', async () => {
    const { clock, socket, framed } = bench();
    expect(framed.isPaused).toBe(false);
    framed.pause();
    expect([framed.isPaused, socket.isReading]).toEqual([true, false]);
    clock.advance(10);
    expect(framed.lastHeardMs).toBe(10);
    framed.resume();
    expect([framed.isPaused, socket.isReading]).toEqual([false, false]);
    await turns(1);
    expect([socket.isReading, framed.lastHeardMs]).toEqual([true, 10]);
  });

  test('that is resumed and paused in one turn stays paused', async () => {
    const { socket, framed, heard, arrive } = bench();
    framed.pause();
    framed.resume();
    framed.pause();
    arrive('a');
    await turns();
    expect([heard, socket.isReading]).toEqual([[], false]);
  });

  test('keeps the order where a chunk comes between the resumption and the rest of the one before', async () => {
    const { socket, framed, reaction, heard, arrive } = bench();
    reaction.data = (payload) => {
      if (payload === 'a') framed.pause();
    };
    arrive('a', 'b');
    await turns();
    framed.resume();
    socket.emit('data', encodeStp(Buffer.from('c')));
    await turns();
    expect(heard).toEqual(['a', 'b', 'c']);
  });

  test('keeps what it has not read of chunks whose buffer is used again', async () => {
    const { socket, framed, heard, reaction } = bench();
    reaction.data = () => framed.pause();
    await turns();
    for (const names of [['one', 'two'], ['three']]) {
      const chunk = Buffer.concat(names.map((name) => encodeStp(Buffer.from(name))));
      socket.emit('data', chunk);
      chunk.fill('x');
    }
    reaction.data = () => {};
    framed.resume();
    await turns();
    expect(heard).toEqual(['one', 'two', 'three']);
  });

  test('of a frame that has begun has no time while it is paused, and the whole of it afterwards', async () => {
    const { clock, socket, framed, heard } = bench();
    socket.arrive(Buffer.from(':<begun'));
    await turns();
    expect(clock.pending).toBe(1);
    framed.pause();
    expect(clock.pending).toBe(0);
    clock.advance(100_000);
    framed.resume();
    await turns();
    expect(clock.pending).toBe(1);
    clock.advance(29_999);
    expect(heard).toEqual([]);
    clock.advance(1);
    expect(heard.at(-1)).toBe('closed frame-timeout');
  });

  test('stops within a chunk where a payload ends the connection', async () => {
    const { clock, framed, reaction, heard, arrive } = bench();
    reaction.data = () => framed.destroy('reconnect-requested');
    arrive('a', 'b');
    await turns();
    expect([heard, clock.pending]).toEqual([['a', 'closed reconnect-requested'], 0]);
  });

  test('stops within the rest of a chunk as well', async () => {
    const { clock, framed, socket, reaction, heard, arrive } = bench();
    reaction.data = (payload) => (payload === 'a' ? framed.pause() : framed.destroy('reconnect-requested'));
    arrive('a', 'b', 'c');
    await turns();
    const resume = vi.spyOn(socket, 'resume');
    framed.resume();
    await turns();
    expect(heard).toEqual(['a', 'b', 'closed reconnect-requested']);
    expect([resume.mock.calls.length, clock.pending]).toEqual([0, 0]);
  });

  test('takes frames as long as it may from now on, and drops longer ones', async () => {
    const { framed, heard, arrive } = bench({ maxFrameLength: 3 });
    arrive('abc', 'abcd');
    await turns();
    expect(heard.slice(0, 2)).toEqual(['abc', 'dropped too-long']);
    framed.limit({ ...DEFAULT_LINK_LIMITS, maxFrameLength: 4 });
    arrive('abcd');
    await turns();
    expect(heard.at(-1)).toBe('abcd');
  });
});

describe('the end of a framed socket', () => {
  test('that is gone already is over at once', async () => {
    const { clock, framed, heard } = bench();
    framed.destroy('peer-silent');
    await turns();
    framed.disconnect('session-closed');
    await turns();
    expect([framed.gone, heard, clock.pending]).toEqual([null, ['closed peer-silent'], 0]);
  });

  test('ends the timers of what waited, and of the frame that had begun', async () => {
    const { clock, socket, framed, sendFrame } = bench({ maxOutputBytes: 10 });
    socket.stopReading();
    sendFrame(100);
    socket.arrive(Buffer.from(':<begun'));
    await turns();
    expect(clock.pending).toBe(3);
    framed.destroy('peer-silent');
    expect(clock.pending).toBe(0);
  });
});

test('small frames are not held back by the system', () => {
  const setNoDelay = vi.spyOn(FakeSocket.prototype, 'setNoDelay');
  bench();
  expect(setNoDelay.mock.calls).toEqual([[true]]);
  setNoDelay.mockRestore();
});
