import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  connect,
  createMemoryListener,
  LeaseError,
  listen,
  OptionError,
  type Session,
  SID_READ_REQUEST,
  SID_WRITE_REQUEST,
} from '../../src/index.js';
import { type DeviceLease, leaseOf } from '../../src/share/index.js';
import { outcomeOf, ShareWorld, type WorldOptions } from './world.js';

const [SERVICE, ANSWER] = [65_000, 65_001];
const [ACQUIRE, RENEW, RELEASE, GUARDED] = [0, 1, 2, 3];

let world: ShareWorld;

async function open(options: WorldOptions = {}): Promise<ShareWorld> {
  world = await ShareWorld.open(options);
  return world;
}

afterEach(async () => {
  expect(await world.close()).toBe(0);
});

/** A program that speaks the protocol and knows nothing of this library's helper. */
async function join(name: string): Promise<Session> {
  const session = await world.join(name, { requestTimeout: 60_000 });
  return session.addService(SERVICE, ANSWER);
}

function ask(session: Session, sid: number, did: number, data: unknown = null) {
  return outcomeOf(session.request(sid, did, data).then(({ status, data: got }) => [status, got]));
}

const NOT_CURRENT = [6, { reason: 'fence-not-current', written: false }];

describe('a lease', () => {
  test('is of a session, and of nothing else', async () => {
    await open();
    for (const wrong of [undefined, null, 5, {}])
      expect(() => leaseOf(wrong as unknown as Session)).toThrow(OptionError);
  });

  test('begins when the device is alone, and keeps the requests of others waiting', async () => {
    await open();
    const [holder, other] = [await join('holder'), await join('other')];
    ask(other, SID_WRITE_REQUEST, 1, 'before');
    await world.settle();
    const lease = ask(holder, SERVICE, ACQUIRE, { ttl: 1_000, wait: 500 });
    const later = ask(other, SID_WRITE_REQUEST, 2, 'later');
    await world.settle();
    expect([lease.value, world.share.stats().lease.state]).toEqual(['pending', 'promised']);
    await world.answer('done');
    expect(lease.value).toEqual([0, { fence: 1, expiresIn: 1_000 }]);
    expect(world.share.stats()).toMatchObject({ device: 'reserved', lease: { holder: 'holder', fence: 1 } });
    ask(holder, SID_WRITE_REQUEST, 3, 'mine');
    await world.settle();
    await world.answer('mine too');
    ask(holder, SERVICE, RELEASE, { fence: 1 });
    await world.settle();
    expect(world.news()).toEqual(['write 1 "before"', 'write 3 "mine"', 'write 2 "later"']);
    await world.answer('at last');
    expect(later.value).toEqual([0, 'at last']);
  });

  test('does not share its READs with others', async () => {
    await open();
    const [holder, other] = [await join('holder'), await join('other')];
    ask(holder, SERVICE, ACQUIRE, { ttl: 1_000 });
    await world.settle();
    const own = ask(holder, SID_READ_REQUEST, 5);
    const others = ask(other, SID_READ_REQUEST, 5);
    await world.settle();
    await world.answer('in between');
    expect([own.value, others.value]).toEqual([[0, 'in between'], 'pending']);
    await world.pass(1_000);
    await world.answer('after');
    expect(others.value).toEqual([0, 'after']);
  });

  test('does not share them with those who wait, either', async () => {
    await open();
    const [holder, other] = [await join('holder'), await join('other')];
    ask(holder, SERVICE, ACQUIRE, { ttl: 1_000 });
    await world.settle();
    ask(holder, SID_WRITE_REQUEST, 1, 1);
    // its own equal READs get one answer as ever
    for (let i = 0; i < 2; i++) ask(holder, SID_READ_REQUEST, 5);
    const others = ask(other, SID_READ_REQUEST, 5);
    await world.settle();
    await world.answer('written');
    await world.answer('in between');
    expect([world.news(), others.value]).toEqual([['write 1 1', 'read 5'], 'pending']);
    await world.pass(1_000);
    await world.answer('after');
    expect(others.value).toEqual([0, 'after']);
  });

  test('ends at its time; what is guarded by its fence is refused from then on, and never reaches the device', async () => {
    await open();
    const [one, two] = [await join('one'), await join('two')];
    ask(one, SERVICE, ACQUIRE, { ttl: 1_000 });
    await world.settle();
    const guarded = { fence: 1, service_id: SID_WRITE_REQUEST, data_id: 7, data: 'x' };
    const good = ask(one, SERVICE, GUARDED, guarded);
    const cut = ask(one, SERVICE, GUARDED, { ...guarded, data: 'y' });
    await world.pass(1_000);
    const next = ask(two, SERVICE, ACQUIRE, { ttl: 1_000 });
    await world.settle();
    // what was under way when it ended finishes before the next begins
    expect([next.value, world.share.stats().lease.state]).toEqual(['pending', 'over']);
    await world.answer('written');
    // answers to equal ids leave in order, so that this one had to wait
    expect([good.value, cut.value]).toEqual([[0, 'written'], NOT_CURRENT]);
    expect(next.value).toEqual([0, { fence: 2, expiresIn: 1_000 }]);
    const old = ask(one, SERVICE, GUARDED, { ...guarded, data: 'z' });
    const stolen = ask(one, SERVICE, GUARDED, { ...guarded, fence: 2 });
    const renewed = ask(one, SERVICE, RENEW, { fence: 1, ttl: 1_000 });
    await world.settle();
    expect([old.value, stolen.value, renewed.value]).toEqual([NOT_CURRENT, NOT_CURRENT, NOT_CURRENT]);
    expect(world.news()).toEqual(['write 7 "x"']);
    expect(world.share.stats().lease).toMatchObject({ granted: 2, expired: 1, fence: 2 });
  });

  test('guards a request without data', async () => {
    await open();
    const one = await join('one');
    ask(one, SERVICE, ACQUIRE, { ttl: 1_000 });
    await world.settle();
    ask(one, SERVICE, GUARDED, { fence: 1, service_id: SID_READ_REQUEST, data_id: 7 });
    ask(one, SERVICE, GUARDED, { fence: 1, service_id: SID_WRITE_REQUEST, data_id: 7 });
    await world.settle();
    await world.answer('read');
    await world.answer('written');
    expect(world.news()).toEqual(['read 7', 'write 7 null']);
  });

  test('lasts for longer when it is renewed, and is never longer than maxLease', async () => {
    await open({ share: { maxLease: 2_000 } });
    const one = await join('one');
    const lease = ask(one, SERVICE, ACQUIRE, { ttl: 60_000 });
    await world.pass(1_500);
    expect(lease.value).toEqual([0, { fence: 1, expiresIn: 2_000 }]);
    const renewed = ask(one, SERVICE, RENEW, { fence: 1, ttl: 1_000 });
    await world.pass(999);
    expect([renewed.value, world.share.stats().lease.state]).toEqual([
      [0, { fence: 1, expiresIn: 1_000 }],
      'held',
    ]);
    await world.pass(1);
    expect(world.share.stats().lease.state).toBe('free');
  });

  test('ends with the connection of its holder', async () => {
    await open();
    const [holder, other] = [await join('holder'), await join('other')];
    ask(holder, SERVICE, ACQUIRE, { ttl: 60_000 });
    await world.settle();
    ask(other, SID_WRITE_REQUEST, 1, 1);
    await world.settle();
    expect(world.news()).toEqual([]);
    await world.cut('holder');
    expect(world.news()).toEqual(['write 1 1']);
    expect(world.events).toContainEqual([
      'lease',
      { event: 'ended', client: { name: 'holder', address: undefined }, fence: 1, reason: 'holder-left' },
    ]);
    await world.answer(1);
  });

  test('is followed by a turn for everybody who waits, before the next', async () => {
    await open({ answersAtOnce: true });
    const [one, two, three] = [await join('one'), await join('two'), await join('three')];
    ask(one, SERVICE, ACQUIRE, { ttl: 1_000 });
    await world.settle();
    const next = ask(two, SERVICE, ACQUIRE, { ttl: 1_000 });
    for (let i = 0; i < 3; i++) ask(three, SID_WRITE_REQUEST, i, i);
    await world.settle();
    ask(one, SERVICE, RELEASE, { fence: 1 });
    await world.settle();
    expect([world.news(), next.value]).toEqual([['write 0 0'], [0, { fence: 2, expiresIn: 1_000 }]]);
    await world.pass(1_000);
    expect(world.news()).toEqual(['write 1 1', 'write 2 2']);
  });

  test.each([
    ['is gone', (): Promise<void> => world.cut('four')],
    ['has waited for as long as it can', (): Promise<void> => world.pass(2_000)],
  ])('does not wait for the turn of a program that %s', async (_, ends) => {
    await open();
    const [one, two, three, four] = [
      await join('one'),
      await join('two'),
      await join('three'),
      await join('four'),
    ];
    ask(one, SERVICE, ACQUIRE, { ttl: 60_000 });
    await world.settle();
    const next = ask(two, SERVICE, ACQUIRE, { ttl: 1_000, wait: 60_000 });
    ask(three, SID_WRITE_REQUEST, 3, 3);
    await world.settle();
    ask(four, SID_WRITE_REQUEST, 4, 4);
    await world.pass(3_000);
    ask(one, SERVICE, RELEASE, { fence: 1 });
    await world.settle();
    expect([world.news(), world.share.stats().lease.state]).toEqual([['write 3 3'], 'yielding']);
    await ends();
    expect(world.share.stats().lease.state).toBe('promised');
    await world.answer('written');
    expect([world.news(), next.value]).toEqual([[], [0, { fence: 2, expiresIn: 1_000 }]]);
  });

  test('is given in turns: who asks for more has the second when each other has had one', async () => {
    await open({ share: { maxLeaseWaiters: 2 } });
    const [one, two] = [await join('one'), await join('two')];
    ask(one, SERVICE, ACQUIRE, { ttl: 1_000 });
    await world.settle();
    for (let i = 0; i < 3; i++) ask(one, SERVICE, ACQUIRE, { ttl: 1_000, wait: 60_000 });
    ask(two, SERVICE, ACQUIRE, { ttl: 1_000, wait: 60_000 });
    await world.settle();
    expect(world.share.stats()).toMatchObject({ lease: { waiting: 3 }, refused: { 'too-many-waiting': 1 } });
    for (let i = 0; i < 4; i++) await world.pass(1_000);
    const began = world.events.flatMap((each) => {
      const [name, event] = each as [string, { event: string; client: { name: string } }];
      return name === 'lease' && event.event === 'began' ? [event.client.name] : [];
    });
    expect(began).toEqual(['one', 'one', 'two', 'one']);
    expect(world.share.stats().lease).toMatchObject({ state: 'free', waiting: 0 });
  });

  test('is refused to those who would wait for longer than they want, and to those who are too many', async () => {
    await open({ share: { maxLeaseWaiters: 1 } });
    const [one, two] = [await join('one'), await join('two')];
    ask(one, SERVICE, ACQUIRE, { ttl: 10_000 });
    await world.settle();
    const now = ask(two, SERVICE, ACQUIRE, { ttl: 1_000, wait: 0 });
    await world.pass(0);
    const waits = ask(two, SERVICE, ACQUIRE, { ttl: 1_000, wait: 300 });
    await world.settle();
    const many = ask(one, SERVICE, ACQUIRE, { ttl: 1_000 });
    await world.pass(300);
    expect([now.value, waits.value, many.value]).toEqual([
      [6, { reason: 'lease-not-acquired', written: false }],
      [6, { reason: 'lease-not-acquired', written: false }],
      [2, { reason: 'too-many-waiting', written: false }],
    ]);
  });

  test.each([
    [ACQUIRE, null],
    [ACQUIRE, { ttl: 'long' }],
    [ACQUIRE, { ttl: 0 }],
    [ACQUIRE, { ttl: 1_000, wait: -1 }],
    [GUARDED, { fence: 1 }],
    [GUARDED, { fence: 1, service_id: 0, data_id: 0 }],
    [GUARDED, { fence: 1, service_id: SERVICE, data_id: 0 }],
  ])('does not understand the request %d with %j', async (did, data) => {
    await open();
    const outcome = ask(await join('one'), SERVICE, did, data);
    await world.settle();
    expect(outcome.value).toMatchObject([2, { reason: 'bad-request' }]);
  });

  test('keeps the requests of others for as long as they wait at all', async () => {
    await open();
    const [holder, other] = [await join('holder'), await join('other')];
    ask(holder, SERVICE, ACQUIRE, { ttl: 60_000 });
    await world.settle();
    const waits = ask(other, SID_READ_REQUEST, 1);
    await world.pass(5_000);
    expect(waits.value).toEqual([2, { reason: 'device-leased', written: false }]);
  });

  test('waits for a device that is away, and for an answer that is overdue', async () => {
    await open();
    const [one, two] = [await join('one'), await join('two')];
    ask(one, SID_WRITE_REQUEST, 1, 1);
    await world.pass(5_000);
    const lease = ask(two, SERVICE, ACQUIRE, { ttl: 1_000, wait: 60_000 });
    await world.settle();
    expect([lease.value, world.share.stats().underWay]).toEqual(['pending', 0]);
    await world.answer('late');
    expect(lease.value).toEqual([0, { fence: 1, expiresIn: 1_000 }]);
  });

  test('waits for a late answer, whatever a middleware of the program has made of its request', async () => {
    await open();
    world.share.session.use((_, next) => next().catch(() => ({ status: 1, data: 'no luck' })));
    const [one, two] = [await join('one'), await join('two')];
    ask(one, SID_WRITE_REQUEST, 1, 1);
    await world.pass(5_000);
    const lease = ask(two, SERVICE, ACQUIRE, { ttl: 1_000, wait: 60_000 });
    await world.settle();
    expect([lease.value, world.share.stats().underWay]).toEqual(['pending', 0]);
    await world.answer('late');
    expect(lease.value).toEqual([0, { fence: 1, expiresIn: 1_000 }]);
  });
});

