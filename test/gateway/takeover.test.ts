import { describe, expect, test } from 'vitest';
import { encodeClaimAnswer } from '../../src/gateway/claim-answers.js';
import { encodePresence } from '../../src/gateway/format/presence.js';
import type { Session } from '../../src/index.js';
import { DAY_MS, type Place, Scene } from './scene.js';

const READ = 10;

/** A device that says where it is, on each connection. */
async function deviceAt(place: Place, name = 'pump'): Promise<Session> {
  const session = await place.device(name);
  session.onRead(null, () => place.gateway.id);
  return session;
}

async function whereIs(scene: Scene, name = 'pump'): Promise<unknown> {
  const outcome = await scene.ask(name, READ, 0);
  return 'answer' in outcome ? outcome.answer.data : outcome.error;
}

/** What was told of a device, in short. */
function told(scene: Scene, name = 'pump'): string[] {
  return scene.events.flatMap((event) => {
    if (!('device' in event) || event.device !== name) return [];
    const gateway = event.gateway.split('-')[0];
    if (event.event === 'arrived') return `${gateway}${event.again ? ' again' : ''}`;
    return `not ${gateway}: ${event.reason}${event.to === undefined ? '' : ` (${event.to.split('-')[0]})`}`;
  });
}

describe('a device that moves to another gateway', () => {
  test.each([
    ['at the same time', 0],
    ['an hour ahead', 3_600_000],
    ['an hour behind', -3_600_000],
  ])('is there from then on, where the clock of that host is %s', async (_, aheadMs) => {
    const scene = new Scene();
    const [one, two] = [await scene.open('one'), await scene.open('two', { aheadMs })];
    const before = await deviceAt(one);
    await scene.pass(60_000);
    await deviceAt(two);
    expect(await whereIs(scene)).toBe(two.gateway.id);
    expect(before.isConnected()).toBe(false);
    expect([one.gateway.stats(), two.gateway.stats()]).toMatchObject([
      { devices: 0, leaving: 0, takeovers: 1, inFlight: 0 },
      { devices: 1, takeovers: 0 },
    ]);
    expect(told(scene)).toEqual(['one', 'two', 'not one: name-taken-over (two)']);
  });

  test('is there although the gateway has never heard how high the numbers are', async () => {
    const scene = new Scene();
    const one = await scene.open('one', { aheadMs: 3_600_000 });
    const before = await deviceAt(one);
    const two = await scene.open('two');
    await deviceAt(two);
    expect(told(scene)).toEqual(['one', 'two', 'two', 'not one: name-taken-over (two)']);
    expect(before.isConnected()).toBe(false);
    expect(await whereIs(scene)).toBe(two.gateway.id);
    expect(one.gateway.stats()).toMatchObject({ contested: 1, takeovers: 1, devices: 0 });
  });

  test('and back, and to a third one, is always where it was last', async () => {
    const scene = new Scene();
    const places = [
      await scene.open('one', { aheadMs: 5_000 }),
      await scene.open('two', { aheadMs: -5_000 }),
      await scene.open('three'),
    ];
    for (const at of [0, 1, 0, 2, 1, 2]) {
      const place = places[at] as Place;
      await deviceAt(place);
      expect(await whereIs(scene)).toBe(place.gateway.id);
      expect(places.map(({ gateway }) => gateway.stats().devices)).toEqual(
        places.map((each) => (each === place ? 1 : 0)),
      );
      await scene.pass(1_000);
    }
  });

  test('gets what the bus had sent to the gateway that it has left', async () => {
    const scene = new Scene();
    const [one, two] = [await scene.open('one'), await scene.open('two')];
    await deviceAt(two);
    // a claim, and requests right behind it, which are under way while the gateway hears of the claim
    const claim = {
      event: 'arrived',
      device: 'pump',
      gateway: 'elsewhere',
      epoch: DAY_MS + 1_000,
      at: 'now',
    } as const;
    scene.bus.publish('sp.$presence', encodePresence(claim));
    const asked = Array.from({ length: 20 }, (_, at) => scene.ask('pump', READ, at));
    await deviceAt(one);
    await scene.pass(1_000);
    const answers = await Promise.all(asked);
    for (const outcome of answers) expect(outcome).toMatchObject({ answer: { data: one.gateway.id } });
    expect(two.gateway.stats()).toMatchObject({ requests: 20, forwarded: 20, inFlight: 0 });
  });

  test('is still found after somebody has claimed the last number that there is', async () => {
    const scene = new Scene();
    const [one, two] = [await scene.open('one'), await scene.open('two')];
    const forged = {
      event: 'arrived',
      device: 'other',
      gateway: 'forger',
      epoch: 2 ** 48 - 1,
      at: 'now',
    } as const;
    scene.bus.publish('sp.$presence', encodePresence(forged));
    for (const place of [one, two, one]) {
      await scene.settle();
      await deviceAt(place);
      await scene.pass(1_000);
      expect(await whereIs(scene)).toBe(place.gateway.id);
    }
    expect([one, two].map(({ gateway }) => gateway.stats().unreadable)).toEqual([0, 0]);
  });

  test('and back before the bus has ended its old subscription has not left, for the program', async () => {
    const scene = new Scene();
    const [one, two] = [await scene.open('one'), await scene.open('two')];
    const heard: string[] = [];
    one.gateway.on('arrived', ({ epoch }) => heard.push(`arrived ${epoch - DAY_MS}`));
    one.gateway.on('left', ({ epoch }) => heard.push(`left ${epoch - DAY_MS}`));
    await deviceAt(one);
    const release = one.bus.holdDrains();
    await deviceAt(two);
    const back = await deviceAt(one);
    release();
    await scene.settle();
    expect(await whereIs(scene)).toBe(one.gateway.id);
    expect(heard).toEqual(['arrived 0', 'arrived 2']);
    await back.close();
    await scene.settle();
    expect(heard.at(-1)).toBe('left 2');
  });

  test('has an unknown outcome where its old connection had the request', async () => {
    const scene = new Scene();
    const [one, two] = [await scene.open('one'), await scene.open('two')];
    const before = await deviceAt(one);
    before.onRead(1, () => new Promise(() => {}));
    const asked = scene.ask('pump', READ, 1);
    await scene.settle();
    await deviceAt(two);
    expect(await asked).toMatchObject({
      error: { name: 'ConnectionLostError', reason: 'name-taken-over', written: true },
    });
  });

  test('is passed on three times, and no more', async () => {
    const scene = new Scene();
    const one = await scene.open('one');
    await deviceAt(one);
    const asked = scene.ask('pump', READ, 0, null, { headers: { 'Sp-Hops': '3' } });
    for (const session of one.gateway.server.sessions) session.commInstance.disconnect?.('link-closed');
    expect(await asked).toMatchObject({ error: { name: 'NoSuchPeerError' } });
    expect(one.gateway.stats()).toMatchObject({ forwarded: 0 });
  });
});

