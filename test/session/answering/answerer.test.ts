/** How many callbacks run, which of them, and what becomes of what they answer. */

import { describe, expect, test, vi } from 'vitest';
import { textOfThrown } from '../../../src/base/thrown.js';
import { type JsonValue, Message, StatusError } from '../../../src/index.js';
import { STATUS_AUTH_REQUIRED, STATUS_CALLBACK_ERROR } from '../../../src/protocol/ids.js';
import { Answerer, type AnswererParts } from '../../../src/session/answering/answerer.js';
import { Answers } from '../../../src/session/sending/answers.js';
import type { Caller } from '../../../src/session/sending/output.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const CALLBACK_TIMEOUT_MS = 5_000;
/** Answers that may wait for one before them while this side waits for the peer. */
const MAX_UNSENT = 10_000;

interface Limits {
  maxRunningCallbacks?: number;
  maxWaitingCallbacks?: number;
}

/** An answerer with real answers, on an output that is as the test says. */
function bench({ maxRunningCallbacks = 2, maxWaitingCallbacks = 1_000_000 }: Limits = {}) {
  const clock = new VirtualClock();
  const sent: unknown[] = [];
  const dropped: string[] = [];
  const notes: string[] = [];
  const failures: unknown[] = [];
  const reads: boolean[] = [];
  const output = {
    caller: null as Caller | null,
    isFull: false,
    isLoaded: false,
    canPause: true,
    awaited: 0,
    awaitsAnswers: false,
    bufferedBytes: 0,
    read: (isReading: boolean) => void reads.push(isReading),
    encode: (message: Message<unknown>) => Buffer.from(JSON.stringify(message.data) ?? ''),
    transmit: ({ serviceId, dataId, status, data }: Message<unknown>) =>
      void sent.push([serviceId, dataId, status, data]),
  };
  const gate = {
    passage: 'everything',
    isLinked: true,
    passing: true,
    limits: { maxRunningCallbacks, maxWaitingCallbacks, maxWaitingCallbackBytes: 1_000_000 },
    mayPass: () => gate.passing,
  };
  const strangers = {
    mayCall: true,
    running: 0,
    callbackBegan: () => {
      strangers.running++;
      return (): void => void strangers.running--;
    },
  };
  const journal = {
    strangers: strangers as typeof strangers | undefined,
    describe: ({ dataId }: Message) => `of ${dataId}`,
    drop: (reason: string, detail: string) => void dropped.push(`${reason} ${detail.split(': ')[1]}`),
    callbackFailed: ({ dataId }: Message, thrown: unknown) =>
      void notes.push(`callback-failed of ${dataId}: ${textOfThrown(thrown)}`),
  };
  const handle = {
    guard: (run: () => void) => {
      try {
        run();
      } catch (error) {
        failures.push(error);
      }
    },
  };
  const answers = new Answers(output as never, journal as never, clock, handle as never);
  const settings = { clock, callbackTimeoutMs: CALLBACK_TIMEOUT_MS };
  const answerer = new Answerer({
    settings,
    journal,
    gate,
    output,
    answers,
    handle,
  } as unknown as AnswererParts);
  /** The callbacks that have begun, by the ids of data, and how to end them. */
  const began: number[] = [];
  const ends = new Map<number, (result: unknown) => void>();
  const call = (dataId: number, callback: (message: Message<JsonValue>) => unknown, byteLength = 0): void =>
    answerer.call(
      new Message({ serviceId: 10, dataId, data: null }),
      11,
      (message) => {
        began.push(dataId);
        return callback(message);
      },
      byteLength,
    );
  /** A callback that ends when the test says so. */
  const begin = (...dataIds: number[]): void => {
    for (const dataId of dataIds)
      call(dataId, () => new Promise((resolve) => ends.set(dataId, resolve as (result: unknown) => void)));
  };
  const end = async (dataId: number, result: unknown = [0, null]): Promise<void> => {
    ends.get(dataId)?.(result);
    await clock.advanceAsync(0);
  };
  return {
    ...{ clock, sent, dropped, notes, failures, reads, output, gate, strangers, journal, answers, answerer },
    ...{ began, call, begin, end },
  };
}

