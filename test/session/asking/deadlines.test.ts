import { describe, expect, test } from 'vitest';
import { Deadlines, Timed } from '../../../src/session/asking/deadlines.js';
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
