import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  type Message,
  type MessageIterator,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
} from '../../../src/index.js';
import { drain } from '../../support/drained.js';
import { Pair, watch } from '../../support/pair.js';

const NEWS = 100;

describe('the messages of a session', () => {
  test('come one by one, requests and answers as well', async () => {
    const pair = await Pair.connected();
    pair.client.onRead(0, () => 'mine');
    pair.server.onRead(0, () => 'theirs');
    const drained = drain(pair.client.messages());
    await pair.server.send(NEWS, 1, 'news');
    watch(pair.server.read(0));
    watch(pair.client.read(0));
    await pair.settle();
    expect(drained.got.map(({ serviceId, data }) => [serviceId, data])).toEqual([
      [NEWS, 'news'],
      [SID_READ_REQUEST, null],
      [SID_READ_RESPONSE, 'theirs'],
    ]);
    expect(await pair.close()).toBe(0);
    expect(drained.end).toBe('done');
  });

  test.each([
    [{ serviceId: NEWS }, [1, 2]],
    [{ dataId: 2 }, [2, 2]],
    [{ serviceId: NEWS + 1, dataId: 2 }, [2]],
    [{}, [1, 2, 2]],
  ])('are filtered by %j', async (filter, dataIds) => {
    const pair = await Pair.connected();
    const drained = drain(pair.client.messages(filter));
    await pair.server.send(NEWS, 1);
    await pair.server.send(NEWS, 2);
    await pair.server.send(NEWS + 1, 2);
    await pair.settle();
    expect(drained.got.map(({ dataId }) => dataId)).toEqual(dataIds);
    await pair.close();
  });

  test('are taken: they are not kept for receive, but one that waits gets them as well', async () => {
    const pair = await Pair.connected();
    const drained = drain(pair.client.messages({ serviceId: NEWS }));
    const received = watch(pair.client.receive(NEWS, 1, 1_000));
    await pair.server.send(NEWS, 1, 'a');
    await pair.server.send(NEWS, 1, 'b');
    await pair.settle();
    expect(drained.got.map(({ data }) => data)).toEqual(['a', 'b']);
    expect(received.value).toMatchObject({ data: 'a' });
    const late = watch(pair.client.receive(NEWS, 1, 0));
    await pair.settle();
    expect(late.value).toBeNull();
    await pair.close();
  });

  test('are answered as ever where they are requests', async () => {
    const pair = await Pair.connected({ client: { bufferUnhandled: false } });
    const drained = drain(pair.client.messages());
    const read = watch(pair.server.read(5));
    await pair.settle();
    expect(read.error).toMatchObject({ reason: 'service-or-data-unknown' });
    expect(drained.got.length).toBe(1);
    await pair.close();
  });

  test('are shown only where they may pass', async () => {
    const pair = new Pair({ both: { secret: 'correct horse battery staple' }, client: { autoAuth: false } });
    await pair.settle();
    const drained = drain(pair.server.messages());
    pair.client.addMsgToAuthWhitelist(NEWS, 1);
    pair.server.addMsgToAuthWhitelist(NEWS, 2);
    pair.client.addMsgToAuthWhitelist(NEWS, 2);
    await pair.client.send(NEWS, 1, 'not allowed');
    await pair.client.send(NEWS, 2, 'allowed');
    await pair.settle();
    watch(pair.client.authenticate());
    await pair.settle();
    await pair.client.send(NEWS, 1, 'trusted');
    await pair.settle();
    expect(drained.got.map(({ data }) => data)).toEqual(['allowed', 'trusted']);
    await pair.close();
  });

  test('are kept for a loop that does not keep up, the newest; what is dropped is counted', async () => {
    const pair = await Pair.connected({ client: { logLevel: 'silent' } });
    const messages = pair.client.messages({ limit: 2 });
    const first = watch(messages.next());
    const drops: string[] = [];
    pair.client.on('dropped', ({ reason, detail }) => drops.push(`${reason}: ${detail}`));
    for (const data of ['a', 'b', 'c', 'd', 'e']) await pair.server.send(NEWS, 1, data);
    await pair.settle();
    expect(first.value).toMatchObject({ value: { data: 'a' } });
    expect(messages.dropped).toBe(2);
    expect(pair.client.counters.dropped).toEqual({ 'slow-iterator': 2 });
    expect(drops[0]).toMatch(/^slow-iterator: a loop does not keep up: .*100/);
    const drained = drain(messages);
    await pair.close();
    await pair.settle();
    expect(drained.got.map(({ data }) => data)).toEqual(['d', 'e']);
    expect(drained.end).toBe('done');
  });

  test('begin with the loop, and end with it: nothing is kept before or after', async () => {
    const pair = await Pair.connected();
    const messages = pair.client.messages({ serviceId: NEWS });
    await pair.server.send(NEWS, 1, 'before');
    await pair.settle();
    for (const data of ['a', 'b']) {
      const next = watch(messages.next());
      await pair.server.send(NEWS, 1, data);
      await pair.settle();
      expect(next.value).toMatchObject({ value: { data } });
    }
    await messages.return?.();
    await pair.server.send(NEWS, 1, 'after');
    await pair.settle();
    expect((await pair.client.receive(NEWS, 1, 0))?.data).toBe('before');
    expect((await pair.client.receive(NEWS, 1, 0))?.data).toBe('after');
    await pair.close();
  });

  test('go to all iterators, and to those who wait in their order', async () => {
    const pair = await Pair.connected();
    const one = pair.client.messages();
    const waiting = [one.next(), one.next(), one.next()].map((each) => watch(each));
    const other = drain(pair.client.messages());
    for (const data of ['a', 'b']) await pair.server.send(NEWS, 1, data);
    await pair.settle();
    expect(waiting.map(({ state }) => state)).toEqual(['resolved', 'resolved', 'pending']);
    expect(waiting[1]?.value).toMatchObject({ value: { data: 'b' } });
    expect(other.got.length).toBe(2);
    await pair.close();
    expect(waiting[2]?.value).toEqual({ done: true, value: undefined });
  });

  test('end with the signal, which loses what was not taken, and leave no listener', async () => {
    const pair = await Pair.connected();
    let listeners = 0;
    let aborted: () => void = () => {};
    const signal = {
      aborted: false,
      reason: 'enough',
      addEventListener: (_: string, listener: () => void) => {
        aborted = listener;
        listeners++;
      },
      removeEventListener: () => void listeners--,
    };
    const messages = pair.client.messages({ signal });
    watch(messages.next());
    for (const data of ['a', 'b']) await pair.server.send(NEWS, 1, data);
    await pair.settle();
    aborted();
    await expect(messages.next()).rejects.toBe('enough');
    expect(await messages.next()).toEqual({ done: true, value: undefined });
    expect(listeners).toBe(0);
    await pair.close();
  });

  test.each([
    [{ limit: 0 }, 'limit'],
    [{ serviceId: -1 }, 'serviceId'],
    [{ dataID: 1 }, 'dataID'],
  ])('refuse %j', async (options, option) => {
    const pair = await Pair.connected();
    expect(() => pair.client.messages(options as never)).toThrow(expect.objectContaining({ option }));
    await pair.close();
  });

  test('are typed', async () => {
    const pair = await Pair.connected();
    const messages = pair.client.messages();
    expectTypeOf(messages).toEqualTypeOf<MessageIterator>();
    expectTypeOf(messages.next).returns.resolves.toEqualTypeOf<IteratorResult<Message, undefined>>();
    await pair.close();
  });
});
