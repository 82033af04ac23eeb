/**
 * The exchange of names (protocol.md section 4): the client asks first, and a side without a name takes the other's.
 * Names are untrusted text; they are cut and cleaned before they get here.
 *
 * A client that wants a sign of life asks again, without giving its name: every server answers, and nothing changes.
 */

import { assign, setup } from 'xstate';
import type { Role } from '../src/protocol/role.js';
import { notProvided } from './not-provided.js';

/** What the channel name hears. */
export type ChannelNameEvent =
  | { type: 'link.opened' }
  | { type: 'link.closed' }
  /** A client gave its name, or none. */
  | { type: 'peer.nameRequested'; name: string | null }
  /** The server answered with its name, or with nothing. */
  | { type: 'peer.nameAnswered'; name: string | null }
  /** The peer has been silent for long: any answer will do. */
  | { type: 'heartbeat.due' };

/** The exchange of names. In a viewer its effects are placeholders. */
export const channelNameMachine = setup({
  types: {
    context: {} as {
      role: Role;
      name: string | null;
      /** How often the peer was asked for a sign of life and has not answered yet. */
      openHeartbeats: number;
    },
    input: {} as { role: Role; name: string | null },
    events: {} as ChannelNameEvent,
  },
  actions: {
    'ask for the name': notProvided<{ name: string | null }>('ask for the name'),
    'answer with a name': notProvided<{ name: string | null }>('answer with a name'),
    'use the name': notProvided<{ name: string }>('use the name'),
    'know the peer by its name': notProvided<{ name: string }>('know the peer by its name'),
    'warn of another name': notProvided<{ had: string | null; got: string }>('warn of another name'),
    'drop the second name': notProvided('drop the second name'),
    'drop the unexpected message': notProvided('drop the unexpected message'),
    'take the name over': assign({
      name: ({ context }, params: { name: string }) => params.name || context.name,
    }),
    'expect one more answer': assign({ openHeartbeats: ({ context }) => context.openHeartbeats + 1 }),
    'expect one answer less': assign({ openHeartbeats: ({ context }) => context.openHeartbeats - 1 }),
    'expect no answer': assign({ openHeartbeats: 0 }),
  },
  guards: {
    'is the client': ({ context }) => context.role === 'client',
    'is the server': ({ context }) => context.role === 'server',
    'is a server asked for its name': ({ context }, params: { name: string | null }) =>
      context.role === 'server' && params.name === null,
    'is another name': ({ context }, params: { name: string | null }) =>
      params.name !== null && context.name !== null && context.name !== params.name,
    'is needed': ({ context }, params: { name: string | null }) =>
      context.name === null && params.name !== null,
    'is a name': (_, params: { name: string | null }) => params.name !== null,
    'was asked for a sign of life': ({ context }) => context.openHeartbeats > 0,
  },
}).createMachine({
  id: 'channelName',
  description: 'Agrees on the name under which both sides log.',
  // a viewer gives no input
  context: ({ input = { role: 'client', name: null } }) => ({
    role: input.role,
    name: input.name,
    openHeartbeats: 0,
  }),
  initial: 'unlinked',
  on: {
    'link.closed': { target: '.unlinked', actions: 'expect no answer' },
    'peer.*': {
      description: 'No state expects it: it is counted, and nothing moves.',
      actions: 'drop the unexpected message',
    },
  },
  states: {
    unlinked: {
      description: 'No connection, nobody to ask.',
      on: {
        'link.opened': [{ guard: 'is the client', target: 'nameRequested' }, { target: 'awaitingName' }],
      },
    },
    nameRequested: {
      description: 'Client: has sent its name and waits for the answer. Nothing else depends on it.',
      entry: { type: 'ask for the name', params: ({ context }) => ({ name: context.name }) },
      on: {
        'peer.nameAnswered': [
          {
            guard: { type: 'is needed', params: ({ event }) => ({ name: event.name }) },
            target: 'exchanged',
            actions: [
              { type: 'take the name over', params: ({ event }) => ({ name: event.name ?? '' }) },
              { type: 'use the name', params: ({ event }) => ({ name: event.name ?? '' }) },
              { type: 'know the peer by its name', params: ({ event }) => ({ name: event.name ?? '' }) },
            ],
          },
          {
            guard: { type: 'is a name', params: ({ event }) => ({ name: event.name }) },
            target: 'exchanged',
            actions: {
              type: 'know the peer by its name',
              params: ({ event }) => ({ name: event.name ?? '' }),
            },
          },
          { target: 'exchanged' },
        ],
        'heartbeat.due': {
          actions: ['expect one more answer', { type: 'ask for the name', params: { name: null } }],
        },
      },
    },
    awaitingName: {
      description: 'Server: waits for the name of the client.',
      on: {
        'peer.nameRequested': [
          {
            guard: { type: 'is a server asked for its name', params: ({ event }) => ({ name: event.name }) },
            target: 'exchanged',
            actions: { type: 'answer with a name', params: ({ context }) => ({ name: context.name }) },
          },
          {
            guard: { type: 'is another name', params: ({ event }) => ({ name: event.name }) },
            target: 'exchanged',
            actions: [
              {
                type: 'warn of another name',
                params: ({ context, event }) => ({ had: context.name, got: event.name ?? '' }),
              },
              { type: 'take the name over', params: ({ event }) => ({ name: event.name ?? '' }) },
              { type: 'use the name', params: ({ event }) => ({ name: event.name ?? '' }) },
              { type: 'answer with a name', params: { name: null } },
              { type: 'know the peer by its name', params: ({ event }) => ({ name: event.name ?? '' }) },
            ],
          },
          {
            target: 'exchanged',
            actions: [
              { type: 'take the name over', params: ({ event }) => ({ name: event.name ?? '' }) },
              { type: 'use the name', params: ({ event }) => ({ name: event.name ?? '' }) },
              { type: 'answer with a name', params: { name: null } },
              { type: 'know the peer by its name', params: ({ event }) => ({ name: event.name ?? '' }) },
            ],
          },
        ],
      },
    },
    exchanged: {
      description: 'The names are settled for this connection: a second one is answered and not taken over.',
      on: {
        'peer.nameRequested': [
          {
            guard: { type: 'is a server asked for its name', params: ({ event }) => ({ name: event.name }) },
            actions: { type: 'answer with a name', params: ({ context }) => ({ name: context.name }) },
          },
          {
            guard: 'is the server',
            actions: ['drop the second name', { type: 'answer with a name', params: { name: null } }],
          },
        ],
        'peer.nameAnswered': {
          guard: 'was asked for a sign of life',
          description: 'It is one, whatever name is in it.',
          actions: 'expect one answer less',
        },
        'heartbeat.due': {
          actions: ['expect one more answer', { type: 'ask for the name', params: { name: null } }],
        },
      },
    },
  },
});
