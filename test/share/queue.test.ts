import { afterEach, describe, expect, test } from 'vitest';
import { type Session, SID_EXECUTE_REQUEST, SID_READ_REQUEST, SID_WRITE_REQUEST } from '../../src/index.js';
import { outcomeOf, ShareWorld, type WorldOptions } from './world.js';

let world: ShareWorld;

async function open(options: WorldOptions = {}): Promise<ShareWorld> {
  world = await ShareWorld.open(options);
  return world;
}

afterEach(async () => {
  expect(await world.close()).toBe(0);
});

/** Asks for the data of an answer, whatever its status. */
function ask(session: Session, sid: number, did: number, data: unknown = null) {
  return outcomeOf(session.request(sid, did, data).then(({ status, data: got }) => [status, got]));
}

describe('turns', () => {
  test('go round: a program with many requests does not starve one with one', async () => {
    const { answer } = await open();
    const [busy, quiet] = [await world.join('busy'), await world.join('quiet')];
    for (let i = 0; i < 50; i++) ask(busy, SID_WRITE_REQUEST, i, i);
    await world.settle();
    const got = ask(quiet, SID_WRITE_REQUEST, 900, 'q');
    await world.settle();
    expect(world.news()).toEqual(['write 0 0']);
    await world.answer('a');
    expect(world.news()).toEqual(['write 1 1']);
    await world.answer('b');
    expect(world.news()).toEqual(['write 900 "q"']);
    await world.answer('c');
    expect(got.value).toEqual([0, 'c']);
    void answer;
    for (let i = 0; i < 48; i++) await world.answer(i);
    expect(world.share.stats()).toMatchObject({
      asked: 51,
      answered: 51,
      waiting: 0,
      underWay: 0,
      device: 'idle',
    });
  });

  test('keep the order of each program', async () => {
    await open({ answersAtOnce: true });
    const one = await world.join();
    for (let i = 0; i < 20; i++) ask(one, i % 2 === 0 ? SID_WRITE_REQUEST : SID_EXECUTE_REQUEST, i, i);
    await world.settle();
    expect(world.news()).toEqual(
      Array.from({ length: 20 }, (_, i) => `${i % 2 === 0 ? 'write' : 'execute'} ${i} ${i}`),
    );
  });

  test('are taken by one request at a time, and by as many READs as may be under way', async () => {
    await open({ share: { concurrency: 3 } });
    const one = await world.join();
    for (let i = 0; i < 5; i++) ask(one, SID_READ_REQUEST, i);
    ask(one, SID_WRITE_REQUEST, 7, 1);
    ask(one, SID_READ_REQUEST, 8);
    await world.settle();
    expect(world.news()).toEqual(['read 0', 'read 1', 'read 2']);
    for (let i = 0; i < 5; i++) await world.answer(i);
    expect(world.news()).toEqual(['read 3', 'read 4', 'write 7 1']);
    await world.answer('written');
    expect(world.news()).toEqual(['read 8']);
    await world.answer('read');
  });
});

describe('the next turn', () => {
  test('is that of a READ beside others, when the WRITE before it is gone with its program', async () => {
    await open({ share: { concurrency: 2 } });
    const [one, two, three] = [await world.join('one'), await world.join('two'), await world.join('three')];
    ask(one, SID_READ_REQUEST, 1);
    await world.settle();
    ask(two, SID_WRITE_REQUEST, 2, 2);
    await world.settle();
    ask(three, SID_READ_REQUEST, 3);
    await world.settle();
    expect(world.news()).toEqual(['read 1']);
    await world.cut('two');
    expect(world.news()).toEqual(['read 3']);
    for (let i = 0; i < 2; i++) await world.answer(i);
  });

  test('is that of a READ beside others, when the time of the WRITE before it is over', async () => {
    await open({ share: { concurrency: 2 } });
    const join = (name: string): Promise<Session> => world.join(name, { requestTimeout: 30_000 });
    const [one, two, three] = [await join('one'), await join('two'), await join('three')];
    ask(three, SID_WRITE_REQUEST, 0, 0);
    await world.settle();
    ask(one, SID_READ_REQUEST, 1);
    await world.pass(1_000);
    const late = ask(two, SID_WRITE_REQUEST, 2, 2);
    await world.pass(500);
    ask(three, SID_READ_REQUEST, 3);
    await world.pass(500);
    await world.answer('written');
    await world.pass(3_999);
    expect(world.news()).toEqual(['write 0 0', 'read 1']);
    await world.pass(1);
    expect([late.value, world.news()]).toEqual([[2, { reason: 'device-busy', written: false }], ['read 3']]);
    for (let i = 0; i < 2; i++) await world.answer(i);
  });
});

