/**
 * The parent of all state of a session: spawns the four below it, routes between them, and decides what may pass.
 *
 * A star: children report to it, it routes, siblings never meet. It knows no bytes and no messages.
 */

import { fromTransition, sendTo, setup, spawnChild } from 'xstate';
import type { Role } from '../src/protocol/role.js';
import {
  type AuthenticationEvent,
  type AuthenticationReport,
  authenticationMachine,
} from './authentication.js';
import { type ChannelNameEvent, channelNameMachine } from './channel-name.js';
import { type ConnectionEvent, type ConnectionReport, connectionMachine } from './connection.js';
import { notProvided } from './not-provided.js';

/** What a session is made with; nothing secret. */
export interface SessionInput {
  readonly role: Role;
  readonly channelName: string | null;
  readonly isSecretSet: boolean;
  readonly isAutoAuthOn: boolean;
  /** How many seeds a server sends on one connection before a key is right. */
  readonly maxSeedRequests: number;
  /** How long a seed waits for its key. */
  readonly seedLifetimeMs: number;
  /** How long an authentication that starts by itself may take. */
  readonly authenticationTimeoutMs: number;
  /** Whether this side opens links. */
  readonly opensLinks: boolean;
  /** Whether this side opens another link after one was lost. */
  readonly reopensLinks: boolean;
  readonly maxConnectAttempts: number;
  /** Whether the session is over when its link is: one accepted connection, one session. */
  readonly endsWithItsLink: boolean;
}

/** What the session hears: wishes of the user, facts of the transport, what the peer said, what its children report. */
export type SessionEvent =
  | { type: 'session.start' }
  | { type: 'session.authenticate'; timeoutMs: number }
  | { type: 'session.reconnect' }
  /** The connection cannot be trusted any more: break it. */
  | { type: 'session.reset'; reason: string }
  | { type: 'session.close' }
  | Extract<ConnectionEvent, { type: `link.${string}` }>
  | Extract<AuthenticationEvent, { type: `peer.${string}` }>
  | Extract<ChannelNameEvent, { type: `peer.${string}` }>
  | ConnectionReport
  | AuthenticationReport
  /** The transport has room again for what waits to be written. */
  | { type: 'output.drained' };

/** What the session tells the actor that holds the pending requests; `src/session` provides that actor. */
export type PendingRequestsEvent =
  /** Something that queued requests wait for has come: try them again, in order. */
  | { type: 'requests.release' }
  | { type: 'link.closed' }
  | { type: 'connection.abandoned' }
  | { type: 'session.closed' };

