/**
 * Whether there is a link, and when to open one. A link is one TCP connection; the machine outlives them all.
 */

import { type AnyActorRef, assign, sendTo, setup } from 'xstate';
import type { LinkReason } from '../src/protocol/reasons.js';
import { delayNotProvided, notProvided } from './not-provided.js';

/** What the connection hears. */
export type ConnectionEvent =
  | { type: 'connection.open' }
  /** Break the link, if there is one, and open another at once. */
  | { type: 'connection.reconnect' }
  /** Break the link; whether there will be another is the machine's own business. */
  | { type: 'connection.reset'; reason: LinkReason }
  /** The peer trusts this side: what was missing to make the link good. */
  | { type: 'connection.trusted' }
  /** The peer said that the key is wrong: break the link, and leave the peer alone for long. */
  | { type: 'connection.refuse' }
  /** Somebody waits for a link: the next attempt may be due sooner. */
  | { type: 'connection.wake' }
  | { type: 'connection.close' }
  | { type: 'link.opened' }
  | { type: 'link.failed'; reason: LinkReason }
  /** The peer has ended its stream: it says nothing more, and may still read the answers that it waits for. */
  | { type: 'link.ended'; owesAnswers: boolean }
  /** The last of those answers is on its way. */
  | { type: 'answers.sent' }
  | { type: 'link.closed'; reason: LinkReason };

/** What the connection reports to its parent. */
export type ConnectionReport =
  | { type: 'connection.established' }
  /** The peer says nothing more, and still gets its answers: nothing can be asked on this link. */
  | { type: 'connection.halfClosed' }
  | { type: 'connection.lost'; reason: LinkReason }
  | { type: 'connection.attemptFailed'; reason: LinkReason }
  /** The link is gone because the peer refused the key. */
  | { type: 'connection.refused' }
  /** There will be no further attempt. */
  | { type: 'connection.abandoned'; reason: LinkReason };

/** Where reports go. A machine in a viewer has no parent and gets its own reports. */
const parent = ({ self }: { self: AnyActorRef }): AnyActorRef => self._parent ?? self;

/** A viewer gives no input: it shows a client. */
const IN_A_VIEWER: ConnectionInput = {
  opensLinks: true,
  reopensLinks: true,
  needsTrust: true,
  returnsAfterRefusal: true,
  maxAttempts: 3,
};

/** What a connection is made with. */
export interface ConnectionInput {
  /** Whether this side opens links (a client) or waits for them (a server). */
  readonly opensLinks: boolean;
  /** Whether it opens another after one was lost. */
  readonly reopensLinks: boolean;
  /** Whether a link is only good once the peer trusts this side, which authenticates by itself. */
  readonly needsTrust: boolean;
  /** Whether it tries again, after a long pause, when the peer refused its key. */
  readonly returnsAfterRefusal: boolean;
  /** How many attempts in a row may fail before it gives up. */
  readonly maxAttempts: number;
}

