/**
 * The table of bad input as data: what comes in, in which state, and everything that must come of it.
 *
 * Each case has the number of its row. The reaction is complete: what a case does not name must not happen.
 */

import type { Tuple } from '../support/bytes.js';
import { ASCTIME } from '../support/socket-puppet.js';
import { AUTHENTICATION_CASES } from './bad-input-cases-authentication.js';
import { CALLBACK_CASES } from './bad-input-cases-callbacks.js';
import { CODEC_CASES } from './bad-input-cases-codec.js';
import { FRAMING_CASES } from './bad-input-cases-framing.js';
import { NAME_CASES } from './bad-input-cases-names.js';
import { REQUEST_CASES } from './bad-input-cases-requests.js';
import type { BadInputCase } from './support-bad-input.js';
import type { VisibleReaction } from './support-python.js';

export const BAD_INPUT_CASES: readonly BadInputCase[] = [
  ...FRAMING_CASES,
  ...CODEC_CASES,
  ...REQUEST_CASES,
  ...AUTHENTICATION_CASES,
  ...NAME_CASES,
  ...CALLBACK_CASES,
];

/** The row of a case: `2b` belongs to row 2. */
export function rowOf({ id }: BadInputCase): number {
  return Number.parseInt(id.slice(1), 10);
}

/** What the Python peer cannot be asked, by case or by row, and why. */
export const NOT_APPLICABLE: Readonly<Record<string, string>> = {
  '#22b':
    'it has no option to keep nothing, and callbacks for read, write and execute that cannot be taken away',
  '#24': 'its whitelist is the one of the protocol and cannot be added to',
  '#40': 'its callbacks are its own and do not fail',
  '#41': 'its callbacks are its own and answer what JSON can carry',
  '#43': 'it sets no limit to what it sends; its send blocks for as long as the other side does not read',
};

/** Where the Python peer reacts otherwise. */
export interface Difference {
  readonly kind: 'no limit' | 'no penalty' | 'other integers' | 'no ghosts' | 'other user' | 'other choice';
  readonly why: string;
  /** What differs in its reaction. */
  readonly theirs: Partial<VisibleReaction>;
}

const noLimit = (why: string, answers?: readonly Tuple[]): Difference => ({
  kind: 'no limit',
  why,
  theirs: { closes: false, ...(answers === undefined ? {} : { answers }) },
});
const otherChoice = (why: string, theirs: Partial<VisibleReaction>): Difference => ({
  kind: 'other choice',
  why,
  theirs,
});

const NO_BUDGET = 'it puts up with any amount of noise and bad frames';
const NO_RECOGNITION = 'it takes the beginning of another protocol for noise';
const NO_FRAME_LIMIT = 'it sets no limit to the length of a frame';
const NO_FRAME_TIME = 'it sets no limit to the time of a frame';
const ENDLESS_INTEGERS = "Python's integers have no end, so that any size is an id";
const ANY_SEED = 'it answers any text as a seed, also an empty one; ours serves nobody as an oracle';
const RAW_NAMES = 'it takes a name as it comes, because it logs through repr';

const READ_ANSWER: Tuple = [11, 0, 0, ASCTIME];
const AUTH_REQUIRED: Tuple = [11, 0, 3, null];
const SEED: Tuple = [1, 0, 0, '<seed>'];
const FALSE: Tuple = [1, 1, 0, false];
const SEED_REQUEST: Tuple = [0, 0, 0, null];
const KEY: Tuple = [0, 1, 0, '<key>'];
const NAME_TAKEN: Tuple = [9, 0, 0, null];