describe('a device that connects again to the same gateway', () => {
  test('takes its own place, and its subscription stays', async () => {
    const scene = new Scene();
    const one = await scene.open('one');
    const before = await deviceAt(one);
    const { subscriptions } = scene.bus.stats();
    await scene.pass(3_000);
    await deviceAt(one);
    expect(before.isConnected()).toBe(false);
    expect(one.gateway.device('pump')).toMatchObject({
      epoch: DAY_MS + 3_000,
      since: new Date(DAY_MS + 3_000).toISOString(),
    });
    expect(await whereIs(scene)).toBe(one.gateway.id);
    expect(scene.bus.stats().subscriptions).toBe(subscriptions);
    expect(told(scene)).toEqual(['one', 'one']);
    expect(one.gateway.server.counters.nameTakeovers).toBe(1);
  });

  test('holds its name five seconds after its newest claim, and loses it by no answer to an older one', async () => {
    const scene = new Scene();
    const one = await scene.open('one');
    const state = (): unknown => one.gateway.device('pump')?.state;
    await deviceAt(one);
    await scene.pass(4_000);
    const session = await deviceAt(one);
    await scene.pass(4_999);
    expect(state()).toBe('claiming');
    await scene.pass(1);
    expect(state()).toBe('held');
    const contest = (about: number): void =>
      scene.bus.publish(
        `sp.$gateway.${one.gateway.id}`,
        encodeClaimAnswer({ verdict: 'contested', device: 'pump', about, epoch: about + 1, gateway: 'x' }),
      );
    contest(DAY_MS);
    await scene.settle();
    expect([state(), session.isConnected()]).toEqual(['held', true]);
    contest(DAY_MS + 4_000);
    await scene.settle();
    expect(session.isConnected()).toBe(false);
  });

  test('is the same where its name is written in another form of Unicode', async () => {
    const scene = new Scene();
    const one = await scene.open('one');
    const before = await deviceAt(one, 'caf\u00e9');
    await deviceAt(one, 'cafe\u0301');
    expect(before.isConnected()).toBe(false);
    expect(one.gateway.stats()).toMatchObject({ devices: 1 });
    expect(await whereIs(scene, 'caf\u00e9')).toBe(one.gateway.id);
  });
});

