/** Who is there: lists of all gateways, and what happens to devices, without gaps and without anything twice. */

import { describe, expect, test } from 'vitest';
import { BusError, OptionError } from '../../src/index.js';
import { devices } from '../../src/workers/devices.js';
import type { DevicesEvent } from '../../src/workers/presence-view.js';
import { FakeGateway } from './fake-gateway.js';
import { follow, short, world } from './watched.js';

describe('a list', () => {
  test('has all devices of all gateways, in however many parts, each once', async () => {
    const { clock, memory, fleet } = world();
    const [one, two] = [new FakeGateway(memory, 'g1'), new FakeGateway(memory, 'g2')];
    for (const name of ['c', 'a', 'e', 'b', 'd']) one.arrive(name, 1);
    two.arrive('f', 1);
    two.arrive('a', 2);
    const list = fleet.list();
    await clock.advanceAsync(2_000);
    expect((await list).map(({ device, epoch, gateway }) => `${device} ${epoch} ${gateway}`)).toEqual([
      'a 2 g2',
      'b 1 g1',
      'c 1 g1',
      'd 1 g1',
      'e 1 g1',
      'f 1 g2',
    ]);
    expect((await list)[0]).toMatchObject({ since: '2026-01-01T00:00:00.000Z', address: '192.0.2.1:5000' });
    expect(clock.pending).toBe(0);
  });

  test('is empty where there is no gateway', async () => {
    expect(await world().fleet.list()).toEqual([]);
  });

  test('is refused rather than incomplete', async () => {
    const { clock, memory, fleet } = world();
    memory.subscribe('sp.$presence.list', (message) =>
      message.respond(Buffer.from(JSON.stringify({ gateway: 'g1', devices: [], part: 1, parts: 2 }))),
    );
    const list = fleet.list({ timeout: 500 });
    list.catch(() => {});
    await clock.advanceAsync(500);
    await expect(list).rejects.toMatchObject({ code: 'ERR_TIMEOUT', timeoutMs: 500 });
    await expect(fleet.list({ timeot: 1 } as never)).rejects.toBeInstanceOf(OptionError);
  });
});

