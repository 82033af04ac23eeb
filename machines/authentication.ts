/**
 * Who is trusted (protocol.md section 4), for both roles.
 *
 * Two laws: trust is entered from one state only in each role, and only by the one event that proves the secret there;
 * and no seed, key or secret is ever seen here: the machine hears what the arithmetic said, never what it was about.
 */

import { assign, cancel, raise, sendParent, setup } from 'xstate';
import type { Role } from '../src/protocol/role.js';
import { notProvided } from './not-provided.js';

/** What the authentication hears. */
export type AuthenticationEvent =
  /** The user of a client, or its session, wants to be trusted. */
  | { type: 'authentication.start'; timeoutMs: number }
  | { type: 'authentication.timedOut' }
  /** The penalty for a wrong key is over. */
  | { type: 'refusal.due' }
  /** A client asks for a seed. */
  | { type: 'peer.seedRequested' }
  /** A client sent a key, and it fits the seed and the secret. */
  | { type: 'peer.keyAccepted' }
  /** A client sent a key, and it does not fit, or there was no seed for it. */
  | { type: 'peer.keyRejected' }
  /** The server sent a seed that can be used. */
  | { type: 'peer.seedReceived' }
  /** The server sent something else where a seed belongs. */
  | { type: 'peer.unusableSeedReceived' }
  /** The server does not authenticate: it has no secret, or does not know the service. */
  | { type: 'peer.authenticationRefused' }
  /** The server accepted the key. */
  | { type: 'peer.trustGranted' }
  /** The server did not accept the key. */
  | { type: 'peer.trustDenied' }
  | { type: 'link.closed' };

/** What the authentication tells its parent. */
export type AuthenticationReport =
  | { type: 'authentication.trusted' }
  /** The connection was trusted and is no longer. */
  | { type: 'authentication.distrusted' }
  /** An attempt came to nothing: of this client, or of the client of this server. */
  | { type: 'authentication.failed'; reason: string };

/**
 * The authentication of one connection. Its effects are placeholders that throw until they are provided.
 *
 * @example
 * ```ts
 * import { authenticationMachine } from 'socket-protocol/machines';
 *
 * console.log(Object.keys(authenticationMachine.states)); // untrusted, seedRequested, seedSent, keySent, trusted
 * ```
 */
