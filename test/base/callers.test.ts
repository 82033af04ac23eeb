import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { callersNowAndThen, callersOf, lateError, lateReason, withCallers } from '../../src/base/callers.js';
import { errorOfThrown, isError, textOfThrown } from '../../src/base/thrown.js';

/** As a request: its promise is resolved in a timer. */
function ask(): Promise<never> {
  return new Promise((resolve) => void setTimeout(() => resolve(lateError(() => new Error('late'))), 1));
}

describe('a late error', () => {
  test.each([
    [
      'awaits it',
      async function whoAsks() {
        await ask();
      },
    ],
    [
      'awaits what catches it',
      async function whoAsks() {
        throw await ask().catch((error: unknown) => error);
      },
    ],
    [
      'awaits several',
      async function whoAsks() {
        await Promise.all([ask(), new Promise(() => {})]);
      },
    ],
    [
      'awaits the first',
      async function whoAsks() {
        await Promise.race([ask(), new Promise(() => {})]);
      },
    ],
  ])('shows the function that %s', async (_, run) => {
    const error = await run().catch((thrown: Error) => thrown);
    expect((error as Error).stack).toMatch(/at .*whoAsks/);
  });

  test('shows who called, where that was recorded', async () => {
    function request(): Promise<never> {
      const callers = callersOf(request);
      return lateError(
        () => new Error('late'),
        () => callers,
      );
    }
    function whoCalls(): Promise<never> {
      return request();
    }
    const error = await whoCalls().catch((thrown: Error) => thrown);
    expect((error as Error).stack).toMatch(/at .*whoCalls/);
    expect((error as Error).stack).not.toMatch(/at .*request/);
  });

  test('keeps the reason for which something was cancelled', async () => {
    const reason = { why: 'mine' };
    await expect(lateReason(reason, () => undefined)).rejects.toBe(reason);
    const signal = AbortSignal.abort();
    async function whoWaits() {
      await lateReason(signal.reason, () => undefined);
    }
    await expect(whoWaits()).rejects.toBe(signal.reason);
    expect(signal.reason.stack).toMatch(/at .*whoWaits/);
  });
});

describe('callers', () => {
  /** Which of calls at these moments are recorded. */
  const recorded = (startMs: number, times: readonly number[]): number[] =>
    times.filter((ms) => callersNowAndThen(callersOf, startMs + ms) !== undefined);

  test('are recorded each time where nothing was called for five milliseconds', () => {
    expect(recorded(1e12, [0, 5, 9.9, 14.9, 15, 15.1, 20.1])).toEqual([0, 5, 14.9, 20.1]);
  });

  test('are recorded now and then where calls follow each other', () => {
    const everyMs = Array.from({ length: 151 }, (_, ms) => ms);
    expect(recorded(2e12, everyMs)).toEqual([0, 50, 100, 150]);
  });

  test('are recorded whichever clock the next call goes by', () => {
    expect(recorded(3e12, [0, 1, -1e9, -1e9, 1e9])).toEqual([0, -1e9, 1e9]);
  });

  test('are added once, below what a stack has', () => {
    const error = new Error('x');
    error.stack = 'Error: x\n    at deep (a.js:1:1)';
    const callers = { stack: 'Error\n    at deep (a.js:1:1)\n    at mine (b.js:2:2)' };
    withCallers(error, callers);
    withCallers(error, callers);
    expect(error.stack).toBe('Error: x\n    at deep (a.js:1:1)\n    at mine (b.js:2:2)');
  });

  test('leave alone what is no error, is frozen or throws', () => {
    const callers = { stack: 'Error\n    at mine (b.js:2:2)' };
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('read');
        },
      },
    );
    for (const thrown of [undefined, null, 1, 'text', {}, Object.freeze(new Error('x')), hostile])
      expect(withCallers(thrown, callers) === thrown).toBe(true);
  });
});

describe('an error of another realm', () => {
  test('is one', () => {
    const foreign: unknown = runInNewContext("new RangeError('from there')");
    expect(foreign instanceof Error).toBe(false);
    expect(isError(foreign)).toBe(true);
    expect(errorOfThrown(foreign)).toBe(foreign);
    expect(textOfThrown(foreign)).toContain('RangeError: from there\n');
    expect(isError(AbortSignal.abort().reason)).toBe(true);
  });

  test('is not what only has a text, or throws when it is asked', () => {
    const hostile = {
      get [Symbol.toStringTag](): string {
        throw new Error('read');
      },
    };
    expect([{ message: 'x' }, 'x', null, undefined, hostile].map(isError)).toEqual(Array(5).fill(false));
  });
});
