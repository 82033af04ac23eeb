/** Devices, gateways, programs and workers on a real cluster of two servers of NATS; time is real here. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Bus } from '../../src/bus/bus.js';
import { natsBus } from '../../src/bus/nats/index.js';
import { gateway } from '../../src/gateway/gateway.js';
import type { Gateway } from '../../src/gateway/running-gateway.js';
import {
  connect,
  contract,
  createMemoryListener,
  execute,
  type MemoryListener,
  read,
  type Session,
  StatusError,
} from '../../src/index.js';
import type { DevicesIterator } from '../../src/workers/device-events.js';
import { devices } from '../../src/workers/devices.js';
import type { DevicesEvent } from '../../src/workers/presence-view.js';
import { worker } from '../../src/workers/worker.js';
import { HAS_NATS_SERVER, killServers, natsPair } from '../support/nats-server.js';

const pump = contract({ flow: read(0, z.number()), flush: execute(2, z.string(), z.string()) });
const office = contract({ price: execute(1, z.string(), z.number()) });

/** Takes events until one is there, and says what has happened to devices. */
async function until(events: DevicesIterator, isIt: (event: DevicesEvent) => boolean): Promise<string[]> {
  const seen: string[] = [];
  for (;;) {
    const { value } = await events.next();
    if (value === undefined) throw new Error('nothing more happens');
    if ('device' in value) seen.push(`${value.event} ${value.device} ${value.gateway}`);
    if (isIt(value)) return seen;
  }
}

/** A device has come to a gateway. */
function came(name: string, gatewayId: string | undefined): (event: DevicesEvent) => boolean {
  return (event) => event.event === 'arrived' && event.device === name && event.gateway === gatewayId;
}

describe.skipIf(!HAS_NATS_SERVER)('on a cluster of two servers', () => {
  const buses: Bus[] = [];
  const gateways: Gateway[] = [];
  const listeners: MemoryListener[] = [];
  const sessions: Session[] = [];

  async function busAt(url: string): Promise<Bus> {
    const bus = await natsBus({ servers: url });
    buses.push(bus);
    return bus;
  }

  let urls: readonly [string, string];
  beforeAll(async () => {
    const [first, second] = await natsPair();
    urls = [first.url, second.url];
    for (const url of urls) {
      const memory = createMemoryListener();
      listeners.push(memory);
      gateways.push(await gateway({ bus: await busAt(url), listen: { memory } }));
    }
  });

  afterAll(async () => {
    for (const session of sessions) await session.close();
    for (const each of gateways) await each.close();
    for (const bus of buses) await bus.close();
    await killServers();
  });

  /** A device connects to one of the gateways. */
  async function device(channelName: string, at: 0 | 1): Promise<Session> {
    const stream = listeners[at]?.connect;
    if (stream === undefined) throw new Error('there is no such gateway');
    const session = await connect({ stream, channelName, reconnect: false });
    sessions.push(session);
    pump.handle(session, { flow: () => at, flush: (what) => `${what} at ${at}` });
    return session;
  }

  test('a program asks a device at the other server, also while it moves, and each request is handled once', async () => {
    const fleet = devices(await busAt(urls[0]));
    const client = pump.client(fleet.at('pump-3', { waitForPeer: true }));
    const first = client.flush('first');
    await device('pump-3', 1);
    expect(await first).toMatch(/^first at/);
    const events = fleet.watch();
    for (const at of [0, 1, 0] as const) {
      await device('pump-3', at);
      await until(events, came('pump-3', gateways[at]?.id));
      expect(await client.flow()).toBe(at);
    }
    expect((await fleet.list()).map(({ device: name, gateway: id }) => [name, id])).toEqual([
      ['pump-3', gateways[0]?.id],
    ]);
    await expect(fleet.at('pump-4').read(0)).rejects.toMatchObject({ code: 'ERR_NO_SUCH_PEER' });
    fleet.close();
  });

  test('a device asks, and a worker at the other server answers; tools see how that went', async () => {
    const bus = await busAt(urls[1]);
    const running = await worker(
      { bus, contract: office, name: 'office', version: '1.0.0' },
      {
        price: (article, { device: name }) => {
          if (article === 'gold') throw new StatusError(1000, { data: name });
          if (article === 'lead') throw new Error('no lead');
          return article.length;
        },
      },
    );
    running.on('callbackError', () => {});
    const kitchen = await device('kitchen', 0);
    expect(await office.client(kitchen).price('tea')).toBe(3);
    await expect(office.client(kitchen).price('gold')).rejects.toMatchObject({
      status: 1000,
      answer: { data: 'kitchen' },
    });
    await expect(office.client(kitchen).price('lead')).rejects.toMatchObject({ reason: 'callback-error' });
    const asked = await (await busAt(urls[0])).request('$SRV.STATS.office', new Uint8Array(), {
      timeoutMs: 5_000,
    });
    expect(JSON.parse(Buffer.from(asked.data).toString())).toMatchObject({
      version: '1.0.0',
      endpoints: [{ name: 'price', num_errors: 1, last_error: '500:callback error' }],
    });
    expect(await running.close({ drain: true })).toEqual({ cutCallbacks: 0 });
  });

  test('a loop sees a device move between the gateways', async () => {
    const fleet = devices(await busAt(urls[0]));
    const events = fleet.watch();
    const [one, two] = gateways.map(({ id }) => id);
    await device('mover', 0);
    await until(events, came('mover', one));
    await device('mover', 1);
    expect(await until(events, came('mover', two))).toEqual([`left mover ${one}`, `arrived mover ${two}`]);
    fleet.close();
  });
});