describe('callbacks', () => {
  test('run as many at once as may, and the others in the order of their requests', async () => {
    const { begin, end, began } = bench();
    begin(1, 2, 3, 4);
    expect(began).toEqual([1, 2]);
    await end(2);
    expect(began).toEqual([1, 2, 3]);
    await end(1);
    expect(began).toEqual([1, 2, 3, 4]);
  });

  test('wait behind one that waits, though there is room for them', async () => {
    const { begin, call, end, began, output } = bench({ maxRunningCallbacks: 1 });
    begin(1, 2);
    output.awaited = 5;
    call(3, () => [0, null]);
    expect(began).toEqual([1]);
    await end(1);
    expect(began).toEqual([1, 2, 3]);
  });

  test('of which none waits leave reading as it is', async () => {
    const { call, begin, end, reads } = bench();
    call(1, () => [0, 'at once']);
    begin(2);
    await end(2);
    expect(reads).toEqual([]);
  });

  test('count until their answer can leave', async () => {
    const { begin, call, end, began, sent } = bench();
    begin(1);
    call(1, () => [0, 'second']);
    begin(2);
    expect([began, sent]).toEqual([[1, 1], []]);
    await end(1, [0, 'first']);
    expect(began).toEqual([1, 1, 2]);
    expect(sent).toEqual([
      [11, 1, 0, 'first'],
      [11, 1, 0, 'second'],
    ]);
  });

  test('do not begin while the output is full, whoever waits for whom', () => {
    const { answerer, begin, output, began } = bench();
    Object.assign(output, { isFull: true, awaited: 3 });
    begin(1);
    answerer.callNext();
    expect(began).toEqual([]);
    output.isFull = false;
    answerer.outputDrained();
    expect(began).toEqual([1]);
  });

  test('begin when there may be more of them', () => {
    const { answerer, begin, gate, began } = bench({ maxRunningCallbacks: 1 });
    begin(1, 2, 3, 4);
    gate.limits.maxRunningCallbacks = 3;
    answerer.limitChanged();
    expect(began).toEqual([1, 2, 3]);
  });

  test('leave room for as many others as this side waits for', () => {
    const { begin, output, began } = bench({ maxRunningCallbacks: 1 });
    output.awaited = 2;
    begin(1, 2, 3, 4);
    expect(began).toEqual([1, 2, 3]);
  });

  test('of strangers leave no room for others', () => {
    const { begin, gate, output, began } = bench({ maxRunningCallbacks: 1 });
    gate.passage = 'whitelist';
    output.awaited = 2;
    begin(1, 2, 3);
    expect(began).toEqual([1]);
  });

  test('begin in a microtask, once, for a program that has asked something', async () => {
    const { answerer, begin, output, began } = bench({ maxRunningCallbacks: 1 });
    begin(1, 2, 3);
    output.awaited = 1;
    const callNext = vi.spyOn(answerer, 'callNext');
    answerer.callSoon();
    answerer.callSoon();
    expect(began).toEqual([1]);
    await Promise.resolve();
    expect([began, callNext.mock.calls.length]).toEqual([[1, 2], 1]);
    output.awaited = 2;
    answerer.callSoon();
    await Promise.resolve();
    expect(began).toEqual([1, 2, 3]);
  });
});

describe('answers that wait behind the answer of a callback', () => {
  test('may be 10 000 while this side waits for the peer, and one more each second in which nothing moves', () => {
    const { begin, call, clock, output, began, answers } = bench({ maxRunningCallbacks: 1 });
    output.awaited = 1;
    begin(1);
    for (let n = 0; n < MAX_UNSENT + 5; n++) call(1, () => [0, n]);
    expect([began.length, answers.waitingOfCallbacks]).toEqual([1 + MAX_UNSENT, MAX_UNSENT]);
    for (const extra of [1, 2]) {
      clock.advance(1_000);
      expect(answers.waitingOfCallbacks).toBe(MAX_UNSENT + extra);
    }
  });

  test('are none more than usual where this side does not wait', () => {
    const { begin, call, began } = bench({ maxRunningCallbacks: 3 });
    begin(1);
    for (let n = 0; n < 9; n++) call(1, () => [0, n]);
    expect(began.length).toBe(3);
  });
});

