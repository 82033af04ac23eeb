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
  /** What the runner of callbacks heard. */
  const calls: string[] = [];
  const output = {
    isFull: false,
    caller: {
      callNext: () => void calls.push('call next'),
      answerWaits: () => void calls.push('answer waits'),
    },
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
  return { clock, output, answers, sent, lost, calls, maker };
}

describe('answers', () => {
  test('leave at once where none of their ids is due before them, and there is room', () => {
    const { answers, sent, calls, maker } = bench();
    answers.send(1, 0, maker('a'));
    answers.reserve(1, 1);
    answers.send(1, 0, maker('b'));
    expect([sent, answers.waiting, calls]).toEqual([['a', 'b'], 0, []]);
  });

  test('of equal ids leave in the order of their places, whenever they come', () => {
    const { answers, sent, calls, maker } = bench();
    const [first, second] = [answers.reserve(1, 0), answers.reserve(1, 0)];
    answers.send(1, 0, maker('third'));
    answers.fill(second, maker('second'));
    expect([sent, answers.waiting, calls]).toEqual([[], 2, ['answer waits']]);
    answers.fill(first, maker('first'));
    expect([sent, answers.waiting]).toEqual([['first', 'second', 'third'], 0]);
    answers.send(1, 0, maker('fourth'));
    expect([sent.length, calls.length]).toEqual([4, 1]);
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
    const { answers, output, sent, calls, maker } = bench();
    output.isFull = true;
    answers.send(1, 0, maker('answer 0'));
    answers.send(1, 0, maker('answer 1'));
    answers.sendStatus(2, 0, 7, maker('answer 2', 2));
    answers.drained();
    expect([sent, answers.waiting, calls]).toEqual([[], 3, ['answer waits', 'answer waits', 'answer waits']]);
    output.isFull = false;
    const transmit = output.transmit;
    output.transmit = (message) => {
      transmit(message);
      output.isFull = true;
    };
    answers.drained();
    expect([sent, answers.waiting]).toEqual([['answer 0'], 2]);
    output.isFull = false;
    output.transmit = transmit;
    answers.drained();
    expect([sent, answers.waiting]).toEqual([['answer 0', 'answer 1', 'answer 2'], 0]);
    answers.drained();
    expect(sent).toHaveLength(3);
  });

  test('of callbacks are counted apart while they wait', () => {
    const { answers, output, maker } = bench();
    output.isFull = true;
    answers.send(1, 0, maker('of a callback'), true);
    answers.send(1, 1, maker('of nobody'));
    answers.fill(answers.reserve(1, 2), maker('of another callback'), true);
    expect([answers.waiting, answers.waitingOfCallbacks]).toEqual([3, 2]);
    output.isFull = false;
    answers.drained();
    expect([answers.waiting, answers.waitingOfCallbacks]).toEqual([0, 0]);
    output.isFull = true;
    answers.send(1, 0, maker('lost'), true);
    answers.linkLost();
    expect([answers.waiting, answers.waitingOfCallbacks]).toEqual([0, 0]);
  });

  test('that are equal statuses in a row take one place, and leave as often as they came', () => {
    const { answers, output, sent, calls, maker } = bench();
    const status = (code: number): void => answers.sendStatus(1, 0, code, maker(`status ${code}`));
    status(7);
    expect(sent).toEqual(['status 7']);
    output.isFull = true;
    for (const code of [7, 7, 7, 8, 7]) status(code);
    answers.sendStatus(1, 1, 7, maker('other ids', 1, 1));
    expect([answers.waiting, calls.length]).toEqual([4, 4]);
    output.isFull = false;
    answers.drained();
    expect(sent.slice(1)).toEqual(['status 7', 'status 7', 'status 7', 'status 8', 'status 7', 'other ids']);
    expect(answers.waiting).toBe(0);
  });

  test('that are delayed hold back those of their ids, and let callbacks go on', () => {
    const { clock, answers, sent, calls, maker } = bench();
    answers.sendLater(1, 0, maker('delayed'), 100);
    answers.send(1, 0, maker('behind'));
    answers.send(1, 1, maker('beside'));
    clock.advance(99);
    expect([sent, calls]).toEqual([['beside'], ['answer waits']]);
    clock.advance(1);
    expect([sent, calls, clock.pending]).toEqual([
      ['beside', 'delayed', 'behind'],
      ['answer waits', 'call next'],
      0,
    ]);
  });

  test('are lost with their connection, each counted, and never sent on the next', () => {
    const { clock, answers, sent, lost, maker } = bench();
    const place = answers.reserve(1, 0);
    answers.send(1, 0, maker('behind'));
    for (let n = 0; n < 2; n++) answers.sendStatus(1, 0, 7, maker('status'));
    answers.sendLater(1, 1, maker('delayed'), 100);
    answers.linkLost();
    const gone = ['link-lost behind', 'link-lost status', 'link-lost status'];
    expect([lost, answers.waiting, clock.pending]).toEqual([gone, 0, 0]);
    answers.fill(place, maker('late'));
    expect([lost.slice(3), sent, answers.waiting]).toEqual([['link-lost late'], [], 0]);
    answers.send(1, 0, maker('of the next'));
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
