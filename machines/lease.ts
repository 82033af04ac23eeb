/**
 * The lease of a shared device (docs/share.md): somebody has the device alone, for a while.
 *
 * The law: a lease begins when nothing is under way on the device, and nothing of anybody else begins before it is over. Each has a
 * number, higher than those before it. Between two leases everybody who waits has a turn.
 *
 * Those who wait may give up in any state. Renewals, releases and the end of a holder's connection come only while there is one: who
 * carries out the effects looks first whether the number is that of the lease.
 */

import { assign, setup } from 'xstate';
import { delayNotProvided, notProvided } from './not-provided.js';

/** What a lease hears. */
export type LeaseEvent =
  /** A client asks for the lease, and waits for it. */
  | { type: 'lease.wanted' }
  /** A client that waited for it waits no more: its time is over, or it is gone. */
  | { type: 'lease.givenUp' }
  /** Nothing is under way on the device, which is there. */
  | { type: 'device.alone' }
  /** Everybody who waited when the last lease was over has had a turn. */
  | { type: 'turns.over' }
  /** The holder wants to keep it for longer. */
  | { type: 'lease.renewed' }
  /** The holder needs it no more. */
  | { type: 'lease.released' }
  /** The connection of the holder has ended. */
  | { type: 'holder.left' }
  /** The share takes no requests any more; the connections of all clients have ended. */
  | { type: 'share.closed' };

/** The lease of a device. In a viewer its effects are placeholders. */
export const leaseMachine = setup({
  types: {
    context: {} as {
      /** How many wait for it. */
      waiting: number;
      /** The number of the last lease. */
      fence: number;
    },
    events: {} as LeaseEvent,
  },
  actions: {
    'let nothing begin': notProvided('let nothing begin'),
    'let everybody begin': notProvided('let everybody begin'),
    'let everybody have a turn': notProvided('let everybody have a turn'),
    'give the lease to the first who waits': notProvided('give the lease to the first who waits'),
    'take the lease back': notProvided<{ reason: 'released' | 'expired' | 'holder-left' }>(
      'take the lease back',
    ),
    'refuse those who wait': notProvided('refuse those who wait'),
    'count one more who waits': assign({ waiting: ({ context }) => context.waiting + 1 }),
    'count one less who waits': assign({ waiting: ({ context }) => context.waiting - 1 }),
    'number the lease': assign({ fence: ({ context }) => context.fence + 1 }),
  },
  guards: {
    'somebody waits': ({ context }) => context.waiting > 0,
    'nobody else waits': ({ context }) => context.waiting <= 1,
  },
  delays: {
    'rest of the lease': delayNotProvided('rest of the lease', 10_000),
  },
}).createMachine({
  id: 'lease',
  description: 'Decides who has a shared device alone, and until when.',
  context: { waiting: 0, fence: 0 },
  initial: 'free',
  on: {
    'lease.wanted': { actions: 'count one more who waits' },
    'lease.givenUp': { actions: 'count one less who waits' },
    'share.closed': '.closed',
  },
  states: {
    free: {
      description: 'Nobody has it, nobody wants it: everybody may ask.',
      on: {
        'lease.wanted': { target: 'promised', actions: 'count one more who waits' },
      },
    },
    promised: {
      description: 'The next holder waits until the device is alone; nothing begins any more.',
      entry: 'let nothing begin',
      on: {
        'device.alone': {
          target: 'held',
          actions: ['count one less who waits', 'number the lease', 'give the lease to the first who waits'],
        },
        'lease.givenUp': [
          {
            guard: 'nobody else waits',
            target: 'free',
            actions: ['count one less who waits', 'let everybody begin'],
          },
          { actions: 'count one less who waits' },
        ],
      },
    },
    held: {
      description: 'The holder has the device alone.',
      on: {
        'lease.renewed': { target: 'held', reenter: true },
        'lease.released': {
          target: 'over',
          actions: { type: 'take the lease back', params: { reason: 'released' } },
        },
        'holder.left': {
          target: 'over',
          actions: { type: 'take the lease back', params: { reason: 'holder-left' } },
        },
      },
      after: {
        'rest of the lease': {
          target: 'over',
          actions: { type: 'take the lease back', params: { reason: 'expired' } },
        },
      },
    },
    over: {
      description: 'The lease has ended. What its holder has under way finishes before anything else begins.',
      entry: 'let nothing begin',
      on: {
        'device.alone': [
          { guard: 'somebody waits', target: 'yielding' },
          { target: 'free', actions: 'let everybody begin' },
        ],
      },
    },
    yielding: {
      description: 'Others wait for the lease; before the next of them, everybody has a turn.',
      entry: 'let everybody have a turn',
      on: {
        'turns.over': 'promised',
        'lease.givenUp': [
          {
            guard: 'nobody else waits',
            target: 'free',
            actions: ['count one less who waits', 'let everybody begin'],
          },
          { actions: 'count one less who waits' },
        ],
      },
    },
    closed: {
      description: 'There are no leases any more.',
      type: 'final',
      entry: 'refuse those who wait',
    },
  },
});
