import { describe, expect, test } from 'vitest';
import { type JsonValue, SID_EXECUTE_RESPONSE, SID_READ_RESPONSE, TimeoutError } from '../../src/index.js';
import { frameOf } from '../support/bytes.js';
import { Demand, demanding } from '../support/demand.js';
import { Pair, watch } from '../support/pair.js';
import { SECRET, SocketPuppet } from '../support/socket-puppet.js';

const KIB = 1024;
const GRACE_MS = 30_000;

describe('R1: a late reply', () => {
  test('R1: goes to nobody, and each later request gets its own', async () => {
    const [pair, demand] = await demanding();
    const first = watch(pair.client.execute(0, 'first'));
    const second = watch(pair.client.execute(0, 'second', { timeout: 100 }));
    const third = watch(pair.client.execute(0, 'third'));
    await pair.clock.advanceAsync(100);
    const fourth = watch(pair.client.execute(0, 'fourth'));

    for (const index of [2, 1, 0]) demand.answer(index);
    await pair.settle();
    demand.answer(3);
    await pair.settle();

    expect(second.error).toBeInstanceOf(TimeoutError);
    expect([first, third, fourth].map(({ value }) => value)).toEqual(['first', 'third', 'fourth']);
    expect(pair.client.counters.dropped).toEqual({ 'late-answer': 1 });
    expect(await pair.close()).toBe(0);
  });

  test('R1: holds up requests of its own ids only', async () => {
    const [pair, demand] = await demanding();
    watch(pair.client.execute(0, 'late', { timeout: 100 }));
    await pair.clock.advanceAsync(100);

    watch(pair.client.execute(0, 'behind the ghost'));
    watch(pair.client.execute(1, 'another id'));
    await pair.settle();

    expect(demand.calls).toEqual(['late', 'another id']);
  });

  test('R1: that never comes resets the connection after 30 s, and the ghost does not come back', async () => {
    const [pair, demand] = await demanding({ server: { callbackTimeout: 2 * GRACE_MS } });
    const ghost = watch(pair.client.execute(0, 'never', { timeout: 100 }));
    await pair.clock.advanceAsync(100 + GRACE_MS - 1);
    expect([ghost.state, pair.client.counters.connections]).toEqual(['rejected', 1]);

    await pair.clock.advanceAsync(1 + 100);
    expect(pair.client.counters.connections).toBe(2);
    const next = watch(pair.client.execute(0, 'on the new connection'));
    await pair.settle();
    demand.answer(0, 'of the old connection');
    demand.answer(1);
    await pair.settle();

    expect(next.value).toBe('on the new connection');
    expect(pair.server.counters.dropped).toEqual({ 'link-lost': 1 });
    expect(pair.client.counters.dropped).toEqual({});
  });

  test('R1: leaves no ghost where the request was never written', async () => {
    const [pair, demand] = await demanding();
    pair.clientComm.isStalled = true;
    watch(pair.client.execute(9, 'x'.repeat(1024 * KIB)));
    const waiting = watch(pair.client.execute(0, 'unwritten', { timeout: 100 }));
    await pair.clock.advanceAsync(100);
    expect(waiting.error).toMatchObject({ written: false });

    pair.clientComm.unstall();
    watch(pair.client.execute(0, 'written at once'));
    await pair.settle();

    expect(demand.calls.slice(1)).toEqual(['written at once']);
  });
});

describe('R2: equal ids in flight', () => {
  test('R2: are answered first in, first out, in both directions at once', async () => {
    const pair = await Pair.connected();
    const demands = [new Demand(), new Demand()] as const;
    pair.server.onExecute(0, demands[0].handler);
    pair.client.onExecute(0, demands[1].handler);
    const asked = [pair.client, pair.server].map((session) =>
      ['a', 'b', 'c'].map((data) => watch(session.execute(0, data))),
    );
    await pair.settle();

    for (const demand of demands) for (const index of [2, 0, 1]) demand.answer(index);
    await pair.settle();

    for (const each of asked) expect(each.map(({ value }) => value)).toEqual(['a', 'b', 'c']);
  });

  test('R2: an answer at once does not overtake one that takes its time', async () => {
    const [pair, demand] = await demanding();
    const slow = watch(pair.client.execute(0, 'slow'));
    await pair.settle();
    pair.server.onExecute(0, () => 'quick');
    const quick = watch(pair.client.execute(0, 'quick'));
    await pair.settle();
    expect(quick.state).toBe('pending');

    demand.answer(0);
    await pair.settle();

    expect([slow.value, quick.value]).toEqual(['slow', 'quick']);
  });

  test('R2: keys are answered in the order in which they came, also while the penalty for the first runs', async () => {
    const puppet = new SocketPuppet('server', { secret: SECRET });
    await puppet.sends(frameOf(0, 0));
    await puppet.sends(frameOf(0, 1, 'wrong'));
    await puppet.authenticate();
    await puppet.passes(500);

    const verdicts = puppet.heard.filter(({ serviceId, dataId }) => serviceId === 1 && dataId === 1);
    expect(verdicts.map(({ data }) => data)).toEqual([false, true]);
  });
});

