/**
 * The parent of all state of a session: spawns those below it, routes between them, and decides what may pass.
 *
 * A star: children report to it, it routes, siblings never meet. It knows no bytes and no messages.
 */

import {
  type ActionFunction,
  type ActorLogic,
  assign,
  emit,
  enqueueActions,
  fromTransition,
  type Snapshot,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import type { JsonValue, Message } from '../src/protocol/message.js';
import type { AuthenticationReason, LinkReason } from '../src/protocol/reasons.js';
import type { Role } from '../src/protocol/role.js';
import {
  type AuthenticationEvent,
  type AuthenticationReport,
  authenticationMachine,
} from './authentication.js';
import { type ChannelNameEvent, channelNameMachine } from './channel-name.js';
import { type ConnectionEvent, type ConnectionReport, connectionMachine } from './connection.js';
import { type DrainEvent, type DrainReport, drainMachine } from './drain.js';
import { type HeartbeatReport, heartbeatMachine } from './heartbeat.js';
import { notProvided } from './not-provided.js';

/** The input of a session machine; nothing secret. */
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
  /** Whether this side tries again, after a long pause, when the peer refused its key. */
  readonly returnsAfterRefusal: boolean;
  readonly maxConnectAttempts: number;
  /** Whether the session is over when its link is: one accepted connection, one session. */
  readonly endsWithItsLink: boolean;
  /** Whether a peer that falls silent is asked for a sign of life. */
  readonly hasHeartbeat: boolean;
}

/** What the session remembers. */
export interface SessionContext extends SessionInput {
  /** Why there is no link, while there is none. */
  readonly whyDisconnected: LinkReason;
  /** What the peer said of the key, while it refuses it. */
  readonly whyRefused: AuthenticationReason;
}

/** What the session hears: orders of the user, facts of the transport, what the peer said, reports of its children. */
export type SessionEvent =
  | { type: 'session.start' }
  | { type: 'session.authenticate'; timeoutMs: number }
  | { type: 'session.reconnect' }
  /** Close at once. */
  | { type: 'session.close' }
  /** Let finish what has begun, for so long, then close. Once in a session. */
  | { type: 'session.drain'; timeoutMs: number }
  /** The peer sent something forbidden, or too much. */
  | { type: 'peer.limitExceeded'; reason: LinkReason }
  /** The transport did not take an answer, for which the peer now waits. */
  | { type: 'link.answerRefused' }
  | Extract<ConnectionEvent, { type: `link.${string}` | 'answers.sent' }>
  | Extract<AuthenticationEvent, { type: `peer.${string}` }>
  | Extract<ChannelNameEvent, { type: `peer.${string}` }>
  | ConnectionReport
  | AuthenticationReport
  | HeartbeatReport
  | DrainEvent
  | DrainReport
  | PendingRequestsReport
  /** The transport has room again for what waits to be written. */
  | { type: 'output.drained' }
  /** The transport is gone, and with it the last of what the session had sent. */
  | { type: 'transport.closed' };

/** What the holder of the pending requests hears. Only the holder can read a `request`. */
export type PendingRequestsEvent =
  /** Queued requests may go now: try them again, in order. */
  | { type: 'requests.release' }
  | { type: 'link.closed' }
  /** A link is gone that was never good for more than the whitelist: what was not written waits for the next. */
  | { type: 'handshake.missed' }
  /** The peer refused the key: what waits for trust waits in vain. */
  | { type: 'authentication.refused' }
  | { type: 'connection.abandoned' }
  | { type: 'session.closed' }
  | { type: 'request.made'; request: object }
  | { type: 'request.cancelled'; request: object }
  | { type: 'request.delayElapsed'; request: object }
  | { type: 'peer.answered'; message: Message<JsonValue> };

/** What the holder of the pending requests reports. */
export type PendingRequestsReport =
  /** A ghost waited too long: answers can no longer be matched. */
  | { type: 'requests.overdue' }
  /** Something waits for a connection, and an attempt may be due sooner for it. */
  | { type: 'requests.waiting' };

