/** An output and answers at which nobody runs callbacks, and links that end in the middle of something. */

import { describe, expect, test, vi } from 'vitest';
import { Message } from '../../../src/index.js';
import { Answers } from '../../../src/session/sending/answers.js';
import { Output } from '../../../src/session/sending/output.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const MAX_OUTPUT_BYTES = 1_000;

/** Real answers on a real output, whose transport is as the test says. */
function bench() {
  const clock = new VirtualClock();
  const sent: unknown[] = [];
  const lost: string[] = [];
  const failures: unknown[] = [];
  const comm = {
    bufferedBytes: 0,
    send: (payload: Buffer) => {
      sent.push(String(payload));
      return true;
    },
  };
  const journal = {
    sent: vi.fn(),
    drop: (reason: string) => void lost.push(reason),
    describe: () => '',
  };
  const gate = { isLinked: true, passage: 'everything', limits: { maxOutputBytes: MAX_OUTPUT_BYTES } };
  const handle = {
    guard: (run: () => void) => {
      try {
        run();
      } catch (error) {
        failures.push(error);
      }
    },
  };
  const settings = {
    codec: { encode: ({ data }: Message<unknown>) => Buffer.from(String(data)) },
    trusted: { maxFrameLength: 1_000 },
  };
  const output = new Output(
    comm as never,
    settings as never,
    journal as never,
    gate as never,
    handle as never,
  );
  const answers = new Answers(output, journal as never, clock, handle as never);
  const maker = (data: string) => () => answers.encoded(new Message({ serviceId: 1, dataId: 0, data }));
  /** More waits in the transport than may, after a write. */
  const fill = (): void => {
    comm.bufferedBytes = MAX_OUTPUT_BYTES + 1;
    output.transmit(new Message({ serviceId: 1, dataId: 1 }), Buffer.from('filler'));
    sent.pop();
  };
  return { clock, comm, sent, lost, failures, output, answers, maker, fill };
}

describe('where nobody runs callbacks', () => {
  test('answers wait and leave all the same', () => {
    const { clock, comm, sent, failures, output, answers, maker, fill } = bench();
    fill();
    answers.send(1, 0, maker('answer'));
    answers.sendStatus(1, 0, 7, maker('status'));
    answers.sendLater(1, 0, maker('delayed'), 10);
    clock.advance(10);
    expect([sent, answers.waiting, failures]).toEqual([[], 3, []]);
    comm.bufferedBytes = 0;
    answers.drained();
    expect([sent, answers.waiting]).toEqual([['answer', 'status', 'delayed'], 0]);
    output.isLoaded = true;
    expect(() => output.asked()).not.toThrow();
  });
});

describe('an output that was full', () => {
  test('is so again only after a write, once it has drained', () => {
    const { comm, output, fill } = bench();
    fill();
    comm.bufferedBytes = MAX_OUTPUT_BYTES;
    output.drained();
    comm.bufferedBytes = MAX_OUTPUT_BYTES + 1;
    expect(output.isFull).toBe(false);
    fill();
    expect(output.isFull).toBe(true);
  });

  test('stays so while more waits than may, whoever says that it drained', () => {
    const { comm, output, fill } = bench();
    fill();
    output.drained();
    comm.bufferedBytes = MAX_OUTPUT_BYTES + 2;
    expect(output.isFull).toBe(true);
  });
});

describe('answers', () => {
  test('are counted right where the sending of one ends the link', () => {
    const { comm, sent, lost, answers, maker } = bench();
    const first = answers.reserve(1, 0);
    answers.send(1, 0, maker('second'), true);
    comm.send = (payload) => {
      sent.push(String(payload));
      answers.linkLost();
      return true;
    };
    answers.fill(first, maker('first'), true);
    expect([sent, lost, answers.waiting, answers.waitingOfCallbacks]).toEqual([
      ['first'],
      ['link-lost'],
      0,
      0,
    ]);
  });

  test('that are statuses do not join one that stands before another answer of their ids', () => {
    const { sent, answers, maker } = bench();
    const first = answers.reserve(1, 0);
    answers.sendStatus(1, 0, 7, maker('status 7'));
    const last = answers.reserve(1, 0);
    answers.sendStatus(1, 0, 7, maker('status 7 again'));
    expect(answers.waiting).toBe(2);
    answers.fill(first, maker('first'));
    answers.fill(last, maker('last'));
    expect(sent).toEqual(['first', 'status 7', 'last', 'status 7 again']);
  });

  test('that are delayed and fail when they are made go to the handle, not to the clock', () => {
    const { clock, failures, answers } = bench();
    answers.sendLater(
      1,
      0,
      () => {
        throw new Error('of the codec');
      },
      10,
    );
    clock.advance(10);
    expect(failures).toEqual([new Error('of the codec')]);
  });

  test('of which equal ones left in part are lost only for the rest', () => {
    const { comm, sent, lost, answers, maker, fill } = bench();
    fill();
    for (let n = 0; n < 3; n++) answers.sendStatus(1, 0, 7, maker('status'));
    comm.bufferedBytes = 0;
    comm.send = (payload) => {
      sent.push(String(payload));
      comm.bufferedBytes = MAX_OUTPUT_BYTES + 1;
      return true;
    };
    answers.drained();
    expect([sent, answers.waiting]).toEqual([['status'], 1]);
    answers.linkLost();
    expect([lost, answers.waiting]).toEqual([['link-lost', 'link-lost'], 0]);
  });
});
