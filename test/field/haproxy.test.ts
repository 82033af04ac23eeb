/** The recipe of docs/haproxy.md, with a real HAProxy: its file as it stands there, on other addresses. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { pem } from '../support/certificates.js';
import { blocksOfPage, Haproxy, isHaproxyThere } from './support/haproxy.js';
import { eventually, killAll, Program } from './support/program.js';

const FOLDER = inject('fieldFolder');
const [FILE = '', TLS_LINE = ''] = blocksOfPage();
const NAMES = ['a', 'b', 'c'] as const;
const PLACES = { a: '10.0.0.11:17017', b: '10.0.0.12:17017', c: '10.0.0.13:17017' };
const ADDRESSES = Array.from({ length: 10 }, (_, i) => `127.0.0.${11 + i}`);
const EACH = 6;
const CLIENTS = ADDRESSES.length * EACH;
const MOST_OF_ADDRESS = 8;

const OPTIONS = {
  host: '127.0.0.1',
  proxies: ['127.0.0.1'],
  // the clients are on this machine as well
  sharedAddresses: [],
  maxConnectionsPerAddress: MOST_OF_ADDRESS,
};

interface Standing {
  readonly server: string;
  readonly address: string;
  readonly own: string;
}

async function serverOf(name: string, options: object = {}): Promise<{ program: Program; place: string }> {
  const program = new Program('proxied-server.mjs');
  const { port } = await program.ask('listen', { name, options: { ...OPTIONS, ...options } });
  return { program, place: `127.0.0.1:${port}` };
}

/** Three servers behind a proxy. */
async function three(options: object = {}, text = FILE) {
  const [a, b, c] = await Promise.all(NAMES.map((name) => serverOf(name, options)));
  if (!a || !b || !c) throw new Error('expected three');
  const places = { [PLACES.a]: a.place, [PLACES.b]: b.place, [PLACES.c]: c.place };
  return { a, b, c, proxy: await Haproxy.start(FOLDER, text, places) };
}

/** A fleet, all of which is connected. */
async function fleetAt(port: number, options: object = {}): Promise<Program> {
  const fleet = new Program('proxied-fleet.mjs');
  await fleet.ask('launch', { port, addresses: ADDRESSES, each: EACH, options });
  return fleet;
}

/** At which servers they are, each from the address that it has. */
function serversOf(standings: readonly Standing[]): string[] {
  expect(standings.map(({ address }) => address)).toEqual(standings.map(({ own }) => own));
  return standings.map(({ server }) => server).sort();
}

afterEach(killAll);

describe.skipIf(!isHaproxyThere)('three servers behind HAProxy', () => {
  test('share the clients, whose addresses they see, and survive one another', async () => {
    const { a, b, c, proxy } = await three();
    await using _proxy = proxy;
    const fleet = await fleetAt(proxy.port);

    // spread, each with its own address and port
    const standings: Standing[] = await fleet.ask('state');
    expect(standings).toHaveLength(CLIENTS);
    const servers = serversOf(standings);
    for (const name of NAMES) expect(servers.filter((server) => server === name)).toHaveLength(CLIENTS / 3);

    // the proxy looks after them, which opens no session
    for (const { program } of [a, b, c]) {
      await eventually(program, ({ counters }) => counters.proxyChecks > 0);
      const { sessions, counters } = await program.ask('state');
      expect(sessions).toBe(CLIENTS / 3);
      expect(counters).toMatchObject({ failedProxyHeaders: 0, proxyHeaderTimeouts: 0, refusedByAddress: 0 });
    }

    // one that ends without a word: its clients come back through the others
    await a.program.kill();
    await eventually(fleet, (all: Standing[]) => all.every(({ server }) => server === 'b' || server === 'c'));
    const without: Standing[] = await fleet.ask('state');
    expect(serversOf(without)).toHaveLength(CLIENTS);

    // one that drains gets no new ones, and then its clients leave in good order
    const next = new Program('proxied-server.mjs');
    await next.ask('listen', { name: 'a', options: { ...OPTIONS, port: Number(a.place.split(':')[1]) } });
    await proxy.command('set server servers/b state drain');
    const { counters: before } = await b.program.ask('state');
    const late = await fleetAt(proxy.port);
    const { counters: after } = await b.program.ask('state');
    expect(after.accepted).toBe(before.accepted);
    expect(new Set(serversOf(await late.ask('state')))).not.toContain('b');
    await late.kill();
    expect(await b.program.ask('drain')).toMatchObject({ cutRequests: 0 });
    await eventually(fleet, (all: Standing[]) => all.every(({ server }) => server === 'a' || server === 'c'));
    expect(serversOf(await fleet.ask('state'))).toHaveLength(CLIENTS);
  });

  test('limit the connections of each address, and of no other', async () => {
    const { a, b, c, proxy } = await three();
    await using _proxy = proxy;
    const fleet = await fleetAt(proxy.port);
    const crowd = '127.0.0.99';
    const { answered } = await fleet.ask('crowd', { port: proxy.port, localAddress: crowd, count: 60 });
    let refused = 0;
    let taken = 0;
    for (const { program } of [a, b, c]) {
      const { addresses, counters } = await program.ask('state');
      const ofCrowd = addresses.filter((address: string) => address === crowd).length;
      expect(ofCrowd).toBeLessThanOrEqual(MOST_OF_ADDRESS);
      taken += ofCrowd;
      refused += counters.refusedByAddress;
    }
    expect([taken, refused]).toEqual([answered, 60 - answered]);
    expect(refused).toBeGreaterThan(0);
    const others: Standing[] = (await fleet.ask('state')).slice(0, CLIENTS);
    expect(serversOf(others)).toHaveLength(CLIENTS);
  });

  test('have TLS of their own, through the proxy', async () => {
    const secret = 'a secret of more than thirty-two characters';
    const { proxy } = await three({ tls: 'psk', secret });
    await using _proxy = proxy;
    const fleet = await fleetAt(proxy.port, { tls: 'psk', secret });
    expect(serversOf(await fleet.ask('state'))).toHaveLength(CLIENTS);
  });

  test('leave TLS to the proxy', async () => {
    const site = join(FOLDER, 'site.pem');
    writeFileSync(site, pem('server.pem') + pem('server.key'));
    const line = TLS_LINE.trim().replace('/etc/haproxy/site.pem', site);
    const { proxy } = await three({}, FILE.replace('bind :17017', line));
    await using _proxy = proxy;
    const tls = { ca: pem('authority.pem'), servername: 'localhost' };
    const fleet = await fleetAt(proxy.port, { tls });
    expect(serversOf(await fleet.ask('state'))).toHaveLength(CLIENTS);
  });
});
