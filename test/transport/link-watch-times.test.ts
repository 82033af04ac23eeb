/** The times of a link, each at its edge: one millisecond, one byte. */

import { describe, expect, test } from 'vitest';
import { DEFAULT_LINK_LIMITS } from '../../src/transport/link-limits.js';
import { LinkWatch } from '../../src/transport/link-watch.js';
import { VirtualClock } from '../support/virtual-clock.js';

const [FRAME_MS, SLOW_MS, STALL_MS] = [30_000, 10_000, 60_000];
const PROGRESS_BYTES = 16 * 1024;
const MAX_OUTPUT_BYTES = 1_000;

/** A watch on a link that is as the test says. */
function bench() {
  const clock = new VirtualClock();
  const link = {
    takesAtOnce: true,
    bufferedBytes: 0,
    takenBytes: 0,
    isPaused: false,
    /** Why it was ended, and when. */
    ended: null as string | null,
    destroy: (reason: string) => void (link.ended = `${reason} at ${clock.now()}`),
  };
  const watch = new LinkWatch(link, clock);
  watch.limits = { ...DEFAULT_LINK_LIMITS, maxOutputBytes: MAX_OUTPUT_BYTES };
  /** Bytes come, and end within a frame or outside of all. */
  const comes = (byteLength: number, frame: number | null): void => {
    watch.received(byteLength);
    watch.reached(frame);
  };
  return { clock, link, watch, comes };
}

describe('a sign of life', () => {
  test('is the beginning of the link, a byte, bytes taken, and the end of a pause', () => {
    const { clock, watch } = bench();
    clock.advance(5);
    expect(watch.lastHeardMs).toBe(0);
    watch.received(1);
    expect(watch.lastHeardMs).toBe(5);
    clock.advance(5);
    watch.outputTaken();
    expect(watch.lastHeardMs).toBe(10);
    clock.advance(5);
    watch.resumed();
    expect(watch.lastHeardMs).toBe(15);
    clock.advance(5);
    watch.sent(1);
    watch.paused();
    watch.outputWaits();
    watch.outputDrained();
    expect(watch.lastHeardMs).toBe(15);
  });

  test('is the present moment while this side does not read', () => {
    const { clock, link, watch } = bench();
    clock.advance(7);
    link.isPaused = true;
    expect(watch.lastHeardMs).toBe(7);
    link.isPaused = false;
    expect(watch.lastHeardMs).toBe(0);
  });
});

describe('what is sent', () => {
  test('arrives at 32 KiB a second, behind what was sent before, and from now where nothing is on its way', () => {
    const { clock, watch } = bench();
    expect(watch.arrivedByMs).toBe(0);
    clock.advance(100);
    watch.sent(32_768);
    expect(watch.arrivedByMs).toBe(1_100);
    clock.advance(500);
    watch.sent(65_536);
    expect(watch.arrivedByMs).toBe(3_100);
    clock.advance(10_000);
    watch.sent(32_768);
    expect(watch.arrivedByMs).toBe(11_600);
  });
});

