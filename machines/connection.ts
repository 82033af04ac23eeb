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
  | { type: 'connection.close' }
  | { type: 'link.opened' }
  | { type: 'link.failed'; reason: LinkReason }
  | { type: 'link.closed'; reason: LinkReason };

/** What the connection reports to its parent. */
export type ConnectionReport =
  | { type: 'connection.established' }
  | { type: 'connection.lost'; reason: LinkReason }
  | { type: 'connection.attemptFailed'; reason: LinkReason }
  /** There will be no further attempt. */
  | { type: 'connection.abandoned'; reason: LinkReason };

/** Where reports go. A machine in a viewer has no parent and gets its own reports. */
const parent = ({ self }: { self: AnyActorRef }): AnyActorRef => self._parent ?? self;

/** A viewer gives no input: it shows a client. */
const IN_A_VIEWER = { opensLinks: true, reopensLinks: true, maxAttempts: 3 };

/** The link of one side, and when to open it. In a viewer its effects are placeholders. */
export const connectionMachine = setup({
  types: {
    context: {} as {
      opensLinks: boolean;
      reopensLinks: boolean;
      maxAttempts: number;
      failedAttempts: number;
    },
    input: {} as {
      /** Whether this side opens links (a client) or waits for them (a server). */
      opensLinks: boolean;
      /** Whether it opens another after one was lost. */
      reopensLinks: boolean;
      /** How many attempts in a row may fail before it gives up. */
      maxAttempts: number;
    },
    events: {} as ConnectionEvent,
  },
  actions: {
    'open a link': notProvided('open a link'),
    'break the link': notProvided<{ reason: LinkReason }>('break the link'),
    'close the transport': notProvided('close the transport'),
    'report established': sendTo(parent, { type: 'connection.established' }),
    'report lost': sendTo(parent, (_, params: { reason: LinkReason }) => ({
      type: 'connection.lost',
      reason: params.reason,
    })),
    'report a failed attempt': sendTo(parent, (_, params: { reason: LinkReason }) => ({
      type: 'connection.attemptFailed',
      reason: params.reason,
    })),
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
    'may try again': ({ context }) => context.failedAttempts + 1 < context.maxAttempts,
  },
  delays: {
    'time to prove itself': 5_000,
    'connect time-out': delayNotProvided('connect time-out', 10_000),
    'reconnect delay': delayNotProvided('reconnect delay', 1_000),
  },
}).createMachine({
  id: 'connection',
  description: 'A client opens its link again and again, with growing pauses; a server waits for one.',
  context: ({ input = IN_A_VIEWER }) => ({
    opensLinks: input.opensLinks,
    reopensLinks: input.reopensLinks,
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
            actions: { type: 'report a failed attempt', params: ({ event }) => ({ reason: event.reason }) },
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
          actions: { type: 'break the link', params: ({ event }) => ({ reason: event.reason }) },
        },
      },
      after: {
        'connect time-out': [
          {
            guard: 'may try again',
            target: 'waitingToReconnect',
            actions: [
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
      description:
        'There is a link. Losing it at once counts as a failed attempt, so that a server that turns its peers away is not stormed.',
      entry: 'report established',
      after: { 'time to prove itself': { actions: 'forget failed attempts' } },
      on: {
        'link.closed': [
          {
            guard: 'reopens links',
            target: 'waitingToReconnect',
            actions: { type: 'report lost', params: ({ event }) => ({ reason: event.reason }) },
          },
          {
            target: 'disconnected',
            actions: { type: 'report lost', params: ({ event }) => ({ reason: event.reason }) },
          },
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
    },
    waitingToReconnect: {
      description:
        'A pause before the next attempt, longer after each failure, never the same for two clients.',
      entry: 'count a failed attempt',
      on: {
        'connection.reconnect': { target: 'connecting', actions: 'forget failed attempts' },
      },
      after: { 'reconnect delay': 'connecting' },
    },
    closed: {
      description: 'For good.',
      type: 'final',
    },
  },
});
