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
