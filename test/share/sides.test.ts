/** What each side of a share may do and hears: rights, messages of the device, its requests, the end. */

import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  connect,
  createMemoryListener,
  OptionError,
  type Session,
  SID_EXECUTE_REQUEST,
  SID_READ_REQUEST,
  SID_WRITE_REQUEST,
} from '../../src/index.js';
import { share } from '../../src/share/index.js';
import { turns } from '../support/fake-socket.js';
import { RecordedLog } from '../support/recorded-log.js';
import { outcomeOf, ShareWorld, type WorldOptions } from './world.js';

let world: ShareWorld;

async function open(options: WorldOptions = {}): Promise<ShareWorld> {
  world = await ShareWorld.open(options);
  return world;
}

afterEach(async () => {
  expect(await world.close()).toBe(0);
});

describe('rights', () => {
  const rights = {
    dashboard: { read: 'all', write: [3] },
    '*': { read: [0] },
  } as const;

  test.each([
    ['dashboard', SID_READ_REQUEST, 9, 0],
    ['dashboard', SID_WRITE_REQUEST, 3, 0],
    ['dashboard', SID_WRITE_REQUEST, 4, 6],
    ['dashboard', SID_EXECUTE_REQUEST, 3, 6],
    ['somebody', SID_READ_REQUEST, 0, 0],
    ['somebody', SID_READ_REQUEST, 1, 6],
    [null, SID_READ_REQUEST, 0, 0],
    [null, SID_WRITE_REQUEST, 3, 6],
    ['__proto__', SID_WRITE_REQUEST, 3, 6],
  ])('of %s: request %d of %d is answered with status %d', async (name, sid, did, status) => {
    await open({ answersAtOnce: true, share: { rights } });
    const answer = await (await world.join(name)).request(sid, did, null);
    expect(answer.status).toBe(status);
    expect(world.news().length).toBe(status === 0 ? 1 : 0);
    expect(world.share.stats().refused).toEqual(status === 0 ? {} : { 'not-permitted': 1 });
  });

  test('hold inside a lease as well', async () => {
    await open({ answersAtOnce: true, share: { rights: { '*': { read: 'all', lease: true } } } });
    const session = (await world.join()).addService(65_000, 65_001);
    await session.request(65_000, 0, { ttl: 1_000 });
    const inner = { fence: 1, service_id: SID_WRITE_REQUEST, data_id: 3, data: 1 };
    const answer = await session.request(65_000, 3, inner);
    expect([answer.status, world.news()]).toEqual([6, []]);
  });

  test('hold for messages as well', async () => {
    await open({ share: { rights: { '*': { read: 'all', other: [98] } } } });
    const heard: unknown[] = [];
    world.atDevice.registerCallback(null, null, ({ serviceId }) => void heard.push(serviceId));
    const one = await world.join('one');
    for (const sid of [97, 98]) await one.send(sid, 5, 'note');
    await world.settle();
    expect([heard, world.share.stats().refused]).toEqual([[98], { 'not-permitted': 1 }]);
  });

  test.each([
    [[], 'rights'],
    [{ a: 'all' }, 'rights["a"]'],
    [{ a: { reads: 'all' } }, 'rights["a"].reads'],
    [{ a: { read: 'some' } }, 'rights["a"].read'],
    [{ a: { write: [-1] } }, 'rights["a"].write'],
    [{ a: { lease: 1 } }, 'rights["a"].lease'],
  ])('that are %j are refused', async (wrong, option) => {
    await open();
    const error = await share({ upstream: { port: 1 }, listen: { port: 0 }, rights: wrong as never }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(OptionError);
    expect((error as OptionError).option).toBe(option);
  });
});

describe('the options', () => {
  test.each([
    [{ concurrenzy: 2 }, 'concurrenzy'],
    [{ concurrency: 0 }, 'concurrency'],
    [{ services: [100] }, 'services'],
    [{ services: [[100]] }, 'services'],
    [
      {
        services: [
          [100, 101],
          [100, 102],
        ],
      },
      'services',
    ],
    [{ services: [[100, 11]] }, 'services'],
    [{ services: [[65_001, 100]] }, 'leaseService'],
    [{ leaseService: true }, 'leaseService'],
    [{ leaseService: [1, -1] }, 'leaseService'],
    [{ deviceRequests: '' }, 'deviceRequests'],
    [{ upstream: 17 }, 'upstream'],
    [{ listen: undefined }, 'listen'],
    [{ listen: { prot: 1 } }, 'prot'],
    [{ maxLease: 0 }, 'maxLease'],
  ])('%j are refused, before the device hears of it', async (wrong, option) => {
    await open();
    const options = { upstream: { port: 1 }, listen: { port: 0 }, ...wrong };
    const error = await share(options as never).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'ERR_OPTION', option });
  });

  test('may say the same of the lease as of a service where there is no lease', async () => {
    await open({ share: { services: [[65_000, 65_001]], leaseService: false } });
    world.atDevice.addService(65_000, 65_001).onRequest(65_000, 0, () => 'a lease of the device');
    const one = (await world.join('one')).addService(65_000, 65_001);
    expect((await one.request(65_000, 0)).data).toBe('a lease of the device');
  });

  test('of either side that are undefined are those of the share', async () => {
    const rest = { clock: undefined, maxRunningCallbacks: undefined, callbackTimeout: undefined };
    await open({ upstream: { clock: undefined }, listen: rest });
    const one = await world.join('one');
    for (let i = 0; i < 70; i++) one.request(SID_WRITE_REQUEST, i, i).catch(() => {});
    await world.settle();
    expect(world.share.stats()).toMatchObject({ waiting: 69, underWay: 1 });
    await world.atDevice.close();
    await world.pass(1_000);
    expect(world.share.stats()).toMatchObject({ lost: 1, device: 'asking' });
    for (let i = 0; i < 70; i++) await world.answer(i);
  });

  test('give clients and device a service of their own', async () => {
    await open({ share: { services: [[100, 101]] } });
    world.atDevice.addService(100, 101).onRequest(100, null, (data) => ['done', data]);
    const [one, two] = [await world.join('one'), await world.join('two')];
    const heard: unknown[] = [];
    two.registerCallback(101, null, () => void heard.push('not mine'));
    one.addService(100, 101);
    expect((await one.request(100, 4, 'x')).data).toEqual(['done', 'x']);
    expect(heard).toEqual([]);
  });
});

