/** What generated programs are made of. */

import type { JsonValue } from '../../../src/index.js';

/** Seconds for what is there already or never comes. */
export const AT_ONCE = 0.001;
/** Seconds for what surely comes. */
export const SURELY = 20;

/** Requests and their answers. */
export const SERVICES = [
  [10, 11],
  [20, 21],
  [30, 31],
] as const;
/** Services that no side registers. */
export const UNREGISTERED = [50, 51] as const;
/** The data ids of all messages. */
export const DATA_IDS = [0, 1, 2] as const;
/** Mostly okay, and one that nobody knows. */
export const STATUSES = [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 42] as const;
/** Data. */
export const VALUES: readonly JsonValue[] = [
  null,
  true,
  false,
  0,
  -1.5,
  1e300,
  9007199254740991,
  '',
  'text',
  ':<:=:>',
  'äöü € 😀',
  'line\nbreak "quoted" \\ \u0000',
  [],
  [1, [null, 'x']],
  {},
  { a: [1, { b: null }], ':': ':<' },
];
/** What a callback may return that is no answer. */
export const NO_ANSWERS: readonly JsonValue[] = [
  null,
  'ok',
  0,
  [0],
  [0, 1, 2],
  ['0', 1],
  [-1, 0],
  [0.5, 0],
  { status: 0 },
];

const SECRET = 'correct horse battery staple';
const WRONG_SECRET = 'another secret, which is wrong';

/** The secrets of both sides, and how often a pair of them occurs. */
export const SECRETS: readonly (readonly [client: string | null, server: string | null, share: number])[] = [
  [null, null, 10],
  [SECRET, SECRET, 12],
  [WRONG_SECRET, SECRET, 3],
  [null, SECRET, 2],
  [SECRET, null, 2],
];

/** What `add_service` is tried with: some ids are taken, some are free. */
export const NEW_SERVICES = [
  [100, 101],
  [102, 103],
  [10, 110],
  [11, 112],
  [104, 21],
  [105, 105],
  [106, 8],
] as const;
