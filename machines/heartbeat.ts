/**
 * Finds out that a link is dead though nobody closed it (protocol.md section 4): a peer that has been silent for long is
 * asked for a sign of life, and if that does not come either, the link is given up. Only a client asks.
 *
 * Bytes are no events here: the transport remembers when it last received some, and the machine has it looked up when a
 * time is over.
 */

import { type AnyActorRef, sendTo, setup } from 'xstate';
import { delayNotProvided, notProvided } from './not-provided.js';

/** What the heartbeat hears. */
export type HeartbeatEvent =
  | { type: 'link.opened' }
  | { type: 'link.closed' }
  /** A look at the line: something came while the machine waited. */
  | { type: 'line.heard' }
  /** A look at the line: nothing came. */
  | { type: 'line.silent' };

/** What the heartbeat reports to its parent. */
export type HeartbeatReport =
  /** The peer has been silent for long: ask it for a sign of life. */
  | { type: 'heartbeat.due' }
  /** The peer was asked, and nothing came. */
  | { type: 'heartbeat.missed' };

/** Where reports go. A machine in a viewer has no parent and gets its own reports. */
const parent = ({ self }: { self: AnyActorRef }): AnyActorRef => self._parent ?? self;

/** The heartbeat of a client. In a viewer its effects are placeholders. */
export const heartbeatMachine = setup({
  types: {
    events: {} as HeartbeatEvent,
  },
  actions: {
    'look whether something came': notProvided('look whether something came'),
    'report that the peer must be asked': sendTo(parent, { type: 'heartbeat.due' }),
    'report that the peer is silent': sendTo(parent, { type: 'heartbeat.missed' }),
  },
  delays: {
    'rest of the silence': delayNotProvided('rest of the silence', 20_000),
    'time to answer': delayNotProvided('time to answer', 10_000),
  },
}).createMachine({
  id: 'heartbeat',
  description: 'Asks a silent peer for a sign of life, and gives a link up on which nothing comes.',
  initial: 'unlinked',
  on: {
    'link.closed': '.unlinked',
  },
  states: {
    unlinked: {
      description: 'No connection, nobody to listen to.',
      on: {
        'link.opened': 'listening',
      },
    },
    listening: {
      description: 'The peer is alive as far as anybody knows. The silence is counted from the last byte.',
      after: {
        'rest of the silence': { actions: 'look whether something came' },
      },
      on: {
        'line.heard': { target: 'listening', reenter: true },
        'line.silent': 'asked',
      },
    },
    asked: {
      description: 'The peer was asked for a sign of life; any byte is one.',
      entry: 'report that the peer must be asked',
      after: {
        'time to answer': { actions: 'look whether something came' },
      },
      on: {
        'line.heard': 'listening',
        'line.silent': { target: 'silent', actions: 'report that the peer is silent' },
      },
    },
    silent: {
      description: 'Nothing came: the parent breaks the link.',
    },
  },
});
