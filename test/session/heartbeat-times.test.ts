/** How long a peer may be silent, and how long it may take to answer, by the millisecond. */

import { describe, expect, test } from 'vitest';
import { Heartbeat } from '../../src/session/heartbeat.js';
import type { CommInstance } from '../../src/transport/comm-instance.js';
import { VirtualClock } from '../support/virtual-clock.js';

const SETTINGS = { intervalMs: 20_000, timeoutMs: 10_000 };

/** A heartbeat on a transport that knows what the test says. */
function bench(comm: { lastHeardMs?: number; arrivedByMs?: number } = {}, settings = SETTINGS) {
  const clock = new VirtualClock();
  const chance = { value: 0.5 };
  const heartbeat = new Heartbeat(comm as unknown as CommInstance, settings, clock, () => chance.value);
  return { clock, chance, comm, heartbeat };
}

describe('the time that a peer may be silent', () => {
  test.each([
    [0, 18_000],
    [0.25, 19_000],
    [0.5, 20_000],
    [1, 22_000],
  ])('differs by a tenth at most: at chance %s it is %s', (value, silenceMs) => {
    const { chance, heartbeat } = bench();
    chance.value = value;
    expect(heartbeat.restOfSilenceMs()).toBe(silenceMs);
  });

  test('is what is left since something came, and never less than nothing', () => {
    const { clock, comm, heartbeat } = bench({ lastHeardMs: 0 });
    clock.advance(15_000);
    expect(heartbeat.restOfSilenceMs()).toBe(5_000);
    comm.lastHeardMs = 14_000;
    expect(heartbeat.restOfSilenceMs()).toBe(19_000);
    clock.advance(50_000);
    expect(heartbeat.restOfSilenceMs()).toBe(0);
  });

  test.each([
    ['a payload', (heartbeat: Heartbeat) => heartbeat.heard()],
    ['a new link', (heartbeat: Heartbeat) => heartbeat.linkOpened()],
  ])('begins anew with %s where the transport does not know better', (_, happen) => {
    const { clock, heartbeat } = bench();
    clock.advance(15_000);
    happen(heartbeat);
    expect(heartbeat.restOfSilenceMs()).toBe(20_000);
  });

  test('does not begin anew with a payload where the transport knows better', () => {
    const { clock, heartbeat } = bench({ lastHeardMs: 0 });
    clock.advance(15_000);
    heartbeat.heard();
    expect(heartbeat.restOfSilenceMs()).toBe(5_000);
  });

  test('is told by the transport where that knows it', () => {
    expect([
      bench().heartbeat.isToldByTransport,
      bench({ lastHeardMs: 0 }).heartbeat.isToldByTransport,
    ]).toEqual([false, true]);
  });

  test('begins with the session', () => {
    const clock = new VirtualClock();
    clock.advance(7_000);
    const heartbeat = new Heartbeat({} as CommInstance, SETTINGS, clock, () => 0.5);
    expect([heartbeat.wasHeard, heartbeat.restOfSilenceMs()]).toEqual([false, 20_000]);
  });
});

describe('the time to answer', () => {
  test.each([
    ['as usual', 20_000, 10_000],
    ['sooner than others', 18_000, 12_000],
    ['later than others', 22_000, 8_000],
    ['as late as may be', 22_500, 7_500],
    ['later than that', 22_501, 10_000],
    ['long after its time', 90_000, 10_000],
  ])('is over after interval and timeout for one that is asked %s, or is the whole timeout', (_, nowMs, answerMs) => {
    const { clock, heartbeat } = bench();
    clock.advance(nowMs);
    expect(heartbeat.answerTimeMs()).toBe(answerMs);
  });

  test.each([
    ['is still on its way', 23_000, 13_000],
    ['has just arrived', 20_000, 10_000],
    ['arrived long ago', 5_000, 10_000],
  ])('is longer by as long as what was sent before the question %s', (_, arrivedByMs, answerMs) => {
    const { clock, heartbeat } = bench({ arrivedByMs });
    clock.advance(20_000);
    expect(heartbeat.answerTimeMs()).toBe(answerMs);
  });
});

describe('a sign of life', () => {
  test('is one that came in the present wait', () => {
    const { clock, comm, heartbeat } = bench({ lastHeardMs: 0 });
    expect(heartbeat.wasHeard).toBe(false);
    clock.advance(20_000);
    comm.lastHeardMs = 20_000;
    expect(heartbeat.wasHeard).toBe(true);
    heartbeat.restOfSilenceMs();
    expect(heartbeat.wasHeard).toBe(false);
    comm.lastHeardMs = 20_001;
    expect(heartbeat.wasHeard).toBe(true);
    heartbeat.answerTimeMs();
    expect(heartbeat.wasHeard).toBe(false);
  });

  test('is a payload where the transport knows nothing', () => {
    const { clock, heartbeat } = bench();
    clock.advance(1);
    expect(heartbeat.wasHeard).toBe(false);
    heartbeat.heard();
    expect(heartbeat.wasHeard).toBe(true);
  });
});
