import { describe, expect, test } from 'vitest';
import { Message } from '../../../src/index.js';
import type { Journal } from '../../../src/session/journal/journal.js';
import { type AnswerMaker, Answers } from '../../../src/session/sending/answers.js';
import type { Output } from '../../../src/session/sending/output.js';
import { SessionHandle } from '../../../src/session/session-handle.js';
import { VirtualClock } from '../../support/virtual-clock.js';

/** Answers, on an output that the test fills and empties. */
function bench() {
  const clock = new VirtualClock();
  const sent: unknown[] = [];
  const lost: string[] = [];
  const output = {
    isFull: false,
    transmit: ({ data }: Message<unknown>) => void sent.push(data),
    encode: ({ data }: Message<unknown>) => Buffer.from(String(data)),
  };
  const journal = {
    drop: (reason: string, detail: string) => void lost.push(`${reason} ${detail.split(': ')[1]}`),
    describe: ({ data }: Message) => String(data),
  };
  const answers = new Answers(
    output as unknown as Output,
    journal as unknown as Journal,
    clock,
    new SessionHandle(),
  );
  const maker =
    (data: string, serviceId = 1, dataId = 0): AnswerMaker =>
    () =>
      answers.encoded(new Message({ serviceId, dataId, data }));
  return { clock, output, answers, sent, lost, maker };
}

describe('answers', () => {
  test('leave at once where none of their ids is due before them', () => {
    const { answers, sent, maker } = bench();
    expect(answers.send(1, 0, maker('a'))).toBe(true);
    answers.reserve(1, 1);
    expect(answers.send(1, 0, maker('b'))).toBe(true);
    expect([sent, answers.waiting]).toEqual([['a', 'b'], 0]);
  });

  test('of equal ids leave in the order of their places, whenever they come', () => {
    const { answers, sent, maker } = bench();
    const [first, second] = [answers.reserve(1, 0), answers.reserve(1, 0)];
    expect(answers.send(1, 0, maker('third'))).toBe(false);
    answers.fill(second, maker('second'));
    expect([sent, answers.waiting]).toEqual([[], 2]);
    answers.fill(first, maker('first'));
    expect([sent, answers.waiting]).toEqual([['first', 'second', 'third'], 0]);
    expect(answers.send(1, 0, maker('fourth'))).toBe(true);
  });

  test('are not made before they can leave', () => {
    const { answers, maker } = bench();
    const first = answers.reserve(1, 0);
    let made = 0;
    const second = answers.reserve(1, 0);
    answers.fill(second, () => {
      made++;
      return maker('second')();
    });
    expect(made).toBe(0);
    answers.fill(first, maker('first'));
    expect(made).toBe(1);
  });

  test('wait while the output is full, and leave when it has drained, as far as there is room', () => {
    const { answers, output, sent, maker } = bench();
    output.isFull = true;
    const places = [answers.reserve(1, 0), answers.reserve(1, 0), answers.reserve(2, 0)];
    for (const [n, place] of places.entries()) answers.fill(place, maker(`answer ${n}`));
    answers.drained();
    expect([sent, answers.waiting]).toEqual([[], 3]);
    output.isFull = false;
    answers.drained();
    expect([sent, answers.waiting]).toEqual([['answer 0', 'answer 1', 'answer 2'], 0]);
    answers.drained();
    expect(sent).toHaveLength(3);
  });

  test('that are delayed hold back those of their ids, and let callbacks go on', () => {
    const { clock, answers, sent, maker } = bench();
    let calls = 0;
    answers.caller = { callNext: () => void calls++ };
    answers.sendLater(1, 0, maker('delayed'), 100);
    answers.send(1, 0, maker('behind'));
    answers.send(1, 1, maker('beside'));
    clock.advance(99);
    expect([sent, calls]).toEqual([['beside'], 0]);
    clock.advance(1);
    expect([sent, calls, clock.pending]).toEqual([['beside', 'delayed', 'behind'], 1, 0]);
  });

  test('are lost with their connection, counted, and never sent on the next', () => {
    const { clock, answers, sent, lost, maker } = bench();
    const place = answers.reserve(1, 0);
    answers.send(1, 0, maker('behind'));
    answers.sendLater(1, 1, maker('delayed'), 100);
    answers.linkLost();
    expect([lost, answers.waiting, clock.pending]).toEqual([['link-lost behind'], 0, 0]);
    answers.fill(place, maker('late'));
    expect([lost, sent, answers.waiting]).toEqual([['link-lost behind', 'link-lost late'], [], 0]);
    expect(answers.send(1, 0, maker('of the next'))).toBe(true);
    answers.linkLost();
    expect(sent).toEqual(['of the next']);
  });

  test('stop at the one whose sending loses the connection', () => {
    const { answers, output, sent, maker } = bench();
    const places = [answers.reserve(1, 0), answers.reserve(1, 0)];
    answers.fill(places[1] as never, maker('second'));
    output.transmit = ({ data }) => {
      sent.push(data);
      answers.linkLost();
    };
    answers.fill(places[0] as never, maker('first'));
    expect(sent).toEqual(['first']);
  });
});
