import { describe, expect, test } from 'vitest';
import type { BusMessage } from '../../src/bus/bus.js';
import { memoryBus } from '../../src/bus/memory-bus.js';
import { OptionError } from '../../src/index.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { type BusWorld, busConformance } from './conformance.js';

const NO_DATA = new Uint8Array();

busConformance('memoryBus', async (): Promise<BusWorld> => {
  const clock = new VirtualClock();
  const bus = memoryBus({ clock });
  return {
    connect: async () => bus.connect(),
    pass: (ms) => clock.advanceAsync(ms),
    close: async () => {
      await bus.close();
    },
  };
});

describe('a bus in memory', () => {
  test('chooses from a queue by the chance that it was given', async () => {
    const chances = [0, 0.34, 0.99, 0.5, 1, 0.66];
    const bus = memoryBus({ random: () => chances.shift() ?? 0 });
    const got: string[] = [];
    for (const each of ['a', 'b', 'c']) bus.subscribe('x', () => got.push(each), { queue: 'q' });
    for (let i = 0; i < 6; i++) bus.publish('x', NO_DATA);
    await bus.flush();
    expect(got.join('')).toBe('abcbcb');
  });

  test('takes no chance where there is nothing to choose from', async () => {
    let asked = 0;
    const bus = memoryBus({
      random: () => {
        asked++;
        return 0;
      },
    });
    bus.subscribe('x', () => {}, { queue: 'one' });
    bus.subscribe('x', () => {}, { queue: 'two' });
    bus.publish('x', NO_DATA);
    await bus.flush();
    expect(asked).toBe(0);
  });

  test('gathers answers for as long as each comes soon after the one before', async () => {
    const clock = new VirtualClock();
    const bus = memoryBus({ clock });
    bus.subscribe('who', (message) => {
      for (const atMs of [0, 30, 60, 101]) clock.setTimeout(() => message.respond(NO_DATA), atMs);
    });
    const gathered = bus.requestAll('who', NO_DATA, { maxWaitMs: 1_000, stallMs: 40 });
    await clock.advanceAsync(100);
    expect(await gathered).toHaveLength(3);
    await clock.advanceAsync(1);
    expect(clock.pending).toBe(0);
  });

  test('leaves nothing behind: no timer, no subscription, no request', async () => {
    const clock = new VirtualClock();
    const bus = memoryBus({ clock });
    const silent = bus.subscribe('silent', () => {});
    const answering = bus.subscribe('answering', (message: BusMessage) => message.respond(NO_DATA));
    const abort = new AbortController();
    const settling = Promise.allSettled([
      bus.request('answering', NO_DATA, { timeoutMs: 1_000 }),
      bus.request('nobody', NO_DATA, { timeoutMs: 1_000 }),
      bus.request('silent', NO_DATA, { timeoutMs: 10 }),
      bus.request('silent', NO_DATA, { timeoutMs: 1_000, signal: abort.signal }),
      bus.requestAll('answering', NO_DATA, { maxWaitMs: 1_000, stallMs: 10 }),
      bus.requestAll('nobody', NO_DATA, { maxWaitMs: 1_000 }),
    ]);
    expect(bus.stats()).toMatchObject({ subscriptions: 2, waiting: 4 });
    await clock.advanceAsync(10);
    abort.abort();
    const ends = (await settling).map((end) =>
      end.status === 'fulfilled' ? 'ok' : (end.reason.reason ?? end.reason.name),
    );
    expect(ends).toEqual(['ok', 'bus-no-responders', 'bus-timeout', 'AbortError', 'ok', 'ok']);
    silent.unsubscribe();
    await answering.drain();
    expect(bus.stats()).toEqual({ subscriptions: 0, waiting: 0, underWay: 0 });
    expect(clock.pending).toBe(0);
  });

  test('takes no time to carry a message', async () => {
    const clock = new VirtualClock();
    const bus = memoryBus({ clock });
    bus.subscribe('x', (message) => message.respond(NO_DATA));
    await bus.request('x', NO_DATA, { timeoutMs: 1_000 });
    expect(clock.now()).toBe(0);
  });

  test('has ways that end by themselves', async () => {
    const bus = memoryBus({ name: 'town' });
    const way = bus.connect('north');
    expect([bus.name, way.name, bus.connect().name]).toEqual(['town', 'north', 'town']);
    const got: string[] = [];
    way.subscribe('x', () => got.push('north'));
    bus.subscribe('x', () => got.push('town'));
    await way.close();
    bus.publish('x', NO_DATA);
    await bus.flush();
    expect(got).toEqual(['town']);
    expect([bus.state, way.state]).toEqual(['up', 'closed']);
  });

  test('finds the subscribers of a subject among very many', async () => {
    const bus = memoryBus();
    const got: string[] = [];
    const subscriptions = Array.from({ length: 5_000 }, (_, i) =>
      bus.subscribe(`sp.device-${i}.*.*`, ({ subject }) => got.push(subject), { queue: 'sp' }),
    );
    for (const subscription of subscriptions.slice(1_000)) subscription.unsubscribe();
    expect(bus.stats().subscriptions).toBe(1_000);
    for (let i = 0; i < 5_000; i++) bus.publish(`sp.device-${i}.10.0`, NO_DATA);
    await bus.flush();
    expect(got).toEqual(Array.from({ length: 1_000 }, (_, i) => `sp.device-${i}.10.0`));
    for (const subscription of subscriptions) subscription.unsubscribe();
    expect(bus.stats()).toEqual({ subscriptions: 0, waiting: 0, underWay: 0 });
  });

  test.each([
    [{ maxPayload: 0 }, 'maxPayload'],
    [{ maxPayload: '1' }, 'maxPayload'],
    [{ random: 1 }, 'random'],
    [{ clock: {} }, 'clock'],
    [{ name: 7 }, 'name'],
    [{ maxPayloads: 1 }, 'maxPayload'],
  ])('refuses the options %j', (options, named) => {
    const make = (): unknown => memoryBus(options as never);
    expect(make).toThrow(OptionError);
    expect(make).toThrow(named);
  });
});
