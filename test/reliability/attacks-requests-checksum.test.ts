import { describe, expect, test } from 'vitest';
import { STATUS_CHECKSUM_ERROR } from '../../src/index.js';
import { encodeStp } from '../../src/wire/index.js';
import { frameOf, raw, sealed, textOf } from '../support/bytes.js';
import { Demand, demanding } from '../support/demand.js';
import { watch } from '../support/pair.js';
import { SECRET, SocketPuppet } from '../support/socket-puppet.js';

describe('R10 and R11: the checksum', () => {
  test('R10: is no proof of origin: who changes a frame and computes it anew is believed', async () => {
    const [pair, demand] = await demanding();
    pair.clientComm.sendRaw(sealed(textOf({ service_id: '30', data: '"changed on the way"' })));
    await pair.settle();
    expect(demand.calls).toEqual(['changed on the way']);
  });

  /** A message in which one bit has flipped on the way: it still parses, and says something else. */
  function flipped(serviceId: number, dataId: number): Buffer {
    const frame = frameOf(serviceId, dataId, 'genuine');
    frame.write('f', frame.indexOf('genuine'), 'latin1');
    return frame;
  }

  test.each([
    ['a request', 30, 1],
    ['an answer that is waited for', 31, 0],
    ['a seed request', 0, 0],
    ['a name', 8, 0],
  ])('R11: where it is wrong, %s is neither routed nor answered nor kept', async (_, serviceId, dataId) => {
    const [pair, demand] = await demanding({ client: { channelName: 'ours' } });
    const execute = watch(pair.server.execute(0, 'waits'));
    await pair.settle();
    const received = pair.client.counters.messagesReceived;

    pair.clientComm.sendRaw(flipped(serviceId, dataId));
    await pair.settle();

    expect(pair.server.counters.dropped).toEqual({ checksum: 1 });
    expect(pair.client.counters.messagesReceived).toBe(received);
    expect([demand.calls, execute.state, pair.server.channelName]).toEqual([[], 'rejected', 'ours']);
  });

  test('R11: with the option for it a request is answered with "checksum error", and with nothing else', async () => {
    const puppet = new SocketPuppet('server', { answerChecksumErrors: true });
    const demand = new Demand();
    puppet.session.onExecute(null, demand.handler);

    await puppet.sends(flipped(30, 1));
    for (const [serviceId, dataId] of [
      [31, 0],
      [77, 0],
    ] as const)
      await puppet.sends(flipped(serviceId, dataId));
    await puppet.sends(encodeStp(raw('no message at all')));

    expect(puppet.heard).toMatchObject([
      { serviceId: 31, dataId: 1, status: STATUS_CHECKSUM_ERROR, data: null },
    ]);
    expect([demand.calls, puppet.dropped]).toEqual([[], { checksum: 4 }]);
  });

  test('R11: with the option a stranger gets no such answer to what is not on the whitelist', async () => {
    const puppet = new SocketPuppet('server', { secret: SECRET, answerChecksumErrors: true });
    await puppet.sends(flipped(30, 1));
    expect(puppet.heard).toEqual([]);
    await puppet.sends(flipped(0, 1));
    expect(puppet.heard).toMatchObject([{ serviceId: 1, dataId: 1, status: STATUS_CHECKSUM_ERROR }]);
    expect(puppet.session.authenticationState).toBe(0);
  });
});
