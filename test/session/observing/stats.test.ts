/** What `session.stats()` says. */

import { describe, expect, test, vi } from 'vitest';
import { SID_CHANNEL_NAME_RESPONSE } from '../../../src/index.js';
import { LATENCY_BOUNDARIES, LatencyTable } from '../../../src/session/observing/latency.js';
import { frameOf } from '../../support/bytes.js';
import { demanding } from '../../support/demand.js';
import { Pair, watch } from '../../support/pair.js';
import { SocketPuppet } from '../../support/socket-puppet.js';
import { collectWarnings } from '../../support/warnings.js';

const NO_BUCKETS = LATENCY_BOUNDARIES.map(() => 0).concat(0);
const NONE = { count: 0, sum: 0, min: null, max: null, buckets: NO_BUCKETS };

const warnings = collectWarnings();

describe('the statistics of a session', () => {
  test('are plain data: JSON gives the same back', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => 1);
    watch(pair.client.read(0));
    await pair.settle();

    const stats = pair.client.stats();

    expect(JSON.parse(JSON.stringify(stats))).toEqual(stats);
  });

  test('of one that has done nothing are zero', () => {
    const pair = new Pair();

    expect(pair.client.stats()).toEqual({
      sessionId: expect.stringMatching(/^[0-9a-z]+$/),
      role: 'client',
      framesReceived: 0,
      framesSent: 0,
      bytesReceived: 0,
      bytesSent: 0,
      messagesReceived: 0,
      messagesSent: 0,
      dropped: {},
      link: { uptime: null, reconnects: 0, bufferedBytes: 0 },
      requests: {
        inFlight: 0,
        queued: 0,
        queuedBytes: 0,
        ghosts: 0,
        timeouts: 0,
        latency: {
          boundaries: LATENCY_BOUNDARIES,
          read: NONE,
          write: NONE,
          execute: NONE,
          other: NONE,
        },
      },
      callbacks: { running: 0, waiting: 0, errors: 0 },
      heartbeat: null,
    });
  });

  test('are of that session: each has an id of its own, and keeps it', async () => {
    const pair = await Pair.connected();

    expect(pair.client.stats().sessionId).toBe(pair.client.stats().sessionId);
    expect(pair.client.stats().sessionId).not.toBe(pair.server.stats().sessionId);
  });

  test('count the payloads of both sides, which agree', async () => {
    const pair = await Pair.connected();
    const before = [pair.client.stats(), pair.server.stats()] as const;
    pair.server.onExecute(0, (data) => data);
    watch(pair.client.execute(0, 'x'.repeat(1_000)));
    await pair.settle();

    const [client, server] = [pair.client.stats(), pair.server.stats()];

    expect(client.framesSent - before[0].framesSent).toBe(1);
    expect(client.framesReceived - before[0].framesReceived).toBe(1);
    expect(client.bytesSent - before[0].bytesSent).toBeGreaterThan(1_000);
    expect([server.framesReceived, server.bytesReceived]).toEqual([client.framesSent, client.bytesSent]);
    expect([server.framesSent, server.bytesSent]).toEqual([client.framesReceived, client.bytesReceived]);
  });

  test('count what nobody could read, by the reason', async () => {
    const pair = await Pair.connected();
    const before = pair.server.stats();

    pair.clientComm.send(Buffer.from('nonsense'));
    await pair.settle();

    const { framesReceived, bytesReceived, messagesReceived, dropped } = pair.server.stats();
    expect(framesReceived - before.framesReceived).toBe(1);
    expect(bytesReceived - before.bytesReceived).toBe(8);
    expect(messagesReceived).toBe(before.messagesReceived);
    expect(dropped).toEqual(pair.server.counters.dropped);
    expect(Object.values(dropped)).toEqual([1]);
  });

  test('say how long requests took until the answer came, by their kind', async () => {
    const [pair, demand] = await demanding();
    pair.server.onRead(0, () => 1);
    watch(pair.client.execute(0));
    watch(pair.client.execute(1));
    watch(pair.client.read(0));
    await pair.clock.advanceAsync(3);
    demand.answer(0);
    await pair.clock.advanceAsync(200);
    demand.answer(1);
    await pair.settle();

    const { latency } = pair.client.stats().requests;

    expect(latency.execute).toMatchObject({ count: 2, sum: 0.206, min: 0.003, max: 0.203 });
    expect(shown(latency.execute.buckets)).toEqual({ 0.005: 1, 0.25: 1 });
    expect(shown(latency.read.buckets)).toEqual({ 0.00025: 1 });
    expect([latency.write.count, latency.other.count]).toEqual([0, 0]);
  });

  test('count a request from the call on, also where it waits for the connection', async () => {
    const pair = new Pair();
    pair.serverComm.refusesConnections = true;
    pair.server.onRead(0, () => 1);
    watch(pair.client.read(0));
    await pair.clock.advanceAsync(50);
    expect(pair.client.stats().requests).toMatchObject({
      inFlight: 0,
      queued: 1,
      queuedBytes: expect.any(Number),
    });
    pair.serverComm.refusesConnections = false;
    await pair.clock.advanceAsync(150);

    expect(pair.client.stats().requests.latency.read).toMatchObject({ count: 1, sum: 0.1 });
    await pair.close();
  });

  test('count an answer whatever its status, and no request without one', async () => {
    const [pair] = await demanding();
    watch(pair.client.read(7));
    watch(pair.client.execute(0, null, { timeout: 100 }));
    await pair.clock.advanceAsync(100);

    const { latency, timeouts, ghosts, inFlight } = pair.client.stats().requests;

    expect([latency.read.count, latency.execute.count]).toEqual([1, 0]);
    expect({ timeouts, ghosts, inFlight }).toEqual({ timeouts: 1, ghosts: 1, inFlight: 0 });
    await pair.close();
  });

  test('keep no answer from the program that cannot be counted', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => 'now');
    const read = watch(pair.client.read(0));
    vi.spyOn(LatencyTable.prototype, 'add').mockImplementation(() => raise(new Error('no clock')));
    await pair.settle();

    expect(read.value).toBe('now');
    expect(warnings).toEqual([expect.stringContaining('no clock')]);
    await pair.close();
  });

  test('keep no answer from the program, though the transport cannot say when it came', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => 'now');
    const read = watch(pair.client.read(0));
    vi.spyOn(pair.clientComm, 'lastHeardMs', 'get').mockImplementation(() => raise(new Error('no clock')));
    await pair.settle();

    expect(read.value).toBe('now');
    expect(warnings).toEqual([expect.stringContaining('no clock')]);
    await pair.close();
  });

  test('say what waits', async () => {
    const [pair, demand] = await demanding({ server: { maxRunningCallbacks: 1 } });
    for (let i = 0; i < 3; i++) watch(pair.client.execute(i));
    await pair.settle();

    expect(pair.client.stats().requests.inFlight).toBe(3);
    expect(pair.server.stats().callbacks).toEqual({ running: 1, waiting: 2, errors: 0 });
    demand.answer(0);
    await pair.settle();
    expect(pair.client.stats().requests.inFlight).toBe(2);
    await pair.close();
  });

  test('say how long the link has been open, and how often it came back', async () => {
    const pair = await Pair.connected();
    await pair.clock.advanceAsync(1_500);
    expect(pair.client.stats().link).toEqual({ uptime: 1.5, reconnects: 0, bufferedBytes: 0 });

    pair.clientComm.cut();
    await pair.settle();
    expect(pair.client.stats().link.uptime).toBeNull();
    await pair.clock.advanceAsync(350);

    expect(pair.client.stats().link).toEqual({ uptime: 0.25, reconnects: 1, bufferedBytes: 0 });
    await pair.close();
  });
});

