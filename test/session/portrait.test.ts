import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createMemoryPair, PureJsonProtocol, Session } from '../../src/index.js';
import { Pair, watch } from '../support/pair.js';

const SECRET = 'correct horse battery staple';

describe('a session that is printed', () => {
  test('shows role, peer, states, what waits and what was counted', async () => {
    const pair = await Pair.connected({ both: { secret: SECRET }, client: { channelName: 'pump' } });
    pair.server.onRead(0, () => new Promise(() => {}));
    watch(pair.client.read(0));
    await pair.settle();
    const text = inspect(pair.client);
    expect(text).toMatch(/^Session \{\n/);
    for (const part of [
      "role: 'client'",
      "peer: 'memory'",
      "state: 'connected.trusted'",
      "authentication: 'trusted'",
      'isTrusted: true',
      "channelName: 'pump'",
      'pending: { queued: 0, unanswered: 1 }',
      'connections: 1',
    ])
      expect(text).toContain(part);
    expect(text).toMatch(/connection: 'connected/);
    // those that are zero are left out
    expect(text).not.toContain('timeouts');
    await pair.close();
    expect(inspect(pair.client)).toContain("state: 'closed'");
    expect(inspect(pair.client)).toContain('isTrusted: false');
  });

  test('shows nothing confidential, however deep somebody looks', async () => {
    const pair = await Pair.connected({ both: { secret: SECRET } });
    const looks = [
      inspect(pair.client, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }),
      inspect(pair.client, { customInspect: false, depth: Number.POSITIVE_INFINITY, showHidden: true }),
      JSON.stringify(pair.client),
    ].join();
    expect(looks).not.toContain(SECRET);
    expect(looks).not.toContain(Buffer.from(SECRET).toString('hex'));
    expect(looks).not.toMatch(/63 6f 72 72/);
    await pair.close();
  });

  test('is short where the depth is, and has colours where they are wanted', async () => {
    const pair = await Pair.connected();
    expect(inspect([[[pair.client]]])).toContain('[Session]');
    expect(inspect(pair.client, { depth: -1 })).toBe('[Session]');
    expect(inspect(pair.client, { depth: 0 })).toContain('counters: [Object]');
    expect(inspect(pair.client, { colors: true })).toContain('\u001b[32m');
    await pair.close();
  });

  test('has the name of its class', async () => {
    class Pump extends PureJsonProtocol {}
    const pump = new Pump(createMemoryPair().client);
    expect(inspect(pump)).toMatch(/^Pump \{/);
    await pump.close();
  });

  test('does not mind to be a proxy, a prototype or half made', async () => {
    const pair = await Pair.connected();
    expect(inspect(new Proxy(pair.client, {}))).toBe('[Session]');
    expect(inspect(Object.create(pair.client))).toBe('[Session]');
    expect(inspect(Session.prototype)).toEqual(expect.any(String));
    expect(JSON.stringify(new Proxy(pair.client, {}))).toBe('null');
    await pair.close();
  });

  test('is the same as JSON', async () => {
    const pair = await Pair.connected({ client: { channelName: 'a\nb' } });
    expect(JSON.parse(JSON.stringify({ session: pair.client }))).toMatchObject({
      session: { role: 'client', isTrusted: true, channelName: 'a\nb', counters: { connections: 1 } },
    });
    await pair.close();
  });
});
