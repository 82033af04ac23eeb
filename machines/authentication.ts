/**
 * Who is trusted (protocol.md section 4): a lane for the client, a lane for the server.
 *
 * Two laws: trust is entered from one state in each lane, by the one event that proves the secret there; and no seed, key
 * or secret is ever seen here: the machine hears the result of the arithmetic, never its input.
 */

import { type AnyActorRef, assign, sendTo, setup } from 'xstate';
import type { AuthenticationReason, LinkReason } from '../src/protocol/reasons.js';
import type { Role } from '../src/protocol/role.js';
import { notProvided } from './not-provided.js';

/** What the authentication hears. */
export type AuthenticationEvent =
  /** The user of a client, or its session, wants to be trusted. */
  | { type: 'authentication.start'; timeoutMs: number }
  /** A client asks for a seed. */
  | { type: 'peer.seedRequested' }
  /** A client sent the key that fits the seed and the secret. */
  | { type: 'peer.keyAccepted' }
  /** A client sent a key that does not fit, or for which there was no seed. */
  | { type: 'peer.keyRejected' }
  /** The server sent a seed that can be used. */
  | { type: 'peer.seedReceived' }
  /** The server sent no seed, or one that cannot be used. */
  | { type: 'peer.seedDenied'; reason: AuthenticationReason }
  /** The server accepted the key. */
  | { type: 'peer.trustGranted' }
  /** The server did not accept the key. */
  | { type: 'peer.trustDenied' }
  | { type: 'link.closed' };

/** What the authentication reports to its parent. */
export type AuthenticationReport =
  | { type: 'authentication.trusted' }
  /** The connection was trusted and no longer is. */
  | { type: 'authentication.distrusted' }
  /** An attempt failed: of this client, or of the client of this server. */
  | { type: 'authentication.failed'; reason: AuthenticationReason }
  /** The client of this server went over a limit: the connection has to end. */
  | { type: 'authentication.limitExceeded'; reason: LinkReason };

/** What an authentication is made with. */
export interface AuthenticationInput {
  readonly role: Role;
  /** How many seeds a server sends on one connection before a key is right. */
  readonly maxSeedRequests: number;
  /** How long a seed waits for its key, in milliseconds. */
  readonly seedLifetimeMs: number;
}

/** Where reports go. A machine in a viewer has no parent and gets its own reports. */
const parent = ({ self }: { self: AnyActorRef }): AnyActorRef => self._parent ?? self;

/** A viewer gives no input: it shows the lane of a client. */
const IN_A_VIEWER: AuthenticationInput = { role: 'client', maxSeedRequests: 10, seedLifetimeMs: 10_000 };

/**
 * The authentication of one connection. In a viewer its effects are placeholders.
 *
 * @example
 * ```ts
 * import { authenticationMachine } from 'socket-protocol/machines';
 *
 * console.log(Object.keys(authenticationMachine.states)); // role, client, server
 * ```
 */
