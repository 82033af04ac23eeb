import { describe, expect, test } from 'vitest';
import { Pair, watch } from '../../support/pair.js';

const SECRET = 'correct horse battery staple';

describe('authenticate', () => {
  test('of a client that is trusted is true at once, and asks nothing', async () => {
    const pair = await Pair.connected({ both: { secret: SECRET } });
    const { messagesSent } = pair.client.counters;
    const isTrusted = watch(pair.client.authenticate());
    await pair.settle();
    expect([isTrusted.value, pair.client.counters.messagesSent - messagesSent]).toEqual([true, 0]);
    expect(pair.client.isTrusted).toBe(true);
    expect(await pair.close()).toBe(0);
  });

  test('of two callers at once is one authentication', async () => {
    const pair = await Pair.connected({ both: { secret: SECRET }, client: { autoAuth: false } });
    const { messagesSent } = pair.client.counters;
    const both = [pair.client.authenticate(), pair.client.authenticate()].map((each) => watch(each));
    await pair.settle();
    expect(both.map(({ value }) => value)).toEqual([true, true]);
    // the request for a seed, and the key
    expect(pair.client.counters.messagesSent - messagesSent).toBe(2);
    expect(await pair.close()).toBe(0);
  });

  test('without a secret, of a server, or of a closed session is false at once', async () => {
    const bare = await Pair.connected();
    const pair = await Pair.connected({ both: { secret: SECRET }, client: { autoAuth: false } });
    const closed = await Pair.connected({ both: { secret: SECRET } });
    await closed.close();
    const sent = bare.client.counters.messagesSent;
    const results = [bare.client, pair.server, closed.client].map((each) => watch(each.authenticate()));
    await Promise.resolve();
    expect(results.map(({ value }) => value)).toEqual([false, false, false]);
    expect(bare.client.counters.messagesSent).toBe(sent);
    for (const each of [bare, pair]) await each.close();
  });
});
