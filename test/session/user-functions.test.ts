import { describe, expect, test } from 'vitest';
import { type CommInstance, createMemoryPair, Session, type SessionOptions } from '../../src/index.js';
import { pureJson } from '../../src/wire/index.js';
import { Pair, watch } from '../support/pair.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { collectWarnings } from '../support/warnings.js';

const SECRET = 'correct horse battery staple';
const rejecting = (): Promise<never> => Promise.reject(new Error('of the user'));

const warnings = collectWarnings();

/** What a promise of the user's is rejected with comes a turn later. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('FC-06 a function of the options that is async is a failure in its place', () => {
  test.each<[string, SessionOptions, string]>([
    ['deriveKey', { deriveKey: rejecting as never }, 'deriveKey must return a text; it returned a promise'],
    [
      'encode',
      { codec: { ...pureJson, name: 'mine', encode: rejecting as never } },
      'encode of the codec mine must return bytes; it returned a promise',
    ],
  ])('%s closes its session', async (_, options, text) => {
    const pair = await Pair.connected({ both: { secret: SECRET }, client: options });
    await nextTurn();
    expect(pair.client.isClosed).toBe(true);
    expect(warnings).toEqual([expect.stringContaining(text)]);
    await pair.close();
  });

  test('random closes its session', async () => {
    const clock = new VirtualClock();
    const { client } = createMemoryPair({ clock });
    client.canDieSilently = true;
    const session = new Session(client, { clock, random: rejecting as never });
    await clock.advanceAsync(0);
    await nextTurn();
    expect([session.isClosed, warnings]).toEqual([
      true,
      [expect.stringContaining('random must return a number; it returned a promise')],
    ]);
  });

  test('decode drops what it cannot read, and says so where nobody hears of drops', async () => {
    const codec = { ...pureJson, name: 'mine', decode: rejecting as never };
    const pair = await Pair.connected({ client: { codec } });
    await pair.server.send(30, 1);
    await pair.settle();
    await nextTurn();
    expect(pair.client.counters.dropped).toEqual({ shape: expect.any(Number) });
    expect(warnings).toEqual([
      'the codec mine threw, a frame was dropped: decode of the codec mine must return a message; it returned a promise, which it must not be',
    ]);
    expect(pair.client.isClosed).toBe(false);
    await pair.close();
  });

  test('now of a clock is refused when the session is made', () => {
    const clock = { ...new VirtualClock(), now: rejecting, setTimeout: () => {}, clearTimeout: () => {} };
    const { client } = createMemoryPair();
    client.canDieSilently = true;
    expect(() => new Session(client, { clock: clock as never })).toThrow(
      'clock.now must return a number; it returned a promise, which it must not be',
    );
  });

  test('a timer is a warning', async () => {
    const clock = new VirtualClock();
    const asynchronous = {
      now: () => clock.now(),
      setTimeout: async (callback: () => void, ms: number) => {
        clock.setTimeout(callback, ms);
        await rejecting();
      },
      clearTimeout: rejecting,
    };
    const { client } = createMemoryPair({ clock });
    const session = new Session(client, { clock: asynchronous as never });
    watch(session.read(0));
    await session.close();
    await nextTurn();
    expect(warnings).toEqual(['the clock rejected: of the user']);
  });

  test.each([
    'send',
    'reconnect',
    'initChannelName',
  ] as const)('%s of a transport closes its session', async (method) => {
    const { client, server } = createMemoryPair();
    (client as unknown as Record<string, unknown>)[method] = rejecting;
    const here = new Session(client as CommInstance);
    const there = new Session(server);
    watch(here.read(0));
    for (let n = 0; n < 5; n++) await nextTurn();
    await new Promise<void>((resolve) => (here.isClosed ? resolve() : here.once('closed', () => resolve())));
    expect(warnings).toEqual(['closing the session after an unrecoverable error: of the user']);
    await here.close();
    await there.close();
  });

  test.each<[string, SessionOptions]>([
    ['observer', { observe: rejecting as never }],
    ['inspector', { inspect: rejecting }],
    ['inspector', { inspect: { next: rejecting } }],
  ])('an %s is not called again, and nothing suffers', async (what, options) => {
    const pair = await Pair.connected({ both: { secret: SECRET }, client: options });
    await nextTurn();
    expect([pair.client.isTrusted, warnings]).toEqual([
      true,
      [`the ${what} threw and is not called again: of the user`],
    ]);
    await pair.close();
  });
});
