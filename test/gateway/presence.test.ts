import { describe, expect, test } from 'vitest';
import { GatewayCounts } from '../../src/gateway/counts.js';
import { DevicesHere, type DevicesParts } from '../../src/gateway/devices-here.js';
import { type DeviceArrived, decodePresenceList } from '../../src/gateway/format/presence.js';
import { GatewayLog } from '../../src/gateway/gateway-log.js';
import type { Session } from '../../src/index.js';
import { logLevelsOf } from '../../src/session/journal/logging.js';
import { RecordedLog } from '../support/recorded-log.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { DAY_MS, Scene } from './scene.js';

const AT = new Date(DAY_MS).toISOString();

async function listsOf(scene: Scene) {
  const asked = scene.bus.requestAll('sp.$presence.list', new Uint8Array(), { maxWaitMs: 1_000 });
  await scene.pass(1_000);
  return (await asked).map(({ data }) => decodePresenceList(data));
}

describe('presence', () => {
  test('is told: gateways, and devices that come and go', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    const pump = await here.device('Küche 1');
    await pump.close();
    await scene.settle();
    const closed = here.gateway.close();
    await scene.settle();
    await closed;
    const { id } = here.gateway;
    expect(scene.events).toEqual([
      { event: 'gateway.up', gateway: id, at: AT, seq: 0 },
      { event: 'arrived', device: 'Küche 1', gateway: id, epoch: DAY_MS, address: undefined, at: AT, seq: 1 },
      {
        event: 'left',
        device: 'Küche 1',
        gateway: id,
        epoch: DAY_MS,
        reason: 'peer-closed',
        to: undefined,
        at: AT,
        seq: 2,
      },
      { event: 'gateway.down', gateway: id, at: AT, seq: 2 },
    ]);
  });

  test('is not told anew where a bus has more to say about the same state', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    await here.device('pump');
    await scene.settle();
    scene.events.length = 0;
    // such as that the server does not allow what is told: told again for it, that would never end
    here.bus.tell('the server does not allow it');
    await scene.settle();
    expect(scene.events).toEqual([]);
    here.bus.lose();
    here.bus.tell('connection refused');
    here.bus.find();
    await scene.settle();
    expect(scene.events.map(({ event }) => event)).toEqual(['gateway.up', 'arrived']);
    const closed = here.gateway.close();
    await scene.settle();
    await closed;
  });

  test('is told to the program, also while the bus is away', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    const heard: unknown[] = [];
    here.gateway.on('arrived', ({ device }) => heard.push(['arrived', device]));
    here.gateway.on('left', ({ device, reason }) => heard.push(['left', device, reason]));
    here.gateway.on('closed', () => heard.push('closed'));
    const pump = await here.device('pump');
    here.bus.lose();
    await pump.close();
    await scene.settle();
    const closed = here.gateway.close();
    await scene.pass(1_000);
    await closed;
    expect(heard).toEqual([['arrived', 'pump'], ['left', 'pump', 'peer-closed'], 'closed']);
  });

  test('is told to the program when the bus is back, where the device came while it was away', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    const heard: string[] = [];
    here.gateway.on('arrived', ({ device }) => heard.push(`${device} is there`));
    here.gateway.on('left', ({ device }) => heard.push(`${device} is gone`));
    await here.device('before');
    here.bus.lose();
    const brief = await here.device('brief');
    await here.device('pump');
    await brief.close();
    await scene.settle();
    expect(heard).toEqual(['before is there']);
    here.bus.find();
    await scene.settle();
    expect(heard).toEqual(['before is there', 'pump is there']);
    const closed = here.gateway.close();
    await scene.pass(1_000);
    await closed;
  });

  test('lists the devices of each gateway, also of one that has none', async () => {
    const scene = new Scene();
    const [one, two] = [await scene.open('one'), await scene.open('two')];
    await one.device('a');
    await one.device('b');
    expect(await listsOf(scene)).toEqual(
      expect.arrayContaining([
        {
          gateway: one.gateway.id,
          part: 1,
          parts: 1,
          devices: [
            { device: 'a', epoch: DAY_MS, since: AT, address: undefined },
            { device: 'b', epoch: DAY_MS + 1, since: AT, address: undefined },
          ],
          seq: 2,
        },
        { gateway: two.gateway.id, part: 1, parts: 1, devices: [], seq: 0 },
      ]),
    );
  });

  test('lists in parts that the bus takes', async () => {
    const scene = new Scene({ maxPayload: 2_048 });
    const here = await scene.open('one');
    const names = Array.from({ length: 40 }, (_, at) => `device ${at}`);
    for (const name of names) await here.device(name);
    const lists = await listsOf(scene);
    expect(lists.length).toBeGreaterThan(2);
    expect(lists.map((list) => [list?.part, list?.parts])).toEqual(
      lists.map((_, at) => [at + 1, lists.length]),
    );
    expect(lists.flatMap((list) => list?.devices.map(({ device }) => device) ?? [])).toEqual(names);
  });

  test('has a sign of life every two seconds', async () => {
    const scene = new Scene();
    let signs = 0;
    scene.bus.subscribe('sp.$presence', ({ data }) => {
      if (Buffer.from(data).includes('gateway.alive')) signs++;
    });
    await scene.open('one');
    await scene.pass(10_000);
    expect(signs).toBe(5);
  });

  test('counts the other gateways that can be heard, and forgets those that are silent', async () => {
    const scene = new Scene();
    const [one, two] = [await scene.open('one'), await scene.open('two')];
    await scene.pass(2_000);
    expect([one, two].map(({ gateway }) => gateway.stats().gateways)).toEqual([1, 1]);
    two.bus.isDeaf = true;
    await scene.pass(8_000);
    expect(one.gateway.stats().gateways).toBe(0);
  });

  test('counts no other gateway while the bus is away, and each when it is heard again', async () => {
    const scene = new Scene();
    const [one] = [await scene.open('one'), await scene.open('two')];
    await scene.pass(2_000);
    one.bus.lose();
    expect(one.gateway.stats().gateways).toBe(0);
    one.bus.find();
    await scene.pass(2_000);
    expect(one.gateway.stats().gateways).toBe(1);
  });

  test('is claimed as soon as a device is trusted, where a secret is set', async () => {
    const secret = 'correct horse battery staple';
    const scene = new Scene();
    const here = await scene.open('one', { listen: { secret } });
    const stranger = await here.device('pump', { secret, autoAuth: false });
    expect(here.gateway.stats()).toMatchObject({ devices: 0 });
    const trusted = stranger.authenticate();
    await scene.settle();
    expect(await trusted).toBe(true);
    expect(here.gateway.stats()).toMatchObject({ devices: 1 });
  });

  test('is none of a device whose name cannot be a part of a subject: it is counted and logged', () => {
    const clock = new VirtualClock();
    const recorded = new RecordedLog();
    const counts = new GatewayCounts();
    const log = new GatewayLog(clock, recorded.logger, logLevelsOf(recorded.logger, 'debug'));
    const devices = new DevicesHere({ clock, counts, log } as unknown as DevicesParts);
    // a certificate may have any name
    devices.entered('x'.repeat(2_000), { peerAddress: '10.0.0.1:5000' } as Session);
    expect([devices.size, counts.unaddressable]).toEqual([0, 1]);
    expect(recorded.warnings).toEqual([
      'socket_protocol: gateway: 10.0.0.1:5000 not reachable through the bus, their names cannot be a part of a subject',
    ]);
  });

  test('is none where the bus is closed, which is logged once a second at most, however many devices come', async () => {
    const scene = new Scene();
    const log = new RecordedLog();
    const here = await scene.open('one', { logger: log.logger });
    const closed = here.bus.close();
    await scene.settle();
    await closed;
    for (let n = 0; n < 5; n++) await here.device(`pump-${n}`);
    const lines = (): string[] => log.lines.filter((line) => line.includes('does not take'));
    expect(lines()).toEqual([
      expect.stringMatching('a device not reachable through the bus, .*: Message bus: this side has closed'),
    ]);
    await scene.pass(1_000);
    expect(lines()[1]).toContain('4 devices');
    expect(lines()).toHaveLength(2);
    expect(here.gateway.stats()).toMatchObject({ devices: 0, failures: { 'bus-closed': 5 } });
  });

  test('survives what others say that makes no sense', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    const pump = await here.device('pump');
    const { id } = here.gateway;
    for (const text of ['', '{', 'null', '{"event":"arrived"}', '{"verdict":"contested"}', '[]'])
      for (const subject of ['sp.$presence', `sp.$gateway.${id}`])
        scene.bus.publish(subject, Buffer.from(text));
    const far: Partial<DeviceArrived> = { event: 'arrived', device: 'pump', gateway: 'x', at: AT };
    for (const epoch of [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 2, 2 ** 48, -1, 1.5, 'x'])
      scene.bus.publish('sp.$presence', Buffer.from(JSON.stringify({ ...far, epoch })));
    const answer = { verdict: 'contested', device: 'pump', about: DAY_MS, gateway: 'x', epoch: 2 ** 52 };
    scene.bus.publish(`sp.$gateway.${id}`, Buffer.from(JSON.stringify(answer)));
    await scene.settle();
    expect(pump.isConnected()).toBe(true);
    expect(here.gateway.device('pump')).toMatchObject({ state: 'claiming', epoch: DAY_MS });
    expect(here.gateway.stats()).toMatchObject({ unreadable: 19 });
  });

  test('follows a number that is far ahead of any clock, and has room above it', async () => {
    const scene = new Scene();
    const [one, two] = [await scene.open('one'), await scene.open('two')];
    const forged = { event: 'arrived', device: 'other', gateway: 'x', at: AT, epoch: 2 ** 48 - 1_000 };
    scene.bus.publish('sp.$presence', Buffer.from(JSON.stringify(forged)));
    await one.device('pump');
    await two.device('pump');
    expect(one.gateway.device('pump')).toBeNull();
    expect(two.gateway.device('pump')).toMatchObject({ state: 'claiming', epoch: 2 ** 48 - 998 });
    expect(await one.device('pump')).toMatchObject({ isClosed: false });
    expect(two.gateway.device('pump')).toBeNull();
  });

  test('is claimed again when a gateway that was silent is heard again, whatever it says first', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    await here.device('pump');
    const tell = (event: object): void =>
      scene.bus.publish('sp.$presence', Buffer.from(JSON.stringify({ gateway: 'x', at: AT, ...event })));
    tell({ event: 'gateway.up', seq: 0 });
    await scene.settle();
    const claims = (): number =>
      scene.events.filter((event) => event.event === 'arrived' && event.device === 'pump').length;
    expect([claims(), here.gateway.stats().gateways]).toEqual([1, 1]);
    await scene.pass(8_000);
    expect(here.gateway.stats().gateways).toBe(0);
    tell({ event: 'arrived', device: 'other', epoch: 5, seq: 9 });
    await scene.settle();
    expect([claims(), here.gateway.stats().gateways]).toEqual([1, 0]);
    for (let beat = 0; beat < 2; beat++) tell({ event: 'gateway.alive', seq: 9 });
    await scene.settle();
    expect([claims(), here.gateway.stats().gateways]).toEqual([2, 1]);
  });

  test('is claimed again where something was missed of what another gateway told: it may have been a claim', async () => {
    const scene = new Scene();
    const here = await scene.open('one');
    await here.device('pump');
    const claimsAfter = async (seq: number, event: object): Promise<number> => {
      const told = { gateway: 'x', at: AT, seq, ...event };
      scene.bus.publish('sp.$presence', Buffer.from(JSON.stringify(told)));
      await scene.settle();
      return scene.events.filter((each) => each.event === 'arrived' && each.device === 'pump').length;
    };
    expect(await claimsAfter(4, { event: 'gateway.up' })).toBe(1);
    expect(await claimsAfter(5, { event: 'arrived', device: 'a', epoch: 5 })).toBe(1);
    expect(await claimsAfter(7, { event: 'arrived', device: 'b', epoch: 6 })).toBe(2);
    expect(await claimsAfter(7, { event: 'gateway.alive' })).toBe(2);
    expect(await claimsAfter(8, { event: 'gateway.alive' })).toBe(3);
  });
});