describe('the round trip of the heartbeat', () => {
  const ANSWER = frameOf(SID_CHANNEL_NAME_RESPONSE, 0);

  /** A client whose peer has told its name, 7 ms after it was asked at the beginning of the link. */
  async function client(): Promise<SocketPuppet> {
    const puppet = new SocketPuppet('client', { random: () => 0.5, channelName: 'ours' });
    await puppet.settle();
    await puppet.passes(7);
    await puppet.sends(ANSWER);
    return puppet;
  }

  test('is that of its question, and smoothed over about eight', async () => {
    const puppet = await client();
    const seen: unknown[] = [];
    for (const ms of [40, 120, 40]) {
      await puppet.passes(20_000);
      await puppet.passes(ms);
      await puppet.sends(ANSWER);
      seen.push(puppet.session.stats().heartbeat);
    }

    expect(seen).toEqual([
      { last: 0.04, smoothed: 0.04 },
      { last: 0.12, smoothed: 0.05 },
      { last: 0.04, smoothed: 0.048_75 },
    ]);
    await puppet.close();
  });

  test('is unknown until the peer was asked for a sign of life, and answers', async () => {
    const puppet = await client();
    expect(puppet.session.stats().heartbeat).toBeNull();
    await puppet.passes(20_000);
    await puppet.sends(frameOf(11, 0));

    expect(puppet.session.stats().heartbeat).toBeNull();
    await puppet.close();
  });
});

describe('a table of latencies', () => {
  test('puts what is as long as a boundary below it, and what is longer than all into the last bucket', () => {
    const table = new LatencyTable();
    for (const ms of [0.25, 0.251, 10_000, 10_001]) table.add(11, ms);

    const { read } = table.toJSON();

    expect(shown(read.buckets)).toEqual({ 0.00025: 1, 0.0005: 1, 10: 1, more: 1 });
    expect(read.max).toBe(10.001);
  });

  test('counts nonsense of a foreign clock as no time', () => {
    const table = new LatencyTable();
    for (const ms of [Number.NaN, -5]) table.add(0, ms);

    expect(table.toJSON().other).toMatchObject({ count: 2, sum: 0, min: 0, max: 0 });
  });

  test('has the boundaries that OpenTelemetry recommends for RPC, in ascending order', () => {
    const recommended = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    expect(LATENCY_BOUNDARIES).toEqual(expect.arrayContaining(recommended));
    expect(LATENCY_BOUNDARIES).toEqual([...LATENCY_BOUNDARIES].sort((a, b) => a - b));
  });
});

/** The buckets that are not empty, by their upper bound. */
function shown(buckets: readonly number[]): object {
  return Object.fromEntries(
    buckets
      .map((count, i) => [LATENCY_BOUNDARIES[i] ?? 'more', count] as const)
      .filter(([, count]) => count > 0),
  );
}

function raise(error: Error): never {
  throw error;
}