describe('equal READs', () => {
  test('that wait or are under way get one answer', async () => {
    await open();
    const sessions = await Promise.all([world.join(), world.join(), world.join()]);
    const [one, two, three] = sessions as [Session, Session, Session];
    const first = ask(one, SID_READ_REQUEST, 1);
    const second = ask(two, SID_READ_REQUEST, 2);
    const third = ask(three, SID_READ_REQUEST, 2);
    await world.settle();
    const late = ask(three, SID_READ_REQUEST, 1);
    await world.settle();
    expect(world.news()).toEqual(['read 1']);
    await world.answer('x');
    await world.answer('y');
    expect(world.news()).toEqual(['read 2']);
    expect([first, late, second, third].map(({ value }) => value)).toEqual([
      [0, 'x'],
      [0, 'x'],
      [0, 'y'],
      [0, 'y'],
    ]);
    expect(world.share.stats()).toMatchObject({ asked: 2, answered: 4, joined: 2 });
  });

  test('are not joined across a WRITE of the same program: who wrote reads what it wrote', async () => {
    await open();
    const [one, two] = [await world.join(), await world.join()];
    ask(two, SID_READ_REQUEST, 5);
    await world.settle();
    ask(one, SID_WRITE_REQUEST, 5, 'new');
    const own = ask(one, SID_READ_REQUEST, 5);
    await world.settle();
    // the READ of `two` is under way, and that of `one` must not get its answer
    await world.answer('old');
    expect([world.news(), own.value]).toEqual([['read 5', 'write 5 "new"'], 'pending']);
    const others = ask(two, SID_READ_REQUEST, 5);
    await world.answer('written');
    expect(world.news()).toEqual(['read 5']);
    await world.answer('new');
    expect([own.value, others.value, world.share.stats().joined]).toEqual([[0, 'new'], [0, 'new'], 1]);
  });

  test('that wait behind a WRITE of their program are joined once it has left the line', async () => {
    await open();
    const [one, two] = [await world.join(), await world.join()];
    ask(one, SID_EXECUTE_REQUEST, 1);
    ask(one, SID_READ_REQUEST, 5);
    ask(one, SID_READ_REQUEST, 6);
    ask(two, SID_READ_REQUEST, 6);
    await world.settle();
    await world.answer('done');
    expect(world.news()).toEqual(['execute 1 null', 'read 5']);
    await world.answer(5);
    expect(world.news()).toEqual(['read 6']);
    await world.answer(6);
    expect(world.share.stats().joined).toBe(1);
  });

  test('with data, or of other services, are asked one by one', async () => {
    await open({ share: { services: [[100, 101]] } });
    const [one, two] = [await world.join(), await world.join()];
    for (const each of [one, two]) ask(each, SID_READ_REQUEST, 5, { range: 3 });
    await world.settle();
    await world.answer(1);
    await world.answer(2);
    expect([world.news(), world.share.stats().joined]).toEqual([['read 5', 'read 5'], 0]);
  });
});

