/** Rows 38 and 39: names that are none, too much of one, or one too many. */

import { frameOf, read } from '../support/bytes.js';
import type { BadInputCase } from './support-bad-input.js';

const NAME_REQUEST = frameOf(8, 0);

export const NAME_CASES: readonly BadInputCase[] = [
  ...([17, ['name'], { name: 1 }, true] as const).map(
    (name, i): BadInputCase => ({
      id: `#38${'abcd'[i]}`,
      title: `a name that is ${JSON.stringify(name)} is no name: the server tells its own`,
      state: 'untrusted',
      options: { channelName: 'ours' },
      input: [frameOf(8, 0, name)],
      answers: [[9, 0, 0, 'ours']],
    }),
  ),
  {
    id: '#38e',
    title: 'a long name is cut to 128 characters',
    state: 'untrusted',
    input: [frameOf(8, 0, '😀'.repeat(200)), NAME_REQUEST],
    answers: [
      [9, 0, 0, null],
      [9, 0, 0, '😀'.repeat(128)],
    ],
  },
  {
    id: '#38f',
    title: 'controls, line ends and marks that turn the text around are taken out of a name',
    state: 'untrusted',
    input: [
      read({ service_id: '8', data: '"a\\u0000b\\r\\nc\\u001b[31md\\u202ee\\u2028f\\ud800g"' }),
      NAME_REQUEST,
    ],
    answers: [
      [9, 0, 0, null],
      [9, 0, 0, 'abc[31mdefg'],
    ],
  },
  {
    id: '#38g',
    title: 'a name of which nothing is left is none',
    state: 'untrusted',
    options: { channelName: 'ours' },
    input: [frameOf(8, 0, '\u0007\u202e')],
    answers: [[9, 0, 0, 'ours']],
  },
  {
    id: '#39',
    title: 'a second name on one connection is answered and not taken over',
    state: 'untrusted',
    input: [frameOf(8, 0, 'first'), frameOf(8, 0, 'second'), NAME_REQUEST],
    drops: { 'second-name': 1 },
    answers: [
      [9, 0, 0, null],
      [9, 0, 0, null],
      [9, 0, 0, 'first'],
    ],
  },
];
