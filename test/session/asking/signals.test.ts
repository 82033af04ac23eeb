import { getMaxListeners, setMaxListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { connect, OptionError } from '../../../src/index.js';
import { Pair, watch } from '../../support/pair.js';
import { SIGNALS } from '../../support/signals.js';

/** The names of the warnings of the process while something runs. */
async function warningsDuring(run: () => Promise<unknown>): Promise<string[]> {
  const warnings: string[] = [];
  const listen = (warning: Error): void => void warnings.push(warning.name);
  process.on('warning', listen);
  await run();
  await new Promise(setImmediate); // Node emits warnings in a later turn
  process.off('warning', listen);
  return warnings;
}

describe.each(SIGNALS)('FC-21: the signal of %s', (_, make, hasReason) => {
  test('rejects a request that waits, and every later one', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => new Promise(() => {}));
    const { signal, abort } = make();
    const read = watch(pair.client.read(0, { signal }));
    await pair.settle();
    expect(read.state).toBe('pending');

    abort();
    await pair.settle();

    expect(read.error).toMatchObject({ name: 'AbortError' });
    for (const ask of [
      () => pair.client.read(0, { signal }),
      () => pair.client.write(0, 1, { signal }),
      () => pair.client.execute(0, 1, { signal }),
      () => pair.client.request(10, 0, null, { signal }),
    ]) {
      await expect(ask()).rejects.toMatchObject({ name: 'AbortError' });
    }
    await pair.close();
  });

  test.runIf(hasReason)('rejects with its own reason', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => new Promise(() => {}));
    const { signal, abort } = make();
    const read = watch(pair.client.read(0, { signal }));
    abort('no longer needed');
    await pair.settle();
    expect(read).toMatchObject({ state: 'rejected', error: 'no longer needed' });
    await pair.close();
  });

  test('keeps no listener of requests that are settled, and warns of none', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(null, (__, { dataId }) => dataId);
    const made = make();
    const { signal } = made;
    const warnings = await warningsDuring(async () => {
      for (let round = 0; round < 10; round++) {
        const answers = Promise.all(
          Array.from({ length: 1_000 }, (__, n) => pair.client.read(n, { signal })),
        );
        await pair.settle();
        expect((await answers).length).toBe(1_000);
      }
    });
    expect([warnings, made.listeners]).toEqual([[], 0]);
    await pair.close();
  });

  test('gives up connecting, also for many at once, and leaves no listener', async () => {
    const made = make();
    const { signal } = made;
    const warnings = await warningsDuring(async () => {
      const attempts = Promise.allSettled(
        Array.from({ length: 12 }, () => connect({ port: 1, waitForPeer: true, signal, random: () => 1 })),
      );
      await new Promise(setImmediate);
      expect(made.listeners).toBe(12);
      made.abort();
      for (const attempt of await attempts) {
        expect(attempt).toMatchObject({ status: 'rejected', reason: { name: 'AbortError' } });
      }
    });
    expect([warnings, made.listeners]).toEqual([[], 0]);
    await expect(connect({ port: 1, signal })).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('FC-21: a signal', () => {
  const fails = (): never => {
    throw new Error('not today');
  };
  const listener = { addEventListener: () => {}, removeEventListener: () => {} };

  test.each([
    [{ aborted: false }, 'an object'],
    [{ ...listener }, 'an object'],
    [{ ...listener, aborted: 'no' }, 'an object'],
    [{ aborted: false, addEventListener: () => {} }, 'an object'],
    [new AbortController(), 'an object'],
    [
      {
        ...listener,
        get aborted() {
          return fails();
        },
      },
      'an object that throws when it is read',
    ],
    [new Proxy({}, { get: fails }), 'an object that throws when it is read'],
  ])('that is none is refused: %#', async (signal, got) => {
    const pair = await Pair.connected();
    const message = `Option signal: expected an AbortSignal, got ${got}`;
    await expect(pair.client.read(0, { signal: signal as never })).rejects.toMatchObject({ message });
    await expect(connect({ port: 1, signal: signal as never })).rejects.toMatchObject({ message });
    await pair.close();
  });

  test('that cannot be listened to is refused with what it threw', async () => {
    const pair = await Pair.connected();
    const signal = { ...listener, aborted: false, addEventListener: fails };
    await expect(pair.client.read(0, { signal })).rejects.toThrow(OptionError);
    await expect(pair.client.read(0, { signal })).rejects.toThrow('addEventListener throws: not today');
    expect(await pair.close()).toBe(0);
  });

  test('that throws when its listener is taken back spoils no answer', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => 'fine');
    const signal = { ...listener, aborted: false, removeEventListener: fails };
    const read = watch(pair.client.read(0, { signal }));
    await pair.settle();
    expect([read.value, pair.client.isClosed]).toEqual(['fine', false]);
    await pair.close();
  });

  test('that calls back while it is given its listener cancels its request, and no other (FC-21)', async () => {
    const pair = await Pair.connected();
    const heard: unknown[] = [];
    pair.server.onRead(null, (_, { dataId }) => void heard.push(dataId));
    let callLater = (): void => {};
    const signal = {
      ...listener,
      aborted: false,
      reason: 'too late',
      addEventListener: (_: string, aborted: () => void) => {
        callLater = aborted;
        aborted();
        aborted();
      },
    };
    const read = watch(pair.client.read(0, { signal: signal as never }));
    await pair.settle();
    expect([read.error, heard]).toEqual(['too late', []]);
    callLater();
    const other = watch(pair.client.read(1));
    await pair.settle();
    expect([other.value, heard, pair.client.isClosed]).toEqual([null, [1], false]);
    expect(await pair.close()).toBe(0);
  });

  test('whose reason cannot be read stands for an AbortError', async () => {
    const pair = await Pair.connected();
    const signal = {
      ...listener,
      aborted: true,
      get reason() {
        return fails();
      },
    };
    await expect(pair.client.read(0, { signal })).rejects.toMatchObject({ name: 'AbortError' });
    await pair.close();
  });

  test('of Node keeps a limit on listeners that a program has set', async () => {
    const pair = await Pair.connected();
    const { signal } = new AbortController();
    setMaxListeners(33, signal);
    watch(pair.client.read(0, { signal }));
    await pair.settle();
    expect(getMaxListeners(signal)).toBe(33);
    await pair.close();
  });
});