export const authenticationMachine = setup({
  types: {
    /** `wrongKeys` counts those of the client, in both roles; a new connection starts at 0. */
    context: {} as AuthenticationInput & { timeoutMs: number; wrongKeys: number; seedsSent: number },
    input: {} as AuthenticationInput,
    events: {} as AuthenticationEvent,
  },
  actions: {
    'send the seed request': notProvided('send the seed request'),
    'send a fresh seed': notProvided('send a fresh seed'),
    'send the key': notProvided('send the key'),
    'answer that the key is right': notProvided('answer that the key is right'),
    'answer, after a penalty, that the key is wrong': notProvided('answer that the key is wrong'),
    'forget the seed': notProvided('forget the seed'),
    'drop the unexpected message': notProvided('drop the unexpected message'),
    'report trusted': sendTo(parent, { type: 'authentication.trusted' }),
    'report distrusted': sendTo(parent, { type: 'authentication.distrusted' }),
    'report failed': sendTo(parent, (_, params: { reason: AuthenticationReason }) => ({
      type: 'authentication.failed',
      reason: params.reason,
    })),
    'report a limit exceeded': sendTo(parent, (_, params: { reason: LinkReason }) => ({
      type: 'authentication.limitExceeded',
      reason: params.reason,
    })),
    'remember the time-out': assign({
      timeoutMs: ({ context, event }) => ('timeoutMs' in event ? event.timeoutMs : context.timeoutMs),
    }),
    'count a wrong key': assign({ wrongKeys: ({ context }) => context.wrongKeys + 1 }),
    'count a seed': assign({ seedsSent: ({ context }) => context.seedsSent + 1 }),
    'forgive the seeds': assign({ seedsSent: 0 }),
    'count anew': assign({ wrongKeys: 0, seedsSent: 0 }),
  },
  guards: {
    'is the client': ({ context }) => context.role === 'client',
    'may have another seed': ({ context }) => context.seedsSent < context.maxSeedRequests,
    'may guess again': ({ context }) => context.wrongKeys < 2,
  },
  delays: {
    'time-out': ({ context }) => context.timeoutMs,
    'seed lifetime': ({ context }) => context.seedLifetimeMs,
  },
}).createMachine({
  id: 'authentication',
  description: 'Proves to a server that its client holds the same secret. A disconnect forgets everything.',
  context: ({ input: { role, maxSeedRequests, seedLifetimeMs } = IN_A_VIEWER }) => ({
    role,
    maxSeedRequests,
    seedLifetimeMs,
    timeoutMs: 0,
    wrongKeys: 0,
    seedsSent: 0,
  }),
  initial: 'role',
  on: { 'peer.*': { description: 'No state expects it.', actions: 'drop the unexpected message' } },
  states: {
    role: { always: [{ guard: 'is the client', target: 'client' }, { target: 'server' }] },
    client: {
      initial: 'untrusted',
      on: { 'link.closed': { target: '.untrusted', actions: 'count anew' } },
      states: {
        untrusted: {
          description: 'Has proven nothing.',
          entry: 'forget the seed',
          on: { 'authentication.start': { target: 'proving', actions: 'remember the time-out' } },
        },
        proving: {
          initial: 'seedRequested',
          on: {
            'link.closed': [
              {
                guard: 'may guess again',
                target: 'untrusted',
                actions: [{ type: 'report failed', params: { reason: 'connection-lost' } }, 'count anew'],
              },
              {
                description: 'Two keys were refused. A server does not answer the third, it hangs up.',
                target: 'untrusted',
                actions: [{ type: 'report failed', params: { reason: 'too-many-wrong-keys' } }, 'count anew'],
              },
            ],
          },
          after: {
            'time-out': {
              target: 'untrusted',
              actions: { type: 'report failed', params: { reason: 'no-answer' } },
            },
          },
          states: {
            seedRequested: {
              description: 'Waits for the seed.',
              entry: 'send the seed request',
              on: {
                'peer.seedReceived': 'keySent',
                'peer.seedDenied': {
                  target: '#authentication.client.untrusted',
                  actions: { type: 'report failed', params: ({ event }) => ({ reason: event.reason }) },
                },
              },
            },
            keySent: {
              description: 'Waits for the verdict.',
              entry: 'send the key',
              on: {
                'peer.trustGranted': '#authentication.client.trusted',
                'peer.trustDenied': {
                  target: '#authentication.client.untrusted',
                  actions: [
                    'count a wrong key',
                    { type: 'report failed', params: { reason: 'wrong-secret' } },
                  ],
                },
              },
            },
          },
        },
        trusted: {
          description: 'The server accepted the key.',
          entry: ['forget the seed', 'report trusted'],
          exit: 'report distrusted',
        },
      },
    },
    server: {
      initial: 'untrusted',
      on: {
        'link.closed': { target: '.untrusted', actions: 'count anew' },
        'peer.seedRequested': {
          description: 'No state below may send another seed.',
          target: '.untrusted',
          actions: { type: 'report a limit exceeded', params: { reason: 'too-many-seed-requests' } },
        },
        'peer.keyRejected': [
          {
            description: 'There was no seed for it. Nothing moves, trust stays.',
            guard: 'may guess again',
            actions: [
              'answer, after a penalty, that the key is wrong',
              'count a wrong key',
              { type: 'report failed', params: { reason: 'key-without-seed' } },
            ],
          },
          {
            actions: [
              { type: 'report failed', params: { reason: 'too-many-wrong-keys' } },
              { type: 'report a limit exceeded', params: { reason: 'too-many-wrong-keys' } },
            ],
          },
        ],
      },
      states: {
        untrusted: {
          description: 'The client has proven nothing.',
          entry: 'forget the seed',
          on: { 'peer.seedRequested': { guard: 'may have another seed', target: 'seedSent' } },
        },
        seedSent: {
          description: 'Waits for the key that fits the seed. One seed serves one key.',
          entry: ['send a fresh seed', 'count a seed'],
          on: {
            'peer.seedRequested': { guard: 'may have another seed', target: 'seedSent', reenter: true },
            'peer.keyAccepted': {
              target: 'trusted',
              actions: ['answer that the key is right', 'forgive the seeds'],
            },
            'peer.keyRejected': [
              {
                guard: 'may guess again',
                target: 'untrusted',
                actions: [
                  'answer, after a penalty, that the key is wrong',
                  'count a wrong key',
                  { type: 'report failed', params: { reason: 'wrong-secret' } },
                ],
              },
              {
                target: 'untrusted',
                actions: [
                  { type: 'report failed', params: { reason: 'too-many-wrong-keys' } },
                  { type: 'report a limit exceeded', params: { reason: 'too-many-wrong-keys' } },
                ],
              },
            ],
          },
          after: { 'seed lifetime': 'untrusted' },
        },
        trusted: {
          description: 'The client holds the secret. A new seed request ends the trust.',
          entry: ['forget the seed', 'report trusted'],
          exit: 'report distrusted',
          on: { 'peer.seedRequested': { guard: 'may have another seed', target: 'seedSent' } },
        },
      },
    },
  },
});
