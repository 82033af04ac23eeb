/** Peers that a server refuses before they have a session: one trouble for each address and cause, whatever comes. */

import { describe, expect, test } from 'vitest';
import { InspectorHub } from '../../../src/inspector/hub.js';
import { ListenerWatch } from '../../../src/inspector/listener-watch.js';
import type { RefusalCause } from '../../../src/session/journal/refusal-door.js';

const LISTENER = '127.0.0.1:17017';

/** A server in a debugger without a page. */
class Refusing {
  ms = 0;
  readonly hub = new InspectorHub(20_000, () => this.ms);
  readonly watch = new ListenerWatch(this.hub, 'listener', LISTENER);

  refuses(address: string | null, cause: RefusalCause = 'too-many-connections', detail = ''): void {
    this.watch.refused({ cause, address, detail });
  }

  passes(ms: number): void {
    for (const end = this.ms + ms; this.ms < end; ) {
      this.ms = Math.min(end, this.ms + 1_000);
      this.hub.sweep();
    }
  }

  get told(): { address: unknown; reason: unknown; count: number }[] {
    return this.hub.troubles.flatMap((entry) =>
      entry.kind === 'trouble'
        ? [{ address: entry.about['address'], reason: entry.about['reason'], count: entry.count }]
        : [],
    );
  }
}

describe('a server that refuses peers', () => {
  test('is not shown while it refuses nobody', () => {
    const server = new Refusing();
    server.passes(10_000);
    server.watch.closed();
    expect(server.hub.history).toEqual([]);
  });

  test('is shown as listening from the first on, and as closed at its end', () => {
    const server = new Refusing();
    const row = () => server.hub.groups.get('listener')?.row(server.ms);
    server.refuses('192.0.2.7');
    expect(row()).toMatchObject({ state: 'listening', isOver: false, troubles: 1, role: null });
    server.watch.closed();
    expect(row()).toMatchObject({ state: 'closed', isOver: true, troubles: 1 });
  });

  test('has one trouble for each address and cause, which counts', () => {
    const server = new Refusing();
    for (let n = 0; n < 5; n++) server.refuses('192.0.2.7');
    server.refuses('192.0.2.8');
    server.refuses('192.0.2.7', 'tls-psk-refused', 'the keys do not fit');
    server.passes(2_000);
    expect(server.told).toEqual(
      expect.arrayContaining([
        { address: '192.0.2.7', reason: 'too-many-connections', count: 5 },
        { address: '192.0.2.8', reason: 'too-many-connections', count: 1 },
        { address: '192.0.2.7', reason: 'tls-psk-refused', count: 1 },
      ]),
    );
    expect(server.told).toHaveLength(3);
    expect(server.hub.troubles.at(-1)).toMatchObject({ code: 'peer-refused', about: { listener: LISTENER } });
  });

  test('tells addresses apart without their ports, and an IPv4 address by itself', () => {
    const server = new Refusing();
    for (const address of ['192.0.2.7', '192.0.2.7:40001', '::ffff:192.0.2.7', '[::ffff:192.0.2.7]:40002'])
      server.refuses(address);
    for (const address of ['2001:db8::1', '[2001:db8::1]:40001']) server.refuses(address);
    server.refuses(null);
    server.passes(2_000);
    expect(server.told.map(({ address, count }) => [address, count])).toEqual([
      ['an unknown address', 1],
      ['192.0.2.7', 4],
      ['2001:db8::1', 2],
    ]);
  });

  test('is told once a second at most, and its last count is right when it closes in between', () => {
    const server = new Refusing();
    for (let n = 0; n < 10_000; n++) server.refuses('192.0.2.7');
    expect(server.hub.last).toBe(2);
    server.watch.closed();
    server.passes(1_000);
    expect(server.told).toEqual([{ address: '192.0.2.7', reason: 'too-many-connections', count: 10_000 }]);
  });

  test('counts a scan of 10,000 addresses together from the 65th on, and none of them is lost', () => {
    const server = new Refusing();
    for (let n = 0; n < 10_000; n++) server.refuses(`10.0.${n >> 8}.${n & 255}`, 'peer-speaks-no-tls');
    server.passes(2_000);
    expect(server.told).toHaveLength(65);
    expect(server.told.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
    expect(server.told.at(-1)).toEqual({
      address: 'other addresses',
      reason: 'peer-speaks-no-tls',
      count: 9_936,
    });
    expect(server.hub.last).toBeLessThan(200);
  });

  test('has a place again for a device when the addresses before it were quiet for ten minutes', () => {
    const server = new Refusing();
    for (let n = 0; n < 64; n++) server.refuses(`10.0.0.${n}`);
    server.passes(599_000);
    server.refuses('192.0.2.7');
    server.passes(2_000);
    expect(server.told.at(-1)?.address).toBe('other addresses');
    server.refuses('192.0.2.7');
    server.passes(2_000);
    expect(server.told.at(-1)).toMatchObject({ address: '192.0.2.7', count: 1 });
  });

  test('stays bounded under months of scans', () => {
    const server = new Refusing();
    for (let round = 0; round < 100; round++) {
      for (let n = 0; n < 64; n++) server.refuses(`10.0.${round}.${n}`);
      server.ms += 600_000;
      server.hub.sweep();
    }
    expect(server.hub.troubles).toHaveLength(2_000);
    expect(server.hub.groups.get('listener')?.row(server.ms).troubles).toBe(6_400);
    expect(server.hub.totals.troubles).toBe(6_400);
  });

  test('cuts what a peer may have written', () => {
    const server = new Refusing();
    server.refuses('192.0.2.7', 'tls-handshake-failed', 'x'.repeat(100_000));
    expect(JSON.stringify(server.hub.troubles).length).toBeLessThan(1_500);
  });
});

test('a scan that makes the same trouble in thousands of sessions pushes out no other trouble', () => {
  const server = new Refusing();
  server.refuses('192.0.2.7');
  for (let n = 0; n < 3_000; n++)
    server.hub.add({
      kind: 'drop',
      group: `session ${n}`,
      from: 'client',
      reason: 'wrong-protocol',
      detail: 'HTTP',
      readableAs: null,
      codec: 'pure_json',
      hex: '47 45 54',
      hiddenBytes: 0,
      isTrouble: true,
    });
  expect(server.hub.troubles).toHaveLength(2_000);
  expect(server.told[0]).toMatchObject({ address: '192.0.2.7' });
});
