import { EventEmitter, errorMonitor, on, once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { createMemoryPair, Session } from '../../../src/index.js';
import { Pair } from '../../support/pair.js';
import { collectWarnings } from '../../support/warnings.js';

const warnings = collectWarnings();

const throwing = (): never => {
  throw new Error('of the user');
};
const rejecting = (): Promise<never> => Promise.reject(new Error('of the user'));
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the listeners of a session', () => {
  test.each([
    ['throws', throwing],
    ['rejects', rejecting],
  ])('FC-06 are all called, also after one that %s, which is said once', async (_, bad) => {
    const pair = await Pair.connected();
    const calls: string[] = [];
    pair.client.on('message', () => calls.push('before'));
    pair.client.on('message', bad);
    pair.client.prependListener('message', bad);
    pair.client.once('message', bad);
    pair.client.on('message', () => calls.push('after'));
    await pair.server.send(30, 1, 'one');
    await pair.settle();
    await nextTurn();
    expect(calls).toEqual(['before', 'after']);
    expect(warnings).toEqual(['a listener of "message" threw: of the user']);
    expect(pair.client.listenerCount('message')).toBe(4);
    await pair.close();
  });

  test('are called with the session as this, in their order, those that were there at the beginning', async () => {
    const { client } = createMemoryPair();
    const session = new Session(client);
    const calls: unknown[] = [];
    const last = (): void => void calls.push('last');
    session.on('untrusted', function (this: unknown) {
      calls.push(this);
      session.off('untrusted', last);
      session.on('untrusted', () => calls.push('too late'));
    });
    session.on('untrusted', last);
    expect(session.emit('untrusted')).toBe(true);
    expect(calls).toEqual([session, 'last']);
    session.removeAllListeners();
    expect(session.emit('untrusted')).toBe(false);
    await session.close();
  });

  test('of listeners may fail as well', async () => {
    const { client } = createMemoryPair();
    const session = new Session(client) as Session & EventEmitter;
    session.on('newListener', rejecting);
    session.on('closed', () => {});
    await nextTurn();
    expect(warnings).toEqual(['a listener of "newListener" threw: of the user']);
    await session.close();
  });

  test('work with the helpers of node:events', async () => {
    const pair = await Pair.connected();
    const first = once(pair.client, 'message');
    const messages = on(pair.client, 'message');
    await pair.server.send(30, 1, 'one');
    await pair.settle();
    expect((await first)[0]).toMatchObject({ data: 'one' });
    expect((await messages.next()).value[0]).toMatchObject({ data: 'one' });
    await messages.return?.();
    const aborted = once(pair.client, 'message', { signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    expect(pair.client.listenerCount('message')).toBe(0);
    await pair.close();
  });

  test('of an error of the program are as Node has them', async () => {
    const { client } = createMemoryPair();
    const session = new Session(client) as Session & EventEmitter;
    const heard: string[] = [];
    session.on(errorMonitor, ({ message }) => heard.push(`monitor ${message}`));
    expect(() => session.emit('error', new Error('one'))).toThrow('one');
    session.on('error', rejecting);
    session.on('error', ({ message }) => heard.push(message));
    session.emit('error', new Error('two'));
    await nextTurn();
    expect(heard).toEqual(['monitor one', 'monitor two', 'two']);
    expect(warnings).toEqual(['a listener of "error" threw: of the user']);
    await session.close();
  });

  test('may be spied on: whatever stands in place of emit is called, and may throw', async () => {
    const pair = new Pair();
    const heard: unknown[] = [];
    const { emit } = pair.client;
    pair.client.emit = ((...args: Parameters<typeof emit>) => {
      heard.push(args[0]);
      if (args[0] === 'connected') throw new Error('of the spy');
      return Reflect.apply(emit, pair.client, args) as boolean;
    }) as typeof emit;
    await pair.settle();
    await pair.close();
    expect(heard).toEqual(expect.arrayContaining(['connected', 'disconnected', 'closed']));
    expect(warnings).toEqual(['a listener of "connected" threw: of the spy']);
  });

  test('are called once where a program captures rejections', async () => {
    const before = EventEmitter.captureRejections;
    EventEmitter.captureRejections = true;
    const { client } = createMemoryPair();
    const session = new Session(client);
    EventEmitter.captureRejections = before;
    session.on('closed', rejecting);
    await session.close();
    await nextTurn();
    expect(warnings).toEqual(['a listener of "closed" threw: of the user']);
  });
});
