/** A fleet of real processes on a cluster of two servers of NATS, while servers and gateways are killed: judged by outcomes. */

import { afterEach, describe, expect, test } from 'vitest';
import { HAS_NATS_SERVER, killServers, NatsServer } from '../support/nats-server.js';
import { notice } from './support/notice.js';
import { eventually, killAll, Program } from './support/program.js';

const DEVICES = 60;
const REQUESTS = 8_000;

type End = string | { readonly failed: string; readonly written: boolean | null };

afterEach(async () => {
  await killAll();
  await killServers();
});

/** One process of the fleet, on the bus. */
async function start(servers: readonly string[], role: string, fields: object = {}) {
  const program = new Program('bus-fleet.mjs');
  await program.ask('open', { servers });
  const made = (await program.ask(role, fields)) as { port: number; id: string } | null;
  return { program, port: made?.port ?? 0 };
}

/** Asks until all of them are found. */
async function untilReached(asker: Program, names: readonly string[]): Promise<void> {
  const endMs = performance.now() + 30_000;
  for (let n = 0; ; n++) {
    const lost: string[] = await asker.ask('reach', { prefix: `reach${n}-`, names });
    if (lost.length === 0) return;
    if (performance.now() > endMs) throw new Error(`not found: ${lost.join(', ')}`);
  }
}

const has = HAS_NATS_SERVER ? describe : describe.skip;
if (!HAS_NATS_SERVER) notice('a fleet on a cluster of NATS', 'no nats-server');

has('a fleet on a cluster of two', () => {
  test('executes nothing twice and leaves nobody waiting, whatever is killed', {
    timeout: 120_000,
  }, async () => {
    const one = await new NatsServer({ isClustered: true }).start();
    const two = await new NatsServer({ routes: [one.routePort] }).start();
    const servers = [one.url, two.url];
    const [left, right] = await Promise.all([
      start(servers, 'gateway', { port: 0 }),
      start(servers, 'gateway', { port: 0 }),
    ]);
    const workers = await Promise.all([start(servers, 'worker'), start(servers, 'worker')]);
    const askers = await Promise.all([start(servers, 'asker'), start(servers, 'asker')]);
    const ports = [left.port, right.port];
    const names = Array.from({ length: DEVICES }, (_, i) => `device-${i}`);
    const herd = new Program('bus-fleet.mjs');
    await herd.ask('herd', { names, ports });
    await eventually(herd, ({ connected }) => connected === DEVICES);

    for (const [i, { program }] of askers.entries())
      await program.ask('askDevices', { prefix: `ask${i}-`, names, width: 16 });
    await herd.ask('askWorkers', { prefix: 'herd-', names, width: 4 });
    void herd.ask('move', { ports });
    const [asker] = askers;
    if (asker === undefined) throw new Error('expected somebody who asks');
    const askedAtLeast = (count: number): Promise<void> =>
      eventually(asker.program, ({ asked }) => asked >= count);

    await askedAtLeast(REQUESTS / 4);
    await two.kill();
    await askedAtLeast(REQUESTS / 2);
    await two.start();
    await left.program.kill();
    await askedAtLeast((3 * REQUESTS) / 4);
    const next = await start(servers, 'gateway', { port: left.port });
    await askedAtLeast(REQUESTS);
    await herd.ask('stopMoving');
    const asking = [herd, ...askers.map(({ program }) => program)];
    for (const program of asking) await program.ask('stopAsking');
    // each request that was asked has settled
    for (const program of asking) await program.next('settled');

    const ends: Record<string, End> = {};
    for (const program of asking) Object.assign(ends, await program.ask('ends'));
    await eventually(herd, ({ connected }) => connected === DEVICES);
    await untilReached(asker.program, names);
    const list: [string, string][] = await asker.program.ask('list');
    expect(list.map(([device]) => device).sort()).toEqual([...names].sort());

    const times = new Map<string, number>();
    for (const program of [herd, ...workers.map((each) => each.program)])
      for (const [token, count] of Object.entries((await program.ask('executed')) as Record<string, number>))
        times.set(token, (times.get(token) ?? 0) + count);
    const twice = [...times].filter(([, count]) => count > 1);
    expect(twice).toEqual([]);
    const wrong = Object.entries(ends).filter(([token, end]) => {
      const count = times.get(token) ?? 0;
      if (typeof end === 'string') return end !== 'answered' || count !== 1;
      return end.failed.includes('undefined') || (end.written === false && count > 0);
    });
    expect(wrong).toEqual([]);
    const answered = Object.values(ends).filter((end) => end === 'answered').length;
    expect(answered).toBeGreaterThan(REQUESTS / 2);
    await Promise.all([next, right, ...workers].map(({ program }) => program.ask('close')));
  });
});