/** The link of one side, and when to open it. In a viewer its effects are placeholders. */
export const connectionMachine = setup({
  types: {
    context: {} as ConnectionInput & { failedAttempts: number },
    input: {} as ConnectionInput,
    events: {} as ConnectionEvent,
  },
  actions: {
    'open a link': notProvided('open a link'),
    'break the link': notProvided<{ reason: LinkReason }>('break the link'),
    'close the transport': notProvided('close the transport'),
    'report established': sendTo(parent, { type: 'connection.established' }),
    'report half-closed': sendTo(parent, { type: 'connection.halfClosed' }),
    'report lost': sendTo(parent, (_, params: { reason: LinkReason }) => ({
      type: 'connection.lost',
      reason: params.reason,
    })),
    'report a failed attempt': sendTo(parent, (_, params: { reason: LinkReason }) => ({
      type: 'connection.attemptFailed',
      reason: params.reason,
    })),
    'report refused': sendTo(parent, { type: 'connection.refused' }),
    'report abandoned': sendTo(parent, (_, params: { reason: LinkReason }) => ({
      type: 'connection.abandoned',
      reason: params.reason,
    })),
    'count a failed attempt': assign({ failedAttempts: ({ context }) => context.failedAttempts + 1 }),
    'forget failed attempts': assign({ failedAttempts: 0 }),
  },
  guards: {
    'opens links': ({ context }) => context.opensLinks,
    'reopens links': ({ context }) => context.reopensLinks,
    'owes answers': ({ event }) => event.type === 'link.ended' && event.owesAnswers,
    'waits for links': ({ context }) => !context.opensLinks,
    'needs no trust': ({ context }) => !context.needsTrust,
    'returns after a refusal': ({ context }) => context.reopensLinks && context.returnsAfterRefusal,
    'was the last attempt': ({ context }) =>
      context.reopensLinks && context.failedAttempts + 1 >= context.maxAttempts,
    'may try again': ({ context }) => context.failedAttempts + 1 < context.maxAttempts,
  },
  delays: {
    'time to prove itself': 5_000,
    'connect time-out': delayNotProvided('connect time-out', 10_000),
    'reconnect delay': delayNotProvided('reconnect delay', 1_000),
    'refusal delay': delayNotProvided('refusal delay', 60_000),
  },
}).createMachine({
  id: 'connection',
  description: 'A client opens its link again and again, with growing pauses; a server waits for one.',
  context: ({ input = IN_A_VIEWER }) => ({
    opensLinks: input.opensLinks,
    reopensLinks: input.reopensLinks,
    needsTrust: input.needsTrust,
    returnsAfterRefusal: input.returnsAfterRefusal,
    maxAttempts: input.maxAttempts,
    failedAttempts: 0,
  }),
  initial: 'disconnected',
  on: {
    'connection.close': { target: '.closed', actions: 'close the transport' },
  },
  states: {
    disconnected: {
      description: 'No link. A server waits for a peer here, a client for the order to connect.',
      on: {
        'connection.open': { guard: 'opens links', target: 'connecting' },
        'connection.reconnect': [
          { guard: 'opens links', target: 'connecting', actions: 'forget failed attempts' },
          { actions: 'open a link' },
        ],
        'link.opened': 'connected',
        'link.failed': {
          description: 'A server cannot listen: no peer will ever come.',
          guard: 'waits for links',
          actions: [
            { type: 'report a failed attempt', params: ({ event }) => ({ reason: event.reason }) },
            { type: 'report abandoned', params: ({ event }) => ({ reason: event.reason }) },
          ],
        },
      },
    },
    connecting: {
      description: 'A link is being opened.',
      entry: 'open a link',
      on: {
        'link.opened': 'connected',
        'link.failed': [
          {
            guard: 'may try again',
            target: 'waitingToReconnect',
            actions: [
              'count a failed attempt',
              { type: 'report a failed attempt', params: ({ event }) => ({ reason: event.reason }) },
            ],
          },
          {
            target: 'disconnected',
            actions: [
              { type: 'report a failed attempt', params: ({ event }) => ({ reason: event.reason }) },
              { type: 'report abandoned', params: ({ event }) => ({ reason: event.reason }) },
            ],
          },
        ],
        'connection.reset': {
          target: 'waitingToReconnect',
          actions: [
            'count a failed attempt',
            { type: 'break the link', params: ({ event }) => ({ reason: event.reason }) },
          ],
        },
      },
      after: {
        'connect time-out': [
          {
            guard: 'may try again',
            target: 'waitingToReconnect',
            actions: [
              'count a failed attempt',
              { type: 'break the link', params: { reason: 'connect-timeout' } },
              { type: 'report a failed attempt', params: { reason: 'connect-timeout' } },
            ],
          },
          {
            target: 'disconnected',
            actions: [
              { type: 'break the link', params: { reason: 'connect-timeout' } },
              { type: 'report a failed attempt', params: { reason: 'connect-timeout' } },
              { type: 'report abandoned', params: { reason: 'connect-timeout' } },
            ],
          },
        ],
      },
    },
    connected: {
      description: 'There is a link.',
      entry: 'report established',
      initial: 'shakingHands',
      on: {
        'link.closed': [
          {
            guard: 'reopens links',
            target: 'waitingToReconnect',
            actions: [
              'count a failed attempt',
              { type: 'report lost', params: ({ event }) => ({ reason: event.reason }) },
            ],
          },
          {
            description: 'The program wants no other link, unless it says so.',
            guard: 'opens links',
            target: 'disconnected',
            actions: [
              { type: 'report lost', params: ({ event }) => ({ reason: event.reason }) },
              { type: 'report abandoned', params: ({ event }) => ({ reason: event.reason }) },
            ],
          },
          {
            target: 'disconnected',
            actions: { type: 'report lost', params: ({ event }) => ({ reason: event.reason }) },
          },
        ],
        'link.ended': [
          { guard: 'owes answers', target: '.finishing' },
          { actions: { type: 'break the link', params: { reason: 'peer-closed' } } },
        ],
        'connection.reset': {
          description: 'The transport answers with link.closed.',
          actions: { type: 'break the link', params: ({ event }) => ({ reason: event.reason }) },
        },
        'connection.reconnect': [
          {
            guard: 'opens links',
            target: 'connecting',
            actions: [
              { type: 'break the link', params: { reason: 'reconnect-requested' } },
              { type: 'report lost', params: { reason: 'reconnect-requested' } },
            ],
          },
          { actions: { type: 'break the link', params: { reason: 'reconnect-requested' } } },
        ],
      },
      states: {
        shakingHands: {
          description: 'A link that does not get as far as trust is a failed attempt.',
          always: [
            { guard: 'waits for links', target: 'proven' },
            { guard: 'needs no trust', target: 'onProbation' },
          ],
          on: {
            'connection.trusted': 'onProbation',
            'connection.refuse': [
              {
                guard: 'returns after a refusal',
                target: '#connection.refused',
                actions: [{ type: 'break the link', params: { reason: 'key-refused' } }, 'report refused'],
              },
              {
                target: '#connection.refusedForGood',
                actions: [
                  { type: 'break the link', params: { reason: 'key-refused' } },
                  'report refused',
                  { type: 'report abandoned', params: { reason: 'key-refused' } },
                ],
              },
            ],
            'link.closed': {
              guard: 'was the last attempt',
              target: '#connection.disconnected',
              actions: [
                { type: 'report lost', params: ({ event }) => ({ reason: event.reason }) },
                { type: 'report abandoned', params: ({ event }) => ({ reason: event.reason }) },
              ],
            },
          },
        },
        onProbation: {
          description:
            'Losing the link now counts as one more failure, so that a server that turns its peers away is not stormed.',
          after: { 'time to prove itself': 'proven' },
        },
        proven: {
          description: 'The link has held, or a peer came to it: what failed before is forgotten.',
          entry: 'forget failed attempts',
        },
        finishing: {
          description:
            'The peer has ended its stream: it gets the answers that it still waits for, and no more.',
          entry: 'report half-closed',
          on: {
            'link.ended': {},
            'answers.sent': {
              actions: { type: 'break the link', params: { reason: 'peer-closed' } },
            },
          },
        },
      },
    },
    waitingToReconnect: {
      description:
        'A pause before the next attempt, longer after each failure, never the same for two clients, and shorter while somebody waits.',
      on: {
        'connection.reconnect': { target: 'connecting', actions: 'forget failed attempts' },
        'connection.wake': { target: 'waitingToReconnect', reenter: true },
      },
      after: { 'reconnect delay': 'connecting' },
    },
    refused: {
      description:
        'The peer said that the key is wrong. Its secret may be rotated: another attempt follows, after a long pause.',
      on: {
        'connection.reconnect': { target: 'connecting', actions: 'forget failed attempts' },
      },
      after: { 'refusal delay': 'connecting' },
    },
    refusedForGood: {
      description: 'The peer said that the key is wrong, and only the user may try again.',
      on: {
        'connection.reconnect': { target: 'connecting', actions: 'forget failed attempts' },
      },
    },
    closed: {
      description: 'For good.',
      type: 'final',
    },
  },
});
