/**
 * The way of a message bus to its server: found, lost, found again, and left.
 *
 * The law: it comes back for as long as the program wants it, and what waits for it waits within its own time. A server that is
 * about to go away says so; then another one takes everything over before the first is left, so that nothing falls between them.
 */

import { assign, setup } from 'xstate';
import { delayNotProvided, notProvided } from './not-provided.js';

/** What the way to a bus hears. */
export type BusLinkEvent =
  /** A server has let us in. */
  | { type: 'link.opened' }
  /** No server could be reached; one may come. */
  | { type: 'dial.failed' }
  /** A server said no, or is none: trying again would not change it. */
  | { type: 'dial.refused' }
  /** The connection broke, or the server has been silent for too long. */
  | { type: 'link.lost' }
  /** The server is about to go away. */
  | { type: 'server.lameDuck' }
  /** Another server has let us in, and has all subscriptions. */
  | { type: 'link.replaced' }
  /** The program wants no more. */
  | { type: 'bus.close' }
  /** What had begun is finished, and the server has all of it. */
  | { type: 'farewell.done' };

/** What it is made with. */
export interface BusLinkInput {
  /** Whether the first server may come later. */
  readonly waitsForServer: boolean;
}

/** The way to a bus. In a viewer its effects are placeholders. */
export const busLinkMachine = setup({
  types: {
    context: {} as {
      waitsForServer: boolean;
      /** Rounds over all servers that came to nothing, one after the other. */
      failures: number;
    },
    input: {} as BusLinkInput | undefined,
    events: {} as BusLinkEvent,
  },
  actions: {
    dial: notProvided('dial'),
    'dial another server': notProvided('dial another server'),
    'give up the dial': notProvided('give up the dial'),
    'take up the link': notProvided('take up the link'),
    'send what was held': notProvided('send what was held'),
    'drop the link': notProvided('drop the link'),
    'move to the new link': notProvided('move to the new link'),
    'drain the old link': notProvided('drain the old link'),
    'let the old link go': notProvided('let the old link go'),
    'take leave': notProvided('take leave'),
    'say what was cut short': notProvided('say what was cut short'),
    'settle everything': notProvided('settle everything'),
    'count the failure': assign({ failures: ({ context }) => context.failures + 1 }),
    'forget the failures': assign({ failures: 0 }),
  },
  guards: {
    'waits for a server': ({ context }) => context.waitsForServer,
  },
  delays: {
    'pause between rounds': delayNotProvided('pause between rounds', 1_000),
    // in a cluster, servers hear of new subscriptions up to 5 ms later
    'time until servers know': 250,
    // what came by the longer way has come
    'time until all has come': 2_000,
    'time to take leave': delayNotProvided('time to take leave', 5_000),
  },
}).createMachine({
  id: 'busLink',
  description: 'Keeps a message bus connected to one of its servers.',
  context: ({ input }) => ({ waitsForServer: input?.waitsForServer ?? false, failures: 0 }),
  initial: 'connecting',
  states: {
    connecting: {
      description: 'No server has let us in yet.',
      initial: 'dialing',
      on: {
        'link.opened': { target: 'up', actions: 'take up the link' },
        'dial.refused': 'closed',
        'bus.close': 'closed',
      },
      states: {
        dialing: {
          description: 'Tries one server after the other.',
          entry: 'dial',
          exit: 'give up the dial',
          on: {
            'dial.failed': [
              { guard: 'waits for a server', target: 'pausing', actions: 'count the failure' },
              { target: '#busLink.closed' },
            ],
          },
        },
        pausing: {
          description: 'No server is there: waits before the next round.',
          after: { 'pause between rounds': 'dialing' },
        },
      },
    },
    up: {
      description: 'Carries messages.',
      initial: 'steady',
      entry: ['forget the failures', 'send what was held'],
      on: {
        'link.lost': { target: 'away', actions: 'drop the link' },
        'bus.close': 'leaving',
      },
      states: {
        steady: {
          description: 'One server has everything.',
          on: { 'server.lameDuck': 'moving' },
        },
        moving: {
          description: 'The server is about to go away: looks for another one while it still serves.',
          entry: 'dial another server',
          exit: 'give up the dial',
          on: {
            'link.replaced': { target: 'settling', actions: ['forget the failures', 'move to the new link'] },
            'dial.failed': { target: 'stranded', actions: 'count the failure' },
            'dial.refused': { target: 'stranded', actions: 'count the failure' },
          },
        },
        stranded: {
          description:
            'There is no other server: stays until this one is gone, and looks again now and then.',
          after: { 'pause between rounds': 'moving' },
        },
        settling: {
          description:
            'The new server has everything; the others may not know it yet, so that both are heard.',
          after: { 'time until servers know': { target: 'parting', actions: 'drain the old link' } },
          on: { 'server.lameDuck': { target: 'moving', actions: 'let the old link go' } },
        },
        parting: {
          description: 'Nothing new comes by the old way; what is on its way is heard once.',
          after: { 'time until all has come': { target: 'steady', actions: 'let the old link go' } },
          on: { 'server.lameDuck': { target: 'moving', actions: 'let the old link go' } },
        },
      },
    },
    away: {
      description: 'Requests are held, and nothing is published.',
      initial: 'dialing',
      on: {
        'link.opened': { target: 'up', actions: 'take up the link' },
        'bus.close': 'closed',
      },
      states: {
        dialing: {
          description: 'Tries one server after the other.',
          entry: 'dial',
          exit: 'give up the dial',
          on: {
            'dial.failed': { target: 'pausing', actions: 'count the failure' },
            'dial.refused': { target: 'pausing', actions: 'count the failure' },
          },
        },
        pausing: {
          description: 'Waits before the next round; for longer each time.',
          after: { 'pause between rounds': 'dialing' },
        },
      },
    },
    leaving: {
      description: 'Nothing new is begun. Subscriptions are drained, answers leave, and the server has them.',
      entry: 'take leave',
      on: {
        'farewell.done': 'closed',
        'link.lost': { target: 'closed', actions: 'say what was cut short' },
      },
      after: { 'time to take leave': { target: 'closed', actions: 'say what was cut short' } },
    },
    closed: {
      description: 'No server is left that knows of us.',
      type: 'final',
      entry: 'settle everything',
    },
  },
});
