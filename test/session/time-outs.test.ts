/** What a time-out of 0 means: of a call, not to wait; as an option, nothing, so that it is refused. Never "no limit". */

import { describe, expect, test } from 'vitest';
import { connect, createMemoryPair, listen, OptionError, Session, TcpClientStp } from '../../src/index.js';
import { TABLES } from '../support/option-tables.js';
import { Pair, watch } from '../support/pair.js';

const SECRET = 'correct horse battery staple';
const MAX_MS = 2 ** 31 - 1;

const times = TABLES.flatMap(([type, table]) =>
  Object.entries(table)
    .filter(([, row]) => row.unit === 'ms')
    .map(([name, row]) => ({ option: `${type}.${name}`, row })),
);

/** Pauses, of which 0 is none, and the time-out of a call. */
const MAY_BE_ZERO = [
  'AcquireOptions.wait',
  'BackoffOptions.maxDelay',
  'BackoffOptions.minDelay',
  'CloseOptions.timeout',
  'DevicesOptions.retryFor',
  'MemoryPairOptions.latency',
  'MemoryPairOptions.reconnectDelay',
  'ReconnectOptions.maxDelay',
  'ReconnectOptions.minDelay',
  'ReconnectOptions.refusedDelay',
  'RequestOptions.timeout',
  'RetryOptions.maxDelay',
  'RetryOptions.minDelay',
  'SessionOptions.lateAnswerGrace',
];

describe('a time in milliseconds', () => {
  test.each(times)('that is a time-out refuses 0, and one that is a pause takes it: $option', ({
    option,
    row,
  }) => {
    if (MAY_BE_ZERO.includes(option)) expect(row.check('x', 0)).toBe(0);
    else
      expect(() => row.check('x', 0)).toThrow(`Option x: expected milliseconds from 1 to ${MAX_MS}, got 0`);
  });

  test.each(times)('has an end: $option', ({ row }) => {
    expect(row.check('x', MAX_MS)).toBe(MAX_MS);
    for (const endless of [Number.POSITIVE_INFINITY, MAX_MS + 1]) {
      expect(() => row.check('x', endless)).toThrow(`to ${MAX_MS}, got ${endless}`);
    }
  });

  test.each([
    () => new Session(createMemoryPair().client, { requestTimeout: 0 }),
    () => new Session(createMemoryPair().client, { heartbeat: { timeout: 0 } }),
    () => new TcpClientStp({ port: 1, connectTimeout: 0 }),
    () => connect({ port: 1, connectTimeout: 0 }),
    () => listen({ port: 0, handshakeTimeout: 0 }, () => {}),
    () => listen({ port: 0, callbackTimeout: 0 }, () => {}),
  ])('of 0 is refused through every door: %#', async (open) => {
    await expect((async () => open())()).rejects.toBeInstanceOf(OptionError);
  });
});

describe('a call with the time-out 0 does not wait', () => {
  test('a request: it is sent, and its answer comes too late', async () => {
    const pair = await Pair.connected();
    const asked: unknown[] = [];
    pair.server.onRead(0, () => new Promise(() => asked.push('asked')));
    const read = watch(pair.client.read(0, { timeout: 0 }));
    await pair.settle();
    expect(read.error).toMatchObject({
      code: 'ERR_TIMEOUT',
      reason: 'no-answer',
      written: true,
      timeoutMs: 0,
    });
    expect(asked).toEqual(['asked']);
    await pair.close();
  });

  test('a request without a connection is not kept for the next one', async () => {
    const pair = await Pair.connected();
    pair.clientComm.disconnect('link-closed');
    const read = watch(pair.client.read(0, { timeout: 0 }));
    await pair.settle();
    expect(read.error).toMatchObject({ code: 'ERR_TIMEOUT', reason: 'not-connected', written: false });
    expect(await pair.close()).toBe(0);
  });

  test('send: true if it can be sent at once, false if not', async () => {
    const pair = await Pair.connected();
    const sent = watch(pair.client.send(50, 0, 'now', 0, 0));
    await pair.settle();
    expect(sent.value).toBe(true);
    pair.clientComm.disconnect('link-closed');
    const unsent = watch(pair.client.send(50, 0, 'later', 0, 0));
    await pair.settle();
    expect(unsent.value).toBe(false);
    await pair.close();
  });

  test('receive: what is there, or null', async () => {
    const pair = await Pair.connected();
    await pair.client.send(50, 0, 'kept');
    await pair.settle();
    const received = [0, 1].map(() => watch(pair.server.receive(50, 0, 0)));
    await pair.settle();
    expect([received[0]?.value, received[1]?.value]).toEqual([
      expect.objectContaining({ data: 'kept' }),
      null,
    ]);
    await pair.close();
  });

  test('authenticate: whether there is trust already', async () => {
    const pair = await Pair.connected({ both: { secret: SECRET }, client: { autoAuth: false } });
    const { messagesSent } = pair.client.counters;
    for (let n = 0; n < 20; n++) expect(await pair.client.authenticate(0)).toBe(false);
    expect(pair.client.counters.messagesSent).toBe(messagesSent);
    const authenticated = watch(pair.client.authenticate(1_000));
    await pair.settle();
    const after = watch(pair.client.authenticate(0));
    await pair.settle();
    expect([authenticated.value, after.value]).toEqual([true, true]);
    await pair.close();
  });

  test.each([
    ['request', (client: Session, timeout: number) => client.request(10, 0, null, { timeout })],
    ['read', (client: Session, timeout: number) => client.read(0, { timeout })],
    ['write', (client: Session, timeout: number) => client.write(0, 1, { timeout })],
    ['execute', (client: Session, timeout: number) => client.execute(0, 1, { timeout })],
    ['send', (client: Session, timeout: number) => client.send(50, 0, 1, 0, timeout)],
    ['receive', (client: Session, timeout: number) => client.receive(50, 0, timeout)],
    ['authenticate', async (client: Session, timeout: number) => client.authenticate(timeout)],
  ])('%s refuses what is no time', async (_, call) => {
    const pair = await Pair.connected();
    for (const timeout of [-1, Number.NaN, Number.POSITIVE_INFINITY, MAX_MS + 1, '5' as never]) {
      await expect(call(pair.client, timeout)).rejects.toThrow(
        `Option timeout: expected milliseconds from 0 to ${MAX_MS}`,
      );
    }
    await pair.close();
  });
});
