/**
 * A program watches data of the peer: reads it again and again, at moments that are equally far apart.
 *
 * The law: at most one reading is under way, and each moment at which none began, or whose reading came to nothing, is counted as
 * missed. What the readings bring waits for the program elsewhere; here is only when to read.
 */

import { setup } from 'xstate';
import { delayNotProvided, notProvided } from './not-provided.js';

/** What a watch hears. */
export type WatchEvent =
  /** The program asks for its first value. */
  | { type: 'watch.begin' }
  /** The program wants no more, its signal was aborted, or the session is closed. */
  | { type: 'watch.end' }
  /** The reading brought a value. */
  | { type: 'reading.came' }
  /** The reading came to nothing; the next may do better. */
  | { type: 'reading.failed' }
  /** The reading came to nothing, and so would all others. */
  | { type: 'reading.refused' };

/** A watch. In a viewer its effects are placeholders. */
export const watchMachine = setup({
  types: { events: {} as WatchEvent },
  actions: {
    'begin the clock': notProvided('begin the clock'),
    read: notProvided('read'),
    'cancel the reading': notProvided('cancel the reading'),
    'count the moments that have passed': notProvided('count the moments that have passed'),
    'count the reading as missed': notProvided('count the reading as missed'),
  },
  delays: {
    'time to the next moment': delayNotProvided('time to the next moment', 1_000),
  },
}).createMachine({
  id: 'watch',
  description: 'Reads data of the peer at regular moments, and says how many of them it missed.',
  initial: 'notBegun',
  states: {
    notBegun: {
      description: 'Nobody has asked for a value: nothing is read.',
      on: {
        'watch.begin': { target: 'reading', actions: ['begin the clock', 'read'] },
        'watch.end': 'ended',
      },
    },
    reading: {
      description: 'A reading is under way. One that is due meanwhile is not begun.',
      after: {
        'time to the next moment': {
          target: 'reading',
          reenter: true,
          actions: 'count the moments that have passed',
        },
      },
      on: {
        'reading.came': 'resting',
        'reading.failed': { target: 'resting', actions: 'count the reading as missed' },
        'reading.refused': 'ended',
        'watch.end': { target: 'ended', actions: 'cancel the reading' },
      },
    },
    resting: {
      description: 'Waits for the next moment.',
      after: {
        'time to the next moment': {
          target: 'reading',
          actions: ['count the moments that have passed', 'read'],
        },
      },
      on: {
        'watch.end': 'ended',
      },
    },
    ended: {
      type: 'final',
      description: 'Nothing is read any more.',
    },
  },
});