describe('a share whose device is not there yet', () => {
  test('rejects, or listens where it is told to wait', async () => {
    await open({ upstream: { waitForPeer: true } });
    const refused = await share({ upstream: { port: 1, reconnect: false }, listen: { port: 0 } }).catch(
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({ code: 'ERR_CONNECT' });
    expect(world.share.stats().device).toBe('idle');
  });

  test('is closed without a word about a device that was given up', async () => {
    await open();
    const { logger, warnings } = new RecordedLog();
    const stream = () => new Promise<never>(() => {});
    const waiting = await share({
      upstream: { stream, waitForPeer: true },
      listen: { memory: createMemoryListener() },
      clock: world.clock,
      logger,
    });
    await waiting.close();
    await turns(3);
    expect(warnings).toEqual([]);
  });

  test('leaves nothing that listens where the device is given up at any moment meanwhile', async () => {
    await open();
    const { clock } = world;
    const ends = new Set<string>();
    for (let moment = 0; moment < 60; moment++) {
      const memory = createMemoryListener();
      const giveUp = new AbortController();
      const stream = () => new Promise<never>(() => {});
      const upstream = { stream, waitForPeer: true, signal: giveUp.signal } as const;
      const end = outcomeOf(share({ clock, upstream, listen: { memory } }));
      for (let at = 0; at < moment; at++) await Promise.resolve();
      giveUp.abort(new Error('enough'));
      await turns(5);
      ends.add(end.value instanceof Error ? end.value.message : 'a share');
      const late = await connect({ stream: memory.connect, clock, reconnect: false }).catch(String);
      expect(late).toContain('ConnectError');
    }
    expect(ends).toEqual(new Set(['enough', 'a share']));
  });
});

describe('what the device says by itself', () => {
  test('goes to all programs, and to those that are trusted only', async () => {
    const secret = 'a secret of sixteen bytes';
    await open({ listen: { secret } });
    const heard: string[] = [];
    for (const [name, options] of [
      ['one', { secret }],
      ['two', { secret }],
      ['stranger', {}],
    ] as const) {
      const session = await world.join(name, options);
      session.registerCallback(99, null, ({ data }) => void heard.push(`${name} ${data}`));
    }
    await world.atDevice.send(99, 1, 'hot');
    await world.settle();
    expect(heard).toEqual(['one hot', 'two hot']);
    expect(world.share.stats()).toMatchObject({ unsolicited: 1, missed: 0 });
  });

  test('is missed by a program that does not read, and by one that it cannot be written to', async () => {
    await open();
    for (const name of ['one', 'two', 'three']) await world.join(name);
    const [one, two] = world.share.server.sessions;
    vi.spyOn(one as Session, 'send').mockResolvedValue(false);
    vi.spyOn(two as Session, 'send').mockRejectedValue(new TypeError('no such data'));
    await world.atDevice.send(99, 1, 'hot');
    await world.settle();
    expect(world.share.stats()).toMatchObject({ unsolicited: 1, missed: 2 });
    expect(world.share.stats().clients.map(({ missed }) => missed)).toEqual([1, 1, 0]);
  });

  test('reaches it as a message, too, in the turn of the program', async () => {
    await open();
    const heard: unknown[] = [];
    world.atDevice.registerCallback(98, null, ({ data, status }) => void heard.push([data, status]));
    const one = await world.join('one');
    await one.send(98, 5, 'note', 7);
    await world.settle();
    expect(heard).toEqual([['note', 7]]);
  });

  test('counts a message that cannot be written as refused, and not as answered', async () => {
    await open();
    const one = await world.join('one');
    vi.spyOn(world.share.session, 'send').mockResolvedValueOnce(false);
    await one.send(98, 5, 'note');
    await world.settle();
    expect(world.share.stats()).toMatchObject({ answered: 0, refused: { 'not-sent': 1 } });
    expect(world.events).toContainEqual(['refused', expect.objectContaining({ reason: 'not-sent' })]);
  });
});

describe('a middleware of the program that stands before the device', () => {
  const failing = (error: Error) =>
    world.share.session.use(async (_, next) => {
      await next();
      throw error;
    });

  test.each([
    new Error('no luck'),
    new TypeError('Cannot read properties of null'),
    new RangeError('too long'),
  ])('says nothing of the device where it fails after the request was sent, with %s', async (error) => {
    await open({ answersAtOnce: true });
    failing(error);
    const one = await world.join('one');
    expect(await one.request(SID_WRITE_REQUEST, 3, 'on')).toMatchObject({
      data: { reason: 'no-answer', written: true },
    });
    expect(world.news()).toEqual(['write 3 "on"']);
    expect(world.share.stats()).toMatchObject({ lost: 1, refused: {} });
  });

  test('says nothing of the device where it fails while the request is under way', async () => {
    await open({ answersAtOnce: true });
    world.share.session.use((_, next) => {
      void next();
      throw new TypeError('Cannot read properties of null');
    });
    const one = await world.join('one');
    expect((await one.request(SID_WRITE_REQUEST, 3, 'on')).data).toEqual({
      reason: 'no-answer',
      written: true,
    });
    expect(world.news()).toEqual(['write 3 "on"']);
  });

  test('keeps nobody from a lease, for no answer is still to come', async () => {
    await open({ answersAtOnce: true });
    failing(new Error('no luck'));
    const one = await world.join('one');
    await one.request(SID_WRITE_REQUEST, 3, 'on');
    one.addService(65_000, 65_001);
    expect((await one.request(65_000, 0, { ttl: 1_000 })).status).toBe(0);
  });

  test('tells of data that cannot be sent as of a request that was not', async () => {
    await open();
    world.share.session.use(() => {
      throw new TypeError('not this data');
    });
    const one = await world.join('one');
    expect(await one.request(SID_WRITE_REQUEST, 3, 'on')).toMatchObject({
      data: { reason: 'not-sent', written: false, detail: 'not this data' },
    });
    expect(world.news()).toEqual([]);
  });
});

describe('what the device asks', () => {
  const asked = () => world.atDevice.request(SID_READ_REQUEST, 1);

  async function joinTwo() {
    for (const name of ['one', 'two']) (await world.join(name)).onRead(1, () => name);
  }

  test('is unknown where nobody is to answer it', async () => {
    await open();
    await joinTwo();
    expect([(await asked()).status, world.share.stats().unanswerable]).toEqual([4, 1]);
  });

  test.each([
    ['first', 'one'],
    ['two', 'two'],
  ])('is answered by %s', async (deviceRequests, name) => {
    await open({ share: { deviceRequests } });
    await joinTwo();
    expect((await asked()).data).toBe(name);
  });

  test('is answered with a failure where the program goes that is asked', async () => {
    await open({ share: { deviceRequests: 'first' } });
    const one = await world.join('one');
    one.onRead(1, () => new Promise(() => {}));
    const failed = outcomeOf(asked());
    await world.settle();
    await world.cut('one');
    expect(failed.value).toMatchObject({ status: 2, data: null });
    expect(world.share.stats().unanswerable).toBe(1);
  });

  test('is answered by nobody who is not trusted', async () => {
    const secret = 'a secret of sixteen bytes';
    await open({ listen: { secret }, share: { deviceRequests: 'first' } });
    for (const [name, options] of [
      ['stranger', {}],
      ['one', { secret }],
    ] as const)
      (await world.join(name, options)).onRead(1, () => name);
    expect((await asked()).data).toBe('one');
  });

  test('is answered by the holder of the lease before all others', async () => {
    await open({ share: { deviceRequests: 'first' } });
    await joinTwo();
    const two = world.clients[1]?.addService(65_000, 65_001);
    await two?.request(65_000, 0, { ttl: 1_000 });
    expect((await asked()).data).toBe('two');
  });
});

describe('the end', () => {
  test('that drains lets finish what waits and what is under way', async () => {
    await open();
    const one = await world.join('one');
    const outcomes = [1, 2].map((did) => outcomeOf(one.write(did, did)));
    await world.settle();
    const closing = outcomeOf(world.share.close({ drain: true, timeout: 3_000 }));
    await world.settle();
    await world.answer('a');
    await world.answer('b');
    await world.pass(1_000);
    expect(outcomes.map(({ value }) => value)).toEqual(['a', 'b']);
    expect(closing.value).toMatchObject({ cutRequests: 0, cutCallbacks: 0 });
    expect(world.share.stats()).toMatchObject({ device: 'closed', lease: { state: 'closed' } });
  });

  test('that does not cuts them, and says how many', async () => {
    await open();
    const one = await world.join('one', { reconnect: false });
    for (const did of [1, 2]) one.write(did, did).catch(() => {});
    await world.settle();
    const closing = outcomeOf(world.share.close());
    await world.pass(2_000);
    expect(closing.value).toMatchObject({ cutCallbacks: 2, cutRequests: 1 });
    expect(world.news()).toEqual(['write 1 1']);
  });

  test.each([
    ['has one time for both sides', 3_000, (): void => {}],
    ['is cut short by one that does not', 1_000, (): void => void world.share.close()],
  ])('that drains %s', async (_, endsMs, ends) => {
    // a session that is cut leaves its peer this long to hear of it
    const farewellMs = 1_000;
    await open({ share: { requestTimeout: 20_000 } });
    const one = await world.join('one', { reconnect: false });
    one.write(1, 1).catch(() => {});
    await world.settle();
    const closing = outcomeOf(world.share.close({ drain: true, timeout: 3_000 }));
    await world.pass(endsMs);
    expect(closing.value).toBe('pending');
    ends();
    await world.pass(farewellMs);
    expect(closing.value).toMatchObject({ cutCallbacks: 1, cutRequests: 1 });
  });
});
