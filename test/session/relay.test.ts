import { describe, expect, test } from 'vitest';
import { type Message, SID_READ_REQUEST, SID_READ_RESPONSE, STATUS_AUTH_REQUIRED } from '../../src/index.js';
import { RELAY_TO } from '../../src/session/relay.js';
import { Pair } from '../support/pair.js';

/** A server whose session passes on what it does not handle. */
async function relayingPair(options: ConstructorParameters<typeof Pair>[0] = {}) {
  const pair = new Pair(options);
  const requests: Message[] = [];
  const unsolicited: Message[] = [];
  pair.server[RELAY_TO]({
    request: (message) => {
      requests.push(message);
      return Promise.resolve([7, `from elsewhere: ${message.dataId}`]);
    },
    unsolicited: (message) => void unsolicited.push(message),
  });
  await pair.settle();
  return { pair, requests, unsolicited };
}

/** Lets happen what needs no time, and gives what came of it. */
async function settled<T>(pair: Pair, promise: Promise<T>): Promise<T> {
  await pair.settle();
  return promise;
}

describe('a session that stands between its peer and something else', () => {
  test('answers a request that has no callback with what is answered elsewhere, status and all', async () => {
    const { pair, requests } = await relayingPair();
    const answer = await settled(pair, pair.client.request(SID_READ_REQUEST, 3));
    expect([answer.serviceId, answer.status, answer.data]).toEqual([
      SID_READ_RESPONSE,
      7,
      'from elsewhere: 3',
    ]);
    expect(requests.map(({ dataId }) => dataId)).toEqual([3]);
    await pair.close();
  });

  test('answers a request that has a callback itself', async () => {
    const { pair, requests } = await relayingPair();
    pair.server.onRead(3, () => 'from here');
    expect(await settled(pair, pair.client.read(3))).toBe('from here');
    expect(requests).toEqual([]);
    await pair.close();
  });

  test('passes on what is no request, and keeps nothing of it', async () => {
    const { pair, unsolicited } = await relayingPair();
    await settled(pair, pair.client.send(99, 1, 'an event'));
    await pair.settle();
    expect(unsolicited.map(({ serviceId, data }) => [serviceId, data])).toEqual([[99, 'an event']]);
    expect(await settled(pair, pair.server.receive(99, 1, 0))).toBe(null);
    await pair.close();
  });

  test('does not pass on the answer to a request of its own', async () => {
    const { pair, unsolicited } = await relayingPair();
    pair.client.onRead(0, () => 21);
    expect(await settled(pair, pair.server.read(0))).toBe(21);
    expect(unsolicited).toEqual([]);
    await pair.close();
  });

  test('passes on nothing of a stranger', async () => {
    const { pair, requests, unsolicited } = await relayingPair({
      server: { secret: 'a secret of sixteen bytes' },
    });
    const answer = await settled(pair, pair.client.request(SID_READ_REQUEST, 3));
    expect(answer.status).toBe(STATUS_AUTH_REQUIRED);
    await settled(pair, pair.client.send(99, 1, 'an event'));
    await pair.settle();
    expect([requests, unsolicited]).toEqual([[], []]);
    await pair.close();
  });
});
