import { createContext, runInContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type Handler,
  type Message,
  type SessionOptions,
  STATUS_CALLBACK_ERROR,
  STATUS_OPERATION_NOT_PERMITTED,
  StatusError,
} from '../../../src/index.js';
import { Pair, watch } from '../../support/pair.js';
import { RecordedLog } from '../../support/recorded-log.js';

const SID_EXECUTE_ANSWER = 31;

const warnings: [text: string, options: unknown][] = [];
beforeEach(() => {
  warnings.length = 0;
  vi.spyOn(process, 'emitWarning').mockImplementation(((text: string, options: unknown) => {
    warnings.push([text, options]);
  }) as typeof process.emitWarning);
});
afterEach(() => vi.restoreAllMocks());

const boom = (): never => {
  throw new Error('no sensor');
};

/** A server with a handler, and what its listeners hear. */
async function serving(
  handler: Handler,
  { isListening = true, ...server }: SessionOptions & { isListening?: boolean } = {},
) {
  const pair = await Pair.connected({ server });
  const heard: [error: Error, message: Message][] = [];
  pair.server.onRead(0, handler);
  if (isListening) pair.server.on('callbackError', (...args) => heard.push(args));
  const read = async (): Promise<unknown> => {
    const answer = watch(pair.client.read(0));
    await pair.clock.advanceAsync(0);
    return answer.value ?? answer.error;
  };
  return { pair, heard, read };
}

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

describe('a handler that fails', () => {
  test.each<[string, Handler, unknown]>([
    ['throws', boom, new Error('no sensor')],
    ['rejects', () => Promise.reject(new Error('no sensor')), new Error('no sensor')],
    [
      'throws a text',
      () => {
        throw 'no sensor';
      },
      new Error('no sensor'),
    ],
    ['rejects with null', () => Promise.reject(null), new Error('null')],
    [
      'throws an object without a prototype',
      () => {
        throw Object.create(null);
      },
      new Error('something that has no text'),
    ],
    [
      'throws a revoked Proxy',
      () => {
        throw revoked();
      },
      new Error('something that has no text'),
    ],
    ['returns a revoked Proxy', revoked, expect.any(TypeError)],
    [
      'returns what throws when it is asked for then',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: what this is about
        get then() {
          return boom();
        },
      }),
      new Error('no sensor'),
    ],
    [
      'returns what settles twice',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: what this is about
        then: (_: unknown, reject: (error: unknown) => void) => {
          reject(new Error('no sensor'));
          boom();
        },
      }),
      new Error('no sensor'),
    ],
    ['returns a function', () => () => {}, expect.any(TypeError)],
    ['returns more than a frame holds', () => 'x'.repeat(2_000), expect.any(RangeError)],
  ])('FC-26 is told, with the error and the message, and counted: it %s', async (_, handler, error) => {
    const { pair, heard, read } = await serving(handler, { maxFrameLength: 1_000 });
    expect(await read()).toMatchObject({ status: STATUS_CALLBACK_ERROR });
    expect(heard).toEqual([[error, expect.objectContaining({ serviceId: 10, dataId: 0 })]]);
    expect(pair.server.counters.callbackErrors).toBe(1);
    expect(warnings).toEqual([]);
    await pair.close();
  });

  test('gives its own error, and as the cause what is none', async () => {
    const own = new RangeError('mine');
    const foreign = runInContext("new RangeError('of another realm')", createContext({}));
    const thrown = [own, foreign, 'a text', undefined];
    const { pair, heard, read } = await serving(() => {
      throw thrown[heard.length];
    });
    for (const _ of thrown) await read();
    expect(heard[0]?.[0]).toBe(own);
    expect(heard[1]?.[0]).toBe(foreign);
    expect(heard.slice(2).map(([{ message, cause }]) => [message, cause])).toEqual([
      ['a text', 'a text'],
      ['undefined', undefined],
    ]);
    await pair.close();
  });

  test('is no failure where it throws a StatusError', async () => {
    const { pair, heard, read } = await serving(() => {
      throw new StatusError(STATUS_OPERATION_NOT_PERMITTED);
    });
    expect(await read()).toMatchObject({ status: STATUS_OPERATION_NOT_PERMITTED });
    expect([heard, pair.server.counters.callbackErrors, warnings]).toEqual([[], 0, []]);
    await pair.close();
  });

  test('is told when its time is over, and again when it fails after that', async () => {
    let fail = (_: unknown): void => {};
    const promise = new Promise((_, reject) => {
      fail = reject;
    });
    const { pair, heard, read } = await serving(() => promise, { callbackTimeout: 50 });
    void read();
    await pair.clock.advanceAsync(50);
    expect(heard.map(([{ message }]) => message)).toEqual([
      'the callback did not answer within 50 ms (callbackTimeout)',
    ]);
    fail(new Error('the disk is full'));
    await pair.settle();
    expect(heard.map(([{ message }]) => message).slice(1)).toEqual(['the disk is full']);
    expect(pair.server.counters).toMatchObject({ callbackErrors: 2, dropped: { 'late-result': 1 } });
    await pair.close();
  });

  test('is told as a callback of the original: no answer, or a message without one', async () => {
    const { pair, heard } = await serving(() => 'fine');
    pair.server.registerCallback(20, 0, () => 'no status');
    pair.server.registerCallback(SID_EXECUTE_ANSWER, null, () => Promise.reject(new Error('later')));
    watch(pair.client.write(0, 1));
    await pair.client.send(SID_EXECUTE_ANSWER, 7);
    await pair.settle();
    expect(heard.map(([{ message }, { dataId }]) => [message, dataId])).toEqual([
      ['the callback returned no [status, data]', 0],
      ['later', 7],
    ]);
    await pair.close();
  });

  test('is told although its answer waits, or its connection is gone', async () => {
    let fail = (_: unknown): void => {};
    const promise = new Promise((_, reject) => {
      fail = reject;
    });
    const { pair, heard, read } = await serving(() => promise);
    void read();
    await pair.settle();
    pair.clientComm.cut();
    await pair.settle();
    fail(new Error('the disk is full'));
    await pair.settle();
    expect(heard.map(([{ message }]) => message)).toEqual(['the disk is full']);
    await pair.close();
  });

  test('is counted and logged after its session has closed, whose listeners hear of nothing more', async () => {
    let fail = (_: unknown): void => {};
    const promise = new Promise((_, reject) => {
      fail = reject;
    });
    const log = new RecordedLog();
    const { pair, heard, read } = await serving(() => promise, { logger: log.logger });
    void read();
    await pair.settle();
    await pair.close();
    fail(new Error('the disk is full'));
    await pair.settle();
    expect([heard, pair.server.counters.callbackErrors]).toEqual([[], 1]);
    expect(log.warnings.join()).toContain('the disk is full');
  });

  test('may have a listener that fails too', async () => {
    const { pair, read } = await serving(boom, { isListening: false });
    pair.server.on('callbackError', () => {
      throw new Error('worse');
    });
    expect(await read()).toMatchObject({ status: STATUS_CALLBACK_ERROR });
    expect(warnings.map(([text]) => text)).toEqual(['a listener of "callbackError" threw: worse']);
    await pair.close();
  });
});