describe('room for one callback more', () => {
  test('is made each second in which none began or ended, for those who wait for each other', () => {
    const { begin, clock, output, began } = bench({ maxRunningCallbacks: 1 });
    output.awaitsAnswers = true;
    begin(1, 2, 3);
    clock.advance(999);
    expect(began).toEqual([1]);
    clock.advance(1);
    expect(began).toEqual([1, 2]);
    clock.advance(999);
    expect(began).toEqual([1, 2]);
    clock.advance(1);
    expect(began).toEqual([1, 2, 3]);
  });

  test('is gone as soon as there is room without', async () => {
    const { begin, clock, end, output, began } = bench({ maxRunningCallbacks: 1 });
    output.awaitsAnswers = true;
    begin(1, 2);
    clock.advance(1_000);
    expect(began).toEqual([1, 2]);
    await end(1);
    await end(2);
    begin(3, 4);
    expect(began).toEqual([1, 2, 3]);
  });

  test('stays while there is none without', async () => {
    const { begin, clock, end, output, began } = bench({ maxRunningCallbacks: 1 });
    output.awaitsAnswers = true;
    begin(1, 2, 3);
    clock.advance(1_000);
    await end(1);
    expect(began).toEqual([1, 2, 3]);
  });

  test('is not made in a second in which a callback began', () => {
    const { answerer, begin, clock, gate, output, began } = bench({ maxRunningCallbacks: 1 });
    output.awaitsAnswers = true;
    begin(1, 2, 3);
    clock.advance(500);
    gate.limits.maxRunningCallbacks = 2;
    answerer.limitChanged();
    clock.advance(500);
    expect(began).toEqual([1, 2]);
    clock.advance(1_000);
    expect(began).toEqual([1, 2, 3]);
  });

  test('is not made in a second in which a callback ended', async () => {
    const { begin, clock, end, output, began } = bench({ maxRunningCallbacks: 2 });
    output.awaitsAnswers = true;
    begin(1, 2, 3, 4);
    await clock.advanceAsync(500);
    await end(1);
    await clock.advanceAsync(500);
    expect(began).toEqual([1, 2, 3]);
  });
});

describe('a stranger', () => {
  test('whose answer has to wait for him to read is not read meanwhile', async () => {
    const { begin, end, gate, output, reads, answers } = bench();
    gate.passage = 'whitelist';
    begin(1);
    output.isFull = true;
    await end(1);
    expect([reads, answers.waiting]).toEqual([[false], 1]);
  });

  test('is refused where strangers may have no more callbacks, and nothing is called', () => {
    const { begin, gate, strangers, began, sent } = bench();
    gate.passage = 'whitelist';
    strangers.mayCall = false;
    begin(1);
    expect([began, sent]).toEqual([[], [[11, 1, STATUS_AUTH_REQUIRED, null]]]);
    gate.passage = 'everything';
    begin(2);
    expect(began).toEqual([2]);
  });

  test('is served where nobody counts strangers', () => {
    const { begin, gate, journal, began } = bench();
    gate.passage = 'whitelist';
    journal.strangers = undefined;
    begin(1);
    expect(began).toEqual([1]);
  });

  test('is counted for as long as his callback runs; one that is trusted is not', async () => {
    const { begin, end, gate, strangers } = bench();
    begin(1);
    expect(strangers.running).toBe(0);
    gate.passage = 'whitelist';
    begin(2);
    expect(strangers.running).toBe(1);
    await end(2);
    await end(1);
    expect(strangers.running).toBe(0);
  });

  test('is refused when his turn comes and there is no room for strangers any more', async () => {
    const { begin, end, gate, strangers, began, sent } = bench({ maxRunningCallbacks: 1 });
    gate.passage = 'whitelist';
    begin(1, 2);
    strangers.mayCall = false;
    await end(1);
    expect([began, sent.at(-1)]).toEqual([[1], [11, 2, STATUS_AUTH_REQUIRED, null]]);
  });

  test('is refused when his turn comes and he is trusted no more', async () => {
    const { begin, end, gate, began, sent } = bench({ maxRunningCallbacks: 1 });
    begin(1, 2);
    gate.passing = false;
    await end(1);
    expect([began, sent.at(-1)]).toEqual([[1], [11, 2, STATUS_AUTH_REQUIRED, null]]);
  });
});

