import { afterEach, describe, expect, test } from 'vitest';
import { eventually, killAll, Program } from './support/program.js';
import { Relay } from './support/relay.js';

const SECRET = 'a secret of more than sixteen bytes';
const OLD_SECRET = 'the secret before it was rotated';
const OTHER_ADDRESS = '127.0.0.2';

afterEach(killAll);

async function serverOf(setup: object = {}): Promise<{ server: Program; port: number }> {
  const server = new Program('server.mjs');
  const { port } = await server.ask('listen', { options: { port: 0, secret: SECRET }, ...setup });
  return { server, port };
}

describe('a herd', () => {
  test.each([
    ['FC-07', 100],
    ['FC-40', 1_000],
  ])('%s of %i clients that connect at once is let in, each of them', async (_case, count) => {
    const { server, port } = await serverOf();
    const client = new Program('client.mjs');
    const { trusted, failed } = await client.ask('connect many', {
      count,
      options: { port, secret: SECRET },
    });
    expect(failed).toEqual([]);
    expect(trusted).toBe(count);
    expect(await server.ask('state')).toMatchObject({ trusted: count, counters: { evicted: 0 } });
  });

  test('FC-40 of 1,000 clients that come back at once is let in, each of them', async () => {
    const { server, port } = await serverOf();
    const client = new Program('client.mjs');
    await client.ask('connect many', { count: 1_000, options: { port, secret: SECRET } });
    await server.kill();
    const next = new Program('server.mjs');
    await next.ask('listen', { options: { port, secret: SECRET } });
    await next.until('1,000 are trusted', () => next.all('server trusted').length === 1_000);
    expect(await next.ask('state')).toMatchObject({ sessions: 1_000, trusted: 1_000 });
  });
});

describe('a neighbour', () => {
  test('FC-08 with an old secret, on the same address, locks nobody out', async () => {
    const { port } = await serverOf();
    const bad = new Program('client.mjs');
    await bad.ask('knock for ever', { pauseMs: 1_000, options: { port, secret: OLD_SECRET } });
    await bad.until('five refusals', () => bad.all('turned away').length >= 5);
    const good = new Program('client.mjs');
    const { failed } = await good.ask('visit many', {
      count: 60,
      pauseMs: 100,
      options: { port, secret: SECRET },
    });
    expect(failed).toEqual([]);
    expect(bad.all('let in')).toEqual([]);
    // it hears why
    expect(bad.all('turned away')[0]?.['error']).toMatchObject({
      name: 'AuthenticationError',
      reason: 'wrong-secret',
    });
  });
});

describe('strangers', () => {
  test.each([
    ['of another address', OTHER_ADDRESS],
    ['of the same address', '127.0.0.1'],
  ])('FC-39 %s that connect 2,000 times a second and say nothing keep nobody out', async (_of, localAddress) => {
    const { port } = await serverOf();
    const stranger = new Program('stranger.mjs');
    await stranger.ask('be idle', { port, perSecond: 2_000, localAddress });
    await using road = await Relay.open(port, { latencyMs: 25 });
    const client = new Program('client.mjs');
    await eventually(stranger, ({ opened }) => opened > 1_000);
    const { trusted, failed } = await client.ask('connect many', {
      count: 30,
      options: { port: road.port, secret: SECRET },
    });
    expect(failed).toEqual([]);
    expect(trusted).toBe(30);
  });

  test('FC-38 that send names without end are thrown out, and the trusted are answered', async () => {
    const { port } = await serverOf();
    const client = new Program('client.mjs');
    await client.ask('connect', { options: { port, secret: SECRET } });
    const stranger = new Program('stranger.mjs');
    await stranger.ask('send names', { port, strangers: 60, comeBackMs: 200, localAddress: OTHER_ADDRESS });
    await stranger.until('each is thrown out', () => stranger.all('thrown out').length >= 60);
    expect(await client.ask('read many', { count: 500 })).toMatchObject({ answered: 500, failed: [] });
    expect(client.all('disconnected')).toEqual([]);
  });

  test('FC-37 that connect 490 times a second and speak before trust do not fill the log', async () => {
    const { server, port } = await serverOf({ isLogging: true });
    const stranger = new Program('stranger.mjs');
    const { logLines: before } = await server.ask('state');
    const startMs = performance.now();
    await stranger.ask('ask before trust', { port, perSecond: 490, localAddress: OTHER_ADDRESS });
    await eventually(stranger, ({ opened }) => opened >= 1_000);
    const { logLines } = await server.ask('state');
    const seconds = (performance.now() - startMs) / 1_000;
    // limits for each connection, in place of each server, came to 24,000 a second
    expect((logLines - before) / seconds).toBeLessThan(300);
  });
});

describe('a program', () => {
  test('FC-42 that removes all listeners of its sessions keeps the books of the server', async () => {
    const { server, port } = await serverOf({ isForgetful: true });
    const client = new Program('client.mjs');
    const options = { port, secret: SECRET };
    // more than may be untrusted at once: whoever is counted as untrusted for ever is evicted
    const { trusted, failed } = await client.ask('connect many', { count: 80, options });
    expect({ trusted, failed }).toEqual({ trusted: 80, failed: [] });
    expect(await client.ask('visit many', { count: 80, pauseMs: 0, options })).toEqual({ failed: [] });
    expect(await server.ask('state')).toMatchObject({ trusted: 80, counters: { evicted: 0 } });
    await client.kill();
    await eventually(server, ({ sessions }) => sessions === 0);
  });
});
