/** Much at once, both ways: nobody waits for somebody who waits for him. */

import { afterEach, expect, test } from 'vitest';
import { killAll, Program } from './support/program.js';

const SECRET = 'a secret of more than sixteen bytes';
const KIB = 1024;
const MIB = 1024 * KIB;
/** Far longer than the work takes, and shorter than the reset of a link on which nothing moves. */
const LIMIT_MS = 20_000;
const PATIENT = { timeout: 2 * LIMIT_MS };

afterEach(killAll);

async function pairOf(): Promise<{ server: Program; client: Program }> {
  const server = new Program('server.mjs');
  const { port } = await server.ask('listen', { options: { port: 0, secret: SECRET } });
  const client = new Program('client.mjs');
  await client.ask('connect', { options: { port, secret: SECRET } });
  return { server, client };
}

function expectUnbroken({ server, client }: { server: Program; client: Program }): void {
  expect(client.all('disconnected')).toEqual([]);
  expect(server.all('server disconnected')).toEqual([]);
}

test('FC-35 64 reads of 256 KiB each way at once are all answered', async () => {
  const pair = await pairOf();
  const reads = { dataId: 256 * KIB, count: 64, options: PATIENT };
  const outcomes = await Promise.all([
    pair.client.ask('read many', reads, LIMIT_MS),
    pair.server.ask('read many', reads, LIMIT_MS),
  ]);
  for (const outcome of outcomes)
    expect(outcome).toEqual({ answered: 64, characters: 64 * 256 * KIB, failed: [] });
  expectUnbroken(pair);
});

test('FC-35 9 MiB each way at once arrive', async () => {
  const pair = await pairOf();
  const write = { length: 9 * MIB, options: PATIENT };
  const lengths = await Promise.all([
    pair.client.ask('write', write, LIMIT_MS),
    pair.server.ask('write', write, LIMIT_MS),
  ]);
  expect(lengths).toEqual([9 * MIB, 9 * MIB]);
  expectUnbroken(pair);
});

test.each([
  1_000, 1_088, 5_000,
])('FC-36 of %i requests whose handlers ask back, each settles at once', async (count) => {
  const pair = await pairOf();
  const { answered, failed } = await pair.client.ask('execute many', { count, options: PATIENT }, LIMIT_MS);
  expect(answered + failed.length).toBe(count);
  // what is too much is refused with a status, and nothing else happens to it
  expect(failed.filter(({ name }: { name: string }) => name !== 'StatusError')).toEqual([]);
  expect(answered).toBeGreaterThanOrEqual(Math.min(count, 1_000));
  expect(await pair.client.ask('read')).toBe('pong');
  expectUnbroken(pair);
});

test.each([
  63, 64, 200,
])('FC-36 of %i requests that are nested three deep, each settles at once', async (count) => {
  const pair = await pairOf();
  const { answered, failed } = await pair.client.ask(
    'execute many',
    { dataId: 1, count, options: PATIENT },
    LIMIT_MS,
  );
  expect(answered + failed.length).toBe(count);
  expect(failed.filter(({ name }: { name: string }) => name !== 'StatusError')).toEqual([]);
  expect(answered).toBeGreaterThan(0);
  expect(await pair.client.ask('read')).toBe('pong');
  expectUnbroken(pair);
});
