/** What `ping` asks for: a sign of life, whenever it likes. */

import { describe, expect, test } from 'vitest';
import { SID_CHANNEL_NAME_RESPONSE } from '../../src/index.js';
import { ASK_FOR_LIFE } from '../../src/session/sign-of-life.js';
import { Pair } from '../support/pair.js';

const SECRET = 'correct horse battery staple';

describe('a session that asks for a sign of life', () => {
  test.each([
    ['trusted', { both: { secret: SECRET } }],
    ['not trusted', { server: { secret: SECRET, channelName: 'theirs' } }],
  ])('gets an answer for each question, and nothing changes at a peer by which it is %s', async (_, options) => {
    const pair = await Pair.connected(options);
    let answers = 0;
    pair.client.registerCallback(SID_CHANNEL_NAME_RESPONSE, 0, () => void answers++);
    const before = [pair.client, pair.server].map(({ channelName, peerName }) => [channelName, peerName]);
    for (let count = 0; count < 3; count++) pair.client[ASK_FOR_LIFE]();
    await pair.settle();
    expect(answers).toBe(3);
    for (const each of [pair.client, pair.server]) expect(each.counters.dropped).toEqual({});
    expect([pair.client, pair.server].map(({ channelName, peerName }) => [channelName, peerName])).toEqual(
      before,
    );
    expect(await pair.close()).toBe(0);
  });

  test('asks nothing without a connection, and as a server', async () => {
    const pair = await Pair.connected();
    const { messagesSent } = pair.server.counters;
    pair.server[ASK_FOR_LIFE]();
    await pair.settle();
    expect(pair.server.counters.messagesSent).toBe(messagesSent);
    expect(await pair.close()).toBe(0);
    pair.client[ASK_FOR_LIFE]();
    expect(pair.client.counters.dropped).toEqual({});
  });
});