/** The logic of the holder of the pending requests; `src/session/asking` provides it. */
export type PendingRequestsLogic = ActorLogic<
  Snapshot<undefined> & { readonly context: object },
  PendingRequestsEvent
>;

/** What the session emits, after the step in which it happened. */
export type SessionAnnouncement =
  | { type: 'connected' }
  | { type: 'disconnected'; reason: LinkReason }
  | { type: 'connectFailed'; reason: LinkReason }
  /** There will be no further attempt to connect. */
  | { type: 'abandoned'; reason: LinkReason }
  | { type: 'trusted' }
  | { type: 'untrusted' }
  | { type: 'authenticationFailed'; reason: AuthenticationReason }
  /** Nothing passes any more; the transport still sends what it has. */
  | { type: 'closing' }
  | { type: 'closed' };

/** A viewer gives no input: it shows a client that authenticates by itself. */
const IN_A_VIEWER: SessionInput = {
  role: 'client',
  channelName: null,
  isSecretSet: true,
  isAutoAuthOn: true,
  maxSeedRequests: 10,
  seedLifetimeMs: 10_000,
  authenticationTimeoutMs: 2_000,
  opensLinks: true,
  reopensLinks: true,
  returnsAfterRefusal: true,
  maxConnectAttempts: 3,
  endsWithItsLink: false,
  hasHeartbeat: true,
};

type HeartbeatActor = { src: 'heartbeat'; logic: typeof heartbeatMachine; id: 'heartbeat' };
type HeartbeatAction = ActionFunction<
  SessionContext,
  SessionEvent,
  SessionEvent,
  undefined,
  HeartbeatActor,
  never,
  never,
  never,
  never
>;

/** A server has no heartbeat: it asks nobody, and may hold thousands of idle sessions. */
function whereThereIsAHeartbeat(act: HeartbeatAction): HeartbeatAction {
  return enqueueActions(({ context, enqueue }) => {
    if (context.hasHeartbeat) enqueue(act);
  });
}

const noPendingRequests: PendingRequestsLogic = fromTransition((state: object) => state, {});