describe('a failure that nobody hears of', () => {
  test('FC-26 is a warning of the process, with the stack, once for each kind of request', async () => {
    const { pair, read } = await serving(boom, { isListening: false });
    pair.server.onRead(1, boom);
    for (let n = 0; n < 5; n++) await read();
    watch(pair.client.read(1));
    await pair.settle();
    expect(warnings.map(([text]) => text)).toEqual([
      expect.stringMatching(
        /^a callback failed \(read data request, data_id 0; .*callbackError.*: no sensor$/,
      ),
      expect.stringMatching(/data_id 1/),
    ]);
    expect(warnings[0]?.[1]).toEqual({
      type: 'SocketProtocolWarning',
      code: 'SP_CALLBACK_FAILED',
      detail: expect.stringMatching(/^Error: no sensor\n {4}at /),
    });
    expect(pair.server.counters.callbackErrors).toBe(6);
    await pair.close();
  });

  test.each<[string, SessionOptions, number]>([
    ['a logger', { logger: { error: () => {} } }, 0],
    ['a logger without a method for it', { logger: { debug: () => {} } }, 1],
    ['an observer alone', { observe: () => {} }, 1],
    ['the level silent', { logLevel: 'silent' }, 0],
  ])('depends on what was set: %s', async (_, options, count) => {
    const { pair, read } = await serving(boom, { ...options, isListening: false });
    await read();
    expect(warnings).toHaveLength(count);
    await pair.close();
  });

  test('is not the end of a connection, which a handler that waits for the peer fails of', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => pair.server.read(5));
    pair.client.onRead(5, () => new Promise(() => {}));
    watch(pair.client.read(0));
    await pair.settle();
    pair.clientComm.cut();
    await pair.settle();
    expect([pair.server.counters.callbackErrors, warnings]).toEqual([1, []]);
    await pair.close();
  });
});

test('a storm of failures is ten lines a second in the log, which says how many were left out', async () => {
  const log = new RecordedLog();
  const { pair, read } = await serving(boom, { logger: log.logger, logLevel: 'error', isListening: false });
  for (let n = 0; n < 100; n++) await read();
  const failures = (): string[] => log.lines.filter((line) => line.includes('no sensor'));
  expect(failures()).toHaveLength(10);
  // and of the answers, each of which is an error too, twenty
  expect(log.lines).toHaveLength(30);
  expect(pair.server.counters).toMatchObject({ callbackErrors: 100, suppressedLogLines: 90 + 80 });
  await pair.clock.advanceAsync(1_000);
  await read();
  expect(failures()).toHaveLength(11);
  expect(failures().at(-1)).toContain('(90 such lines were left out before it)');
  await pair.close();
});
