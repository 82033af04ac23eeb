/** Schemas that fail: one clear error, and nothing half-open left behind. */

import { describe, expect, test } from 'vitest';
import {
  contract,
  execute,
  read,
  SessionClosedError,
  type StandardSchema,
  ValidationError,
  write,
} from '../../src/index.js';
import { Pair, watch } from '../support/pair.js';
import { number, SlowSchema, schemaOf } from './schemas.js';

const hostile = new Proxy(
  {},
  {
    get: () => {
      throw new Error('read');
    },
  },
);

const BROKEN: readonly [what: string, validate: () => unknown][] = [
  [
    'throws',
    () => {
      throw new Error('secret');
    },
  ],
  [
    'throws nothing',
    () => {
      throw undefined;
    },
  ],
  ['rejects', () => Promise.reject(new Error('secret'))],
  ['returns nothing', () => undefined],
  ['returns a text', () => 'secret'],
  ['returns null', () => null],
  ['returns an empty object', () => ({})],
  ['gives issues that are no list', () => ({ issues: 'secret' })],
  ['gives issues that cannot be read', () => ({ issues: [hostile] })],
  ['gives a path that is no list', () => ({ issues: [{ path: 7 }] })],
  ['gives a verdict that cannot be read', () => hostile],
  [
    'gives a promise that throws',
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: it is what is tested
      get then(): never {
        throw new Error('secret');
      },
    }),
  ],
];

function sides(schema: StandardSchema<number>) {
  return contract({ led: write(1, schema, number), time: read(0, schema) });
}

describe.each(BROKEN)('a schema that %s', (_, validate) => {
  test('rejects what the client asks, and nothing is sent', async () => {
    const pair = await Pair.connected();
    const sent = pair.client.counters.messagesSent;
    const asked = watch(sides(schemaOf(validate)).client(pair.client).led(1));
    await pair.settle();
    expect(asked.error).toMatchObject({
      reason: 'schema-failed',
      side: 'input',
      issues: [],
      message:
        'The schema of the input of led (write data request, data_id 1) of memory failed: it threw, or gave no verdict',
    });
    expect(pair.client.counters.messagesSent).toBe(sent);
    expect(await pair.close()).toBe(0);
  });

  test('rejects what the client gets', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => 1);
    const asked = watch(sides(schemaOf(validate)).client(pair.client).time());
    await pair.settle();
    expect(asked.error).toMatchObject({ reason: 'schema-failed', side: 'output' });
    expect(await pair.close()).toBe(0);
  });

  test('is a callback error of the side that answers, and no handler runs', async () => {
    const pair = await Pair.connected();
    const failed: Error[] = [];
    pair.server.on('callbackError', (error) => failed.push(error));
    let calls = 0;
    sides(schemaOf(validate)).handle(pair.server, { led: () => ++calls, time: () => 1 });
    const answers = Promise.all([pair.client.request(20, 1, 1), pair.client.request(10, 0)]);
    await pair.settle();
    expect(await answers).toMatchObject([{ status: 2 }, { status: 2 }]);
    expect(calls).toBe(0);
    expect(failed).toMatchObject([
      { reason: 'schema-failed', side: 'input' },
      { reason: 'schema-failed', side: 'output' },
    ]);
    expect(failed.every((error) => error instanceof ValidationError)).toBe(true);
    expect(String(failed).includes('secret')).toBe(false);
    expect(await pair.close()).toBe(0);
  });
});

test('issues are bounded, with keys that forge nothing, and what is no code is none', async () => {
  const path = ['a', 0, 'b c', '\u001b[31m\n', Symbol('s'), { key: 'd' }, 'x'.repeat(1_000)];
  const issues = [
    { message: '', path, code: 'not a code' },
    ...Array.from({ length: 99 }, () => ({ message: '', type: 'too_big' })),
  ];
  const pair = await Pair.connected();
  const asked = watch(
    sides(schemaOf(() => ({ issues })))
      .client(pair.client)
      .led(1),
  );
  await pair.settle();
  const error = asked.error as ValidationError;
  expect(error.issues).toHaveLength(20);
  expect(error.issues[1]).toEqual({ path: '', code: 'too_big' });
  expect(error.issues[0]?.code).toBe('invalid');
  expect(error.issues[0]?.path).toMatch(/^a\[0\]\["b c"\]\["\\u001b\[31m\\n"\]\[\?\]\.d\.x+…$/);
  expect(error.issues[0]?.path).toHaveLength(201);
  expect(error.message).toContain(', too_big, too_big, too_big, too_big, and 95 more');
  expect(error.unmasked()).toBe(issues);
  await pair.close();
});

