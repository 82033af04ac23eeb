/** Iterators and retries while a process stands still, dies, and comes back. */

import { afterEach, describe, expect, test } from 'vitest';
import { killAll, type Line, Program } from './support/program.js';

const SECRET = 'a secret of more than sixteen bytes';
const EVERY_MS = 100;
/** Long enough to miss many readings, short enough for nobody to give the link up. */
const STANDSTILL_MS = 2_000;
const FAST = { minDelay: 50, maxDelay: 200 };

afterEach(killAll);

async function pairOf(options: object = {}): Promise<{ server: Program; client: Program; port: number }> {
  const server = new Program('server.mjs');
  const { port } = await server.ask('listen', { options: { port: 0, secret: SECRET } });
  const client = new Program('client.mjs');
  await client.ask('connect', { options: { port, secret: SECRET, reconnect: FAST, ...options } });
  return { server, client, port };
}

function missedIn(readings: readonly Line[]): number {
  return readings.reduce((sum, { missed }) => sum + Number(missed), 0);
}

describe('a watch', () => {
  test('goes on after its peer stood still, and says how many readings it missed', async () => {
    const { server, client } = await pairOf();
    await client.ask('watch', { options: { every: EVERY_MS } });
    await client.next('reading');
    server.freeze();
    await client.ask('pause', { ms: STANDSTILL_MS });
    const { mark } = client;
    server.thaw();
    await client.next('reading', {}, { from: mark });
    await client.until('five more', () => client.all('reading', {}, mark).length >= 5);
    const [first, ...others] = client.all('reading');
    const missed = missedIn(others);
    expect(missed).toBeGreaterThanOrEqual(STANDSTILL_MS / EVERY_MS / 2);
    const tookMs = Number(others.at(-1)?.['at']) - Number(first?.['at']);
    expect(others.length + missed - 1).toBeLessThanOrEqual(tookMs / EVERY_MS);
    expect(client.all('disconnected')).toEqual([]);
    await client.ask('close');
    expect(await client.next('watch ended')).toMatchObject({ error: null });
  });

  test('says what it missed while its own process stood still', async () => {
    const { client } = await pairOf();
    await client.ask('watch', { options: { every: EVERY_MS } });
    await client.next('reading');
    const { mark } = client;
    client.freeze();
    await new Promise((resolve) => setTimeout(resolve, STANDSTILL_MS));
    client.thaw();
    await client.until('five more', () => client.all('reading', {}, mark).length >= 5);
    expect(missedIn(client.all('reading', {}, mark))).toBeGreaterThanOrEqual(STANDSTILL_MS / EVERY_MS / 2);
    expect(client.all('watch ended')).toEqual([]);
  });

  test('waits for the next server, and a READ that is asked again gets its answer', async () => {
    const { server, client, port } = await pairOf();
    await client.ask('retry', { options: { reads: 9, minDelay: 50, maxDelay: 200 } });
    await client.ask('watch', { options: { every: EVERY_MS, timeout: 1_000 } });
    await client.next('reading');
    server.freeze();
    const read = client.ask('read', { options: { timeout: 30_000 } });
    await client.ask('pause', { ms: 500 });
    await server.kill();
    await client.next('disconnected');
    const { mark } = client;
    const other = new Program('server.mjs');
    await other.ask('listen', { options: { port, secret: SECRET } });
    expect(await read).toBe('pong');
    const reading = await client.next('reading', {}, { from: mark });
    expect(reading).toMatchObject({ value: 'pong' });
    expect(Number(reading['missed'])).toBeGreaterThan(0);
    expect(client.all('watch ended')).toEqual([]);
  });
});
