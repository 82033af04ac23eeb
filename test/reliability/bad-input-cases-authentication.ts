/** Rows 29 to 37: the messages of an authentication, in states and forms that it does not expect. */

import { deriveKey } from '../../src/index.js';
import { frameOf, repeated, type Tuple } from '../support/bytes.js';
import { ASCTIME, SECRET } from '../support/socket-puppet.js';
import type { BadInputCase } from './support-bad-input.js';

const SEED_REQUEST = frameOf(0, 0);
const READ = frameOf(10, 0);
const keyOf = (seed: string): string => deriveKey(seed, Buffer.from(SECRET));
const RIGHT_KEY = (seeds: readonly string[]): Buffer => frameOf(0, 1, keyOf(seeds.at(-1) ?? ''));
const KEY_OF_FIRST_SEED = (seeds: readonly string[]): Buffer => frameOf(0, 1, keyOf(seeds[0] ?? ''));
const WRONG_KEY = frameOf(0, 1, 'f'.repeat(128));
const SEED: Tuple = [1, 0, 0, '<seed>'];
const FALSE: Tuple = [1, 1, 0, false];
const TRUE: Tuple = [1, 1, 0, true];
const AUTH_REQUIRED: Tuple = [11, 0, 3, null];
const READ_ANSWER: Tuple = [11, 0, 0, ASCTIME];
const READ_RAN: Tuple = [10, 0, 0, null];
/** The penalty for the first wrong key; the second costs 400 ms. */
const PENALTY = { waitsMs: 100 };
const GOOD_SEED = '5eed'.repeat(16);
const KIB = 1024;

/** Seeds that a client does not answer (row 36). */
const NO_SEEDS: readonly (readonly [letter: string, what: string, seed: unknown])[] = [
  ['a', 'null', null],
  ['b', 'a number', 17],
  ['c', 'an array', [GOOD_SEED]],
  ['d', 'an empty text', ''],
  ['e', 'a text of 15 characters', 's'.repeat(15)],
  ['f', 'a text of 1,025 characters', 's'.repeat(1_025)],
];

