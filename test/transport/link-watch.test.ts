/** What ends a link is that something does not go on, never that it takes long. */

import { describe, expect, test, vi } from 'vitest';
import type { SessionOptions } from '../../src/index.js';
import { AcceptedTcpStp } from '../../src/transport/tcp-comm.js';
import { frameOf } from '../support/bytes.js';
import { FakeSocket, turns } from '../support/fake-socket.js';
import { SocketPuppet } from '../support/socket-puppet.js';
import { VirtualClock } from '../support/virtual-clock.js';

const [KIB, MIB] = [1024, 1024 * 1024];
const [FRAME_TIMEOUT_MS, STALL_TIMEOUT_MS] = [30_000, 60_000];
/** What a frame must bring in that time. */
const PROGRESS_BYTES = 16 * KIB;
/** Of the frame around the data, at most. */
const ENVELOPE_BYTES = 100;

/** A server without a secret: everybody is trusted. */
async function server(options: SessionOptions = {}): Promise<SocketPuppet> {
  const puppet = new SocketPuppet('server', options);
  await puppet.settle();
  return puppet;
}

describe('a frame', () => {
  test('of 10 MiB arrives at 250 KiB a second (FC-15)', async () => {
    const puppet = await server();
    const timers = vi.spyOn(puppet.clock, 'setTimeout');
    const data = 'x'.repeat(10 * MIB);
    const frame = frameOf(200, 0, data);
    for (let at = 0; at < frame.length; at += 250 * KIB) {
      await puppet.passes(1_000);
      await puppet.sends(frame.subarray(at, at + 250 * KIB));
    }
    expect(puppet.session.counters.messagesReceived).toBe(1);
    expect([puppet.closedBecause, puppet.clock.pending]).toEqual([null, 0]);
    // one to begin with, and one more after each time-out
    expect(timers.mock.calls.length).toBeLessThanOrEqual(2);
    await puppet.close();
  });

  test.each([
    ['16 KiB', PROGRESS_BYTES, null],
    ['one byte less', PROGRESS_BYTES - 1, 'frame-timeout'],
  ])('that brings %s in each time-out: %s bytes, is cut off: %s', async (_, byteLength, reason) => {
    const puppet = await server();
    const frame = frameOf(200, 0, 'x'.repeat(10 * PROGRESS_BYTES));
    await puppet.sends(frame.subarray(0, ENVELOPE_BYTES));
    for (let at = ENVELOPE_BYTES, round = 0; round < 8; round++, at += byteLength) {
      await puppet.passes(FRAME_TIMEOUT_MS - 1);
      await puppet.sends(frame.subarray(at, at + byteLength));
      await puppet.passes(1);
    }
    expect(puppet.closedBecause).toBe(reason);
    await puppet.close();
  });

  test('may bring less where it ends in time', async () => {
    const puppet = await server();
    const frame = frameOf(200, 0, 'x'.repeat(PROGRESS_BYTES));
    await puppet.sends(frame.subarray(0, -1));
    await puppet.passes(FRAME_TIMEOUT_MS - 1);
    await puppet.sends(frame.subarray(-1));
    await puppet.passes(STALL_TIMEOUT_MS);
    expect([puppet.closedBecause, puppet.session.counters.messagesReceived]).toEqual([null, 1]);
    await puppet.close();
  });

  test('has its own time, though another one ended in the chunk in which it began', async () => {
    const puppet = await server();
    const frame = frameOf(200, 0);
    await puppet.sends(frame.subarray(0, 10));
    await puppet.passes(FRAME_TIMEOUT_MS - 1);
    await puppet.sends(Buffer.concat([frame.subarray(10), frame.subarray(0, 10)]));
    await puppet.passes(FRAME_TIMEOUT_MS - 1);
    expect(puppet.closedBecause).toBeNull();
    await puppet.passes(1);
    expect(puppet.closedBecause).toBe('frame-timeout');
    await puppet.close();
  });

  test('of a stranger is over in its time, however many bytes a second it brings', async () => {
    const puppet = await server({ secret: 'a secret of many characters' });
    const frame = frameOf(200, 0, 'x'.repeat(3_500));
    for (let second = 0; second < 10; second++) {
      await puppet.sends(frame.subarray(second * 300, (second + 1) * 300));
      expect(puppet.closedBecause).toBeNull();
      await puppet.passes(1_000);
    }
    expect(puppet.closedBecause).toBe('frame-timeout');
    await puppet.close();
  });
});

