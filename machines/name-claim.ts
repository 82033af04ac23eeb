/**
 * A name that two peers of one server claim (docs/server.md): the newer one takes it over, because it may be the same device on
 * a new connection. Two devices with one name would take it from each other for ever, so that a name that is taken too often
 * stays with its present owner, until nobody has claimed it for a while.
 *
 * A server makes one for a name that is contested, and lets go of it when it is settled: most names have one peer.
 */

import { assign, setup } from 'xstate';
import { notProvided } from './not-provided.js';

/** What a contested name hears. */
export type NameClaimEvent =
  /** A peer claims the name while another one has it. */
  | { type: 'name.claimed' }
  /** The server takes no connections any more. */
  | { type: 'server.closed' };

/** The contest for a name. In a viewer its effects are placeholders. */
export const nameClaimMachine = setup({
  types: {
    context: {} as {
      takeovers: number;
      /** How often the name was jailed: each time for longer. */
      sentences: number;
    },
    events: {} as NameClaimEvent,
  },
  actions: {
    'let the newer take over': notProvided('let the newer take over'),
    'refuse the newer': notProvided('refuse the newer'),
    'forget the contest': notProvided('forget the contest'),
    'count a takeover': assign({ takeovers: ({ context }) => context.takeovers + 1 }),
    'lengthen the sentence': assign({ sentences: ({ context }) => context.sentences + 1 }),
  },
  guards: {
    // a device that loses its connection four times in a row is no duplicate yet
    'was taken over too often': ({ context }) => context.takeovers >= 5,
  },
  delays: {
    // twice as long as a client's longest pause: one that was evicted has come back by then
    'quiet time': 60_000,
    // from one second to five minutes, which no client waits
    sentence: ({ context }) => Math.min(300_000, 1_000 * 2 ** (context.sentences - 1)),
  },
}).createMachine({
  id: 'nameClaim',
  description: 'Decides who has a name that two peers claim.',
  context: { takeovers: 0, sentences: 0 },
  initial: 'held',
  on: {
    'server.closed': '.settled',
  },
  states: {
    held: {
      description: 'One peer has the name, and nobody else has claimed it.',
      on: {
        'name.claimed': { target: 'contested', actions: ['count a takeover', 'let the newer take over'] },
      },
    },
    contested: {
      description: 'The name was taken over a short while ago: the one that was evicted may come back.',
      on: {
        'name.claimed': [
          {
            guard: 'was taken over too often',
            target: 'jailed',
            actions: ['lengthen the sentence', 'refuse the newer'],
          },
          {
            target: 'contested',
            reenter: true,
            actions: ['count a takeover', 'let the newer take over'],
          },
        ],
      },
      after: { 'quiet time': 'settled' },
    },
    jailed: {
      description: 'Who has the name keeps it. The sentence begins anew with each claim.',
      on: {
        'name.claimed': { target: 'jailed', reenter: true, actions: 'refuse the newer' },
      },
      after: { sentence: 'onParole' },
    },
    onParole: {
      description: 'The next claim is good, and is followed by a longer sentence.',
      on: {
        'name.claimed': { target: 'jailed', actions: ['lengthen the sentence', 'let the newer take over'] },
      },
      after: { 'quiet time': 'settled' },
    },
    settled: {
      description: 'Nobody has claimed it for long: the server forgets the contest.',
      type: 'final',
      entry: 'forget the contest',
    },
  },
});
