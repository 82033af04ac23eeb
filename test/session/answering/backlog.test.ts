/** What waits for its callback, and what that means for reading, with every number at its edge. */

import { describe, expect, test } from 'vitest';
import { Message } from '../../../src/index.js';
import { Backlog, type BacklogParts, type Call } from '../../../src/session/answering/backlog.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const [MAX_CALLS, MAX_BYTES] = [4, 100];
const MAX_STATUSES = 65_536;

/** A backlog, with an output and answers that are as the test says. */
function bench() {
  const clock = new VirtualClock();
  const reads: boolean[] = [];
  const failures: unknown[] = [];
  const output = {
    isLoaded: false,
    canPause: true,
    awaited: 0,
    awaitsAnswers: false,
    isFull: false,
    bufferedBytes: 0,
    read: (isReading: boolean) => void reads.push(isReading),
  };
  const answers = { waiting: 0, waitingOfCallbacks: 0 };
  const gate = {
    passage: 'everything',
    limits: { maxWaitingCallbacks: MAX_CALLS, maxWaitingCallbackBytes: MAX_BYTES },
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
  const calls = { count: 0, callNext: (): void => {} };
  const parts = { settings: { clock }, gate, output, answers, handle } as unknown as BacklogParts;
  const backlog = new Backlog(parts, () => {
    calls.count++;
    calls.callNext();
  });
  const push = (byteLength = 0, count = 1): void => {
    for (let n = 0; n < count; n++) backlog.push(callOf(byteLength));
    backlog.update();
  };
  return { backlog, clock, output, answers, gate, calls, failures, reads, push, isRead: () => reads.at(-1) };
}

function callOf(byteLength: number): Call {
  return {
    request: new Message({ serviceId: 10, dataId: 0 }),
    responseSid: 11,
    callback: () => null,
    place: {} as Call['place'],
    byteLength,
  };
}

/** A backlog over its limit whose side waits for the peer, and in which nothing moved for a second. */
function stalled() {
  const here = bench();
  here.output.awaited = 1;
  here.output.awaitsAnswers = true;
  here.push(0, MAX_CALLS);
  here.clock.advance(1_000);
  return here;
}

describe('what waits for callbacks', () => {
  test('leaves in the order in which it came, and then there is nothing', () => {
    const { backlog } = bench();
    const [one, other] = [callOf(1), callOf(2)];
    backlog.push(one);
    backlog.push(other);
    expect(backlog.size).toBe(2);
    expect([backlog.shift(), backlog.shift(), backlog.shift(), backlog.size]).toEqual([
      one,
      other,
      undefined,
      0,
    ]);
  });

  test('is read up to the number that may wait, and no further', () => {
    const { backlog, push, isRead } = bench();
    push(0, MAX_CALLS - 1);
    expect(isRead()).toBe(true);
    push();
    expect(isRead()).toBe(false);
    backlog.shift();
    backlog.update();
    expect(isRead()).toBe(true);
  });

  test('is read up to the bytes that may wait, all of them together', () => {
    const { backlog, push, isRead } = bench();
    push(60);
    push(39);
    expect(isRead()).toBe(true);
    push(1);
    expect(isRead()).toBe(false);
    backlog.shift();
    backlog.update();
    expect(isRead()).toBe(true);
    push(59);
    expect(isRead()).toBe(true);
    push(1);
    expect(isRead()).toBe(false);
  });

  test('counts the answers that are a status alone, and not those that a callback gave', () => {
    const { backlog, answers, push, isRead } = bench();
    push();
    Object.assign(answers, { waiting: 50, waitingOfCallbacks: 48 });
    backlog.update();
    expect(isRead()).toBe(true);
    answers.waitingOfCallbacks = 47;
    backlog.update();
    expect(isRead()).toBe(false);
  });

  test('is told to the output: something waits here, or is not read', () => {
    const { backlog, answers, output, push } = bench();
    backlog.update();
    expect(output.isLoaded).toBe(false);
    push();
    expect(output.isLoaded).toBe(true);
    backlog.shift();
    backlog.update();
    expect(output.isLoaded).toBe(false);
    answers.waiting = MAX_CALLS;
    backlog.update();
    expect(output.isLoaded).toBe(true);
  });

  test('is forgotten with its link, with its bytes, its room, its refusals and its timer', () => {
    const { backlog, clock, output, push, isRead } = stalled();
    push(99);
    expect([backlog.extraRoom, backlog.isRefusing, clock.pending]).toEqual([1, true, 1]);
    expect(backlog.clear()).toHaveLength(MAX_CALLS + 1);
    expect([backlog.size, backlog.extraRoom, backlog.isRefusing, clock.pending]).toEqual([0, 0, false, 0]);
    push(99);
    expect(isRead()).toBe(true);
    // the timer of the next link is its own
    expect([output.isLoaded, clock.pending]).toEqual([true, 1]);
    push(0, MAX_CALLS - 1);
    expect([backlog.isRefusing, isRead()]).toEqual([false, false]);
  });
});

describe('a stranger', () => {
  test.each([
    ['a request of his waits', { size: 1 }, false],
    ['an answer to him waits', { waiting: 1 }, false],
    ['an answer of a callback waits for him', { waiting: 1, waitingOfCallbacks: 1 }, false],
    ['nothing waits', {}, true],
    ['something waits, but this side awaits his answer', { size: 1, awaitsAnswers: true }, true],
    ['something waits, but he is trusted', { size: 1, passage: 'everything' }, true],
  ])('is read while %s: %o: %s', (_, {
    size = 0,
    passage = 'whitelist',
    awaitsAnswers = false,
    ...rest
  }: {
    size?: number;
    passage?: string;
    awaitsAnswers?: boolean;
    waiting?: number;
    waitingOfCallbacks?: number;
  }, isReading) => {
    const { backlog, gate, output, answers, push, isRead } = bench();
    gate.passage = passage;
    output.awaitsAnswers = awaitsAnswers;
    Object.assign(answers, rest);
    if (size > 0) push();
    else backlog.update();
    expect(isRead()).toBe(isReading);
  });
});

describe('a side that waits for the peer while something of the peer waits here', () => {
  test.each([
    ['nothing of this side waits', {}, 0],
    ['a request waits', { awaited: 1 }, 1],
    ['an answer may come', { awaitsAnswers: true }, 1],
  ])('looks a second later where %s', (_, waits, timers) => {
    const { clock, output, push } = bench();
    Object.assign(output, waits);
    push();
    expect(clock.pending).toBe(timers);
  });

  test('does not look where nothing of the peer waits', () => {
    const { backlog, clock, output } = bench();
    Object.assign(output, { awaited: 1, awaitsAnswers: true });
    backlog.update();
    expect(clock.pending).toBe(0);
  });

  test('looks once a second, however often something comes', () => {
    const { clock, output, calls, push } = bench();
    output.awaited = 1;
    push();
    clock.advance(600);
    push();
    expect(clock.pending).toBe(1);
    clock.advance(399);
    expect(calls.count).toBe(0);
    clock.advance(1);
    expect([calls.count, clock.pending]).toEqual([1, 1]);
    clock.advance(1_000);
    expect(calls.count).toBe(2);
  });

  test('has room for one callback more after each second in which nothing moved', () => {
    const { backlog, clock, output, push } = bench();
    output.awaited = 1;
    push();
    for (const room of [1, 2, 3]) {
      clock.advance(1_000);
      expect(backlog.extraRoom).toBe(room);
    }
  });

  test('has no more room where something moved, and looks again', () => {
    const { backlog, clock, output, calls, push } = bench();
    output.awaited = 1;
    push();
    backlog.moves++;
    clock.advance(1_000);
    expect([backlog.extraRoom, calls.count, clock.pending]).toEqual([0, 0, 1]);
    // what moved before does not count twice
    clock.advance(1_000);
    expect([backlog.extraRoom, calls.count]).toEqual([1, 1]);
  });

  test.each([
    ['full output that gets less', true, 9, 0],
    ['full output that stays', true, 10, 1],
    ['output that is not full', false, 9, 1],
  ])('takes %s for what it is', (_, isFull, bufferedBytes, room) => {
    const { backlog, clock, output, push } = bench();
    Object.assign(output, { awaited: 1, isFull, bufferedBytes: 10 });
    push();
    output.bufferedBytes = bufferedBytes;
    clock.advance(1_000);
    expect(backlog.extraRoom).toBe(room);
  });

  test('stops to look when nothing waits any more, and begins anew', () => {
    const { backlog, clock, output, calls, push } = bench();
    output.awaited = 1;
    push();
    backlog.shift();
    backlog.update();
    clock.advance(1_000);
    expect([calls.count, backlog.extraRoom, clock.pending]).toEqual([0, 0, 0]);
    push();
    clock.advance(1_000);
    expect([calls.count, backlog.extraRoom]).toEqual([1, 1]);
  });

  test('says so where a callback throws that it began', () => {
    const { calls, clock, failures, output, push } = bench();
    output.awaited = 1;
    push();
    calls.callNext = () => {
      throw new Error('of the program');
    };
    clock.advance(1_000);
    expect(failures).toEqual([new Error('of the program')]);
  });
});

describe('a request over the limit', () => {
  test('is not refused before reading could be paused in vain', () => {
    const { backlog, push } = bench();
    push(0, MAX_CALLS);
    expect(backlog.isRefusing).toBe(false);
  });

  test('is refused at once on a transport that cannot pause, and only over the limit', () => {
    const { backlog, output, push } = bench();
    output.canPause = false;
    push(0, MAX_CALLS - 1);
    expect(backlog.isRefusing).toBe(false);
    push();
    expect(backlog.isRefusing).toBe(true);
  });

  test('is read and refused after a second in which nothing moved', () => {
    const { backlog, isRead } = stalled();
    expect([isRead(), backlog.isRefusing]).toEqual([true, true]);
  });

  test('is not refused where less waits than may, though nothing moved', () => {
    const { backlog, clock, output, push, isRead } = bench();
    output.awaited = 1;
    push(0, MAX_CALLS - 1);
    clock.advance(1_000);
    push();
    expect([backlog.isRefusing, isRead()]).toEqual([false, false]);
  });

  test('is refused until half of what waits has left: then reading pauses again at the limit', () => {
    const { backlog, push, isRead } = stalled();
    backlog.shift();
    backlog.shift();
    backlog.update();
    push(0, 2);
    // half was still there
    expect([backlog.isRefusing, isRead()]).toEqual([true, true]);
    for (let n = 0; n < 3; n++) backlog.shift();
    backlog.update();
    push(0, 3);
    expect([backlog.isRefusing, isRead()]).toEqual([false, false]);
  });

  test('is not refused where there is room again, though not yet half', () => {
    const { backlog } = stalled();
    backlog.shift();
    expect(backlog.isRefusing).toBe(false);
  });

  test('is not even read where 65 536 refusals wait to leave', () => {
    const { backlog, answers, isRead } = stalled();
    answers.waiting = MAX_STATUSES - 1;
    backlog.update();
    expect(isRead()).toBe(true);
    answers.waiting = MAX_STATUSES;
    backlog.update();
    expect(isRead()).toBe(false);
    answers.waitingOfCallbacks = 1;
    backlog.update();
    expect(isRead()).toBe(true);
  });
});
