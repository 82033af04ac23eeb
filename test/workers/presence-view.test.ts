/** The law of a view, for whatever gateways do: arrived and left take turns, epochs grow, and in the end it knows who is there. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memoryBus } from '../../src/bus/memory-bus.js';
import { devices } from '../../src/workers/devices.js';
import type { DevicesEvent } from '../../src/workers/presence-view.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { FakeGateway, type ToldEvent } from './fake-gateway.js';
import { ScriptedBus } from './scripted-bus.js';

const NAMES = ['a', 'b', 'c'];

/** What happens: a device comes to a gateway, leaves, the bus of the program is away and back, time passes. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('come' as const),
      name: fc.constantFrom(...NAMES),
      at: fc.nat(2),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant('leave' as const), name: fc.constantFrom(...NAMES) }),
  },
  fc.record({ does: fc.constant('lose' as const) }),
  fc.record({ does: fc.constant('find' as const) }),
  fc.record({ does: fc.constant('watch' as const) }),
  fc.record({ does: fc.constant('pass' as const), ms: fc.constantFrom(1, 100, 260) }),
);

/** A gateway whose words the program does not hear while its bus is away. */
class Told extends FakeGateway {
  isHeard: () => boolean = () => true;
  override tell(event: ToldEvent): void {
    if (this.isHeard()) super.tell(event);
  }
}

test('keeps its law', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const clock = new VirtualClock();
      const memory = memoryBus({ clock });
      const bus = new ScriptedBus(memory.connect(), () => clock.now());
      const fleet = devices(bus, { clock });
      const gateways = ['g0', 'g1', 'g2'].map((id) => {
        const gateway = new Told(memory, id);
        gateway.isHeard = () => bus.state === 'up';
        return gateway;
      });
      const holders = new Map<string, { readonly at: number; readonly epoch: number }>();
      const loops: { readonly seen: DevicesEvent[] }[] = [];
      let epoch = 0;
      const watch = (): void => {
        const seen: DevicesEvent[] = [];
        loops.push({ seen });
        void (async () => {
          for await (const event of fleet.watch()) seen.push(event);
        })();
      };
      watch();
      for (const each of steps) {
        if (each.does === 'pass') await clock.advanceAsync(each.ms);
        if (each.does === 'lose') {
          // what was under way does not come after a loss
          await memory.flush();
          bus.become('away');
        }
        if (each.does === 'find' && bus.state === 'away') bus.become('up');
        if (each.does === 'watch') watch();
        if (each.does !== 'come' && each.does !== 'leave') continue;
        const known = holders.get(each.name);
        holders.delete(each.name);
        if (each.does === 'come') {
          gateways[each.at]?.arrive(each.name, ++epoch);
          holders.set(each.name, { at: each.at, epoch });
        }
        // the gateway that it leaves hears of it later than the one that it comes to
        if (known !== undefined && !(each.does === 'come' && known.at === each.at))
          gateways[known.at]?.leave(each.name);
      }
      if (bus.state === 'away') bus.become('up');
      // the signs of life that real gateways give
      for (let beat = 0; beat < 3; beat++) {
        for (const gateway of gateways) gateway.tell({ event: 'gateway.alive' });
        await clock.advanceAsync(2_000);
      }
      for (const { seen } of loops) {
        const there = new Map<string, string>();
        const newest = new Map<string, number>();
        for (const event of seen) {
          if (event.event === 'arrived') {
            expect(there.has(event.device), JSON.stringify(seen)).toBe(false);
            expect(event.epoch).toBeGreaterThan(newest.get(event.device) ?? 0);
            there.set(event.device, `${event.gateway} ${event.epoch}`);
            newest.set(event.device, event.epoch);
          } else if (event.event === 'left') {
            expect(there.get(event.device)).toBe(`${event.gateway} ${event.epoch}`);
            there.delete(event.device);
          }
        }
        const truth = [...holders].map(([name, holder]) => [name, `g${holder.at} ${holder.epoch}`]);
        expect([...there].sort()).toEqual(truth.sort());
      }
      fleet.close();
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 200 },
  );
});