describe('a schema that never settles', () => {
  test('ends with the time-out of the request before anything is sent', async () => {
    const pair = await Pair.connected();
    const slow = new SlowSchema();
    const sent = pair.client.counters.messagesSent;
    const asked = watch(sides(slow.schema).client(pair.client).led(1, { timeout: 100 }));
    await pair.clock.advanceAsync(99);
    expect(asked.state).toBe('pending');
    await pair.clock.advanceAsync(1);
    expect(asked.error).toMatchObject({
      reason: 'schema-timeout',
      side: 'input',
      message:
        'The schema of the input of led (write data request, data_id 1) of memory gave no verdict within 100 ms',
    });
    slow.accept();
    await pair.settle();
    expect(pair.client.counters).toMatchObject({ messagesSent: sent, validationErrors: 1 });
    expect(await pair.close()).toBe(0);
  });

  test('has the time-out of the session where the request has none, and what it took counts', async () => {
    const pair = await Pair.connected({ client: { requestTimeout: 300 } });
    const slow = new SlowSchema();
    const { led } = sides(slow.schema).client(pair.client);
    const overdue = watch(led(1));
    const late = watch(led(2));
    pair.server.onWrite(1, (data) => (data === 2 ? new Promise(() => {}) : 1));
    slow.accept();
    await pair.settle();
    expect(overdue.value).toBe(1);
    await pair.clock.advanceAsync(200);
    slow.accept();
    await pair.clock.advanceAsync(99);
    expect(late.state).toBe('pending');
    await pair.clock.advanceAsync(1);
    expect(late.error).toMatchObject({ code: 'ERR_TIMEOUT', written: true });
    await pair.close();
  });

  test('ends with the time-out of the request where the answer has come', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => 1);
    const slow = new SlowSchema();
    const asked = watch(sides(slow.schema).client(pair.client).time({ timeout: 100 }));
    await pair.clock.advanceAsync(100);
    expect(asked.error).toMatchObject({ reason: 'schema-timeout', side: 'output' });
    expect(await pair.close()).toBe(0);
  });

  test('ends with the callbackTimeout on the side that answers; the handler does not run any more', async () => {
    const pair = await Pair.connected({ server: { callbackTimeout: 100 } });
    const slow = new SlowSchema();
    const failed: Error[] = [];
    let calls = 0;
    pair.server.on('callbackError', (error) => failed.push(error));
    sides(slow.schema).handle(pair.server, { led: () => ++calls, time: () => 1 });
    const answers = Promise.all([pair.client.request(20, 1, 1), pair.client.request(10, 0)]);
    await pair.clock.advanceAsync(100);
    expect(await answers).toMatchObject([{ status: 2 }, { status: 2 }]);
    expect(failed).toMatchObject([
      { reason: 'schema-timeout', side: 'input' },
      { reason: 'schema-timeout', side: 'output' },
    ]);
    slow.accept();
    // what it says of an answer that nobody waits for is no failure
    slow.refuse();
    expect(slow.pending).toBe(0);
    await pair.settle();
    expect(calls).toBe(0);
    expect(failed).toHaveLength(2);
    expect(pair.server.counters).toMatchObject({
      callbackErrors: 2,
      validationErrors: 2,
      dropped: { 'late-result': 2 },
    });
    expect(await pair.close()).toBe(0);
  });

  test('is not blamed where the handler itself is late', async () => {
    const pair = await Pair.connected({ server: { callbackTimeout: 100 } });
    const failed: Error[] = [];
    pair.server.on('callbackError', (error) => failed.push(error));
    let finish: (value: number) => void = () => {};
    const answered = new Promise<number>((resolve) => {
      finish = resolve;
    });
    sides(number).handle(pair.server, { led: () => answered, time: () => 1 });
    void pair.client.request(20, 1, 1);
    await pair.clock.advanceAsync(100);
    finish('no number' as never);
    await pair.settle();
    expect(failed).toMatchObject([
      { message: 'the callback did not answer within 100 ms (callbackTimeout)' },
    ]);
    expect(pair.server.counters.dropped).toEqual({ 'late-result': 1 });
    await pair.close();
  });

  test('ends with the signal of the request', async () => {
    const pair = await Pair.connected();
    const slow = new SlowSchema();
    const { led } = sides(slow.schema).client(pair.client);
    const abort = new AbortController();
    const timers = pair.clock.pending;
    const asked = watch(led(1, { signal: abort.signal }));
    await pair.settle();
    const reason = new Error('enough');
    abort.abort(reason);
    const after = watch(led(1, { signal: abort.signal }));
    await pair.settle();
    expect(asked.error).toBe(reason);
    expect(after.error).toBe(reason);
    expect(pair.clock.pending).toBe(timers);
    expect(await pair.close()).toBe(0);
  });

  test('ends with the session', async () => {
    const pair = await Pair.connected();
    const slow = new SlowSchema();
    const { led } = sides(slow.schema).client(pair.client);
    const asked = Array.from({ length: 20 }, () => watch(led(1)));
    await pair.settle();
    expect(pair.client.listenerCount('closed')).toBe(1);
    expect(await pair.close()).toBe(0);
    for (const { error } of asked) expect(error).toBeInstanceOf(SessionClosedError);
  });

  test('is refused with wrong options before it is waited for', async () => {
    const pair = await Pair.connected();
    const slow = new SlowSchema();
    const asked = watch(sides(slow.schema).client(pair.client).led(1, { timeout: -1 }));
    await pair.settle();
    expect(asked.error).toMatchObject({ code: 'ERR_OPTION', option: 'timeout' });
    expect(await pair.close()).toBe(0);
  });
});

test('answers leave in the order of the requests, however long their schemas take', async () => {
  const pair = await Pair.connected();
  const slow = new SlowSchema();
  const made = contract({ double: execute(1, slow.schema, number) });
  made.handle(pair.server, { double: (value) => value * 2 });
  const answers = Promise.all([1, 2, 3].map((value) => pair.client.execute(1, value)));
  await pair.settle();
  while (slow.pending > 0) slow.accept();
  await pair.settle();
  expect(await answers).toEqual([2, 4, 6]);
  await pair.close();
});