describe('a frame', () => {
  test('that brings nothing is cut off when its time is over', () => {
    const { clock, link, comes } = bench();
    comes(10, 0);
    clock.advance(FRAME_MS - 1);
    expect(link.ended).toBeNull();
    clock.advance(1);
    expect([link.ended, clock.pending]).toEqual([`frame-timeout at ${FRAME_MS}`, 0]);
  });

  test.each([
    [PROGRESS_BYTES, null],
    [PROGRESS_BYTES - 1, `frame-timeout at ${FRAME_MS}`],
  ])('that brings %s bytes in its time is ended: %s', (byteLength, ended) => {
    const { clock, link, comes } = bench();
    comes(PROGRESS_BYTES, 0); // what began it does not count
    comes(byteLength, 0);
    clock.advance(FRAME_MS);
    expect(link.ended).toBe(ended);
  });

  test('keeps its time while the process stands still, which makes no room for its rest', () => {
    const { clock, link, comes } = bench();
    comes(10, 0);
    clock.advance(FRAME_MS - 500);
    clock.standStill(45_000);
    clock.advance(499);
    expect(link.ended).toBeNull();
    clock.advance(1);
    expect([link.ended, clock.pending]).toEqual([`frame-timeout at ${FRAME_MS + 45_000}`, 0]);
  });

  test('must bring as much again each time', () => {
    const { clock, link, comes } = bench();
    comes(0, 0);
    comes(5 * PROGRESS_BYTES, 0);
    clock.advance(FRAME_MS);
    comes(PROGRESS_BYTES, 0);
    clock.advance(FRAME_MS);
    expect(link.ended).toBeNull();
    comes(PROGRESS_BYTES - 1, 0);
    clock.advance(FRAME_MS);
    expect(link.ended).toBe(`frame-timeout at ${3 * FRAME_MS}`);
  });

  test('has no time any more when it has ended', () => {
    const { clock, link, comes } = bench();
    comes(10, 0);
    comes(10, null);
    expect(clock.pending).toBe(0);
    clock.advance(FRAME_MS);
    expect(link.ended).toBeNull();
    comes(10, 0);
    clock.advance(FRAME_MS);
    expect(link.ended).toBe(`frame-timeout at ${2 * FRAME_MS}`);
  });

  test.each([
    [0.5, FRAME_MS],
    [1, FRAME_MS + 1],
    [20_000, FRAME_MS + 20_000],
  ])('that began %s ms after the one before it is cut off at %s', (laterMs, endMs) => {
    const { clock, link, comes } = bench();
    comes(10, 0);
    clock.advance(laterMs);
    comes(10, 1);
    clock.advance(endMs - 1 - laterMs);
    expect([link.ended, clock.pending]).toEqual([null, 1]);
    clock.advance(1);
    expect(link.ended).toBe(`frame-timeout at ${endMs}`);
  });

  test('counts what it brings from its own beginning', () => {
    const { clock, link, comes } = bench();
    comes(10, 0);
    clock.advance(10_000);
    comes(PROGRESS_BYTES, 1);
    clock.advance(FRAME_MS);
    expect(link.ended).toBe(`frame-timeout at ${FRAME_MS + 10_000}`);
  });

  test('keeps the time that it began with', () => {
    const { clock, link, watch, comes } = bench();
    comes(10, 0);
    watch.limits = { ...watch.limits, frameTimeoutMs: 50 };
    comes(PROGRESS_BYTES, 0);
    clock.advance(FRAME_MS);
    expect(link.ended).toBeNull();
    clock.advance(FRAME_MS - 1);
    expect(link.ended).toBeNull();
    clock.advance(1);
    expect(link.ended).toBe(`frame-timeout at ${2 * FRAME_MS}`);
  });

  test('has no time while this side does not read, and the whole of it afterwards', () => {
    const { clock, link, watch, comes } = bench();
    comes(10, 0);
    clock.advance(20_000);
    watch.paused();
    expect(clock.pending).toBe(0);
    clock.advance(100_000);
    watch.resumed();
    watch.reached(0);
    clock.advance(FRAME_MS - 1);
    expect(link.ended).toBeNull();
    clock.advance(1);
    expect(link.ended).toBe(`frame-timeout at ${120_000 + FRAME_MS}`);
  });
});

describe('output over the limit', () => {
  test.each([
    [MAX_OUTPUT_BYTES, null],
    [MAX_OUTPUT_BYTES + 1, `slow-consumer at ${SLOW_MS}`],
  ])('of which nothing is taken: %s bytes: %s', (bufferedBytes, ended) => {
    const { clock, link, watch } = bench();
    link.bufferedBytes = bufferedBytes;
    watch.outputWaits();
    clock.advance(SLOW_MS - 1);
    expect(link.ended).toBeNull();
    clock.advance(1);
    expect(link.ended).toBe(ended);
  });

  test('is counted once, from its beginning', () => {
    const { clock, link, watch } = bench();
    link.bufferedBytes = MAX_OUTPUT_BYTES + 1;
    watch.outputWaits();
    expect(clock.pending).toBe(2);
    clock.advance(SLOW_MS - 1);
    watch.outputWaits();
    expect(clock.pending).toBe(2);
    clock.advance(1);
    expect(link.ended).toBe(`slow-consumer at ${SLOW_MS}`);
  });

  test('is not the fault of a peer that took a byte, until it takes no more', () => {
    const { clock, link, watch } = bench();
    link.bufferedBytes = MAX_OUTPUT_BYTES + 1;
    link.takenBytes = 5;
    watch.outputWaits();
    link.takenBytes = 6;
    clock.advance(SLOW_MS);
    expect(link.ended).toBeNull();
    clock.advance(SLOW_MS - 1);
    expect(link.ended).toBeNull();
    clock.advance(1);
    expect(link.ended).toBe(`slow-consumer at ${2 * SLOW_MS}`);
  });

  test('that is back at the limit when its time is over ends nothing, and is counted anew when there is more', () => {
    const { clock, link, watch } = bench();
    link.bufferedBytes = MAX_OUTPUT_BYTES + 1;
    watch.outputWaits();
    link.bufferedBytes = MAX_OUTPUT_BYTES;
    clock.advance(SLOW_MS);
    expect([link.ended, clock.pending]).toEqual([null, 1]);
    link.bufferedBytes++;
    watch.outputWaits();
    clock.advance(SLOW_MS);
    expect(link.ended).toBe(`slow-consumer at ${2 * SLOW_MS}`);
  });

  test.each([
    ['all was taken', (watch: LinkWatch) => watch.outputTaken(), 1],
    ['nothing waits', (watch: LinkWatch) => watch.outputDrained(), 0],
    ['the link is gone', (watch: LinkWatch) => watch.end(), 0],
  ])('is counted no more when %s', (_, happen, timers) => {
    const { clock, link, watch } = bench();
    link.bufferedBytes = MAX_OUTPUT_BYTES + 1;
    watch.outputWaits();
    happen(watch);
    expect(clock.pending).toBe(timers);
    clock.advance(SLOW_MS);
    expect(link.ended).toBeNull();
  });

  test('is counted no more when less waits', () => {
    const { clock, link, watch } = bench();
    link.bufferedBytes = MAX_OUTPUT_BYTES + 1;
    watch.outputWaits();
    link.bufferedBytes = MAX_OUTPUT_BYTES;
    watch.outputWaits();
    expect(clock.pending).toBe(1);
    link.bufferedBytes++;
    clock.advance(5_000);
    watch.outputWaits();
    clock.advance(SLOW_MS);
    expect(link.ended).toBe(`slow-consumer at ${SLOW_MS + 5_000}`);
  });
});