/** The parent of all state of a session. In a viewer its effects are placeholders. */
export const sessionMachine = setup({
  types: {
    context: {} as SessionContext,
    input: {} as SessionInput,
    events: {} as SessionEvent,
    emitted: {} as SessionAnnouncement,
    children: {} as {
      connection: 'connection';
      authentication: 'authentication';
      channelName: 'channelName';
      heartbeat: 'heartbeat';
      drain: 'drain';
      pendingRequests: 'pendingRequests';
    },
  },
  actors: {
    connection: connectionMachine,
    authentication: authenticationMachine,
    channelName: channelNameMachine,
    heartbeat: heartbeatMachine,
    drain: drainMachine,
    pendingRequests: noPendingRequests,
  },
  actions: {
    'spawn connection': spawnChild('connection', {
      id: 'connection',
      input: ({ context }: { context: SessionContext }) => ({
        opensLinks: context.opensLinks,
        reopensLinks: context.reopensLinks,
        needsTrust: context.role === 'client' && context.isSecretSet && context.isAutoAuthOn,
        returnsAfterRefusal: context.returnsAfterRefusal,
        maxAttempts: context.maxConnectAttempts,
      }),
    }),
    'spawn authentication': spawnChild('authentication', {
      id: 'authentication',
      input: ({ context }: { context: SessionContext }) => ({
        role: context.role,
        maxSeedRequests: context.maxSeedRequests,
        seedLifetimeMs: context.seedLifetimeMs,
      }),
    }),
    'spawn channel name': spawnChild('channelName', {
      id: 'channelName',
      input: ({ context }: { context: SessionContext }) => ({
        role: context.role,
        name: context.channelName,
      }),
    }),
    'spawn heartbeat': whereThereIsAHeartbeat(spawnChild('heartbeat', { id: 'heartbeat' })),
    'spawn pending requests': spawnChild('pendingRequests', { id: 'pendingRequests' }),
    'spawn drain': spawnChild('drain', {
      id: 'drain',
      input: ({ event }: { event: SessionEvent }) => ({
        timeoutMs: event.type === 'session.drain' ? event.timeoutMs : 0,
      }),
    }),
    'stop the drain': stopChild('drain'),

    'route to connection': sendTo('connection', ({ event }) => event),
    'route to authentication': sendTo('authentication', ({ event }) => event),
    'route to channel name': sendTo('channelName', ({ event }) => event),
    'route to drain': sendTo('drain', ({ event }) => event),
    'open the connection': sendTo('connection', { type: 'connection.open' }),
    'reconnect the connection': sendTo('connection', { type: 'connection.reconnect' }),
    'reset the connection': sendTo('connection', (_, params: { reason: LinkReason }) => ({
      type: 'connection.reset',
      reason: params.reason,
    })),
    'tell the connection of the trust': sendTo('connection', { type: 'connection.trusted' }),
    'refuse the connection': sendTo('connection', { type: 'connection.refuse' }),
    'wake the connection': sendTo('connection', { type: 'connection.wake' }),
    'close the connection': sendTo('connection', { type: 'connection.close' }),
    'exchange names': sendTo('channelName', { type: 'link.opened' }),
    'forget the exchange of names': sendTo('channelName', { type: 'link.closed' }),
    'start the heartbeat': whereThereIsAHeartbeat(sendTo('heartbeat', { type: 'link.opened' })),
    'stop the heartbeat': whereThereIsAHeartbeat(sendTo('heartbeat', { type: 'link.closed' })),
    authenticate: sendTo('authentication', (_, params: { timeoutMs: number }) => ({
      type: 'authentication.start',
      timeoutMs: params.timeoutMs,
    })),
    'end trust': sendTo('authentication', { type: 'link.closed' }),
    'release queued requests': sendTo('pendingRequests', { type: 'requests.release' }),
    'fail requests of the lost link': sendTo('pendingRequests', { type: 'link.closed' }),
    'fail what was written on the lost link': sendTo('pendingRequests', { type: 'handshake.missed' }),
    'fail requests that wait for trust': sendTo('pendingRequests', { type: 'authentication.refused' }),
    'fail requests that wait for a link': sendTo('pendingRequests', { type: 'connection.abandoned' }),
    'fail all requests': sendTo('pendingRequests', { type: 'session.closed' }),

    'let nothing new begin': notProvided('let nothing new begin'),
    'let nothing more be asked': notProvided('let nothing more be asked'),
    'let nothing pass': notProvided('let nothing pass'),
    'refuse what asks': notProvided('refuse what asks'),
    'let only the whitelist pass': notProvided('let only the whitelist pass'),
    'let everything pass': notProvided('let everything pass'),
    'remember why there is no link': assign((_, params: { reason: LinkReason }) => ({
      whyDisconnected: params.reason,
    })),
    'remember why the key was refused': assign((_, params: { reason: AuthenticationReason }) => ({
      whyRefused: params.reason,
    })),
    'announce connected': emit({ type: 'connected' }),
    'announce disconnected': emit(
      (_, params: { reason: LinkReason }): SessionAnnouncement => ({
        type: 'disconnected',
        reason: params.reason,
      }),
    ),
    'announce a failed attempt': emit(
      (_, params: { reason: LinkReason }): SessionAnnouncement => ({
        type: 'connectFailed',
        reason: params.reason,
      }),
    ),
    'announce abandoned': emit(
      (_, params: { reason: LinkReason }): SessionAnnouncement => ({
        type: 'abandoned',
        reason: params.reason,
      }),
    ),
    'announce trusted': emit({ type: 'trusted' }),
    'announce untrusted': emit({ type: 'untrusted' }),
    'announce a failed authentication': emit(
      (_, params: { reason: AuthenticationReason }): SessionAnnouncement => ({
        type: 'authenticationFailed',
        reason: params.reason,
      }),
    ),
    'announce closing': emit({ type: 'closing' }),
    'announce closed': emit({ type: 'closed' }),
  },
  guards: {
    'authenticates by itself': ({ context }) =>
      context.role === 'client' && context.isSecretSet && context.isAutoAuthOn,
    'will have another link': ({ context }) =>
      !context.endsWithItsLink && (context.reopensLinks || !context.opensLinks),
    'will have another link to authenticate on': ({ context }) =>
      context.role === 'client' &&
      context.isSecretSet &&
      context.isAutoAuthOn &&
      !context.endsWithItsLink &&
      (context.reopensLinks || !context.opensLinks),
    'hears the verdict on its key': ({ context }, params: { reason: AuthenticationReason }) =>
      context.role === 'client' &&
      context.isAutoAuthOn &&
      context.opensLinks &&
      (params.reason === 'wrong-secret' ||
        params.reason === 'peer-has-no-secret' ||
        params.reason === 'too-many-wrong-keys'),
    'hears the verdict on a link of the transport': ({ context }, params: { reason: AuthenticationReason }) =>
      context.role === 'client' &&
      context.isAutoAuthOn &&
      !context.opensLinks &&
      (params.reason === 'wrong-secret' ||
        params.reason === 'peer-has-no-secret' ||
        params.reason === 'too-many-wrong-keys'),
    'needs trust': ({ context }) => context.isSecretSet,
    'ends with its link': ({ context }) => context.endsWithItsLink,
  },
}).createMachine({
  id: 'session',
  description: 'What may pass between two peers: nothing, the whitelist, or everything.',
  context: ({ input = IN_A_VIEWER }) => ({
    role: input.role,
    channelName: input.channelName,
    isSecretSet: input.isSecretSet,
    isAutoAuthOn: input.isAutoAuthOn,
    maxSeedRequests: input.maxSeedRequests,
    seedLifetimeMs: input.seedLifetimeMs,
    authenticationTimeoutMs: input.authenticationTimeoutMs,
    opensLinks: input.opensLinks,
    reopensLinks: input.reopensLinks,
    maxConnectAttempts: input.maxConnectAttempts,
    endsWithItsLink: input.endsWithItsLink,
    returnsAfterRefusal: input.returnsAfterRefusal,
    hasHeartbeat: input.hasHeartbeat,
    whyDisconnected: 'never-connected',
    whyRefused: 'wrong-secret',
  }),
  entry: [
    'spawn connection',
    'spawn authentication',
    'spawn channel name',
    'spawn heartbeat',
    'spawn pending requests',
  ],
  initial: 'disconnected',
  on: {
    'session.start': { actions: 'open the connection' },
    'session.reconnect': { actions: 'reconnect the connection' },
    'session.drain': { actions: ['let nothing new begin', 'spawn drain'] },
    'work.finished': { actions: 'route to drain' },
    'drain.ended': '.closing',
    'session.close': '.closing',
    'link.opened': { actions: 'route to connection' },
    'link.closed': { actions: 'route to connection' },
    'link.failed': { actions: 'route to connection' },
    'link.ended': { actions: 'route to connection' },
    'answers.sent': { actions: 'route to connection' },
    'connection.attemptFailed': {
      actions: [
        { type: 'remember why there is no link', params: ({ event }) => ({ reason: event.reason }) },
        { type: 'announce a failed attempt', params: ({ event }) => ({ reason: event.reason }) },
      ],
    },
    'connection.abandoned': {
      actions: [
        'fail requests that wait for a link',
        { type: 'announce abandoned', params: ({ event }) => ({ reason: event.reason }) },
      ],
    },
    'peer.seedRequested': { actions: 'route to authentication' },
    'peer.keyAccepted': { actions: 'route to authentication' },
    'peer.keyRejected': { actions: 'route to authentication' },
    'peer.seedReceived': { actions: 'route to authentication' },
    'peer.seedDenied': { actions: 'route to authentication' },
    'peer.trustGranted': { actions: 'route to authentication' },
    'peer.trustDenied': { actions: 'route to authentication' },
    'peer.nameRequested': { actions: 'route to channel name' },
    'peer.nameAnswered': { actions: 'route to channel name' },
    'authentication.distrusted': { description: 'The trust ended with its link, which was said then.' },
    'authentication.failed': {
      actions: {
        type: 'announce a failed authentication',
        params: ({ event }) => ({ reason: event.reason }),
      },
    },
    'output.drained': { actions: 'release queued requests' },
    'requests.waiting': { actions: 'wake the connection' },
  },
  states: {
    disconnected: {
      description: 'There is no link: nothing passes, requests wait.',
      entry: 'let nothing pass',
      on: { 'connection.established': 'connected' },
    },
    refused: {
      description:
        'There is no link, because the peer said that the key is wrong: requests fail at once, until the peer can be asked again.',
      entry: 'refuse what asks',
      on: {
        'connection.established': 'connected',
        'session.reconnect': { target: 'disconnected', actions: 'reconnect the connection' },
      },
    },
    connected: {
      description: 'There is a link.',
      initial: 'deciding',
      entry: ['announce connected', 'exchange names', 'start the heartbeat'],
      exit: [
        'stop the heartbeat',
        'end trust',
        'forget the exchange of names',
        {
          type: 'announce disconnected',
          params: ({ event }) => ({
            reason:
              event.type === 'connection.lost'
                ? event.reason
                : event.type === 'connection.refused'
                  ? 'key-refused'
                  : 'session-closed',
          }),
        },
      ],
      on: {
        'connection.lost': [
          {
            guard: 'ends with its link',
            target: 'closing',
            actions: [
              { type: 'remember why there is no link', params: ({ event }) => ({ reason: event.reason }) },
              'fail requests of the lost link',
            ],
          },
          {
            target: 'disconnected',
            actions: [
              { type: 'remember why there is no link', params: ({ event }) => ({ reason: event.reason }) },
              'fail requests of the lost link',
            ],
          },
        ],
        'connection.halfClosed': {
          target: '.finishing',
          actions: [
            { type: 'remember why there is no link', params: { reason: 'peer-closed' } },
            'fail requests of the lost link',
          ],
        },
        'connection.refused': {
          target: 'refused',
          actions: [
            { type: 'remember why there is no link', params: { reason: 'key-refused' } },
            'fail what was written on the lost link',
            'fail requests that wait for trust',
          ],
        },
        'peer.limitExceeded': {
          actions: { type: 'reset the connection', params: ({ event }) => ({ reason: event.reason }) },
        },
        'authentication.limitExceeded': {
          actions: { type: 'reset the connection', params: ({ event }) => ({ reason: event.reason }) },
        },
        'heartbeat.due': { actions: 'route to channel name' },
        'heartbeat.missed': {
          actions: { type: 'reset the connection', params: { reason: 'peer-silent' } },
        },
        'requests.overdue': {
          actions: { type: 'reset the connection', params: { reason: 'answer-overdue' } },
        },
        'link.answerRefused': {
          actions: { type: 'reset the connection', params: { reason: 'answer-not-sent' } },
        },
      },
      states: {
        deciding: {
          description: 'What passes depends on whether a secret is set.',
          always: [
            {
              guard: 'authenticates by itself',
              target: 'restricted',
              actions: [
                {
                  type: 'authenticate',
                  params: ({ context }) => ({ timeoutMs: context.authenticationTimeoutMs }),
                },
                'release queued requests',
              ],
            },
            { guard: 'needs trust', target: 'restricted', actions: 'release queued requests' },
            { target: 'unprotected', actions: 'release queued requests' },
          ],
        },
        restricted: {
          description: 'A secret is set and the peer is not trusted: only the whitelist passes.',
          entry: 'let only the whitelist pass',
          on: {
            'session.authenticate': {
              actions: { type: 'authenticate', params: ({ event }) => ({ timeoutMs: event.timeoutMs }) },
            },
            'authentication.trusted': {
              target: 'trusted',
              actions: ['announce trusted', 'tell the connection of the trust', 'release queued requests'],
            },
            'authentication.failed': [
              {
                guard: {
                  type: 'hears the verdict on its key',
                  params: ({ event }) => ({ reason: event.reason }),
                },
                actions: [
                  {
                    type: 'announce a failed authentication',
                    params: ({ event }) => ({ reason: event.reason }),
                  },
                  {
                    type: 'remember why the key was refused',
                    params: ({ event }) => ({ reason: event.reason }),
                  },
                  'refuse the connection',
                ],
              },
              {
                description:
                  'The transport opens its links by itself, so that nobody here can leave the peer alone.',
                guard: {
                  type: 'hears the verdict on a link of the transport',
                  params: ({ event }) => ({ reason: event.reason }),
                },
                actions: [
                  {
                    type: 'announce a failed authentication',
                    params: ({ event }) => ({ reason: event.reason }),
                  },
                  {
                    type: 'remember why the key was refused',
                    params: ({ event }) => ({ reason: event.reason }),
                  },
                  'fail requests that wait for trust',
                ],
              },
              {
                description: 'No verdict came: the attempt has failed, like one that nobody answered.',
                guard: 'authenticates by itself',
                actions: [
                  {
                    type: 'announce a failed authentication',
                    params: ({ event }) => ({ reason: event.reason }),
                  },
                  { type: 'reset the connection', params: { reason: 'handshake-missed' } },
                ],
              },
              {
                actions: {
                  type: 'announce a failed authentication',
                  params: ({ event }) => ({ reason: event.reason }),
                },
              },
            ],
            'connection.halfClosed': {
              description: 'What waits for trust waits for the next link.',
              guard: 'will have another link to authenticate on',
              target: 'finishing',
              actions: [
                { type: 'remember why there is no link', params: { reason: 'peer-closed' } },
                'fail what was written on the lost link',
              ],
            },
            'connection.lost': {
              description: 'What waits for trust waits for the next link.',
              guard: 'will have another link to authenticate on',
              target: '#session.disconnected',
              actions: [
                { type: 'remember why there is no link', params: ({ event }) => ({ reason: event.reason }) },
                'fail what was written on the lost link',
              ],
            },
          },
        },
        trusted: {
          description: 'The secret is proven: everything passes.',
          entry: 'let everything pass',
          exit: 'announce untrusted',
          on: { 'authentication.distrusted': 'restricted' },
        },
        unprotected: {
          description: 'No secret is set: everything passes.',
          entry: 'let everything pass',
        },
        finishing: {
          description:
            'The peer has ended its stream: it answers nothing more, and gets the answers that it still waits for.',
          entry: ['stop the heartbeat', 'let nothing more be asked'],
          on: {
            'connection.lost': {
              description: 'Nothing was written since: what was asked meanwhile waits for the next link.',
              guard: 'will have another link',
              target: '#session.disconnected',
              actions: {
                type: 'remember why there is no link',
                params: ({ event }) => ({ reason: event.reason }),
              },
            },
          },
        },
      },
    },
    closing: {
      description: 'Nothing passes, nothing waits; the transport sends what it still has.',
      entry: [
        'stop the drain',
        'let nothing pass',
        'fail all requests',
        'announce closing',
        'close the connection',
      ],
      on: {
        'session.start': {},
        'session.drain': {},
        'session.close': {},
        'answers.sent': {},
        'work.finished': {},
        'drain.ended': {},
        'output.drained': {},
        'requests.waiting': {},
        'transport.closed': 'closed',
      },
    },
    closed: {
      description: 'For good.',
      type: 'final',
      entry: 'announce closed',
    },
  },
});
