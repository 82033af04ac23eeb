import { describe, expect, test } from 'vitest';
import { ConnectionLostError, TimeoutError } from '../../src/index.js';
import { Demand } from '../support/demand.js';
import { Pair, watch } from '../support/pair.js';
import { SECRET } from '../support/socket-puppet.js';

const MIB = 1024 * 1024;

describe('R6: an error says whether the peer may have acted', () => {
  test('R6: a request whose reply is lost was written, has run once and is not sent again', async () => {
    const pair = await Pair.connected();
    const runs: unknown[] = [];
    pair.server.onExecute(0, (data) => {
      runs.push(data);
      pair.clientComm.cut();
      return data;
    });

    const execute = watch(pair.client.execute(0, 'once'));
    await pair.clock.advanceAsync(60_000);

    expect(execute.error).toBeInstanceOf(ConnectionLostError);
    expect(execute.error).toMatchObject({
      written: true,
      message: expect.stringContaining('outcome is unknown'),
    });
    expect(pair.client.counters.connections).toBe(2);
    expect(runs).toEqual(['once']);
  });

  test('R6: a request on its way when the link breaks was written, though it never arrives', async () => {
    const pair = await Pair.connected();
    const demand = new Demand();
    pair.server.onExecute(0, demand.handler);

    const execute = watch(pair.client.execute(0, 'lost'));
    pair.clientComm.cut();
    await pair.clock.advanceAsync(60_000);

    expect(execute.error).toMatchObject({ code: 'ERR_CONNECTION_LOST', written: true });
    expect(demand.calls).toEqual([]);
  });

  test('R6: a request that waited for trust was not written', async () => {
    const pair = await Pair.connected({ both: { secret: SECRET }, client: { autoAuth: false } });
    const demand = new Demand();
    pair.server.onExecute(0, demand.handler);

    const execute = watch(pair.client.execute(0, 'waits for trust'));
    await pair.settle();
    pair.clientComm.cut();
    await pair.clock.advanceAsync(1_000);
    const trusted = watch(pair.client.authenticate());
    await pair.settle();

    expect(execute.error).toMatchObject({ code: 'ERR_CONNECTION_LOST', written: false });
    expect([trusted.value, demand.calls]).toEqual([true, []]);
  });

  test('R6: a request that waited for the peer to read was not written, the one before it was', async () => {
    const pair = await Pair.connected();
    pair.clientComm.isStalled = true;
    const written = watch(pair.client.write(0, 'x'.repeat(2 * MIB)));
    const waiting = watch(pair.client.write(1, 'y'));
    await pair.settle();

    pair.clientComm.cut();
    await pair.settle();

    expect([written.error, waiting.error]).toMatchObject([{ written: true }, { written: false }]);
  });

  test('R6: a request behind a ghost was not written', async () => {
    const pair = await Pair.connected();
    pair.server.onExecute(0, new Demand().handler);
    const ghost = watch(pair.client.execute(0, 'ghost', { timeout: 100 }));
    await pair.clock.advanceAsync(100);
    const behind = watch(pair.client.execute(0, 'behind'));
    await pair.settle();

    pair.clientComm.cut();
    await pair.settle();

    expect(ghost.error).toMatchObject({ written: true });
    expect(behind.error).toMatchObject({ code: 'ERR_CONNECTION_LOST', written: false });
  });

  test.each([
    ['there is no connection', { refuses: true }, 'not-connected', false],
    ['the peer is not trusted', { autoAuth: false }, 'not-trusted', false],
    ['the peer does not answer', {}, 'no-answer', true],
  ] as const)('R6: a time-out because %s says so', async (_, {
    refuses,
    autoAuth = true,
  }: Obstacle, reason, written) => {
    const pair = new Pair({ both: { secret: SECRET }, client: { autoAuth } });
    pair.serverComm.refusesConnections = refuses ?? false;
    pair.server.onExecute(0, new Demand().handler);
    await pair.settle();

    const execute = watch(pair.client.execute(0, null, { timeout: 500 }));
    await pair.clock.advanceAsync(500);

    expect(execute.error).toBeInstanceOf(TimeoutError);
    expect(execute.error).toMatchObject({ reason, written, timeoutMs: 500 });
  });

  test('R6: nothing that was written is sent again, however often the link breaks', async () => {
    const pair = await Pair.connected();
    const demand = new Demand();
    pair.server.onWrite(null, demand.handler).onExecute(null, demand.handler);
    const results: unknown[] = [];
    for (let round = 0; round < 5; round++) {
      watch(pair.client.write(0, `write ${round}`));
      results.push(watch(pair.client.send(30, 0, `send ${round}`)));
      await pair.settle();
      pair.clientComm.cut();
      await pair.clock.advanceAsync(60_000);
    }

    expect(demand.calls).toEqual([0, 1, 2, 3, 4].flatMap((n) => [`write ${n}`, `send ${n}`]));
    expect(results).toMatchObject(Array.from({ length: 5 }, () => ({ value: true })));
    expect(pair.client.counters.connections).toBe(6);
  });
});

interface Obstacle {
  readonly refuses?: boolean;
  readonly autoAuth?: boolean;
}
