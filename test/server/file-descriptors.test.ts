import { connect as openSocket, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  type DescriptorSystem,
  DescriptorWatch,
  descriptorOf,
  descriptorSystem,
} from '../../src/server/file-descriptors.js';
import { rawPeer } from '../support/raw-peer.js';
import { VirtualClock } from '../support/virtual-clock.js';

/** A process with 64 descriptors, of which so many are used. */
class System implements DescriptorSystem {
  used = 20;
  soft: number | null = 64;
  limit(): number | null {
    return this.soft;
  }
  lowestFree(): number | 'none' | null {
    return this.used >= (this.soft ?? 64) ? 'none' : this.used;
  }
}

function watching(system: DescriptorSystem = new System()) {
  const clock = new VirtualClock();
  const told: (number | null)[] = [];
  const watch = new DescriptorWatch(clock, (limit) => told.push(limit), system);
  return { clock, told, watch };
}

describe('file descriptors', () => {
  test('FC-47: are kept free, the last eight of 64', () => {
    const { watch, told } = watching();
    expect([watch.judge(20), watch.judge(55)]).toEqual(['enough', 'enough']);
    expect(told).toEqual([]);
    expect(watch.judge(56)).toBe('none');
    expect(told).toEqual([64]);
  });

  test('FC-47: are reported once when they run out, and again only after they were enough for a while', () => {
    const system = new System();
    const { clock, watch, told } = watching(system);
    for (const descriptor of [56, 57, 30, 56, 63]) watch.judge(descriptor);
    expect([watch.judge(30), watch.shortages]).toEqual(['few', 1]);
    clock.advance(1_000);
    expect([watch.judge(30), watch.judge(60), watch.shortages]).toEqual(['enough', 'none', 2]);
    expect(told).toEqual([64, 64]);
  });

  test('FC-47: are still few at the edge', () => {
    const system = new System();
    system.used = 50;
    const { clock, watch } = watching(system);
    watch.judge(56);
    clock.advance(60_000);
    expect([watch.judge(52), watch.shortages]).toEqual(['few', 1]);
  });

  test('FC-47: are missed even where the rest of the program has them all and nobody can connect', () => {
    const system = new System();
    const { clock, watch, told } = watching(system);
    system.used = 64;
    clock.advance(10_000);
    expect([told, watch.shortages]).toEqual([[64], 1]);
    system.used = 20;
    clock.advance(1_000);
    system.used = 64;
    clock.advance(1_000);
    expect(watch.shortages).toBe(2);
  });

  test('are enough again when somebody has raised the limit', () => {
    const system = new System();
    const { clock, watch } = watching(system);
    system.soft = 1_024;
    clock.advance(1_000);
    expect([watch.judge(63), watch.judge(991), watch.judge(992)]).toEqual(['enough', 'enough', 'none']);
  });

  test('are not looked at any more when the server has closed, or where nobody can say', () => {
    const { clock, watch } = watching();
    watch.stop();
    expect(clock.pending).toBe(0);
    const unknown = watching({ limit: () => null, lowestFree: () => null });
    expect([unknown.watch.judge(9_999), unknown.watch.judge(undefined)]).toEqual(['enough', 'enough']);
    unknown.clock.advance(1_000);
    expect(unknown.clock.pending).toBe(0);
  });

  test.skipIf(process.platform !== 'linux')('are known of this process and its sockets', async () => {
    expect(descriptorSystem.limit()).toBeGreaterThan(0);
    expect(descriptorSystem.lowestFree()).toBeGreaterThan(2);
    const sockets: Socket[] = [];
    await using peer = await rawPeer((socket) => sockets.push(socket));
    const client = openSocket(Number(peer.address.split(':')[1]), '127.0.0.1');
    await new Promise((resolve) => client.once('connect', resolve));
    expect(descriptorOf(client)).toBeGreaterThan(2);
    client.destroy();
    expect(descriptorOf(client)).toBeUndefined();
  });
});

