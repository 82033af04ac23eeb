import { afterEach, describe, expect, test } from 'vitest';
import { memoryBus } from '../../src/bus/memory-bus.js';
import { gateway } from '../../src/gateway/gateway.js';
import { connect, NoSuchPeerError, type Session } from '../../src/index.js';
import { devices } from '../../src/workers/devices.js';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

describe('a device that proves who it is by a key', () => {
  test('has the name of its identity, and can take no other', async () => {
    const keys = new Map([
      ['kitchen', 'the secret of the kitchen, which is long enough'],
      ['cellar', 'the secret of the cellar, which is as long as that'],
    ]);
    const bus = memoryBus();
    const here = await gateway({
      bus,
      listen: {
        port: 0,
        tls: { psk: (identity) => keys.get(identity) },
        peerName: ({ pskIdentity }) => pskIdentity,
      },
    });
    ends.push(() => here.close());
    const { port } = here.server;
    const device = async (pskIdentity: string, channelName: string): Promise<Session> => {
      const psk = keys.get(pskIdentity) as string;
      const session = await connect({ port, channelName, reconnect: false, tls: { psk, pskIdentity } });
      ends.push(() => session.close());
      session.onRead(0, () => `the ${pskIdentity}`);
      return session;
    };
    const arrived = new Promise((resolve) => here.once('arrived', resolve));
    await device('kitchen', 'kitchen');
    expect(await arrived).toMatchObject({ device: 'kitchen' });
    const liar = await device('cellar', 'kitchen');
    while (liar.isConnected() || here.server.sessions.size > 1)
      await new Promise((resolve) => setImmediate(resolve));
    const fleet = devices(bus, { retryFor: 0 });
    expect(await fleet.at('kitchen').read(0)).toBe('the kitchen');
    await expect(fleet.at('cellar').read(0)).rejects.toBeInstanceOf(NoSuchPeerError);
    expect(here.stats()).toMatchObject({ devices: 1, takeovers: 0 });
    expect(here.server.counters.peerNameMismatches).toBe(1);
  });
});