describe('two devices of one name', () => {
  test('do not take it from each other for ever', async () => {
    const scene = new Scene();
    const places = [await scene.open('one'), await scene.open('two')];
    let rounds = 0;
    let last: Session | null = null;
    for (; rounds < 40; rounds++) {
      last = await deviceAt(places[rounds % 2] as Place);
      if (!last.isConnected()) break;
      await scene.pass(500);
    }
    // the holder has let it go five times: each of the two gateways
    expect(rounds).toBe(11);
    const [one, two] = places.map(({ gateway }) => gateway.stats());
    expect([one?.devices, two?.devices]).toEqual([1, 0]);
    expect([one?.refused, two?.refusedByFlapping]).toEqual([1, 1]);
    expect(told(scene).at(-1)).toBe('not two: name-flapping (one)');
    expect(await whereIs(scene)).toBe(places[0]?.gateway.id);
    // after a second without a claim, the next is good
    await scene.pass(1_000);
    await deviceAt(places[1] as Place);
    expect(await whereIs(scene)).toBe(places[1]?.gateway.id);
  });

  test('are judged together with those of the same gateway', async () => {
    const scene = new Scene();
    const [one, two] = [await scene.open('one'), await scene.open('two')];
    for (let round = 0; round < 6; round++) await deviceAt(one);
    const refused = await deviceAt(two);
    expect(refused.isConnected()).toBe(false);
    expect(await whereIs(scene)).toBe(one.gateway.id);
  });
});

describe('a bus that was away', () => {
  test('leaves a device to whoever has the higher number, when it is back', async () => {
    const scene = new Scene();
    const [one, two] = [await scene.open('one'), await scene.open('two')];
    const before = await deviceAt(one);
    await scene.pass(10_000);
    one.bus.lose();
    expect(one.gateway.device('pump')?.state).toBe('cutOff');
    const after = await deviceAt(two);
    await scene.pass(10_000);
    one.bus.find();
    await scene.settle();
    expect([before.isConnected(), after.isConnected()]).toEqual([false, true]);
    expect(await whereIs(scene)).toBe(two.gateway.id);
    expect(two.gateway.stats()).toMatchObject({ contested: 1, devices: 1 });
    expect(told(scene)).toEqual(['one', 'two', 'one again', 'not one: name-taken-over (two)']);
  });

  test('does not take part in who came last: a device that came meanwhile keeps its name', async () => {
    const scene = new Scene();
    const [one, two] = [await scene.open('one'), await scene.open('two')];
    const before = await deviceAt(two);
    await scene.pass(10_000);
    one.bus.lose();
    const after = await deviceAt(one);
    one.bus.find();
    await scene.settle();
    expect([before.isConnected(), after.isConnected()]).toEqual([false, true]);
    expect(await whereIs(scene)).toBe(one.gateway.id);
  });

  test('makes no contest of a name, however often gateways find that both have it', async () => {
    const scene = new Scene();
    const one = await scene.open('one');
    const tell = { event: 'arrived', device: 'pump', gateway: 'x', again: true, at: 'now' } as const;
    for (let round = 1; round <= 12; round++) {
      const session = await deviceAt(one);
      scene.bus.publish('sp.$presence', encodePresence({ ...tell, epoch: DAY_MS + 1_000 * round }));
      await scene.settle();
      expect(session.isConnected()).toBe(false);
    }
    expect(one.gateway.stats()).toMatchObject({ takeovers: 12, refused: 0, contestedNames: 0 });
  });

  test('is told of once it is back: the gateway, and all its devices', async () => {
    const scene = new Scene();
    const one = await scene.open('one');
    await deviceAt(one, 'a');
    const b = await deviceAt(one, 'b');
    one.bus.lose();
    await b.close();
    await scene.settle();
    scene.events.length = 0;
    one.bus.find();
    await scene.settle();
    expect(scene.events).toMatchObject([
      { event: 'gateway.up', gateway: one.gateway.id },
      { event: 'arrived', device: 'a', again: true },
    ]);
    expect(one.gateway.stats()).toMatchObject({ presenceDropped: 1, devices: 1 });
    expect(await whereIs(scene, 'a')).toBe(one.gateway.id);
  });

  test('on both sides of a partition that nobody saw is noticed when the gateways hear each other', async () => {
    const scene = new Scene();
    const [one, two] = [await scene.open('one'), await scene.open('two')];
    const before = await deviceAt(one);
    one.bus.isDeaf = true;
    const after = await deviceAt(two);
    await scene.pass(10_000);
    expect([before.isConnected(), after.isConnected()]).toEqual([true, true]);
    one.bus.isDeaf = false;
    await scene.pass(2_000);
    expect([before.isConnected(), after.isConnected()]).toEqual([false, true]);
    expect(await whereIs(scene)).toBe(two.gateway.id);
  });
});
