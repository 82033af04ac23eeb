/** Programs that watch devices, with gateways by hand. */

import { afterEach } from 'vitest';
import { memoryBus } from '../../src/bus/memory-bus.js';
import { devices } from '../../src/workers/devices.js';
import type { DevicesEvent } from '../../src/workers/presence-view.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { ScriptedBus } from './scripted-bus.js';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A program on a bus, and the bus. */
export function world() {
  const clock = new VirtualClock();
  const memory = memoryBus({ clock });
  const bus = new ScriptedBus(memory.connect(), () => clock.now());
  const fleet = devices(bus, { clock });
  ends.push(() => fleet.close());
  return { clock, memory, bus, fleet };
}

/** An event in short: `arrived pump 3 g1`. */
export function short(event: DevicesEvent): string {
  if (event.event === 'arrived') return `arrived ${event.device} ${event.epoch} ${event.gateway}`;
  if (event.event !== 'left') return `${event.event} ${event.gateway}`;
  const to = event.to === undefined ? '' : ` to ${event.to}`;
  return `left ${event.device} ${event.epoch} ${event.gateway} ${event.reason ?? 'for no reason'}${to}`;
}

/** Takes events as they come, from now on. */
export function follow(watched: AsyncIterable<DevicesEvent>): { seen: string[]; ended: Promise<unknown> } {
  const seen: string[] = [];
  const run = async (): Promise<unknown> => {
    try {
      for await (const event of watched) seen.push(short(event));
      return 'end';
    } catch (error) {
      return error;
    }
  };
  return { seen, ended: run() };
}
