/** What is healthy makes no trouble: a false alarm costs more trust than a missed one. */

import { describe, expect, test } from 'vitest';
import type { SessionOptions } from '../../../src/index.js';
import { structJson } from '../../../src/wire/index.js';
import { watch } from '../../support/pair.js';
import { type WatchedPair, watchedPair } from '../../support/watched-pair.js';

const SECRET = 'correct horse battery staple';

/** A source of chance that a seed decides. */
function chance(seed: number): (most: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (most) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) | 0;
    return (state >>> 0) % most;
  };
}

function expectNoTrouble({ debugged }: WatchedPair): void {
  debugged.readAlong('client', 'between');
  debugged.hub.sweep();
  for (const group of ['client', 'server', 'between'])
    expect([group, debugged.all(group).map(({ code, text }) => `${code}: ${text}`)]).toEqual([group, []]);
}

const WAYS: readonly (readonly [string, SessionOptions])[] = [
  ['without a secret', {}],
  ['with a secret', { secret: SECRET }],
  ['of the other codec', { codec: structJson }],
];

describe.each(WAYS)('two healthy sessions %s', (_, both) => {
  test('have no trouble when the client closes', async () => {
    const pair = await watchedPair({ both });
    pair.server.onRead(0, () => 'now');
    const asked = watch(pair.client.read(0));
    await pair.debugged.passes(1_000);
    expect(asked.state).toBe('resolved');
    watch(pair.client.close());
    await pair.debugged.passes(2_000);
    watch(pair.server.close());
    await pair.debugged.passes(12_000);
    expectNoTrouble(pair);
  });

  test('have no trouble when the server closes, and the client is closed then', async () => {
    const pair = await watchedPair({ both });
    pair.server.onRead(0, () => 'now');
    watch(pair.client.read(0));
    await pair.debugged.passes(1_000);
    pair.serverComm.refusesConnections = false;
    watch(pair.server.close());
    watch(pair.client.close());
    await pair.debugged.passes(12_000);
    expectNoTrouble(pair);
  });

  test('have no trouble when either drains while callbacks run', async () => {
    const pair = await watchedPair({ both });
    const slow = (): Promise<string> =>
      new Promise((resolve) => pair.clock.setTimeout(() => resolve('late'), 900));
    pair.server.onRead(0, slow);
    pair.client.onRead(0, slow);
    const asked = [watch(pair.client.read(0)), watch(pair.server.read(0))];
    await pair.debugged.passes(100);
    watch(pair.client.close({ drain: true }));
    await pair.debugged.passes(12_000);
    expect(asked.map(({ state }) => state)).toEqual(['resolved', 'resolved']);
    expectNoTrouble(pair);
  });

  test('have no trouble when a request is cancelled, and its answer comes all the same', async () => {
    const pair = await watchedPair({ both });
    pair.server.onRead(0, () => new Promise((resolve) => pair.clock.setTimeout(() => resolve('late'), 700)));
    const signal = new AbortController();
    watch(pair.client.read(0, { signal: signal.signal }));
    await pair.debugged.passes(100);
    signal.abort();
    await pair.debugged.passes(12_000);
    expectNoTrouble(pair);
  });

  test('have no trouble when a new connection is requested', async () => {
    const pair = await watchedPair({ both });
    pair.server.onRead(0, () => 'now');
    for (let count = 0; count < 5; count++) {
      watch(pair.client.read(0));
      await pair.debugged.passes(1_000);
      pair.client.reconnect();
      await pair.debugged.passes(3_000);
    }
    await pair.debugged.passes(12_000);
    expectNoTrouble(pair);
  });

  test('have no trouble when they are silent for long, and answer heartbeats', async () => {
    const pair = await watchedPair({ both }, true);
    await pair.debugged.passes(200_000);
    expectNoTrouble(pair);
  });

  test('have no trouble in random worlds', async () => {
    for (let seed = 1; seed <= 25; seed++) {
      const any = chance(seed);
      const pair = await watchedPair({ both: { ...both, ...(any(2) === 0 ? {} : { channelName: 'pump' }) } });
      const sides = [pair.client, pair.server] as const;
      const late = (): Promise<string> =>
        new Promise((resolve) => pair.clock.setTimeout(() => resolve('done'), any(3_000)));
      for (const side of sides) {
        side.onRead(0, () => 'now');
        side.onWrite(1, (data) => void data);
        side.onExecute(2, late);
      }
      for (let step = 0; step < 40; step++) {
        const side = sides[any(2)] as (typeof sides)[number];
        const signal = new AbortController();
        switch (any(6)) {
          case 0:
            watch(side.read(0));
            break;
          case 1:
            watch(side.write(1, { value: any(1_000) }));
            break;
          case 2:
            watch(side.execute(2, null, { timeout: 8_000 }));
            break;
          case 3:
            watch(side.execute(2, null, { timeout: 8_000, signal: signal.signal }));
            pair.clock.setTimeout(() => signal.abort(), any(2_000));
            break;
          case 4:
            watch(side.send(41, 7, 'a message of the user'));
            break;
          default:
            await pair.debugged.passes(any(2_000));
        }
      }
      await pair.debugged.passes(9_000);
      watch(any(2) === 0 ? pair.client.close() : pair.client.close({ drain: true }));
      await pair.debugged.passes(500);
      watch(pair.server.close());
      await pair.debugged.passes(12_000);
      expectNoTrouble(pair);
    }
  });
});

describe('two healthy sessions', () => {
  test('have no trouble overnight, with nothing but heartbeats', async () => {
    const pair = await watchedPair({ both: { secret: SECRET } }, true);
    const night = 8 * 3_600_000;
    for (let ms = 0; ms < night; ms += 3_600_000) {
      await pair.debugged.passes(3_600_000);
      expectNoTrouble(pair);
    }
  });

  test('have no trouble when callbacks take the minute that they are allowed', async () => {
    const pair = await watchedPair({ both: { callbackTimeout: 90_000 } }, true);
    const slow = (): Promise<string> =>
      new Promise((resolve) => pair.clock.setTimeout(() => resolve('at last'), 60_000));
    pair.server.onRead(0, slow);
    pair.client.onRead(0, slow);
    const asked = [pair.client, pair.server].map((side) => watch(side.read(0, { timeout: 90_000 })));
    await pair.debugged.passes(120_000);
    expect(asked.map(({ state }) => state)).toEqual(['resolved', 'resolved']);
    for (const group of ['client', 'server']) expect(pair.debugged.all(group)).toEqual([]);
  });
});
