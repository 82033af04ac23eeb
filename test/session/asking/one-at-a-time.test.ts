import { describe, expect, test } from 'vitest';
import { Pair, watch } from '../../support/pair.js';
import { collectWarnings } from '../../support/warnings.js';

const warnings = collectWarnings();

/** Without an inspector the holder of the requests takes the short way, with one that of XState. */
const ways = [
  ['without an inspector', {}],
  ['with an inspector', { inspect: () => {} }],
] as const;

describe.each(ways)('the holder of the requests, %s,', (_, options) => {
  async function bench() {
    const pair = await Pair.connected({ client: options });
    pair.server.onRead(null, (_, { dataId }) => `answer ${dataId}`);
    const { clientComm } = pair;
    const send = clientComm.send.bind(clientComm);
    /** What the transport does, once, in the middle of the next `send`. */
    const inTheMiddle = (happens: () => void, isBeforeSending: boolean): void => {
      clientComm.send = (payload) => {
        clientComm.send = send;
        if (isBeforeSending) happens();
        const isTaken = send(payload);
        if (!isBeforeSending) happens();
        return isTaken;
      };
    };
    return { pair, inTheMiddle };
  }

  test('finishes a request before it takes one that is made while it is written', async () => {
    const { pair, inTheMiddle } = await bench();
    const order: string[] = [];
    const read = (dataId: number): void =>
      void pair.client.read(dataId).then((answer) => order.push(String(answer)));
    inTheMiddle(() => {
      read(2);
      read(3);
      order.push('asked');
    }, true);
    read(1);
    expect(order).toEqual(['asked']);
    await pair.settle();
    expect(order).toEqual(['asked', 'answer 1', 'answer 2', 'answer 3']);
    expect(await pair.close()).toBe(0);
  });

  test('notes that a request was written before it hears that the link was lost', async () => {
    const { pair, inTheMiddle } = await bench();
    inTheMiddle(() => pair.clientComm.cut(), false);
    const lost = watch(pair.client.read(1));
    await pair.settle();
    expect(lost.error).toMatchObject({ code: 'ERR_CONNECTION_LOST', written: true });
    expect(await pair.close()).toBe(0);
  });

  test('settles a request that is being written when the session closes, and those made meanwhile', async () => {
    const { pair, inTheMiddle } = await bench();
    let meanwhile = watch(Promise.resolve<unknown>(null));
    inTheMiddle(() => {
      meanwhile = watch<unknown>(pair.client.read(2));
      void pair.client.close();
    }, false);
    const first = watch(pair.client.read(1));
    await pair.settle();
    expect([first.error, meanwhile.error]).toEqual([
      expect.objectContaining({ code: 'ERR_SESSION_CLOSED' }),
      expect.objectContaining({ code: 'ERR_SESSION_CLOSED' }),
    ]);
    expect(await pair.close()).toBe(0);
  });

  test('settles everything when the transport throws, and the session is closed', async () => {
    const { pair, inTheMiddle } = await bench();
    inTheMiddle(() => {
      throw new Error('no such device');
    }, true);
    const both = [watch(pair.client.read(1)), watch(pair.client.read(2))];
    await pair.settle();
    for (const { error } of both) expect(error).toMatchObject({ code: 'ERR_SESSION_CLOSED' });
    expect(warnings).toEqual([expect.stringContaining('no such device')]);
    expect(await pair.close()).toBe(0);
  });
});
