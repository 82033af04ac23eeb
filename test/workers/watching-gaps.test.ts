/** What a program that watches devices does about what it has missed: it asks once, and not again when it knows. */

import { describe, expect, test } from 'vitest';
import { FakeGateway } from './fake-gateway.js';
import { follow, world } from './watched.js';

/** A gateway whose lists can lack their last part, and that counts who asks. */
class Gateway extends FakeGateway {
  asked = 0;
  isCut = false;

  override answerList(message: Parameters<FakeGateway['answerList']>[0]): void {
    this.asked++;
    if (!this.isCut) return super.answerList(message);
    const list = { gateway: this.id, devices: [], part: 1, parts: 2, seq: 0 };
    message.respond(Buffer.from(JSON.stringify(list)));
  }
}

describe('watching', () => {
  test('asks again at the next sign of life of a gateway whose list was cut, and then no more', async () => {
    const { clock, memory, fleet } = world();
    const gateway = new Gateway(memory);
    const other = new Gateway(memory, 'g2');
    gateway.arrive('a', 1);
    const { seen } = follow(fleet.watch());
    await clock.advanceAsync(1_000);
    gateway.isCut = true;
    gateway.tell({ event: 'gateway.up' });
    await clock.advanceAsync(1_000);
    const before = gateway.asked;
    seen.splice(0);
    // nothing but a sign of life of its own makes it ask
    gateway.arrive('b', 2);
    other.tell({ event: 'gateway.alive' });
    await clock.advanceAsync(500);
    expect(gateway.asked).toBe(before);
    gateway.isCut = false;
    for (let beat = 1; beat <= 3; beat++) {
      gateway.tell({ event: 'gateway.alive' });
      await clock.advanceAsync(1_000);
      expect(gateway.asked).toBe(before + 1);
    }
    expect(seen).toEqual(['arrived b 2 g1']);
  });

  test('takes a sign of life that came while it asked for none after it: it would ask for ever', async () => {
    const { clock, memory, fleet } = world();
    const gateway = new Gateway(memory);
    follow(fleet.watch());
    await clock.advanceAsync(1_000);
    gateway.isCut = true;
    const before = gateway.asked;
    gateway.tell({ event: 'gateway.up' });
    gateway.tell({ event: 'gateway.alive' });
    await clock.advanceAsync(10_000);
    expect(gateway.asked).toBe(before + 1);
  });

  test('asks no more for the list of a gateway that went before it came', async () => {
    const { clock, memory, fleet } = world();
    const [gone, other] = [new Gateway(memory), new Gateway(memory, 'g2')];
    const { seen } = follow(fleet.watch());
    await clock.advanceAsync(1_000);
    gone.isCut = true;
    gone.tell({ event: 'gateway.up' });
    await clock.advanceAsync(1_000);
    gone.tell({ event: 'gateway.down' });
    gone.isCut = false;
    await clock.advanceAsync(100);
    const before = other.asked;
    // it comes back: for that one question is enough
    for (let beat = 0; beat < 3; beat++) {
      gone.tell({ event: 'gateway.alive' });
      await clock.advanceAsync(1_000);
    }
    expect(other.asked).toBe(before + 1);
    expect(seen.filter((event) => event.endsWith('g1'))).toEqual([
      'gateway.up g1',
      'gateway.down g1',
      'gateway.up g1',
    ]);
  });

  test('hears of gaps of a gateway that fell silent and began anew, by the numbers that it has now', async () => {
    const { clock, memory, fleet } = world();
    const before = new Gateway(memory);
    for (const name of ['a', 'b', 'c', 'd', 'e']) before.arrive(name, 1);
    const { seen } = follow(fleet.watch());
    await clock.advanceAsync(10_000);
    expect(seen.at(-1)).toBe('gateway.down g1');
    before.answerList = () => {};
    const gateway = new Gateway(memory);
    gateway.arrive('f', 2);
    await clock.advanceAsync(1_000);
    const { asked } = gateway;
    gateway.tell({ event: 'gateway.alive' });
    await clock.advanceAsync(1_000);
    expect(gateway.asked).toBe(asked);
    // two devices have come and left meanwhile, and nobody heard of it
    gateway.tell({ event: 'gateway.alive', seq: 5 });
    await clock.advanceAsync(1_000);
    expect(gateway.asked).toBe(asked + 1);
    expect(seen.slice(-2)).toEqual(['gateway.up g1', 'arrived f 2 g1']);
  });

  test('goes back to the gateway that still has a device when the one that took it over is gone', async () => {
    const { clock, memory, fleet } = world();
    const [one, two] = [new FakeGateway(memory, 'g1'), new FakeGateway(memory, 'g2')];
    one.arrive('a', 1);
    const { seen } = follow(fleet.watch());
    await clock.advanceAsync(1_000);
    two.arrive('a', 2);
    await clock.advanceAsync(0);
    two.tell({ event: 'gateway.down' });
    await clock.advanceAsync(0);
    expect(seen.slice(3)).toEqual([
      'left a 1 g1 name-taken-over to g2',
      'arrived a 2 g2',
      'left a 2 g2 gateway-down',
      'arrived a 1 g1',
      'gateway.down g2',
    ]);
  });

  test('does not go back to a gateway that has said meanwhile that it lost the device', async () => {
    const { clock, memory, fleet } = world();
    const [one, two] = [new FakeGateway(memory, 'g1'), new FakeGateway(memory, 'g2')];
    one.arrive('a', 1);
    const { seen } = follow(fleet.watch());
    await clock.advanceAsync(1_000);
    two.arrive('a', 2);
    one.leave('a', { reason: 'name-taken-over', to: 'g2' });
    two.leave('a');
    await clock.advanceAsync(0);
    expect(seen.slice(3)).toEqual([
      'left a 1 g1 name-taken-over to g2',
      'arrived a 2 g2',
      'left a 2 g2 peer-closed',
    ]);
  });

  test('takes only what it asked for last', async () => {
    const { clock, memory, bus, fleet } = world();
    const gateway = new FakeGateway(memory);
    gateway.arrive('a', 1);
    const { seen } = follow(fleet.watch());
    await clock.advanceAsync(100);
    // the first list is on its way, with a device that is gone when the second is asked for
    bus.become('away');
    const tell = gateway.tell.bind(gateway);
    gateway.tell = () => {};
    gateway.leave('a');
    gateway.tell = tell;
    bus.become('up');
    await clock.advanceAsync(2_000);
    expect(seen).toEqual(['gateway.up g1']);
  });

  test('begins anew for who begins to watch when nobody did', async () => {
    const { clock, memory, fleet } = world();
    const gateway = new Gateway(memory);
    gateway.arrive('a', 1);
    for (let times = 1; times <= 2; times++) {
      const abort = new AbortController();
      const { seen, ended } = follow(fleet.watch({ signal: abort.signal }));
      gateway.isCut = times === 1;
      gateway.tell({ event: 'gateway.up' });
      await clock.advanceAsync(1_000);
      expect(seen).toEqual(times === 1 ? ['gateway.up g1'] : ['gateway.up g1', 'arrived a 1 g1']);
      abort.abort();
      await ended;
    }
    expect(clock.pending).toBe(0);
  });
});