describe('the helper', () => {
  test('takes a lease, asks under it, and gives it back', async () => {
    await open({ answersAtOnce: true });
    const session = await world.join('one');
    const leases = leaseOf(session, { clock: world.clock });
    expect(leaseOf(session)).toBe(leases);
    const lease = await leases.acquire({ ttl: 1_000 });
    expect([lease.fence, await lease.read(3), await lease.write(3, 4)]).toEqual([1, 'read 3', 'write 3 4']);
    expect(await lease.request(SID_READ_REQUEST, 5)).toMatchObject({ status: 0, data: 'read 5' });
    await lease.release();
    await lease.release();
    expect(lease.signal.aborted).toBe(true);
    // the second release asks for nothing
    const { lease: stats, refused } = world.share.stats();
    expect([stats.state, stats.granted, stats.expired, refused]).toEqual(['free', 1, 0, {}]);
    const late = await lease.write(3, 5).catch((error: Error) => error);
    expect(late).toMatchObject({ code: 'ERR_LEASE', reason: 'lease-over', fence: 1 });
  });

  test('waits for as long as a timer can', async () => {
    await open({ answersAtOnce: true });
    const session = await world.join('one');
    const lease = await leaseOf(session, { clock: world.clock }).acquire({ wait: 0x7fff_ffff });
    await lease.release();
    expect(lease.fence).toBe(1);
  });

  test('renews by itself where it is told to', async () => {
    await open({ answersAtOnce: true });
    const session = await world.join('one');
    await using lease = await leaseOf(session, { clock: world.clock }).acquire({ ttl: 900, renew: true });
    for (let i = 0; i < 20; i++) await world.pass(300);
    expect([lease.signal.aborted, world.share.stats().lease.fence]).toEqual([false, 1]);
  });

  test('renews again where an answer has not come, for as long as the lease lasts', async () => {
    await open({ answersAtOnce: true });
    const session = await world.join('one');
    await using lease = await leaseOf(session, { clock: world.clock }).acquire({ ttl: 900, renew: true });
    vi.spyOn(session, 'request').mockRejectedValueOnce(new Error('no answer'));
    for (let i = 0; i < 5; i++) await world.pass(300);
    expect([lease.signal.aborted, world.share.stats().lease.fence]).toEqual([false, 1]);
  });

  test('keeps a lease whose renewal was refused for another reason than its number', async () => {
    await open({ answersAtOnce: true });
    const session = await world.join('one');
    await using lease = await leaseOf(session, { clock: world.clock }).acquire({ ttl: 900 });
    await expect(lease.renew(-1)).rejects.toMatchObject({ code: 'ERR_LEASE', reason: 'lease-refused' });
    expect([lease.signal.aborted, await lease.read(3)]).toEqual([false, 'read 3']);
  });

  test('says that a lease is over when its time is, or its connection', async () => {
    await open({ answersAtOnce: true });
    const session = await world.join('one');
    const leases = leaseOf(session, { clock: world.clock });
    const first = await leases.acquire({ ttl: 900 });
    await world.pass(900);
    expect(first.signal.reason).toBeInstanceOf(LeaseError);
    const second = await leases.acquire({ ttl: 900 });
    await world.cut('one');
    expect(second.signal.aborted).toBe(true);
  });

  test.each([
    ['it is renewed', (lease: DeviceLease): Promise<unknown> => lease.renew()],
    ['it is used', (lease: DeviceLease): Promise<unknown> => lease.read(3)],
  ])('hears from the share that a lease is over when %s', async (_, use) => {
    await open({ answersAtOnce: true });
    const session = await world.join('one');
    const lease = await leaseOf(session, { clock: world.clock }).acquire();
    await session.request(SERVICE, RELEASE, { fence: lease.fence });
    expect(lease.signal.aborted).toBe(false);
    await expect(use(lease)).rejects.toMatchObject({ code: 'ERR_LEASE', reason: 'lease-over', fence: 1 });
    expect([lease.signal.aborted, world.news()]).toEqual([true, []]);
  });

  test('leaves no listener on its session when it is over', async () => {
    await open({ answersAtOnce: true });
    const session = await world.join('one');
    const leases = leaseOf(session, { clock: world.clock });
    const before = session.listenerCount('disconnected');
    await (await leases.acquire()).release();
    await leases.acquire({ ttl: 900 });
    await world.pass(900);
    expect(session.listenerCount('disconnected')).toBe(before);
  });

  test('leaves no timer behind when its session is closed', async () => {
    await open({ answersAtOnce: true });
    const session = await world.join('one');
    const lease = await leaseOf(session, { clock: world.clock }).acquire({ renew: true });
    await session.close();
    expect(lease.signal.aborted).toBe(true);
  });

  test('rejects with why there is no lease', async () => {
    await open({ share: { rights: { '*': { read: 'all' } } } });
    const leases = leaseOf(await world.join('one'), { clock: world.clock });
    await expect(leases.acquire()).rejects.toMatchObject({ code: 'ERR_LEASE', reason: 'lease-refused' });
  });

  test('knows a peer that has no leases', async () => {
    await open({ share: { leaseService: false } });
    const leases = leaseOf(await world.join('one'), { clock: world.clock });
    const outcome = outcomeOf(leases.acquire({ wait: 0 }));
    await world.pass(6_000);
    expect(outcome.value).toMatchObject({ code: 'ERR_TIMEOUT' });
  });

  /** A peer that is no share, and answers acquire so. */
  async function peerThat(answers: (session: Session) => unknown): Promise<Session> {
    await open();
    const { clock } = world;
    const memory = createMemoryListener();
    const server = await listen({ memory, clock }, (session) => {
      session.addService(SERVICE, ANSWER).registerCallback(SERVICE, null, () => answers(session));
    });
    const session = await connect({ stream: memory.connect, clock, reconnect: false });
    stop = async () => {
      await session.close();
      await server.close();
    };
    return session;
  }
  let stop = async (): Promise<void> => {};
  afterEach(() => stop());

  test.each([
    null,
    'yes',
    {},
    { fence: 1 },
    { fence: '1', expiresIn: 5 },
  ])('takes no lease from a peer that answers %j', async (data) => {
    const session = await peerThat(() => [0, data]);
    const leases = leaseOf(session, { clock: world.clock });
    await expect(leases.acquire()).rejects.toMatchObject({ code: 'ERR_LEASE', reason: 'no-lease-service' });
    const controller = new AbortController();
    const waits = outcomeOf(leases.acquire({ signal: controller.signal }));
    controller.abort(new Error('no more'));
    await world.settle();
    expect(waits.value).toMatchObject({ message: 'no more' });
  });

  test('knows that a lease is over whose connection ends with the answer', async () => {
    const session = await peerThat(() => [0, { fence: 1, expiresIn: 10_000 }]);
    session.on('message', ({ serviceId }) => {
      if (serviceId === ANSWER) queueMicrotask(() => void session.close());
    });
    const lease = await leaseOf(session, { clock: world.clock }).acquire();
    expect(lease.signal.aborted).toBe(true);
  });

  test('gives back a lease that comes when nobody waits for it any more', async () => {
    await open();
    const [one, two] = [await world.join('one'), await world.join('two')];
    const held = await leaseOf(one, { clock: world.clock }).acquire({ ttl: 10_000 });
    const controller = new AbortController();
    const waits = outcomeOf(
      leaseOf(two, { clock: world.clock }).acquire({ ttl: 10_000, signal: controller.signal }),
    );
    await world.settle();
    controller.abort(new Error('no more'));
    await held.release();
    await world.settle();
    expect(waits.value).toMatchObject({ message: 'no more' });
    expect(world.share.stats().lease).toMatchObject({ state: 'free', granted: 2 });
  });
});
