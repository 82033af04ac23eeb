import { describe, expect, test } from 'vitest';
import { CallbackRoom } from '../../src/server/callback-room.js';
import { VirtualClock } from '../support/virtual-clock.js';

const TIMEOUT_MS = 1_000;

/** A room in which so many callbacks run. */
function roomWith(count: number) {
  const clock = new VirtualClock();
  const room = new CallbackRoom(clock, TIMEOUT_MS);
  const ends = Array.from({ length: count }, () => room.begin());
  return { clock, room, ends };
}

describe('the callbacks of strangers', () => {
  test('FC-37: are 64 at most', () => {
    expect(roomWith(63).room.hasRoom).toBe(true);
    expect(roomWith(64).room.hasRoom).toBe(false);
  });

  test('FC-37: make room when one ends, and only once', () => {
    const { room, ends } = roomWith(65);
    ends[3]?.();
    ends[3]?.();
    expect(room.hasRoom).toBe(false);
    ends[64]?.();
    expect(room.hasRoom).toBe(true);
  });

  test('FC-37: make room when their time is over', () => {
    const { clock, room } = roomWith(64);
    clock.advance(TIMEOUT_MS - 1);
    expect(room.hasRoom).toBe(false);
    clock.advance(1);
    expect(room.hasRoom).toBe(true);
  });

  test('FC-37: are given up one after the other, at any hour', () => {
    const { clock, room } = roomWith(0);
    clock.advance(60_000);
    for (let n = 0; n < 2; n++) room.begin();
    clock.advance(500);
    for (let n = 0; n < 62; n++) room.begin();
    expect(room.hasRoom).toBe(false);
    clock.advance(500);
    expect(room.hasRoom).toBe(true);
    for (let n = 0; n < 2; n++) room.begin();
    expect(room.hasRoom).toBe(false);
    clock.advance(499);
    expect(room.hasRoom).toBe(false);
    clock.advance(1);
    expect(room.hasRoom).toBe(true);
  });

  test('have no timer', () => {
    expect(roomWith(64).clock.pending).toBe(0);
  });
});
