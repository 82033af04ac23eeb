import { describe, expect, test } from 'vitest';
import { Deadlines } from '../../../src/session/asking/deadlines.js';
import { Timed } from '../../../src/session/asking/timer-groups.js';
import { VirtualClock } from '../../support/virtual-clock.js';

class Named extends Timed {
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }
}

function bench() {
  const clock = new VirtualClock();
  const told: string[] = [];
  const deadlines = new Deadlines<Named>(clock, {
    elapsed: ({ name }) => told.push(`${name} at ${clock.now()}`),
    failed: (error) => told.push(String(error)),
  });
  const start = (name: string, lengthMs: number): Named => {
    const timed = new Named(name);
    deadlines.start(timed, lengthMs, clock.now() + lengthMs);
    return timed;
  };
  return { clock, told, deadlines, start };
}

describe('deadlines', () => {
  test('elapse in the order in which they end, each at its time', () => {
    const { clock, told, start } = bench();
    start('a', 100);
    start('b', 50);
    clock.advance(20);
    start('c', 100);
    clock.advance(200);
    expect(told).toEqual(['b at 50', 'a at 100', 'c at 120']);
  });

  test('do not elapse after they were stopped, while others of the same length do', () => {
    const { clock, told, deadlines, start } = bench();
    const [first, middle] = [start('first', 100), start('middle', 100)];
    start('last', 100);
    deadlines.stop(first);
    deadlines.stop(middle);
    deadlines.stop(middle);
    clock.advance(100);
    expect(told).toEqual(['last at 100']);
  });

  test('of one length share one timer, and leave none when all are stopped', () => {
    const { clock, deadlines, start } = bench();
    const all = Array.from({ length: 1_000 }, (_, n) => start(String(n), 100));
    expect(clock.pending).toBe(1);
    for (const timed of all) deadlines.stop(timed);
    clock.advance(100);
    expect(clock.pending).toBe(0);
  });

  test('of many lengths share one timer, and elapse in the order of their ends', () => {
    const { clock, told, start } = bench();
    const lengths = Array.from({ length: 1_000 }, (_, n) => ((n * 7_919) % 1_000) + 1);
    for (const lengthMs of lengths) start('one', lengthMs);
    expect(clock.pending).toBe(1);
    clock.advance(1_000);
    expect(told).toEqual(lengths.map((_, n) => `one at ${n + 1}`));
    expect(clock.pending).toBe(0);
  });

  test('that end together elapse in one go, whatever their lengths', () => {
    const { clock, told, start } = bench();
    for (let lengthMs = 100; lengthMs > 0; lengthMs -= 10) {
      start(`of ${lengthMs}`, lengthMs);
      clock.advance(10);
    }
    expect(told).toHaveLength(10);
    expect(told.every((line) => line.endsWith(' at 100'))).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test('elapse at their times, in any mixture of lengths and of those that are stopped', () => {
    const { clock, told, deadlines, start } = bench();
    const expected: string[] = [];
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48_271) % 0x7fff_ffff) % below;
    for (let n = 0; n < 2_000; n++) {
      const lengthMs = 1 + random(random(2) === 0 ? 5 : 200);
      const timed = start(String(n), lengthMs);
      if (random(3) > 0) deadlines.stop(timed);
      else expected.push(`${n} at ${clock.now() + lengthMs}`);
      clock.advance(random(3));
      expect(clock.pending).toBeLessThanOrEqual(1);
    }
    clock.advance(200);
    expect(told.toSorted()).toEqual(expected.toSorted());
    const times = told.map((line) => Number(line.split(' at ')[1]));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test('keep the process alive only while one of them is watched', () => {
    const { clock, deadlines, start } = bench();
    const held: string[] = [];
    Object.assign(clock, { ref: () => held.push('ref'), unref: () => held.push('unref') });
    const [first, second] = [start('first', 100), start('second', 70)];
    deadlines.stop(first);
    expect(held).toEqual([]);
    deadlines.stop(second);
    expect(held).toEqual(['unref']);
    const third = start('third', 100);
    expect(held).toEqual(['unref', 'ref']);
    deadlines.stop(third);
    clock.advance(200);
    start('fourth', 100);
    // it has a timer of its own, which nobody has let go
    expect(held).toEqual(['unref', 'ref', 'unref']);
    expect(clock.pending).toBe(1);
  });

  test('report a clock that cannot let a timer go', () => {
    const clock = new VirtualClock();
    const failures: unknown[] = [];
    const deadlines = new Deadlines<Named>(clock, {
      elapsed: () => {},
      failed: (error) => failures.push(error),
    });
    Object.assign(clock, {
      unref: () => {
        throw new Error('no');
      },
    });
    const timed = new Named('a');
    deadlines.start(timed, 100, 100);
    deadlines.stop(timed);
    expect(failures).toEqual([new Error('no')]);
  });

  test('that end while the clock lets the sockets be read have their own turn after it', () => {
    const [clock, told]: [VirtualClock, string[]] = [new VirtualClock(), []];
    const patient = {
      now: () => clock.now(),
      clearTimeout: (timer: unknown) => clock.clearTimeout(timer),
      setTimeout: (callback: (overMs?: number) => void, delayMs: number) =>
        clock.setTimeout(() => {
          const overMs = clock.now();
          clock.setTimeout(() => callback(overMs), 30);
        }, delayMs),
    };
    const deadlines = new Deadlines<Named>(patient, {
      elapsed: ({ name }) => told.push(`${name} at ${clock.now()}`),
      failed: (error) => told.push(String(error)),
    });
    deadlines.start(new Named('first'), 100, 100);
    clock.advance(20);
    deadlines.start(new Named('second'), 100, 120);
    clock.advance(200);
    expect(told).toEqual(['first at 130', 'second at 160']);
  });

  test('are put off by a standstill of the process, in their order, those after it not at all', () => {
    const { clock, told, start } = bench();
    start('long before', 400);
    clock.advance(100);
    start('just before', 400);
    start('of its own', 30);
    clock.standStill(1_000);
    start('just after', 400);
    clock.advance(20);
    start('long after', 400);
    clock.advance(1_000);
    expect(told).toEqual([
      'of its own at 1130',
      'long before at 1400',
      'just before at 1500',
      'just after at 1500',
      'long after at 1520',
    ]);
    expect(clock.pending).toBe(0);
  });

  test('elapse at their times, whenever the process stands still', () => {
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 0x7fff_ffff) % below;
    for (let round = 0; round < 200; round++) {
      const { clock, told, start } = bench();
      const stops = Array.from({ length: 3 }, () => 100 + random(500)).toSorted((a, b) => a - b);
      const begun: { name: string; atMs: number; lengthMs: number }[] = [];
      const stood: { fromMs: number; untilMs: number }[] = [];
      for (let n = 0; n < 100; n++) {
        const lengthMs = [30, 100, 400][random(3)] ?? 0;
        begun.push({ name: String(n), atMs: clock.now(), lengthMs });
        start(String(n), lengthMs);
        if (stops[0] !== undefined && clock.now() >= stops[0]) {
          stops.shift();
          const fromMs = clock.now();
          clock.standStill(1 + random(1_000));
          stood.push({ fromMs, untilMs: clock.now() });
        }
        clock.advance(random(20));
      }
      clock.advance(2_000);
      expect(told).toHaveLength(begun.length);
      for (const { name, atMs, lengthMs } of begun) {
        const over = Number(told.find((line) => line.startsWith(`${name} at `))?.split(' at ')[1]);
        // exact for one standstill; of several the longest counts
        const during = stood.filter(({ fromMs, untilMs }) => untilMs > atMs && fromMs < over);
        const longestMs = Math.max(
          0,
          ...during.map(({ fromMs, untilMs }) => untilMs - Math.max(fromMs, atMs)),
        );
        expect(over).toBeGreaterThanOrEqual(atMs + lengthMs);
        if (during.length <= 1) expect(over).toBe(atMs + lengthMs + longestMs);
      }
      expect(clock.pending).toBe(0);
    }
  });

  test('leave no timer after clear', () => {
    const { clock, deadlines, start } = bench();
    start('a', 100);
    start('b', 50);
    deadlines.clear();
    expect(clock.pending).toBe(0);
  });

  test('that start while others end elapse in their turn', () => {
    const clock = new VirtualClock();
    const told: string[] = [];
    const deadlines = new Deadlines<Named>(clock, {
      elapsed: ({ name }) => {
        told.push(`${name} at ${clock.now()}`);
        if (name === 'a') deadlines.start(new Named('c'), 100, clock.now() + 100);
      },
      failed: () => {},
    });
    deadlines.start(new Named('a'), 100, 100);
    clock.advance(50);
    deadlines.start(new Named('b'), 100, 150);
    clock.advance(200);
    expect(told).toEqual(['a at 100', 'b at 150', 'c at 200']);
  });

  test('report a clock that fails instead of throwing out of a timer', () => {
    const clock = new VirtualClock();
    const failures: unknown[] = [];
    const deadlines = new Deadlines<Named>(clock, {
      elapsed: () => {},
      failed: (error) => failures.push(error),
    });
    deadlines.start(new Named('a'), 100, 100);
    deadlines.start(new Named('b'), 100, 150);
    clock.setTimeout = () => {
      throw new Error('no more timers');
    };
    clock.advance(100);
    expect(failures).toEqual([new Error('no more timers')]);
  });
});
