/**
 * The end of a session that lets finish what has begun: requests that are pending, callbacks that run. Nothing new begins
 * meanwhile (protocol.md section 5), and it takes no longer than the user allows.
 *
 * Its parent spawns it when a session is closed that way: a server holds thousands of sessions, and drains each once.
 */

import { type AnyActorRef, sendTo, setup } from 'xstate';

/** The input of a drain. */
export interface DrainInput {
  /** How long it may take in all. */
  readonly timeoutMs: number;
}

/** What a drain hears. */
export type DrainEvent =
  /** Nothing is left that could finish: no request waits, no answer is owed. */
  { type: 'work.finished' };

/** What a drain reports to its parent. */
export type DrainReport = { type: 'drain.ended' };

/** Where reports go. A machine in a viewer has no parent and gets its own reports. */
const parent = ({ self }: { self: AnyActorRef }): AnyActorRef => self._parent ?? self;

/** A viewer gives no input. */
const IN_A_VIEWER: DrainInput = { timeoutMs: 10_000 };

/** The drain of a session. */
export const drainMachine = setup({
  types: {
    context: {} as DrainInput,
    input: {} as DrainInput,
    events: {} as DrainEvent,
  },
  actions: {
    'report the end': sendTo(parent, { type: 'drain.ended' }),
  },
  delays: {
    'drain time-out': ({ context }) => context.timeoutMs,
  },
}).createMachine({
  id: 'drain',
  description: 'Lets a session finish what has begun before it closes.',
  context: ({ input = IN_A_VIEWER }) => ({ timeoutMs: input.timeoutMs }),
  initial: 'draining',
  states: {
    draining: {
      description: 'Pending requests and running callbacks finish; nothing new begins.',
      on: { 'work.finished': 'finished' },
      after: { 'drain time-out': 'cutShort' },
    },
    finished: {
      description: 'Nothing is left.',
      type: 'final',
      entry: 'report the end',
    },
    cutShort: {
      description: 'The time is over: the parent cuts what is left.',
      type: 'final',
      entry: 'report the end',
    },
  },
});
