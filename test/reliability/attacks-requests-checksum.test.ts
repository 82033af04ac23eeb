import { describe, expect, test } from 'vitest';
import { STATUS_CHECKSUM_ERROR } from '../../src/index.js';
import { encodeStp } from '../../src/wire/index.js';
import { Pair, watch } from '../support/pair.js';
import { Bench, SECRET } from './support-bench.js';
import { frameOf, raw, sealed, textOf } from './support-bytes.js';
import { Demand } from './support-demand.js';

/** A pair whose server answers execute requests when the test says so. */
async function demanding(options: ConstructorParameters<typeof Pair>[0] = {}): Promise<[Pair, Demand]> {
  const pair = await Pair.connected(options);
  const demand = new Demand();
  pair.server.onExecute(null, demand.handler);
  return [pair, demand];
}

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
    const bench = new Bench('server', { answerChecksumErrors: true });
    const demand = new Demand();
    bench.session.onExecute(null, demand.handler);

    await bench.sends(flipped(30, 1));
    for (const [serviceId, dataId] of [
      [31, 0],
      [77, 0],
    ] as const)
      await bench.sends(flipped(serviceId, dataId));
    await bench.sends(encodeStp(raw('no message at all')));

    expect(bench.heard).toMatchObject([
      { serviceId: 31, dataId: 1, status: STATUS_CHECKSUM_ERROR, data: null },
    ]);
    expect([demand.calls, bench.dropped]).toEqual([[], { checksum: 4 }]);
  });

  test('R11: with the option a stranger gets no such answer to what is not on the whitelist', async () => {
    const bench = new Bench('server', { secret: SECRET, answerChecksumErrors: true });
    await bench.sends(flipped(30, 1));
    expect(bench.heard).toEqual([]);
    await bench.sends(flipped(0, 1));
    expect(bench.heard).toMatchObject([{ serviceId: 1, dataId: 1, status: STATUS_CHECKSUM_ERROR }]);
    expect(bench.session.checkAuthenticationState()).toBe(0);
  });
});