/** All differences between our reactions and those of the Python peer; one that is not listed fails the test. */
export const DIFFERENCES: Readonly<Record<string, Difference>> = {
  '#1c': noLimit(NO_BUDGET),
  '#1e': noLimit(NO_BUDGET),
  '#2a': noLimit(NO_RECOGNITION),
  '#2b': noLimit(NO_RECOGNITION),
  '#2c': noLimit(NO_RECOGNITION),
  '#8c': noLimit(NO_BUDGET, [AUTH_REQUIRED]),
  '#8e': noLimit(NO_BUDGET),
  '#9b': noLimit(NO_FRAME_LIMIT),
  '#9c': noLimit(NO_FRAME_LIMIT, [READ_ANSWER, READ_ANSWER]),
  '#10a': noLimit(NO_FRAME_TIME),
  '#10d': noLimit(NO_FRAME_TIME),
  '#10e': noLimit(NO_FRAME_TIME),
  '#15b': noLimit("it reads as deep as Python's stack lets it", [AUTH_REQUIRED]),
  '#15d': noLimit("it reads as deep as Python's stack lets it", [[21, 7, 0, null], READ_ANSWER]),
  '#18e': {
    kind: 'other integers',
    why: ENDLESS_INTEGERS,
    theirs: { answers: [[11, 2 ** 53, 4, null], READ_ANSWER, READ_ANSWER] },
  },
  '#18f': {
    kind: 'other integers',
    why: ENDLESS_INTEGERS,
    theirs: { answers: [[11, Number(1700000000123456789000n), 4, null], READ_ANSWER, READ_ANSWER] },
  },
  '#18k': {
    kind: 'other integers',
    why: 'in Python 1.0 and 1e1 are floats and no integers; JSON.parse shows no difference',
    theirs: { answers: [] },
  },
  '#28': {
    kind: 'no ghosts',
    why: 'a late answer settles its next request: the fault that our ghosts are there for',
    theirs: { settles: ['ERR_TIMEOUT, written', [11, 5, 0, 'late']] },
  },
  '#29a': noLimit(
    'it sends as many seeds as it is asked for',
    Array.from({ length: 11 }, () => SEED),
  ),
  '#31a': {
    kind: 'no penalty',
    why: 'it answers a wrong key at once, where ours lets what came behind the key go first',
    theirs: { answers: [FALSE, AUTH_REQUIRED, SEED, [1, 1, 0, true], READ_ANSWER] },
  },
  '#32g': noLimit(NO_FRAME_LIMIT, [SEED, FALSE]),
  '#32i': noLimit('it does not count wrong keys', [SEED, FALSE, SEED, FALSE, SEED, FALSE]),
  '#35b': {
    kind: 'other user',
    why: 'as a client it has no callbacks',
    theirs: { answers: [[11, 0, 1, null]] },
  },
  '#36d': otherChoice(ANY_SEED, { answers: [SEED_REQUEST, KEY], settles: [true] }),
  '#36e': otherChoice(ANY_SEED, { answers: [SEED_REQUEST, KEY], settles: [true] }),
  '#36f': otherChoice(ANY_SEED, { answers: [SEED_REQUEST, KEY], settles: [true] }),
  '#36g': otherChoice(ANY_SEED, { answers: [SEED_REQUEST, KEY, SEED_REQUEST, KEY] }),
  '#37a': otherChoice('it sends whatever its user sends, trusted or not', {
    answers: [SEED_REQUEST, [10, 0, 0, null]],
    settles: [false, 'ERR_TIMEOUT, written'],
  }),
  '#38e': otherChoice(RAW_NAMES, { answers: [NAME_TAKEN, [9, 0, 0, '😀'.repeat(200)]] }),
  '#38f': otherChoice(RAW_NAMES, {
    answers: [NAME_TAKEN, [9, 0, 0, 'a\u0000b\r\nc\u001b[31md\u202ee\u2028f\ud800g']],
  }),
  '#38g': otherChoice(RAW_NAMES, { answers: [NAME_TAKEN] }),
  '#39': otherChoice('it takes over every name that it gets', {
    answers: [NAME_TAKEN, NAME_TAKEN, [9, 0, 0, 'second']],
  }),
};
