import { describe, expect, test } from 'vitest';
import type { ConnectionState } from '../../../src/index.js';
import { drain } from '../../support/drained.js';
import { Pair } from '../../support/pair.js';

const SECRET = 'correct horse battery staple';

function texts(states: readonly ConnectionState[]): string[] {
  return states.map(({ state, reason }) => (reason === null ? state : `${state}: ${reason}`));
}

describe('the states of a connection', () => {
  test('begin with the present one, and end with closed', async () => {
    const pair = new Pair({ both: { secret: SECRET } });
    const client = drain(pair.client.states());
    await pair.settle();
    const server = drain(pair.server.states());
    await pair.settle();
    pair.client.reconnect();
    await pair.clock.advanceAsync(1_000);
    expect(await pair.close()).toBe(0);
    await pair.settle();
    expect(texts(client.got)).toEqual([
      'disconnected: never-connected',
      'connected',
      'trusted',
      'untrusted',
      'disconnected: reconnect-requested',
      'connected',
      'trusted',
      'untrusted',
      'disconnected: session-closed',
      'closed',
    ]);
    expect(texts(server.got)[0]).toBe('trusted');
    expect([client.end, server.end]).toEqual(['done', 'done']);
  });

  test('are connected and no more without a secret', async () => {
    const pair = await Pair.connected();
    const client = drain(pair.client.states());
    await pair.settle();
    expect(texts(client.got)).toEqual(['connected']);
    await pair.close();
  });

  test('are one, and the last, of a session that is closed', async () => {
    const pair = await Pair.connected();
    await pair.close();
    const late = drain(pair.client.states());
    await pair.settle();
    expect([texts(late.got), late.end]).toEqual([['closed'], 'done']);
  });

  test('are kept up to the limit for a loop that does not keep up', async () => {
    const pair = await Pair.connected({ client: { logLevel: 'silent' } });
    const states = pair.client.states({ limit: 2 });
    await states.next();
    pair.client.reconnect();
    await pair.clock.advanceAsync(1_000);
    await pair.close();
    expect(states.dropped).toBe(2);
    expect(pair.client.counters.dropped['slow-iterator']).toBe(2);
    const rest = drain(states);
    await pair.settle();
    expect([texts(rest.got), rest.end]).toEqual([['disconnected: session-closed', 'closed'], 'done']);
  });

  test('end with break and with the signal', async () => {
    const pair = await Pair.connected();
    for await (const { state } of pair.client.states()) {
      expect(state).toBe('connected');
      break;
    }
    const controller = new AbortController();
    const aborted = drain(pair.client.states({ signal: controller.signal }));
    await pair.settle();
    controller.abort();
    await pair.settle();
    expect(aborted.end).toMatchObject({ name: 'AbortError' });
    expect(await pair.close()).toBe(0);
  });

  test('tell of the end of a session whose clock throws', async () => {
    const pair = await Pair.connected({ client: { logLevel: 'silent' } });
    const states = drain(pair.client.states());
    await pair.settle();
    const { setTimeout } = pair.clock;
    pair.clock.setTimeout = () => {
      throw new Error('the clock broke');
    };
    await pair.client.read(0).catch(() => {});
    pair.clock.setTimeout = setTimeout;
    await pair.clock.advanceAsync(10_000);
    expect(texts(states.got).at(-1)).toBe('closed');
    await pair.close();
  });
});