/** The parent of all state of a session. Its effects are placeholders that throw until they are provided. */
export const sessionMachine = setup({
  types: {
    context: {} as SessionInput,
    input: {} as SessionInput,
    events: {} as SessionEvent,
  },
  actors: {
    connection: connectionMachine,
    authentication: authenticationMachine,
    channelName: channelNameMachine,
    pendingRequests: fromTransition(
      (_: object, _event: PendingRequestsEvent) => notProvided('pendingRequests'),
      {},
    ),
  },
  actions: {
    'spawn connection': spawnChild('connection', {
      id: 'connection',
      input: ({ context }: { context: SessionInput }) => ({
        opensLinks: context.opensLinks,
        reopensLinks: context.reopensLinks,
        maxAttempts: context.maxConnectAttempts,
      }),
    }),
    'spawn authentication': spawnChild('authentication', {
      id: 'authentication',
      input: ({ context }: { context: SessionInput }) => ({
        role: context.role,
        maxSeedRequests: context.maxSeedRequests,
        seedLifetimeMs: context.seedLifetimeMs,
      }),
    }),
    'spawn channel name': spawnChild('channelName', {
      id: 'channelName',
      input: ({ context }: { context: SessionInput }) => ({ role: context.role, name: context.channelName }),
    }),
    'spawn pending requests': spawnChild('pendingRequests', { id: 'pendingRequests' }),

    'route to connection': sendTo('connection', ({ event }) => event),
    'route to authentication': sendTo('authentication', ({ event }) => event),
    'route to channel name': sendTo('channelName', ({ event }) => event),
    'open the connection': sendTo('connection', { type: 'connection.open' }),
    'reconnect the connection': sendTo('connection', { type: 'connection.reconnect' }),
    'reset the connection': sendTo('connection', (_, params: { reason: string }) => ({
      type: 'connection.reset',
      reason: params.reason,
    })),
    'close the connection': sendTo('connection', { type: 'connection.close' }),
    'exchange names': sendTo('channelName', { type: 'link.opened' }),
    'end the exchange of names': sendTo('channelName', { type: 'link.closed' }),
    authenticate: sendTo('authentication', (_, params: { timeoutMs: number }) => ({
      type: 'authentication.start',
      timeoutMs: params.timeoutMs,
    })),
    'end trust': sendTo('authentication', { type: 'link.closed' }),
    'release queued requests': sendTo('pendingRequests', { type: 'requests.release' }),
    'tell requests that the link is closed': sendTo('pendingRequests', { type: 'link.closed' }),
    'tell requests that there will be no link': sendTo('pendingRequests', { type: 'connection.abandoned' }),
    'tell requests that the session is closed': sendTo('pendingRequests', { type: 'session.closed' }),

    'let nothing pass': () => notProvided('let nothing pass'),
    'let only the whitelist pass': () => notProvided('let only the whitelist pass'),
    'let everything pass': () => notProvided('let everything pass'),
    'announce connected': () => notProvided('announce connected'),
    'announce disconnected': (_, params: { reason: string }) =>
      notProvided(`announce disconnected: ${params.reason}`),
    'announce a failed attempt': (_, params: { reason: string }) =>
      notProvided(`announce a failed attempt: ${params.reason}`),
    'announce abandoned': (_, params: { reason: string }) =>
      notProvided(`announce abandoned: ${params.reason}`),
    'announce trusted': () => notProvided('announce trusted'),
    'announce untrusted': () => notProvided('announce untrusted'),
    'announce a failed authentication': (_, params: { reason: string }) =>
      notProvided(`announce a failed authentication: ${params.reason}`),
    'announce closed': () => notProvided('announce closed'),
  },
  guards: {
    'authenticates by itself': ({ context }) =>
      context.role === 'client' && context.isSecretSet && context.isAutoAuthOn,
    'needs trust': ({ context }) => context.isSecretSet,
    'ends with its link': ({ context }) => context.endsWithItsLink,
  },
}).createMachine({
  id: 'session',
  description: 'What may pass between two peers: nothing, the whitelist, or everything.',
  context: ({ input }) => input,
  entry: ['spawn connection', 'spawn authentication', 'spawn channel name', 'spawn pending requests'],
  initial: 'disconnected',
  on: {
    'session.start': { actions: 'open the connection' },
    'session.reconnect': { actions: 'reconnect the connection' },
    'session.reset': {
      actions: { type: 'reset the connection', params: ({ event }) => ({ reason: event.reason }) },
    },
    'session.close': '.closed',
    'link.opened': { actions: 'route to connection' },
    'link.closed': { actions: 'route to connection' },
    'link.failed': { actions: 'route to connection' },
    'connection.attemptFailed': {
      actions: { type: 'announce a failed attempt', params: ({ event }) => ({ reason: event.reason }) },
    },
    'connection.abandoned': {
      actions: [
        'tell requests that there will be no link',
        { type: 'announce abandoned', params: ({ event }) => ({ reason: event.reason }) },
      ],
    },
    'peer.seedRequested': { actions: 'route to authentication' },
    'peer.keyAccepted': { actions: 'route to authentication' },
    'peer.keyRejected': { actions: 'route to authentication' },
    'peer.seedReceived': { actions: 'route to authentication' },
    'peer.unusableSeedReceived': { actions: 'route to authentication' },
    'peer.authenticationRefused': { actions: 'route to authentication' },
    'peer.trustGranted': { actions: 'route to authentication' },
    'peer.trustDenied': { actions: 'route to authentication' },
    'peer.nameRequested': { actions: 'route to channel name' },
    'peer.nameAnswered': { actions: 'route to channel name' },
    'authentication.distrusted': { actions: 'announce untrusted' },
    'authentication.failed': {
      actions: {
        type: 'announce a failed authentication',
        params: ({ event }) => ({ reason: event.reason }),
      },
    },
    'output.drained': { actions: 'release queued requests' },
  },
  states: {
    disconnected: {
      description: 'There is no link: nothing passes, requests wait.',
      entry: 'let nothing pass',
      on: {
        'connection.established': [
          {
            guard: 'authenticates by itself',
            target: 'connected.restricted',
            actions: [
              'announce connected',
              'exchange names',
              {
                type: 'authenticate',
                params: ({ context }) => ({ timeoutMs: context.authenticationTimeoutMs }),
              },
              'release queued requests',
            ],
          },
          {
            guard: 'needs trust',
            target: 'connected.restricted',
            actions: ['announce connected', 'exchange names', 'release queued requests'],
          },
          {
            target: 'connected.unrestricted',
            actions: ['announce connected', 'exchange names', 'release queued requests'],
          },
        ],
      },
    },
    connected: {
      description: 'There is a link.',
      initial: 'restricted',
      exit: [
        'end trust',
        'end the exchange of names',
        {
          type: 'announce disconnected',
          params: ({ event }) => ({
            reason: event.type === 'connection.lost' ? event.reason : 'the session was closed',
          }),
        },
      ],
      on: {
        'connection.lost': [
          {
            guard: 'ends with its link',
            target: 'closed',
            actions: 'tell requests that the link is closed',
          },
          {
            target: 'disconnected',
            actions: 'tell requests that the link is closed',
          },
        ],
      },
      states: {
        restricted: {
          description: 'A secret is set and the peer is not trusted: only the whitelist passes.',
          entry: 'let only the whitelist pass',
          on: {
            'session.authenticate': {
              actions: { type: 'authenticate', params: ({ event }) => ({ timeoutMs: event.timeoutMs }) },
            },
            'authentication.trusted': {
              target: 'unrestricted',
              actions: ['announce trusted', 'release queued requests'],
            },
          },
        },
        unrestricted: {
          description: 'Trusted, or no secret is set: everything passes.',
          entry: 'let everything pass',
          on: {
            'authentication.distrusted': { target: 'restricted', actions: 'announce untrusted' },
          },
        },
      },
    },
    closed: {
      description: 'For good: nothing passes, nothing waits.',
      entry: [
        'let nothing pass',
        'tell requests that the session is closed',
        'close the connection',
        'announce closed',
      ],
      on: {
        'session.start': {},
        'session.close': {},
        'output.drained': {},
      },
    },
  },
});
