/** What a request is rejected with says which request, and to whom. */

import { describe, expect, test } from 'vitest';
import { connect, listen, type Session, StatusError } from '../../../src/index.js';
import { Pair, watch } from '../../support/pair.js';

const NAME = 'read data request, data_id 5 of memory';
const FIELDS = { serviceId: 10, dataId: 5, peerAddress: 'memory' };

describe('an error of a request', () => {
  test('with another status has it, its name and the answer', async () => {
    const pair = await Pair.connected();
    pair.client.addStatus(77, 'too hot');
    pair.server.onRead(5, (_, { status }) => {
      throw new StatusError(status === 0 ? 77 : 6);
    });
    const read = watch(pair.client.read(5));
    await pair.settle();
    expect(read.error).toMatchObject({ ...FIELDS, status: 77, message: `${NAME}: too hot (77)` });
    expect((read.error as StatusError).answer).toMatchObject({
      serviceId: 11,
      dataId: 5,
      status: 77,
      data: null,
    });
    await pair.close();
  });

  test('names a service by the name that the program gave it', async () => {
    const pair = await Pair.connected();
    for (const session of [pair.client, pair.server]) session.addService(100, 101, 'CALIBRATE');
    pair.server.onRequest(100, 5, () => {
      throw new StatusError(6);
    });
    const answer = watch(pair.client.request(100, 5));
    await pair.settle();
    expect(answer).toMatchObject({ state: 'resolved', value: { status: 6 } });
    pair.server.onRequest(100, 5, () => new Promise(() => {}));
    const late = watch(pair.client.request(100, 5, null, { timeout: 10 }));
    await pair.clock.advanceAsync(10);
    expect(late.error).toMatchObject({
      serviceId: 100,
      message: 'No answer to CALIBRATE, data_id 5 of memory within 10 ms',
    });
    await pair.close();
  });

  test.each([
    ['times out', (pair: Pair) => pair.clock.advanceAsync(5_000)],
    ['loses its connection', (pair: Pair) => pair.clientComm.cut()],
    ['is cut by close', (pair: Pair) => pair.client.close()],
  ])('that %s has the ids and the peer', async (_, end) => {
    const pair = await Pair.connected();
    pair.server.onRead(5, () => new Promise(() => {}));
    const read = watch(pair.client.read(5));
    await pair.settle();
    await end(pair);
    await pair.settle();
    expect(read.error).toMatchObject(FIELDS);
    expect((read.error as Error).message).toContain(NAME);
    await pair.close();
  });

  test('that a handler makes has the status alone', () => {
    const error = new StatusError(6);
    expect(error).toMatchObject({ status: 6, message: 'status 6', reason: 'operation-not-permitted' });
    expect([error.serviceId, error.dataId, error.peerAddress, error.answer]).toEqual(
      Array(4).fill(undefined),
    );
  });

  test('of a server names its client also when that is gone', async () => {
    let accepted: Session | undefined;
    await using server = await listen({ port: 0 }, (session) => void (accepted = session));
    await using client = await connect({ port: server.port, reconnect: false });
    client.onRead(5, () => new Promise(() => {}));
    const peerAddress = accepted?.peerAddress;
    const failed = accepted?.read(5).catch((error: unknown) => error);
    await client.close();
    expect(peerAddress).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(await failed).toMatchObject({ serviceId: 10, dataId: 5, peerAddress });
  });
});