describe('watching', () => {
  test('begins with what is there, and goes on with what happens', async () => {
    const { clock, memory, fleet } = world();
    const gateway = new FakeGateway(memory);
    for (const name of ['a', 'b', 'c']) gateway.arrive(name, 1);
    const { seen } = follow(fleet.watch());
    await clock.advanceAsync(2_000);
    expect(seen.splice(0)).toEqual(['gateway.up g1', 'arrived a 1 g1', 'arrived b 1 g1', 'arrived c 1 g1']);
    gateway.leave('b');
    gateway.arrive('d', 4);
    await clock.advanceAsync(0);
    expect(seen).toEqual(['left b 1 g1 peer-closed', 'arrived d 4 g1']);
  });

  test('loses nothing that happens while it asks, and tells nothing twice', async () => {
    const { clock, memory, fleet } = world();
    const gateway = new FakeGateway(memory);
    for (const name of ['a', 'b']) gateway.arrive(name, 1);
    const { seen } = follow(fleet.watch());
    gateway.leave('a');
    gateway.arrive('c', 2);
    await clock.advanceAsync(100);
    gateway.leave('b');
    gateway.arrive('b', 3);
    await clock.advanceAsync(2_000);
    expect(seen).toEqual([
      'gateway.up g1',
      'arrived b 1 g1',
      'arrived c 2 g1',
      'left b 1 g1 peer-closed',
      'arrived b 3 g1',
    ]);
  });

  test('shows a move as leaving and arriving, in whichever order gateways tell it', async () => {
    const { clock, memory, fleet } = world();
    const [one, two] = [new FakeGateway(memory, 'g1'), new FakeGateway(memory, 'g2')];
    one.arrive('a', 1);
    one.arrive('b', 1);
    const { seen } = follow(fleet.watch());
    await clock.advanceAsync(2_000);
    seen.splice(0);
    two.arrive('a', 2);
    one.leave('a', { reason: 'name-taken-over', to: 'g2' });
    one.leave('b', { reason: 'name-taken-over', to: 'g2' });
    two.arrive('b', 2);
    one.tell({ event: 'arrived', device: 'b', epoch: 1 });
    await clock.advanceAsync(0);
    expect(seen).toEqual([
      'left a 1 g1 name-taken-over to g2',
      'arrived a 2 g2',
      'left b 1 g1 name-taken-over to g2',
      'arrived b 2 g2',
    ]);
  });

  test('takes all devices of a gateway that goes, or falls silent, for gone', async () => {
    const { clock, memory, fleet } = world();
    const [one, two] = [new FakeGateway(memory, 'g1'), new FakeGateway(memory, 'g2')];
    one.arrive('a', 1);
    two.arrive('b', 1);
    const { seen } = follow(fleet.watch());
    await clock.advanceAsync(2_000);
    seen.splice(0);
    one.tell({ event: 'gateway.down' });
    two.tell({ event: 'gateway.alive' });
    await clock.advanceAsync(5_000);
    expect(seen.splice(0)).toEqual(['left a 1 g1 gateway-down', 'gateway.down g1']);
    await clock.advanceAsync(3_000);
    expect(seen).toEqual(['left b 1 g2 gateway-down', 'gateway.down g2']);
  });

  test('asks a gateway that it did not know', async () => {
    const { clock, memory, fleet } = world();
    const { seen } = follow(fleet.watch());
    await clock.advanceAsync(2_000);
    const late = new FakeGateway(memory, 'g9');
    const tell = late.tell.bind(late);
    late.tell = () => {};
    late.arrive('a', 1);
    tell({ event: 'gateway.alive' });
    await clock.advanceAsync(2_000);
    expect(seen).toEqual(['gateway.up g9', 'arrived a 1 g9']);
  });

  test('finds out what happened while the bus was away', async () => {
    const { clock, memory, bus, fleet } = world();
    const gateway = new FakeGateway(memory);
    for (const name of ['a', 'b', 'c']) gateway.arrive(name, 1);
    const { seen } = follow(fleet.watch());
    await clock.advanceAsync(2_000);
    seen.splice(0);
    bus.become('away');
    const tell = gateway.tell.bind(gateway);
    gateway.tell = () => {};
    gateway.leave('a');
    gateway.leave('b');
    gateway.arrive('b', 2);
    gateway.arrive('d', 1);
    gateway.tell = tell;
    await clock.advanceAsync(1_000);
    bus.become('up');
    gateway.leave('c');
    await clock.advanceAsync(2_000);
    expect(seen).toEqual([
      'left c 1 g1 peer-closed',
      'left b 1 g1 name-taken-over',
      'arrived b 2 g1',
      'arrived d 1 g1',
      'left a 1 g1 for no reason',
    ]);
  });

  test('takes no gateway for dead while the bus is away, however long that is', async () => {
    const { clock, memory, bus, fleet } = world();
    const [lives, dies] = [new FakeGateway(memory, 'g1'), new FakeGateway(memory, 'g2')];
    lives.arrive('a', 1);
    dies.arrive('b', 1);
    const { seen } = follow(fleet.watch());
    await clock.advanceAsync(2_000);
    seen.splice(0);
    bus.become('away');
    await clock.advanceAsync(60_000);
    expect(seen).toEqual([]);
    dies.answerList = () => {};
    bus.become('up');
    for (let beat = 0; beat < 4; beat++) {
      lives.tell({ event: 'gateway.alive' });
      await clock.advanceAsync(2_000);
    }
    expect(seen).toEqual(['left b 1 g2 gateway-down', 'gateway.down g2']);
  });

  test('goes on where the bus is lost between the question for lists and their answers', async () => {
    const { clock, memory, bus, fleet } = world();
    const gateway = new FakeGateway(memory);
    gateway.arrive('a', 1);
    const { requestAll } = bus;
    // a bus that has not noticed yet holds what it is asked, and says so when its time is over
    bus.requestAll = (_subject, _data, { maxWaitMs }) =>
      new Promise((_resolve, reject) => {
        clock.setTimeout(() => reject(new BusError('bus-timeout')), maxWaitMs);
      });
    const { seen } = follow(fleet.watch());
    await clock.advanceAsync(1_000);
    bus.become('away');
    await clock.advanceAsync(5_000);
    bus.requestAll = requestAll;
    bus.become('up');
    await clock.advanceAsync(1_000);
    expect(seen).toEqual(['gateway.up g1', 'arrived a 1 g1']);
  });

  test('asks once for all loops, and each begins with what is there', async () => {
    const { clock, memory, fleet } = world();
    const gateway = new FakeGateway(memory);
    gateway.arrive('a', 1);
    const first = follow(fleet.watch());
    await clock.advanceAsync(2_000);
    const second = follow(fleet.watch());
    gateway.arrive('b', 1);
    await clock.advanceAsync(0);
    const all = ['gateway.up g1', 'arrived a 1 g1', 'arrived b 1 g1'];
    expect(first.seen).toEqual(all);
    expect(second.seen).toEqual(all);
  });

  test('leaves nothing behind', async () => {
    const { clock, memory, fleet } = world();
    new FakeGateway(memory).arrive('a', 1);
    const before = memory.stats().subscriptions;
    const abort = new AbortController();
    const aborted = follow(fleet.watch({ signal: abort.signal }));
    const closed = follow(fleet.watch());
    const broken = (async () => {
      for await (const event of fleet.watch()) return short(event);
      return null;
    })();
    await clock.advanceAsync(2_000);
    expect(await broken).toBe('gateway.up g1');
    const reason = new Error('enough');
    abort.abort(reason);
    expect(await aborted.ended).toBe(reason);
    fleet.close();
    expect(await closed.ended).toBe('end');
    expect(memory.stats().subscriptions).toBe(before);
    expect(clock.pending).toBe(0);
  });

  test('counts what a loop does not take in time', async () => {
    const { clock, memory, fleet } = world();
    const gateway = new FakeGateway(memory);
    for (const name of ['a', 'b', 'c', 'd']) gateway.arrive(name, 1);
    const watched = fleet.watch({ limit: 2 });
    expect((await Promise.all([watched.next(), clock.advanceAsync(2_000)]))[0].value?.event).toBe(
      'gateway.up',
    );
    expect(watched.dropped).toBe(2);
    expect(fleet.stats().dropped).toBe(2);
    expect(short((await watched.next()).value as DevicesEvent)).toBe('arrived c 1 g1');
  });

  test('ignores and counts what is no event', async () => {
    const { clock, memory, fleet } = world();
    const { seen } = follow(fleet.watch());
    await clock.advanceAsync(2_000);
    for (const text of ['', 'x', '{}', '[]', '{"event":"arrived","gateway":"g","at":"x"}'])
      memory.publish('sp.$presence', Buffer.from(text));
    await clock.advanceAsync(0);
    expect(seen).toEqual([]);
    expect(fleet.stats().unreadable).toBe(5);
  });

  test('fails when the bus closes', async () => {
    const { clock, bus, memory, fleet } = world();
    new FakeGateway(memory).arrive('a', 1);
    const { seen, ended } = follow(fleet.watch());
    await clock.advanceAsync(2_000);
    bus.become('closed');
    expect(await ended).toMatchObject({ code: 'ERR_BUS', reason: 'bus-closed' });
    expect(seen).toEqual(['gateway.up g1', 'arrived a 1 g1']);
    expect(clock.pending).toBe(0);
  });

  test('fails where the bus is closed', async () => {
    const { memory, clock } = world();
    const gone = memory.connect();
    await gone.close();
    const { ended } = follow(devices(gone, { clock }).watch());
    expect(await ended).toBeInstanceOf(BusError);
  });
});
