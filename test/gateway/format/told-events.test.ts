import { describe, expect, test } from 'vitest';
import {
  decodePresence,
  encodePresence,
  type PresenceEvent,
  ToldEvents,
} from '../../../src/gateway/format/presence.js';

const AT = '2026-01-01T00:00:00.000Z';
const alive = (seq: number, gateway = 'g'): PresenceEvent => ({
  event: 'gateway.alive',
  gateway,
  at: AT,
  seq,
});
const arrived = (seq: number): PresenceEvent => ({
  event: 'arrived',
  device: 'pump',
  gateway: 'g',
  epoch: 1,
  at: AT,
  seq,
});

describe('what gateways have told', () => {
  test('travels as a number, and is not needed', () => {
    expect(decodePresence(encodePresence(arrived(7)))).toMatchObject({ event: 'arrived', seq: 7 });
    const { seq: _, ...without } = arrived(7);
    expect(decodePresence(encodePresence(without))).not.toHaveProperty('seq');
    expect(decodePresence(Buffer.from(JSON.stringify({ ...alive(0), seq: 'x' })))).not.toHaveProperty('seq');
  });

  test('has no gap where each event follows the one before', () => {
    const told = new ToldEvents();
    const gaps = [alive(3), arrived(4), arrived(5), alive(5), arrived(6)].map((event) =>
      told.hasGapBefore(event),
    );
    expect(gaps).toEqual([false, false, false, false, false]);
  });

  test('has a gap where an event did not come, which the next event or beat shows, once', () => {
    const told = new ToldEvents();
    const gaps = [alive(0), arrived(2), arrived(3), alive(4), alive(4)].map((event) =>
      told.hasGapBefore(event),
    );
    expect(gaps).toEqual([false, true, false, true, false]);
  });

  test('may have been missed before a gateway is heard for the first time, where a list was taken before', () => {
    const gapsAfter = (...events: PresenceEvent[]): boolean[] => {
      const told = new ToldEvents(true);
      return events.map((event) => told.hasGapBefore(event));
    };
    expect(gapsAfter(alive(0), arrived(1))).toEqual([false, false]);
    expect(gapsAfter(arrived(1), arrived(2))).toEqual([false, false]);
    expect(gapsAfter(arrived(6), arrived(7))).toEqual([true, false]);
    expect(gapsAfter(alive(3), alive(3))).toEqual([true, false]);
  });

  test('is known from a list as well, and what a list holds is no gap', () => {
    const told = new ToldEvents(true);
    told.listed('g', 6);
    expect([arrived(5), arrived(7)].map((event) => told.hasGapBefore(event))).toEqual([false, false]);
    // an old list, and one of a gateway that does not count
    told.listed('g', 3);
    told.listed('g', undefined);
    expect([arrived(8), arrived(10)].map((event) => told.hasGapBefore(event))).toEqual([false, true]);
  });

  test('is forgotten of all gateways but those that are there', () => {
    const told = new ToldEvents();
    for (const gateway of ['g', 'gone']) told.hasGapBefore(alive(1, gateway));
    told.keepOnly(new Set(['g']));
    expect([told.hasGapBefore(alive(3)), told.hasGapBefore(alive(3, 'gone'))]).toEqual([true, false]);
  });

  test('of a gateway that began anew without a word counts from the beginning', () => {
    const told = new ToldEvents(true);
    told.listed('g', 9);
    told.forget('g');
    expect([arrived(2), arrived(3)].map((event) => told.hasGapBefore(event))).toEqual([true, false]);
  });

  test('has no gap by what comes late, from another gateway, or from one that was down', () => {
    const told = new ToldEvents();
    told.hasGapBefore(alive(5));
    expect(told.hasGapBefore(arrived(4))).toBe(false);
    expect(told.hasGapBefore(alive(9, 'other'))).toBe(false);
    expect(told.hasGapBefore({ event: 'gateway.down', gateway: 'g', at: AT, seq: 8 })).toBe(false);
    expect(told.hasGapBefore(alive(12))).toBe(false);
  });
});