describe('what does not reach the device', () => {
  test('is what is more than may wait: it is refused, and counted', async () => {
    await open({ share: { maxWaitingPerClient: 2, maxWaiting: 3 } });
    const [one, two] = [await world.join('one'), await world.join('two')];
    const outcomes = [1, 2, 3, 4].map((i) => ask(one, SID_WRITE_REQUEST, i, i));
    await world.settle();
    const others = [5, 6].map((i) => ask(two, SID_WRITE_REQUEST, i, i));
    await world.settle();
    const refused = [2, { reason: 'too-many-waiting', written: false }];
    expect([...outcomes, ...others].map(({ value }) => value)).toEqual([
      'pending',
      'pending',
      'pending',
      refused,
      'pending',
      refused,
    ]);
    expect(world.share.stats().refused).toEqual({ 'too-many-waiting': 2 });
    expect(world.events).toContainEqual([
      'refused',
      { reason: 'too-many-waiting', client: { name: 'one', address: undefined }, count: 1 },
    ]);
    for (let i = 0; i < 4; i++) await world.answer(i);
    await world.pass(1_000);
  });

  test('is what is more data than may wait', async () => {
    await open({ share: { maxWaitingBytes: 228 } });
    const one = await world.join('one');
    ask(one, SID_WRITE_REQUEST, 0);
    await world.settle();
    const fits = ['x'.repeat(84), { ['n'.repeat(32)]: 1 }, [1, [2]], null].map((data, did) =>
      ask(one, SID_WRITE_REQUEST, did, data),
    );
    await world.settle();
    const tooMuch = ask(one, SID_EXECUTE_REQUEST, 1, 1);
    await world.settle();
    expect([...fits.map(({ value }) => value), tooMuch.value]).toEqual([
      'pending',
      'pending',
      'pending',
      'pending',
      [2, { reason: 'too-many-waiting', written: false }],
    ]);
    await world.answer('room for one more');
    await world.answer(1);
    ask(one, SID_EXECUTE_REQUEST, 1, 1);
    for (let i = 0; i < 4; i++) await world.answer(i);
    expect(world.share.stats()).toMatchObject({ answered: 6, refused: { 'too-many-waiting': 1 } });
  });

  test('is what a program had waiting that is gone; what is under way goes on, to nobody', async () => {
    await open();
    const [one, two] = [await world.join('one'), await world.join()];
    ask(one, SID_WRITE_REQUEST, 1, 1);
    ask(one, SID_WRITE_REQUEST, 2, 2);
    const others = ask(two, SID_WRITE_REQUEST, 3, 3);
    await world.settle();
    await world.cut('one');
    expect(world.share.stats()).toMatchObject({ dropped: 1, underWay: 1, waiting: 1 });
    await world.answer('to nobody');
    expect(world.news()).toEqual(['write 1 1', 'write 3 3']);
    await world.answer('yours');
    expect(others.value).toEqual([0, 'yours']);
  });

  test('ends for a middleware of the share that awaits it, when its program is gone', async () => {
    await open();
    const ends: string[] = [];
    world.share.server.on('session', (session) =>
      session.use(async ({ serviceId, dataId }, next) => {
        try {
          return await next();
        } finally {
          ends.push(`${serviceId} ${dataId}`);
        }
      }),
    );
    const one = (await world.join('one')).addService(65_000, 65_001);
    for (const did of [1, 2]) ask(one, SID_WRITE_REQUEST, did, did);
    ask(one, 65_000, 0, { ttl: 1_000 });
    await world.settle();
    await world.cut('one');
    expect(ends).toEqual([`${SID_WRITE_REQUEST} 2`, '65000 0']);
    await world.answer('to nobody');
    expect(ends).toHaveLength(3);
    expect(world.share.stats().refused).toEqual({});
  });

  test('is what waited for a device that was away for too long', async () => {
    await open();
    const one = await world.join('one', { requestTimeout: 30_000 });
    await world.device.close();
    await world.settle();
    expect([world.share.stats().device, world.events]).toEqual(['away', [['device', 'away']]]);
    const waiting = ask(one, SID_WRITE_REQUEST, 1, 1);
    await world.pass(4_999);
    expect(waiting.value).toBe('pending');
    await world.pass(1);
    expect(waiting.value).toEqual([2, { reason: 'device-away', written: false }]);
    expect(world.share.stats().clients).toMatchObject([{ waiting: 0, underWay: 0 }]);
    await world.startDevice();
    const later = ask(one, SID_WRITE_REQUEST, 2, 2);
    await world.pass(4_000);
    await world.answer('there again');
    expect([world.news(), later.value]).toEqual([['write 2 2'], [0, 'there again']]);
  });

  test('is never sent again: of what was under way when the connection was lost, nobody knows the outcome', async () => {
    await open();
    const one = await world.join('one');
    const lost = ask(one, SID_WRITE_REQUEST, 1, 1);
    await world.settle();
    await world.atDevice.close();
    await world.pass(2_000);
    expect(lost.value).toEqual([2, { reason: 'connection-lost', written: true }]);
    expect(world.news()).toEqual(['write 1 1']);
    expect(world.events).toContainEqual([
      'lost',
      {
        client: { name: 'one', address: undefined },
        serviceId: SID_WRITE_REQUEST,
        dataId: 1,
        reason: 'connection-lost',
      },
    ]);
    expect(world.share.stats()).toMatchObject({ lost: 1, device: 'idle' });
  });

  test('has a deadline: a device that does not answer keeps nobody for longer', async () => {
    await open();
    const one = await world.join('one', { requestTimeout: 30_000 });
    const lost = ask(one, SID_WRITE_REQUEST, 1, 1);
    await world.pass(3_000);
    const waits = ask(one, SID_WRITE_REQUEST, 2, 2);
    await world.pass(2_000);
    expect([lost.value, world.news()]).toEqual([
      [2, { reason: 'no-answer', written: true }],
      ['write 1 1', 'write 2 2'],
    ]);
    expect(world.share.stats().device).toBe('asking');
    await world.answer('late');
    await world.answer('in time');
    expect([waits.value, world.share.stats().device]).toEqual([[0, 'in time'], 'idle']);
  });

  test.each([
    ['an answer', (): Promise<void> => world.answer('late')],
    ['the end of the connection', (): Promise<void> => world.atDevice.close().then(() => world.pass(1_000))],
  ])('is counted once: as lost when its time is over, though %s comes after it', async (_, comes) => {
    await open();
    const one = await world.join('one', { requestTimeout: 30_000 });
    ask(one, SID_WRITE_REQUEST, 1, 1);
    await world.pass(1_000);
    const lost = ask(one, SID_WRITE_REQUEST, 2, 2);
    await world.pass(2_000);
    await world.answer('in time');
    await world.pass(3_000);
    expect([lost.value, world.share.stats().underWay]).toEqual([
      [2, { reason: 'no-answer', written: true }],
      1,
    ]);
    await comes();
    expect(world.share.stats()).toMatchObject({ answered: 1, lost: 1, underWay: 0, device: 'idle' });
    expect(world.share.stats().clients).toMatchObject([{ answered: 1, lost: 1, underWay: 0 }]);
  });
});