export const authenticationMachine = setup({
  types: {
    context: {} as {
      role: Role;
      maxSeedRequests: number;
      seedLifetimeMs: number;
      timeoutMs: number;
      wrongKeys: number;
      /** Wrong keys whose answer is held back for their penalty. */
      refusalsDue: number;
      seedsSent: number;
    },
    input: {} as {
      role: Role;
      /** How many seeds a server sends on one connection before a key is right. */
      maxSeedRequests: number;
      /** How long a seed waits for its key. */
      seedLifetimeMs: number;
    },
    events: {} as AuthenticationEvent,
  },
  actions: {
    'send the seed request': () => notProvided('send the seed request'),
    'send a fresh seed': () => notProvided('send a fresh seed'),
    'send the key': () => notProvided('send the key'),
    'answer that the key is right': () => notProvided('answer that the key is right'),
    'answer that the key is wrong': () => notProvided('answer that the key is wrong'),
    'forget the seed': () => notProvided('forget the seed'),
    'close the connection': (_, params: { reason: string }) =>
      notProvided(`close the connection: ${params.reason}`),
    'drop the unexpected message': () => notProvided('drop the unexpected message'),
    'report trusted': sendParent({ type: 'authentication.trusted' }),
    'report distrusted': sendParent({ type: 'authentication.distrusted' }),
    'report failed': sendParent((_, params: { reason: string }) => ({
      type: 'authentication.failed',
      reason: params.reason,
    })),
    'remember the time-out': assign({
      timeoutMs: ({ context, event }) =>
        event.type === 'authentication.start' ? event.timeoutMs : context.timeoutMs,
    }),
    'start the time-out': raise({ type: 'authentication.timedOut' }, { delay: 'time-out', id: 'time-out' }),
    'stop the time-out': cancel('time-out'),
    'refuse after the first penalty': raise(
      { type: 'refusal.due' },
      { delay: 'first penalty', id: 'first penalty' },
    ),
    'refuse after the second penalty': raise(
      { type: 'refusal.due' },
      { delay: 'second penalty', id: 'second penalty' },
    ),
    'forget the first penalty': cancel('first penalty'),
    'forget the second penalty': cancel('second penalty'),
    'count a wrong key': assign({
      wrongKeys: ({ context }) => context.wrongKeys + 1,
      refusalsDue: ({ context }) => context.refusalsDue + 1,
    }),
    'strike off a refusal': assign({ refusalsDue: ({ context }) => context.refusalsDue - 1 }),
    'strike off all refusals': assign({ refusalsDue: 0 }),
    'count a seed': assign({ seedsSent: ({ context }) => context.seedsSent + 1 }),
    'forgive the seeds': assign({ seedsSent: 0 }),
    'start counting anew': assign({ wrongKeys: 0, refusalsDue: 0, seedsSent: 0 }),
  },
  guards: {
    'is the client': ({ context }) => context.role === 'client',
    'is the server': ({ context }) => context.role === 'server',
    'is a server asked for too many seeds': ({ context }) =>
      context.role === 'server' && context.seedsSent >= context.maxSeedRequests,
    'is the first wrong key': ({ context }) => context.role === 'server' && context.wrongKeys === 0,
    'one refusal is due': ({ context }) => context.refusalsDue === 1,
    'two refusals are due': ({ context }) => context.refusalsDue === 2,
    'is the second wrong key': ({ context }) => context.role === 'server' && context.wrongKeys === 1,
  },
  delays: {
    'time-out': ({ context }) => context.timeoutMs,
    'first penalty': 100,
    'second penalty': 400,
    'seed lifetime': ({ context }) => context.seedLifetimeMs,
  },
}).createMachine({
  id: 'authentication',
  description: 'Proves to a server that its client holds the same secret. A disconnect forgets everything.',
  context: ({ input }) => ({
    role: input.role,
    maxSeedRequests: input.maxSeedRequests,
    seedLifetimeMs: input.seedLifetimeMs,
    timeoutMs: 0,
    wrongKeys: 0,
    refusalsDue: 0,
    seedsSent: 0,
  }),
  initial: 'untrusted',
  on: {
    'peer.seedRequested': [
      {
        guard: 'is a server asked for too many seeds',
        target: '.untrusted',
        actions: { type: 'close the connection', params: { reason: 'the peer asked for too many seeds' } },
      },
      { guard: 'is the server', target: '.seedSent' },
      { actions: 'drop the unexpected message' },
    ],
    'peer.keyRejected': [
      {
        guard: 'is the first wrong key',
        actions: [
          'count a wrong key',
          'refuse after the first penalty',
          { type: 'report failed', params: { reason: 'the peer sent a key without a seed' } },
        ],
      },
      {
        guard: 'is the second wrong key',
        actions: [
          'count a wrong key',
          'refuse after the second penalty',
          { type: 'report failed', params: { reason: 'the peer sent a key without a seed' } },
        ],
      },
      {
        guard: 'is the server',
        actions: [
          { type: 'report failed', params: { reason: 'the peer sent a key without a seed' } },
          { type: 'close the connection', params: { reason: 'the peer sent three wrong keys' } },
        ],
      },
      { actions: 'drop the unexpected message' },
    ],
    'refusal.due': { actions: ['answer that the key is wrong', 'strike off a refusal'] },
    'link.closed': {
      target: '.untrusted',
      actions: ['start counting anew', 'forget the first penalty', 'forget the second penalty'],
    },
    'peer.*': {
      description: 'No state expects it: it is counted, and nothing moves.',
      actions: 'drop the unexpected message',
    },
  },
  states: {
    untrusted: {
      description: 'Nobody has proven anything.',
      entry: ['stop the time-out', 'forget the seed'],
      on: {
        'authentication.start': {
          guard: 'is the client',
          target: 'seedRequested',
          actions: ['remember the time-out', 'start the time-out'],
        },
      },
    },
    seedRequested: {
      description: 'Client: waits for the seed.',
      entry: 'send the seed request',
      on: {
        'peer.seedReceived': 'keySent',
        'peer.unusableSeedReceived': {
          target: 'untrusted',
          actions: { type: 'report failed', params: { reason: 'the peer sent no usable seed' } },
        },
        'peer.authenticationRefused': {
          target: 'untrusted',
          actions: { type: 'report failed', params: { reason: 'the peer does not authenticate' } },
        },
        'authentication.timedOut': {
          target: 'untrusted',
          actions: { type: 'report failed', params: { reason: 'the peer sent no seed in time' } },
        },
        'link.closed': {
          target: 'untrusted',
          actions: { type: 'report failed', params: { reason: 'the connection was lost' } },
        },
      },
    },
    seedSent: {
      description: 'Server: waits for the key that fits the seed. One seed serves one key.',
      entry: ['send a fresh seed', 'count a seed'],
      on: {
        'peer.keyAccepted': [
          {
            description: 'Answers leave in the order of the keys: those that are held back go first.',
            guard: 'two refusals are due',
            target: 'trusted',
            actions: [
              'answer that the key is wrong',
              'answer that the key is wrong',
              'answer that the key is right',
              'forget the first penalty',
              'forget the second penalty',
              'strike off all refusals',
              'forgive the seeds',
            ],
          },
          {
            guard: 'one refusal is due',
            target: 'trusted',
            actions: [
              'answer that the key is wrong',
              'answer that the key is right',
              'forget the first penalty',
              'forget the second penalty',
              'strike off all refusals',
              'forgive the seeds',
            ],
          },
          { target: 'trusted', actions: ['answer that the key is right', 'forgive the seeds'] },
        ],
        'peer.keyRejected': [
          {
            guard: 'is the first wrong key',
            target: 'untrusted',
            actions: [
              'count a wrong key',
              'refuse after the first penalty',
              { type: 'report failed', params: { reason: 'the peer sent a wrong key' } },
            ],
          },
          {
            guard: 'is the second wrong key',
            target: 'untrusted',
            actions: [
              'count a wrong key',
              'refuse after the second penalty',
              { type: 'report failed', params: { reason: 'the peer sent a wrong key' } },
            ],
          },
          {
            target: 'untrusted',
            actions: [
              { type: 'report failed', params: { reason: 'the peer sent a wrong key' } },
              { type: 'close the connection', params: { reason: 'the peer sent three wrong keys' } },
            ],
          },
        ],
      },
      after: { 'seed lifetime': 'untrusted' },
    },
    keySent: {
      description: 'Client: waits for the verdict.',
      entry: 'send the key',
      on: {
        'peer.trustGranted': 'trusted',
        'peer.trustDenied': {
          target: 'untrusted',
          actions: { type: 'report failed', params: { reason: 'the peer did not accept the key' } },
        },
        'authentication.timedOut': {
          target: 'untrusted',
          actions: {
            type: 'report failed',
            params: { reason: 'the peer sent no verdict on the key in time' },
          },
        },
        'link.closed': {
          target: 'untrusted',
          actions: { type: 'report failed', params: { reason: 'the connection was lost' } },
        },
      },
    },
    trusted: {
      description: 'The client holds the secret. A new seed request of the client ends the trust.',
      entry: ['stop the time-out', 'forget the seed', 'report trusted'],
      exit: 'report distrusted',
    },
  },
});