export const AUTHENTICATION_CASES: readonly BadInputCase[] = [
  {
    id: '#29a',
    title: 'ten seeds are sent on one connection, the eleventh request closes it',
    state: 'untrusted',
    input: [repeated(11, SEED_REQUEST)],
    answers: Array.from({ length: 10 }, () => SEED),
    closes: 'too-many-seed-requests',
  },
  {
    id: '#29b',
    title: 'the last seed of them serves a key',
    state: 'untrusted',
    input: [repeated(10, SEED_REQUEST), RIGHT_KEY, READ],
    answers: [...Array.from({ length: 10 }, () => SEED), TRUE, READ_ANSWER],
    ran: [READ_RAN],
  },
  {
    id: '#30',
    title: 'a seed request of a trusted client gets a new seed and ends the trust',
    state: 'trusted',
    input: [READ, SEED_REQUEST, READ, RIGHT_KEY, READ],
    drops: { untrusted: 1 },
    answers: [READ_ANSWER, SEED, AUTH_REQUIRED, TRUE, READ_ANSWER],
    ran: [READ_RAN, READ_RAN],
  },
  {
    id: '#31a',
    title: 'a key before a seed is false after its penalty, and changes nothing else',
    state: 'untrusted',
    input: [WRONG_KEY, READ, PENALTY, SEED_REQUEST, RIGHT_KEY, READ],
    drops: { untrusted: 1 },
    answers: [AUTH_REQUIRED, FALSE, SEED, TRUE, READ_ANSWER],
    ran: [READ_RAN],
    failures: 1,
  },
  {
    id: '#31b',
    title: 'a server without a secret answers seed and key requests with "unknown"',
    state: 'no secret',
    input: [SEED_REQUEST, WRONG_KEY],
    answers: [
      [1, 0, 4, null],
      [1, 1, 4, null],
    ],
  },
  ...(
    [
      ['a', 'of the right length', 'f'.repeat(128)],
      ['b', 'that is short', 'ff'],
      ['c', 'that is empty', ''],
      ['d', 'that is an array', ['f'.repeat(128)]],
      ['e', 'that is a number', 17],
      ['f', 'that is true', true],
    ] as const
  ).map(
    ([letter, what, key]): BadInputCase => ({
      id: `#32${letter}`,
      title: `a wrong key ${what} is false and burns the seed`,
      state: 'untrusted',
      input: [
        SEED_REQUEST,
        frameOf(0, 1, key),
        PENALTY,
        RIGHT_KEY,
        { waitsMs: 400 },
        SEED_REQUEST,
        RIGHT_KEY,
      ],
      answers: [SEED, FALSE, FALSE, SEED, TRUE],
      failures: 2,
    }),
  ),
  {
    id: '#32g',
    title: 'a key of 600 KB closes the connection before it is looked at',
    state: 'untrusted',
    input: [SEED_REQUEST, frameOf(0, 1, 'f'.repeat(600_000))],
    drops: { 'too-long': 1 },
    answers: [SEED],
    closes: 'frame-too-long',
  },
  {
    id: '#32h',
    title: 'a key of 600 KB is wrong where such frames are let in',
    state: 'untrusted',
    options: { maxUntrustedFrameLength: 1024 * KIB },
    input: [SEED_REQUEST, frameOf(0, 1, 'f'.repeat(600_000)), PENALTY],
    answers: [SEED, FALSE],
    failures: 1,
  },
  {
    id: '#32i',
    title: 'the third wrong key closes the connection without an answer',
    state: 'untrusted',
    input: [
      ...[SEED_REQUEST, WRONG_KEY, PENALTY, SEED_REQUEST, WRONG_KEY, { waitsMs: 400 }],
      ...[SEED_REQUEST, WRONG_KEY],
    ],
    answers: [SEED, FALSE, SEED, FALSE, SEED],
    failures: 3,
    closes: 'too-many-wrong-keys',
  },
  {
    id: '#33a',
    title: 'a right key that is sent again is false and does not end the trust',
    state: 'untrusted',
    input: [SEED_REQUEST, RIGHT_KEY, RIGHT_KEY, PENALTY, READ],
    answers: [SEED, TRUE, FALSE, READ_ANSWER],
    ran: [READ_RAN],
    failures: 1,
  },
  {
    id: '#33b',
    title: 'the key of an older seed is false',
    state: 'untrusted',
    input: [SEED_REQUEST, KEY_OF_FIRST_SEED, SEED_REQUEST, KEY_OF_FIRST_SEED, PENALTY, READ],
    drops: { untrusted: 1 },
    answers: [SEED, TRUE, SEED, FALSE, AUTH_REQUIRED],
    failures: 1,
  },
  {
    id: '#34',
    title: 'seed and key responses to a server are dropped in every state',
    state: 'untrusted',
    input: [
      ...[frameOf(1, 0, GOOD_SEED), frameOf(1, 1, true), SEED_REQUEST, frameOf(1, 0, GOOD_SEED)],
      ...[frameOf(1, 1, true), READ, RIGHT_KEY, frameOf(1, 1, false), READ],
    ],
    drops: { unexpected: 5, untrusted: 1 },
    answers: [SEED, AUTH_REQUIRED, TRUE, READ_ANSWER],
    ran: [READ_RAN],
  },
  {
    id: '#35a',
    title: 'seed and key requests to a client are dropped without an answer',
    role: 'client',
    state: 'untrusted',
    input: [SEED_REQUEST, WRONG_KEY],
    drops: { unexpected: 2 },
  },
  {
    id: '#35b',
    title: 'also to a client that is trusted, which stays so',
    role: 'client',
    state: 'trusted',
    input: [SEED_REQUEST, WRONG_KEY, READ],
    drops: { unexpected: 2 },
    answers: [READ_ANSWER],
    ran: [READ_RAN],
  },
  ...NO_SEEDS.map(
    ([letter, what, seed]): BadInputCase => ({
      id: `#36${letter}`,
      title: `${what} in the place of a seed gets no key`,
      role: 'client',
      state: 'untrusted',
      input: [{ authenticatesWithinMs: 2_000 }, frameOf(1, 0, seed), frameOf(1, 1, true)],
      drops: { unexpected: 1 },
      answers: [[0, 0, 0, null]],
      settles: [false],
      failures: 1,
    }),
  ),
  {
    id: '#36g',
    title: 'a seed that was answered before gets no second key',
    role: 'client',
    state: 'untrusted',
    input: [
      { authenticatesWithinMs: 2_000 },
      ...[frameOf(1, 0, GOOD_SEED), frameOf(1, 1, false)],
      { authenticatesWithinMs: 2_000 },
      ...[frameOf(1, 0, GOOD_SEED), frameOf(1, 1, false)],
    ],
    drops: { unexpected: 1 },
    answers: [
      [0, 0, 0, null],
      [0, 1, 0, '<key>'],
      [0, 0, 0, null],
    ],
    settles: [false, false],
    failures: 2,
  },
  {
    id: '#37a',
    title: 'an OK that nobody waits for makes no client trust',
    role: 'client',
    state: 'untrusted',
    input: [
      frameOf(1, 1, true),
      { authenticatesWithinMs: 100 },
      frameOf(1, 1, true),
      { requests: [10, 0], timeoutMs: 50 },
      { waitsMs: 100 },
    ],
    drops: { unexpected: 2 },
    answers: [[0, 0, 0, null]],
    settles: [false, 'ERR_TIMEOUT, not written'],
    failures: 1,
  },
  {
    id: '#37b',
    title: 'a verdict other than OK and true is a refusal',
    role: 'client',
    state: 'untrusted',
    input: [
      { authenticatesWithinMs: 2_000 },
      frameOf(1, 0, GOOD_SEED),
      frameOf(1, 1, 'true'),
      frameOf(1, 1, true),
    ],
    drops: { unexpected: 1 },
    answers: [
      [0, 0, 0, null],
      [0, 1, 0, '<key>'],
    ],
    settles: [false],
    failures: 1,
  },
];