describe('the watch of file descriptors', () => {
  /** A system that counts how often it is asked for its limit. */
  class Counted extends System {
    asked = 0;
    override limit(): number | null {
      this.asked++;
      return this.soft;
    }
  }

  test.each([
    [64, 56],
    [128, 120],
    [256, 240],
    [512, 480],
    [1_024, 992],
    [100_000, 99_968],
  ])('FC-47: of %i keeps those from %i on', (soft, first) => {
    const system = Object.assign(new System(), { soft });
    expect(watching(system).watch.judge(first - 1)).toBe('enough');
    expect(watching(system).watch.judge(first)).toBe('none');
  });

  test('FC-47: needs twice the room to be content again', () => {
    const system = new System();
    system.used = 48;
    const { clock, watch } = watching(system);
    watch.judge(56);
    clock.advance(2_000);
    expect([watch.judge(48), watch.judge(47), watch.judge(48)]).toEqual(['few', 'enough', 'enough']);
  });

  test('FC-47: is content a second after the last shortage and not the first, at any hour', () => {
    const { clock, watch } = watching();
    clock.advance(5_500);
    expect([watch.judge(56), watch.judge(30)]).toEqual(['none', 'few']);
    clock.advance(900);
    expect([watch.judge(56), watch.judge(30)]).toEqual(['none', 'few']);
    clock.advance(999);
    expect(watch.judge(30)).toBe('few');
    clock.advance(1);
    expect([watch.judge(30), watch.shortages]).toEqual(['enough', 1]);
  });

  test('FC-47: cannot say of a socket without a descriptor, unless they were few a moment ago', () => {
    const { watch } = watching();
    expect(watch.judge(undefined)).toBe('enough');
    watch.judge(60);
    expect([watch.judge(undefined), watch.judge(20)]).toEqual(['few', 'few']);
  });

  test('FC-47: reads the limit where it matters, once a second at most', () => {
    const system = new Counted();
    const { clock, watch } = watching(system);
    watch.judge(20);
    watch.judge(60);
    clock.advance(999);
    watch.judge(60);
    expect(system.asked).toBe(1);
    clock.advance(1);
    watch.judge(60);
    watch.judge(60);
    expect(system.asked).toBe(2);
    clock.advance(500);
    watch.judge(60);
    expect(system.asked).toBe(2);
    clock.advance(500);
    watch.judge(60);
    expect(system.asked).toBe(3);
  });

  test('FC-47: is short of nothing where the limit is not known any more', () => {
    const system = new System();
    const { clock, watch } = watching(system);
    clock.advance(1_000);
    system.soft = null;
    expect([watch.judge(60), watch.judge(60), watch.shortages]).toEqual(['enough', 'enough', 0]);
  });

  test('FC-47: looks once a second, with one timer', () => {
    const system = new System();
    const { clock, watch } = watching(system);
    system.used = 64;
    clock.advance(999);
    expect([watch.shortages, clock.pending]).toEqual([0, 1]);
    clock.advance(1);
    expect([watch.shortages, clock.pending]).toEqual([1, 1]);
    watch.stop();
    expect(clock.pending).toBe(0);
  });

  test('FC-47: keeps no program alive', () => {
    let unrefs = 0;
    const timer = { unref: () => unrefs++ };
    const clock = { now: () => 0, setTimeout: () => timer, clearTimeout: () => {} };
    new DescriptorWatch(clock, () => {}, new System());
    expect(unrefs).toBe(1);
  });

  test.each([
    [{ _handle: { fd: 7 } }, 7],
    [{ _handle: { fd: 0 } }, 0],
    [{ _handle: { fd: -1 } }, undefined],
    [{ _handle: { fd: '7' } }, undefined],
    [{ _handle: {} }, undefined],
    [{ _handle: null }, undefined],
    [{}, undefined],
  ])('FC-47: takes the descriptor of %j for %s', (socket, descriptor) => {
    expect(descriptorOf(socket as unknown as Socket)).toBe(descriptor);
  });
});