describe('R3: a duplicate reply', () => {
  test('R3: settles no later request and is kept for receive', async () => {
    const [pair, demand] = await demanding();
    const first = watch(pair.client.execute(0, 'first'));
    await pair.settle();
    demand.answer(0);
    await pair.settle();
    pair.serverComm.sendRaw(frameOf(SID_EXECUTE_RESPONSE, 0, 'again'));
    await pair.settle();

    const second = watch(pair.client.execute(0, 'second'));
    await pair.settle();
    expect([first.value, second.state]).toEqual(['first', 'pending']);
    demand.answer(1);
    await pair.settle();

    expect(second.value).toBe('second');
    expect((await pair.client.receive(SID_EXECUTE_RESPONSE, 0))?.data).toBe('again');
  });

  test('R3: is dropped and counted where nothing is to be kept', async () => {
    const pair = await Pair.connected({ client: { bufferUnhandled: false } });
    pair.server.onExecute(0, (data) => data);
    const first = watch(pair.client.execute(0, 'first'));
    await pair.settle();
    pair.serverComm.sendRaw(frameOf(SID_EXECUTE_RESPONSE, 0, 'again'));
    await pair.settle();

    expect(first.value).toBe('first');
    expect(pair.client.counters.dropped).toEqual({ unsolicited: 1 });
  });
});

describe('R4: replies that nobody asked for', () => {
  async function flooded(count: number, dataIdOf: (n: number) => number, data: JsonValue = null) {
    const pair = await Pair.connected();
    for (let n = 0; n < count; n++) {
      pair.serverComm.sendRaw(frameOf(SID_READ_RESPONSE, dataIdOf(n), data ?? n));
    }
    await pair.settle();
    return pair;
  }

  test('R4: are kept up to 256 of equal ids, the oldest goes', async () => {
    const pair = await flooded(257, () => 7);
    expect(pair.client.counters.dropped).toEqual({ overflow: 1 });
    expect((await pair.client.receive(SID_READ_RESPONSE, 7))?.data).toBe(1);
  });

  test('R4: are kept up to 256 in all, the oldest goes', async () => {
    const pair = await flooded(257, (n) => n);
    expect(pair.client.counters.dropped).toEqual({ overflow: 1 });
    const kept = [0, 1, 256].map((n) => watch(pair.client.receive(SID_READ_RESPONSE, n, 0)));
    await pair.settle();
    expect(kept.map(({ value }) => value?.data)).toEqual([undefined, 1, 256]);
  });

  test('R4: are kept up to 1 MiB in all, the oldest goes', async () => {
    const pair = await flooded(17, (n) => n, 'x'.repeat(63 * KIB));
    expect(pair.client.counters.dropped).toEqual({ overflow: 1 });
  });

  test('R4: are kept for 30 s', async () => {
    const pair = await flooded(2, (n) => n);
    await pair.clock.advanceAsync(30_000);
    expect((await pair.client.receive(SID_READ_RESPONSE, 0))?.data).toBe(0);
    await pair.clock.advanceAsync(1);
    const tooOld = watch(pair.client.receive(SID_READ_RESPONSE, 1, 0));
    await pair.settle();
    expect(tooOld.value).toBe(null);
    expect(pair.client.counters.dropped).toEqual({ expired: 1 });
  });
});

describe('R5: a forged reply', () => {
  test('R5: with the ids of a request is taken for its answer: only TLS helps against who can write', async () => {
    const [pair, demand] = await demanding({ both: { secret: SECRET }, client: { bufferUnhandled: false } });
    const execute = watch(pair.client.execute(0, 'genuine'));
    await pair.settle();

    pair.serverComm.sendRaw(frameOf(SID_EXECUTE_RESPONSE, 0, 'forged'));
    await pair.settle();
    expect(execute.value).toBe('forged');

    demand.answer(0);
    await pair.settle();
    expect(pair.client.counters.dropped).toEqual({ unsolicited: 1 });
  });

  test('R5: with any other ids settles nothing', async () => {
    const [pair] = await demanding();
    const execute = watch(pair.client.execute(5, 'genuine'));
    await pair.settle();

    for (const [serviceId, dataId] of [
      [31, 6],
      [30, 5],
      [21, 5],
      [32, 5],
    ] as const) {
      pair.serverComm.sendRaw(frameOf(serviceId, dataId, 'forged'));
    }
    await pair.settle();

    expect(execute.state).toBe('pending');
  });
});
