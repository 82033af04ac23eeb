import { describe, expect, test } from 'vitest';
import type { Failure } from '../../../src/index.js';
import { Pair, type PairOptions, watch } from '../../support/pair.js';

const SECRET = 'correct horse battery staple';

/** A pair whose failures are collected. */
async function failingPair(options: PairOptions) {
  const pair = await Pair.connected(options);
  const client: Failure[] = [];
  const server: Failure[] = [];
  pair.client.on('failure', (failure) => client.push(failure));
  pair.server.on('failure', (failure) => server.push(failure));
  pair.client.on('callbackError', () => {});
  pair.server.on('callbackError', () => {});
  return { pair, client, server };
}

describe('the flight record of a session', () => {
  test.each([
    ['light actors', {}],
    ['XState', { inspect: () => {} }],
  ])('has the states of its machines, run by %s', async (_, inspect) => {
    const { pair, client } = await failingPair({ both: { secret: SECRET, ...inspect } });
    pair.server.onRead(0, () => new Promise(() => {}));
    const asked = watch(pair.client.read(0));
    await pair.settle();
    pair.serverComm.disconnect('link-closed');
    await pair.settle();
    expect(asked.state).toBe('rejected');
    expect(client.map(({ kind }) => kind)).toEqual(['requests-lost']);
    const states = client[0]?.record.entries.flatMap((entry) =>
      entry.kind === 'state' ? [`${entry.actor} ${entry.state}`] : [],
    );
    expect(states).toEqual(
      expect.arrayContaining([
        'authentication client.trusted',
        'session connected.trusted',
        'session disconnected',
      ]),
    );
    expect(client[0]?.record.states).toMatchObject({ session: 'disconnected', authentication: 'untrusted' });
    await pair.close();
  });

  test('says whose it is, and who the peer is', async () => {
    const pair = await Pair.connected({ client: { channelName: 'kitchen' } });
    const { id, peerAddress } = pair.server;
    expect(pair.server.flightRecord()).toMatchObject({
      sessionId: id,
      role: 'server',
      peerAddress,
      peerName: 'kitchen',
    });
    expect(pair.client.flightRecord()).toMatchObject({ sessionId: pair.client.id, role: 'client' });
    await pair.close();
  });

  test('of a session at rest has no more than the states that its handshake led to', async () => {
    const pair = await Pair.connected({ both: { secret: SECRET } });
    for (const session of [pair.client, pair.server]) {
      const record = session.flightRecord();
      expect(record?.entries.length).toBeLessThanOrEqual(8);
      expect(record?.entries.every(({ kind }) => kind === 'state')).toBe(true);
      expect(record?.overwritten).toBeGreaterThan(0);
    }
    await pair.close();
  });

  test('is null where it is switched off, and then there is no failure either', async () => {
    const { pair, server } = await failingPair({ both: { flightRecord: false } });
    pair.server.onRead(0, () => Promise.reject(new Error('no sensor')));
    await Promise.allSettled([pair.client.read(0), pair.settle()]);
    expect([pair.client.flightRecord(), server]).toEqual([null, []]);
    await pair.close();
  });

  test('is plain JSON', async () => {
    const pair = await Pair.connected({ both: { maxBadFrames: Number.POSITIVE_INFINITY } });
    await Promise.allSettled([pair.client.request(20, 1, 12345678901234567890n), pair.settle()]);
    const record = pair.client.flightRecord();
    expect(JSON.parse(JSON.stringify(record))).toEqual(record);
    await pair.close();
  });
});

describe('a failure', () => {
  test('is a failed callback: once a second, and the others are counted', async () => {
    const { pair, server } = await failingPair({});
    pair.server.onRead(0, () => Promise.reject(new Error('no sensor')));
    const ask = () => Promise.allSettled([pair.client.read(0), pair.settle()]);
    for (let n = 0; n < 5; n++) await ask();
    await pair.clock.advanceAsync(1_000);
    await ask();
    expect(server.map(({ kind, suppressed }) => [kind, suppressed])).toEqual([
      ['callback-error', 0],
      ['callback-error', 4],
    ]);
    expect(server[0]?.detail).toBe('read data request, data_id 0: no sensor');
    expect(server[0]?.record.entries.at(-1)).toMatchObject({ kind: 'note', code: 'callback-failed' });
    await pair.close();
  });

  test('is a wrong secret, on both sides', async () => {
    const pair = new Pair({ client: { secret: SECRET }, server: { secret: 'another secret of somebody' } });
    const failures: unknown[] = [];
    for (const session of [pair.client, pair.server])
      session.on('failure', ({ kind, reason, record }) => failures.push([record.role, kind, reason]));
    await pair.clock.advanceAsync(500);
    expect(failures).toEqual(
      expect.arrayContaining([
        ['client', 'authentication-failed', 'wrong-secret'],
        ['server', 'authentication-failed', 'wrong-secret'],
      ]),
    );
    await pair.close();
  });

  test('is a connection that was reset, also where nothing waits', async () => {
    const { pair, server } = await failingPair({});
    pair.serverComm.disconnect('connection-reset');
    await pair.settle();
    expect(server.map(({ kind, reason }) => [kind, reason])).toEqual([
      ['connection-broken', 'connection-reset'],
    ]);
    await pair.close();
  });

  test('is a session that closes itself, and comes before the event "closed"', async () => {
    const { pair, client } = await failingPair({});
    const order: string[] = [];
    pair.client.on('failure', () => order.push('failure'));
    pair.client.on('closed', () => order.push('closed'));
    pair.clientComm.send = () => {
      throw new Error('broken transport');
    };
    const asked = watch(pair.client.read(0));
    await pair.settle();
    expect(asked.state).toBe('rejected');
    expect(client.map(({ kind, detail }) => [kind, detail])).toContainEqual([
      'session-failed',
      'broken transport',
    ]);
    expect(order.at(-1)).toBe('closed');
    await pair.close();
  });

  test('is nothing that the program has asked for', async () => {
    const { pair, client, server } = await failingPair({});
    pair.client.on('disconnected', () => {});
    await pair.close();
    expect([...client, ...server]).toEqual([]);
  });
});
