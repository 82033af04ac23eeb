/** Rows 40 and 41: callbacks that fail, and callbacks that answer what cannot be sent. */

import type { Session } from '../../src/index.js';
import { frameOf, type Tuple } from '../support/bytes.js';
import { ASCTIME } from '../support/socket-puppet.js';
import type { BadInputCase } from './support-bad-input.js';

const CALLBACK_ERROR: Tuple = [31, 1, 2, null];
const EXECUTE = frameOf(30, 1);

/** What a callback may do instead of answering (row 40). */
const FAILURES: readonly (readonly [letter: string, what: string, callback: () => unknown])[] = [
  [
    'a',
    'throws',
    () => {
      throw new Error('the disk is full');
    },
  ],
  ['b', 'rejects', () => Promise.reject(new Error('the disk is full'))],
  [
    'c',
    'throws what has no text',
    () => {
      throw Object.create(null);
    },
  ],
  ['d', 'rejects with what has no text', () => Promise.reject(Object.create(null))],
  ['e', 'returns nothing', () => undefined],
  ['f', 'returns a status alone', () => [0]],
  ['g', 'returns a status that is none', () => ['0', 1]],
  ['h', 'returns a negative status', () => [-1, 1]],
  ['i', 'returns three things', () => [0, 1, 2]],
  ['j', 'resolves with a text', () => Promise.resolve('done')],
  [
    'k',
    'returns what throws when it is looked at',
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: that is the nonsense
      get then(): never {
        throw new Error('not today');
      },
    }),
  ],
  [
    'l',
    'returns a promise of its own making that throws',
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: that is the nonsense
      then(): never {
        throw new Error('not today');
      },
    }),
  ],
];

const circular: unknown[] = [];
circular.push(circular);
const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

const MAX_FRAME_LENGTH = 64 * 1024;

/** Results that JSON cannot carry (row 41). */
const NO_JSON: readonly (readonly [letter: string, what: string, result: unknown])[] = [
  ['a', 'a cycle', circular],
  ['b', 'a function', () => 1],
  ['c', 'NaN', { value: Number.NaN }],
  ['d', 'data nested 129 deep', deep(129)],
  ['e', 'a Map', new Map([[1, 2]])],
  ['f', 'a symbol', [Symbol('s')]],
  ['g', 'more than a frame holds', 'x'.repeat(MAX_FRAME_LENGTH)],
  [
    'h',
    'something whose toJSON throws',
    {
      toJSON: () => {
        throw new Error('not today');
      },
    },
  ],
];

const executes =
  (callback: () => unknown): NonNullable<BadInputCase['callbacks']> =>
  (session) =>
    session.registerCallback(30, 1, callback).onRead(0, () => ASCTIME);
/** The session goes on after the failure: the next request is answered. */
const GOES_ON: Tuple = [11, 0, 0, ASCTIME];

export const CALLBACK_CASES: readonly BadInputCase[] = [
  ...FAILURES.map(
    ([letter, what, callback]): BadInputCase => ({
      id: `#40${letter}`,
      title: `a callback that ${what} is answered for with "callback error"`,
      state: 'no secret',
      callbacks: executes(callback),
      input: [EXECUTE, frameOf(10, 0)],
      answers: [CALLBACK_ERROR, GOES_ON],
    }),
  ),
  {
    id: '#40m',
    title: 'a callback that hangs is answered for after 30 s, and its late result is dropped',
    state: 'no secret',
    callbacks: hangsFor(40_000),
    input: [EXECUTE, { waitsMs: 29_999 }, frameOf(10, 0), { waitsMs: 1 }, { waitsMs: 60_000 }],
    drops: { 'late-result': 1 },
    answers: [GOES_ON, CALLBACK_ERROR],
  },
  ...NO_JSON.map(
    ([letter, what, result]): BadInputCase => ({
      id: `#41${letter}`,
      title: `a callback whose data is ${what} is answered for with "callback error"`,
      state: 'no secret',
      options: { maxFrameLength: MAX_FRAME_LENGTH },
      callbacks: executes(() => [0, result]),
      input: [EXECUTE, frameOf(10, 0)],
      answers: [CALLBACK_ERROR, GOES_ON],
    }),
  ),
  {
    id: '#41i',
    title: 'data nested 128 deep can be sent',
    state: 'no secret',
    callbacks: executes(() => [0, deep(128)]),
    input: [EXECUTE],
    answers: [[31, 1, 0, deep(128)]],
  },
];

/** A callback that answers after a time of the session's own clock, which a request of its own measures. */
function hangsFor(ms: number): (session: Session) => void {
  return (session) => {
    session.onRead(0, () => ASCTIME);
    session.registerCallback(30, 1, async () => {
      await session.receive(99, 99, ms);
      return [0, 'too late'];
    });
  };
}