describe('a request over the limit', () => {
  test('is refused with a status, and counted, where reading cannot be paused', () => {
    const { begin, output, dropped, sent, began } = bench({ maxRunningCallbacks: 1, maxWaitingCallbacks: 1 });
    output.canPause = false;
    begin(1, 2, 3);
    expect(dropped).toEqual(['too-many-waiting of 3']);
    expect([sent, began]).toEqual([[[11, 3, STATUS_CALLBACK_ERROR, null]], [1]]);
  });

  test('waits where it can be', () => {
    const { begin, dropped, reads } = bench({ maxRunningCallbacks: 1, maxWaitingCallbacks: 1 });
    begin(1, 2, 3);
    expect([dropped, reads.at(-1)]).toEqual([[], false]);
  });

  test('is told by its bytes as well', () => {
    const { begin, call, reads } = bench({ maxRunningCallbacks: 1 });
    begin(1);
    call(2, () => null, 999_999);
    expect(reads.at(-1)).toBe(true);
    call(3, () => null, 1);
    expect(reads.at(-1)).toBe(false);
  });
});

describe('what a callback returns', () => {
  test.each([
    ['a status and data', [6, 'data'], [6, 'data']],
    ['the status 0', [0, null], [0, null]],
  ])('is the answer: %s', (_, result, expected) => {
    const { call, sent, notes } = bench();
    call(1, () => result);
    expect([sent, notes]).toEqual([[[11, 1, ...expected]], []]);
  });

  test.each([
    ['a negative status', [-1, null]],
    ['half a status', [0.5, null]],
    ['no data', [0]],
    ['too much', [0, null, null]],
    ['no list', 'ab'],
    ['nothing', undefined],
  ])('is a failure where it is no answer: %s', (_, result) => {
    const { call, sent, notes } = bench();
    call(1, () => result);
    expect(sent).toEqual([[11, 1, STATUS_CALLBACK_ERROR, null]]);
    expect(notes).toEqual([expect.stringContaining('callback-failed of 1: ')]);
    expect(notes[0]).toContain('the callback returned no [status, data]');
  });

  test('is a failure where it cannot be sent', () => {
    const { call, sent, notes } = bench();
    call(1, () => [0, 1n]);
    expect([sent, notes.length]).toEqual([[[11, 1, STATUS_CALLBACK_ERROR, null]], 1]);
  });

  test.each([
    ['throws', () => Promise.resolve().then(() => Promise.reject(new StatusError(6)))],
    [
      'throws at once',
      () => {
        throw new StatusError(6);
      },
    ],
  ])('is a status alone, and no failure, where it %s one', async (_, callback) => {
    const { call, clock, sent, notes } = bench();
    call(1, callback);
    await clock.advanceAsync(0);
    expect([sent, notes]).toEqual([[[11, 1, 6, null]], []]);
  });

  test('is a failure where it is a promise that throws when it is asked', async () => {
    const { call, clock, sent, notes } = bench();
    call(1, () => ({
      // biome-ignore lint/suspicious/noThenProperty: a foreign promise is what is judged
      then: () => {
        throw new Error('foreign');
      },
    }));
    await clock.advanceAsync(0);
    expect(sent).toEqual([[11, 1, STATUS_CALLBACK_ERROR, null]]);
    expect(notes[0]).toContain('foreign');
  });
});