describe('output of which nothing gets out', () => {
  /** A byte waits from the beginning. */
  function waiting() {
    const here = bench();
    here.link.bufferedBytes = 1;
    here.watch.outputWaits();
    return here;
  }

  test('ends the link when its time is over, from the first byte that waited', () => {
    const { clock, link, watch } = waiting();
    clock.advance(STALL_MS - 1);
    watch.outputWaits();
    expect([link.ended, clock.pending]).toEqual([null, 1]);
    clock.advance(1);
    expect([link.ended, clock.pending]).toEqual([`output-stalled at ${STALL_MS}`, 0]);
  });

  test.each([
    [0.5, STALL_MS],
    [1, STALL_MS + 1],
    [50_000, STALL_MS + 50_000],
  ])('has its time from when all was taken: after %s ms, ends at %s', (takenMs, endMs) => {
    const { clock, link, watch } = waiting();
    clock.advance(takenMs);
    link.takenBytes = 100;
    watch.outputTaken();
    clock.advance(endMs - 1 - takenMs);
    expect([link.ended, clock.pending]).toEqual([null, 1]);
    clock.advance(1);
    // a peer of which the clock says less than a millisecond later has taken something all the same
    expect(link.ended).toBe(takenMs < 1 ? null : `output-stalled at ${endMs}`);
  });

  test('has its time anew where a part of it was taken', () => {
    const { clock, link } = waiting();
    clock.advance(10_000);
    link.takenBytes = 1;
    clock.advance(2 * STALL_MS - 10_000 - 1);
    expect(link.ended).toBeNull();
    clock.advance(1);
    expect(link.ended).toBe(`output-stalled at ${2 * STALL_MS}`);
  });

  test('has twice the time where this side does not read, and no more', () => {
    const { clock, link } = waiting();
    link.isPaused = true;
    clock.advance(2 * STALL_MS - 1);
    expect(link.ended).toBeNull();
    clock.advance(1);
    expect(link.ended).toBe(`output-stalled at ${2 * STALL_MS}`);
  });

  test('has twice the time again after something was taken', () => {
    const { clock, link, watch } = waiting();
    link.isPaused = true;
    clock.advance(70_000);
    watch.outputTaken();
    clock.advance(2 * STALL_MS - 1);
    expect(link.ended).toBeNull();
    clock.advance(1);
    expect(link.ended).toBe(`output-stalled at ${70_000 + 2 * STALL_MS}`);
  });

  test.each([
    ['nothing waits', (watch: LinkWatch) => watch.outputDrained()],
    ['the link is gone', (watch: LinkWatch) => watch.end()],
  ])('is counted no more when %s, and anew with the next byte', (_, happen) => {
    const { clock, link, watch } = waiting();
    clock.advance(40_000);
    happen(watch);
    expect(clock.pending).toBe(0);
    watch.outputWaits();
    clock.advance(STALL_MS - 1);
    expect(link.ended).toBeNull();
    clock.advance(1);
    expect(link.ended).toBe(`output-stalled at ${40_000 + STALL_MS}`);
  });
});

test('a link that is gone has no frame to wait for', () => {
  const { clock, watch, comes } = bench();
  comes(10, 0);
  watch.end();
  expect(clock.pending).toBe(0);
});