describe('output of which nothing gets out', () => {
  const FILE = 'y'.repeat(2 * MIB);

  test('ends the link after a minute, however little it is', async () => {
    const puppet = await server();
    puppet.socket.stopReading();
    await puppet.session.send(11, 0, null);
    await puppet.settle();
    await puppet.passes(STALL_TIMEOUT_MS - 1);
    expect(puppet.closedBecause).toBeNull();
    await puppet.passes(1);
    expect(puppet.closedBecause).toBe('output-stalled');
    expect(puppet.session.counters.messagesUnconfirmed).toBe(1);
    expect(await puppet.close()).toBe(0);
  });

  test('does not mind a peer that was stopped for 45 s', async () => {
    const puppet = await server();
    for (let round = 0; round < 5; round++) {
      puppet.socket.stopReading();
      await puppet.session.send(11, 0, FILE);
      await puppet.passes(45_000);
      puppet.socket.startReading();
      await puppet.settle();
      expect([puppet.closedBecause, puppet.bufferedBytes, puppet.clock.pending]).toEqual([null, 0, 0]);
    }
    await puppet.close();
  });

  test('is counted anew whenever something got out', async () => {
    const puppet = await server();
    puppet.socket.stopReading();
    await puppet.session.send(11, 0, FILE);
    for (let slice = 0; slice < 6; slice++) {
      await puppet.passes(50_000);
      puppet.socket.readSome(256 * KIB);
      await puppet.settle();
    }
    await puppet.passes(STALL_TIMEOUT_MS - 1);
    expect(puppet.closedBecause).toBeNull();
    await puppet.passes(1);
    expect(puppet.closedBecause).toBe('output-stalled');
    await puppet.close();
  });

  test('is given twice the time where this side does not read either', async () => {
    const [clock, socket] = [new VirtualClock(), new FakeSocket()];
    const transport = new AcceptedTcpStp(socket, clock);
    let closedBecause: string | null = null;
    transport.registerDisconnectCallback((reason) => void (closedBecause = reason));
    transport.pause();
    socket.stopReading();
    transport.send(Buffer.from('anything'));
    await turns();
    await clock.advanceAsync(2 * STALL_TIMEOUT_MS - 1);
    expect(closedBecause).toBeNull();
    await clock.advanceAsync(1);
    expect(closedBecause).toBe('output-stalled');
  });

  test('ends it when its option says so', async () => {
    const puppet = await server({ stallTimeout: 100 });
    puppet.socket.stopReading();
    await puppet.session.send(11, 0, null);
    await puppet.passes(100);
    expect(puppet.closedBecause).toBe('output-stalled');
    await puppet.close();
  });
});

describe('a peer that reads a little', () => {
  /** What libuv would say of the write in hand. */
  function systemHolds(socket: FakeSocket, writeQueueSize: number | null): void {
    const value = writeQueueSize === null ? null : { writeQueueSize };
    Object.defineProperty(socket, '_handle', { value, configurable: true, writable: true });
  }

  test.each([
    ['above the limit', { maxOutputBytes: 1 }, 10_000, 'slow-consumer'],
    ['below it', {}, STALL_TIMEOUT_MS, 'output-stalled'],
  ])('is not cut off %s before it stops', async (_, options, timeoutMs, reason) => {
    const puppet = await server(options);
    puppet.socket.stopReading();
    await puppet.session.send(11, 0, 'y'.repeat(1_000));
    await puppet.settle();
    for (const left of [900, 800, 700]) {
      systemHolds(puppet.socket, left);
      await puppet.clock.advanceAsync(timeoutMs);
      expect(puppet.closedBecause).toBeNull();
    }
    await puppet.clock.advanceAsync(timeoutMs - 1);
    expect(puppet.closedBecause).toBeNull();
    systemHolds(puppet.socket, null);
    await puppet.clock.advanceAsync(1);
    expect(puppet.closedBecause).toBe(reason);
  });
});
