import { describe, expect, test } from 'vitest';
import { encodePresence } from '../../src/gateway/format/presence.js';
import { DAY_MS, Scene } from './scene.js';

const READ = 10;

describe('a gateway that closes', () => {
  test('loses no answer when it drains: neither what is under way on the bus, nor what devices work on', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    const pump = await here.device('pump');
    const waiting: (() => void)[] = [];
    pump.onRead(0, () => new Promise((resolve) => waiting.push(() => resolve('slow'))));
    pump.onRead(1, () => 'quick');
    const slow = scene.ask('pump', READ, 0);
    await scene.settle();
    const underWay = [scene.ask('pump', READ, 1), scene.ask('pump', READ, 1)];
    const closed = here.gateway.close({ drain: true, timeout: 3_000 });
    expect(await Promise.all(underWay)).toMatchObject(Array(2).fill({ answer: { data: 'quick' } }));
    await scene.pass(1_000);
    expect(await scene.ask('pump', READ, 1)).toMatchObject({ error: { reason: 'bus-no-responders' } });
    for (const answer of waiting) answer();
    expect(await slow).toMatchObject({ answer: { data: 'slow' } });
    await scene.settle();
    expect(await closed).toEqual({ cutRequests: 0, sessions: 1 });
    expect(scene.events.at(-1)).toMatchObject({ event: 'gateway.down', gateway: here.gateway.id });
    expect(scene.events.map(({ event }) => event)).not.toContain('left');
  });

  test('answers with "gateway down" what takes longer, and says that it was written', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    const pump = await here.device('pump');
    pump.onRead(0, () => new Promise(() => {}));
    const asked = scene.ask('pump', READ, 0, null, { timeoutMs: 60_000 });
    await scene.settle();
    const closed = here.gateway.close({ drain: true, timeout: 2_000 });
    await scene.pass(2_000);
    expect(await asked).toMatchObject({
      error: { name: 'ConnectionLostError', reason: 'gateway-down', written: true },
    });
    expect(await closed).toMatchObject({ cutRequests: 1 });
  });

  test('answers all at once without a drain: what is under way on the bus was not written', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    const pump = await here.device('pump');
    pump.onRead(null, () => new Promise(() => {}));
    const asked = scene.ask('pump', READ, 0);
    await scene.settle();
    const underWay = scene.ask('pump', READ, 1);
    const closed = here.gateway.close();
    await scene.settle();
    await closed;
    expect(await asked).toMatchObject({ error: { reason: 'gateway-down', written: true } });
    expect(await underWay).toMatchObject({ error: { reason: 'gateway-down', written: false } });
  });

  test('gives the bus a second to bring what it had sent, without a drain as well', async () => {
    for (const releasedMs of [900, 2_000]) {
      const scene = new Scene();
      const here = await scene.open('one');
      const pump = await here.device('pump');
      const release = here.bus.holdDrains();
      scene.clock.setTimeout(release, releasedMs);
      const closed = here.gateway.close();
      await scene.pass(899);
      expect(pump.isConnected()).toBe(true);
      await scene.pass(Math.min(releasedMs, 1_000) - 899);
      expect(pump.isConnected()).toBe(false);
      await scene.pass(1_000);
      await closed;
    }
  });

  test('does not know what became of what it has passed on', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    await here.device('pump');
    // another gateway has the device, and does not answer
    scene.bus.subscribe('sp.pump.*.*', () => {}, { queue: 'sp' });
    const claim = { event: 'arrived', device: 'pump', gateway: 'x', epoch: DAY_MS + 1, at: 'now' } as const;
    scene.bus.publish('sp.$presence', encodePresence(claim));
    const asked = scene.ask('pump', READ, 0, null, { timeoutMs: 60_000 });
    await scene.settle();
    expect(here.gateway.stats()).toMatchObject({ forwarded: 1, inFlight: 1 });
    const closed = here.gateway.close();
    await scene.settle();
    expect(await asked).toMatchObject({ error: { reason: 'gateway-down', written: true } });
    expect(await closed).toMatchObject({ cutRequests: 1 });
    expect([here.gateway.stats().inFlight, scene.bus.stats().waiting]).toEqual([0, 0]);
  });

  describe('ends its draining where it is closed again without one', () => {
    test('while a device works', async () => {
      const scene = new Scene();
      const here = await scene.open('one');
      const pump = await here.device('pump');
      pump.onRead(0, () => new Promise(() => {}));
      const asked = scene.ask('pump', READ, 0, null, { timeoutMs: 60_000 });
      await scene.settle();
      const closed = here.gateway.close({ drain: true, timeout: 50_000 });
      await scene.settle();
      void here.gateway.close({ drain: true });
      await scene.settle();
      expect(here.gateway.stats().inFlight).toBe(1);
      const again = here.gateway.close();
      await scene.settle();
      expect(await asked).toMatchObject({ error: { reason: 'gateway-down', written: true } });
      expect([await closed, await again]).toEqual(Array(2).fill({ cutRequests: 1, sessions: 1 }));
    });

    test('while the bus has not said that nothing more comes', async () => {
      const scene = new Scene();
      const here = await scene.open('one');
      await here.device('pump');
      const release = here.bus.holdDrains();
      const closed = here.gateway.close({ drain: true, timeout: 50_000 });
      await scene.pass(5_000);
      void here.gateway.close();
      await scene.pass(2_000);
      expect(await closed).toEqual({ cutRequests: 0, sessions: 1 });
      release();
    });

    test('while both are so', async () => {
      const scene = new Scene();
      const here = await scene.open('one');
      const pump = await here.device('pump');
      pump.onRead(0, () => new Promise(() => {}));
      const asked = scene.ask('pump', READ, 0, null, { timeoutMs: 60_000 });
      await scene.settle();
      const release = here.bus.holdDrains();
      const closed = here.gateway.close({ drain: true, timeout: 50_000 });
      await scene.settle();
      void here.gateway.close();
      await scene.pass(2_000);
      expect(await asked).toMatchObject({ error: { reason: 'gateway-down', written: true } });
      expect(await closed).toEqual({ cutRequests: 1, sessions: 1 });
      release();
    });

    test('while a worker has the request of a device', async () => {
      const scene = new Scene();
      scene.bus.subscribe('sp.$from.*.*.*', () => {});
      const here = await scene.open('one');
      const pump = await here.device('pump');
      const read = pump.read(3).catch((error: unknown) => error);
      await scene.settle();
      const closed = here.gateway.close({ drain: true, timeout: 50_000 });
      await scene.settle();
      void here.gateway.close();
      await scene.settle();
      expect(await read).toMatchObject({ code: 'ERR_CONNECTION_LOST' });
      expect(await closed).toEqual({ cutRequests: 0, sessions: 1 });
    });
  });

  test('takes no new devices, and nothing new of those that it has', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    const pump = await here.device('pump');
    pump.onRead(0, () => new Promise(() => {}));
    void scene.ask('pump', READ, 0);
    await scene.settle();
    const closed = here.gateway.close({ drain: true, timeout: 2_000 });
    await scene.settle();
    expect((await here.device('other')).isConnected()).toBe(false);
    await expect(pump.read(3)).rejects.toMatchObject({ reason: 'operation-not-permitted' });
    await scene.pass(2_000);
    await closed;
  });

  test('passes on what comes for a device that has connected again, and was turned away', async () => {
    const scene = new Scene();
    const [one, two] = [await scene.open('one'), await scene.open('two')];
    const pump = await one.device('pump');
    pump.onRead(null, () => new Promise(() => {}));
    const first = scene.ask('pump', READ, 0);
    await scene.settle();
    const release = one.bus.holdDrains();
    const closed = one.gateway.close({ drain: true, timeout: 2_000 });
    expect((await one.device('pump')).isConnected()).toBe(false);
    expect(await first).toMatchObject({ error: { reason: 'name-taken-over', written: true } });
    expect(one.gateway.device('pump')?.state).toBe('leaving');
    (await two.device('pump')).onRead(0, () => 'moved');
    expect(await scene.ask('pump', READ, 0)).toMatchObject({ answer: { data: 'moved' } });
    release();
    await scene.pass(2_000);
    await closed;
  });

  test('lets devices finish what they have asked workers', async () => {
    const scene = new Scene();
    scene.bus.subscribe('sp.$from.*.*.*', (message) => {
      scene.clock.setTimeout(
        () => message.respond(Buffer.from('{"data": "late"}'), { 'Sp-Status': '0' }),
        1_000,
      );
    });
    const here = await scene.open('one');
    const pump = await here.device('pump');
    const read = pump.read(3);
    await scene.settle();
    const closed = here.gateway.close({ drain: true, timeout: 5_000 });
    await scene.pass(1_000);
    expect(await read).toBe('late');
    await scene.pass(5_000);
    await closed;
  });

  test('lets devices go to another gateway meanwhile', async () => {
    const scene = new Scene();
    const [one, two] = [await scene.open('one'), await scene.open('two')];
    const pump = await one.device('pump');
    pump.onRead(0, () => new Promise(() => {}));
    void scene.ask('pump', READ, 0);
    await scene.settle();
    const closed = one.gateway.close({ drain: true, timeout: 5_000 });
    await scene.settle();
    (await two.device('pump')).onRead(0, () => 'moved');
    expect(await scene.ask('pump', READ, 0)).toMatchObject({ answer: { data: 'moved' } });
    await scene.pass(5_000);
    await closed;
    expect(await scene.ask('pump', READ, 0)).toMatchObject({ answer: { data: 'moved' } });
  });

  test('leaves nothing behind: no timer, no subscription; the bus is open', async () => {
    const scene = new Scene();
    const { subscriptions } = scene.bus.stats();
    const here = await scene.open('one');
    const pump = await here.device('pump');
    await scene.ask('pump', READ, 0, null, { headers: { 'Sp-Progress': 'sp.$progress.me.0' } });
    const closed = here.gateway.close({ drain: true });
    expect(here.gateway.close()).toStrictEqual(closed);
    await scene.settle();
    await closed;
    await pump.close();
    await scene.settle();
    expect(scene.clock.pending).toBe(0);
    expect(scene.bus.stats()).toEqual({ subscriptions, waiting: 0, underWay: 0 });
    expect(here.bus.listeners).toBe(0);
    expect([here.bus.inner.state, here.gateway.stats().devices]).toEqual(['up', 0]);
  });

  test('says nothing after its last word, however long the bus takes', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    const told: string[] = [];
    scene.bus.subscribe('sp.$presence', ({ data }) =>
      told.push(JSON.parse(Buffer.from(data).toString()).event),
    );
    await scene.pass(1_900);
    here.bus.flush = () => new Promise(() => {});
    const closed = here.gateway.close();
    await scene.settle();
    here.bus.lose();
    here.bus.find();
    await scene.pass(1_000);
    await closed;
    expect(told).toEqual(['gateway.down']);
  });

  test('closes its bus where it may', async () => {
    const scene = new Scene();
    const here = await scene.open('one', { closeBus: true });
    const closed = here.gateway.close();
    await scene.settle();
    await closed;
    expect(here.bus.inner.state).toBe('closed');
  });
});
