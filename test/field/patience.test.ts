/** What mostly waits, with default options or on slow links. All at once, or the suite would take minutes more. */

import { afterAll, describe, expect, test } from 'vitest';
import { expectToOutlast } from './support/front.js';
import { Namespace, whyNoNamespaces } from './support/namespace.js';
import { notice } from './support/notice.js';
import { killAll, Program } from './support/program.js';
import { Relay } from './support/relay.js';
import { failing } from './support/run.js';
import { Sink } from './support/sink.js';

const SECRET = 'a secret of more than sixteen bytes';
const KIB = 1024;
const MINUTES_MS = 110_000;
/** 20 s without a byte, 10 s for the answer, a tenth of jitter; the rest is for a busy machine. */
const FOUND_WITHIN_MS = 33_000 + 3_000;

const noNamespaces = whyNoNamespaces();
if (noNamespaces !== null) notice('FC-09 with dropped packets', noNamespaces);

afterAll(killAll);

/** A program's own clock. */
async function nowOf(program: Program): Promise<number> {
  const from = program.mark;
  await program.ask('pause', { ms: 0 });
  return (await program.next('result', {}, { from })).atMs;
}

describe.concurrent('with default options', () => {
  test('FC-02 a server that was frozen for 45 s is trusted again', async () => {
    const server = new Program('server.mjs');
    const { port } = await server.ask('listen', { options: { port: 0, secret: SECRET } });
    const client = new Program('client.mjs');
    await client.ask('connect', { options: { port, secret: SECRET } });
    await client.ask('read for ever', { everyMs: 500 });
    await client.next('answered');
    server.freeze();
    await client.ask('pause', { ms: 45_000 }, MINUTES_MS);
    const from = client.mark;
    server.thaw();
    await client.next('answered', {}, { from });
    expect(await client.ask('state')).toMatchObject({ isTrusted: true });
  });

  test('FC-02 a client that was frozen for 45 s goes on', async () => {
    const server = new Program('server.mjs');
    const { port } = await server.ask('listen', { options: { port: 0, secret: SECRET }, delayMs: 50 });
    const client = new Program('client.mjs');
    await client.ask('connect', { options: { port, secret: SECRET } });
    await client.ask('read for ever', { everyMs: 500 });
    await client.next('answered');
    client.freeze();
    await server.ask('pause', { ms: 45_000 }, MINUTES_MS);
    const from = client.mark;
    client.thaw();
    await client.next('answered', {}, { from });
    // its clock stood still, and the server answered long ago: nobody was late
    expect(client.all('failed')).toEqual([]);
    expect(client.all('disconnected')).toEqual([]);
  });

  test.each([
    ['little', 0, 0],
    // the question waits behind 8 KiB of each second, which a link of 32 KiB a second does not carry
    ['much', 20 * 1024, 7_000],
  ])('FC-09 a road that carries nothing any more is found, while the client only sends: %s', async (_what, padding, moreMs) => {
    const server = new Program('server.mjs');
    const { port } = await server.ask('listen', { options: { port: 0, secret: SECRET } });
    await using road = await Relay.open(port);
    const client = new Program('client.mjs');
    await client.ask('connect', { options: { port: road.port, secret: SECRET } });
    await client.ask('send for ever', { everyMs: 500, padding });
    await server.next('written', { data: 3 });
    const deadMs = await nowOf(client);
    road.goDead();
    const { atMs } = await client.next('disconnected', {}, { limitMs: MINUTES_MS });
    expect(atMs - deadMs).toBeLessThan(FOUND_WITHIN_MS + moreMs);
  });

  test.skipIf(noNamespaces !== null)('FC-09 a network that drops all packets is found', async () => {
    using home = new Namespace('home');
    using away = new Namespace('away');
    home.connect(away, '10.77.0.1', '10.77.0.2');
    const server = new Program('server.mjs', { prefix: away.prefix });
    const { port } = await server.ask('listen', { options: { port: 0, host: '10.77.0.2', secret: SECRET } });
    const client = new Program('client.mjs', { prefix: home.prefix });
    await client.ask('connect', { options: { host: '10.77.0.2', port, secret: SECRET } });
    await client.ask('send for ever', { everyMs: 500 });
    await server.next('written', { data: 3 });
    const deadMs = await nowOf(client);
    home.dropPacketsTo('10.77.0.2');
    away.dropPacketsTo('10.77.0.1');
    const { atMs } = await client.next('disconnected', {}, { limitMs: MINUTES_MS });
    expect(atMs - deadMs).toBeLessThan(FOUND_WITHIN_MS);
    const from = client.mark;
    home.carryPacketsTo('10.77.0.2');
    away.carryPacketsTo('10.77.0.1');
    await client.next('trusted', {}, { from });
    expect(await client.ask('read')).toBe('pong');
  });

  test.each(['write', 'read'])('FC-15 10 MiB arrive at 250 KiB a second: %s', async (way) => {
    const server = new Program('server.mjs');
    const { port } = await server.ask('listen', { options: { port: 0, secret: SECRET } });
    await using road = await Relay.open(port, { bytesPerSecond: 250 * 1024 });
    const client = new Program('client.mjs');
    await client.ask('connect', { options: { port: road.port, secret: SECRET } });
    const length = 10 * 2 ** 20;
    const options = { timeout: MINUTES_MS };
    if (way === 'write') expect(await client.ask('write', { length, options }, MINUTES_MS)).toBe(length);
    else
      expect(await client.ask('read many', { dataId: length, count: 1, options }, MINUTES_MS)).toMatchObject({
        characters: length,
        failed: [],
      });
    expect(client.all('disconnected')).toEqual([]);
  });

  test('FC-04 a front that accepts and is silent is outlasted until the server is there', async () => {
    await expectToOutlast(() => {}, SECRET);
  });

  test('FC-06 a timer that is async costs that session at most', async () => {
    const run = await failing('an async timer');
    expect(run.line('end')).toBeDefined();
    expect(new Set(run.warnings)).toEqual(new Set(['SP_SESSION_FAILED']));
  });
});

describe.concurrent('FC-10 what was sent before close() arrives on a slow link', () => {
  test.each([
    ['one message of 4 MB', 1, 4_000_000, 500, false],
    ['small ones of 4 MB in all', 1_000, 4_000, 500, false],
    ['one message of 4 MB, at a third of the speed', 1, 4_000_000, 170, false],
    ['small ones that the peer answers, at a third of the speed', 1_000, 4_000, 170, true],
  ])('%s', async (_, count, length, kibPerSecond, acknowledges) => {
    await using sink = await Sink.open(acknowledges);
    await using relay = await Relay.open(sink.port, { bytesPerSecond: kibPerSecond * KIB });
    await using program = new Program('leaver.mjs');
    const outcome = await program.ask('send and close', { port: relay.port, count, length });
    expect(outcome).toEqual({ sent: count, lostBytes: 0 });
    await sink.until(count);
    expect(sink.messages.map(({ data }) => (data as string).length)).toEqual(Array(count).fill(length));
  });
});