describe('the time of a callback', () => {
  test('is over when its option says so; its room is free, and what it answers later is counted', async () => {
    const { begin, end, clock, began, sent, notes, dropped } = bench({ maxRunningCallbacks: 1 });
    begin(1, 2, 3);
    await clock.advanceAsync(CALLBACK_TIMEOUT_MS - 1);
    expect([sent, began]).toEqual([[], [1]]);
    await clock.advanceAsync(1);
    expect([sent, began]).toEqual([[[11, 1, STATUS_CALLBACK_ERROR, null]], [1, 2]]);
    expect(notes[0]).toContain(`did not answer within ${CALLBACK_TIMEOUT_MS} ms (callbackTimeout)`);
    await end(1, [0, 'late']);
    expect([dropped, sent.length, began]).toEqual([['late-result of 1'], 1, [1, 2]]);
  });

  test('does not go on while the process stands still', async () => {
    const { begin, end, clock, sent } = bench();
    begin(1);
    await clock.advanceAsync(CALLBACK_TIMEOUT_MS - 200);
    clock.standStill(10 * CALLBACK_TIMEOUT_MS);
    begin(2);
    await clock.advanceAsync(199);
    expect(sent).toEqual([]);
    await clock.advanceAsync(1);
    expect(sent).toEqual([[11, 1, STATUS_CALLBACK_ERROR, null]]);
    await clock.advanceAsync(CALLBACK_TIMEOUT_MS - 201);
    await end(2);
    expect([clock.pending, sent.length]).toEqual([0, 2]);
    expect(sent[1]).toEqual([11, 2, 0, null]);
  });

  test('ends with the callback', async () => {
    const { begin, end, clock, sent } = bench();
    begin(1);
    expect(clock.pending).toBe(1);
    await end(1);
    expect([clock.pending, sent.length]).toEqual([0, 1]);
  });

  test('is forgotten when it has ended: a session of many callbacks keeps no timer of them', async () => {
    const { answerer, begin, end, clock } = bench();
    for (const dataId of [1, 2, 3]) {
      begin(dataId);
      await end(dataId);
    }
    begin(4);
    const clearTimeout = vi.spyOn(clock, 'clearTimeout');
    answerer.close();
    // places have timers of their own, which are undefined where nothing was delayed
    expect(clearTimeout.mock.calls.filter(([timer]) => timer !== undefined)).toHaveLength(1);
  });

  test('ends with the session; what it answers then goes nowhere', async () => {
    const { answerer, begin, end, clock, began, sent, dropped, reads } = bench({ maxRunningCallbacks: 1 });
    begin(1, 2);
    const before = reads.length;
    answerer.close();
    expect([clock.pending, dropped]).toEqual([0, ['link-lost of 2']]);
    await end(1);
    answerer.callNext();
    expect([began, sent, reads.length]).toEqual([[1], [], before]);
  });

  test('stops where the link is gone, and begins anew with the next; its room is taken as long', async () => {
    const { answerer, begin, end, clock, began, sent, dropped } = bench({ maxRunningCallbacks: 1 });
    begin(1, 2);
    answerer.linkLost();
    expect([clock.pending, dropped]).toEqual([0, ['link-lost of 2']]);
    answerer.linkOpened();
    begin(3);
    await clock.advanceAsync(CALLBACK_TIMEOUT_MS - 1);
    expect([clock.pending, began]).toEqual([1, [1]]);
    await end(1);
    expect([began, sent, dropped[1]]).toEqual([[1, 3], [], 'link-lost of 1']);
  });
});

test('a callback that closes the session is the last one that begins', async () => {
  const { answerer, begin, call, end, began } = bench({ maxRunningCallbacks: 1 });
  begin(1);
  call(2, () => {
    answerer.close();
    return [0, null];
  });
  call(3, () => [0, null]);
  await end(1);
  expect(began).toEqual([1, 2]);
});
