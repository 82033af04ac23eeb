/**
 * One exchange that a program waits for: a request and its answer, a message on its way out, or a `receive`.
 *
 * The law is that of the line (protocol.md section 5): the wire carries no request id, so an answer belongs to the
 * oldest request of its ids that was written. A request that timed out or was cancelled after it was written keeps its place
 * as a ghost, so that its late answer does not go to the next in line.
 *
 * With an inspector attached, each is an actor of this machine. Without one, thousands may run at once, and `src/session`
 * steps them through a table derived from this machine, at a seventeenth of the cost; tests prove that both agree. States
 * and transitions are written here and nowhere else.
 */

import { setup } from 'xstate';
import { delayNotProvided, notProvided } from './not-provided.js';

/** What a pending request hears. */
export type PendingRequestEvent =
  /** The request was handed to the transport. */
  | { type: 'request.written' }
  /** A message that expects no answer was handed to the transport. */
  | { type: 'message.written' }
  /** A message that expects no answer may not pass: it is not on the whitelist. */
  | { type: 'message.refused' }
  /** A `receive`: nothing to write, just waits for a message. */
  | { type: 'receive.started' }
  /** A matching message came, and this request is the first in line. */
  | { type: 'peer.answered' }
  /** The peer refused the key: there will be no trust to wait for. */
  | { type: 'authentication.refused' }
  /** The user's signal was aborted. */
  | { type: 'request.cancelled' }
  | { type: 'link.closed' }
  /** The connection gave up: there will be no further attempt. */
  | { type: 'connection.abandoned' }
  | { type: 'session.closed' };

/**
 * One pending request. In a viewer its effects are placeholders.
 *
 * @example
 * ```ts
 * import { pendingRequestMachine } from 'socket-protocol/machines';
 *
 * console.log(Object.keys(pendingRequestMachine.states));
 * ```
 */
export const pendingRequestMachine = setup({
  types: { events: {} as PendingRequestEvent },
  actions: {
    'settle with the answer': notProvided('settle with the answer'),
    'settle as sent': notProvided('settle as sent'),
    'settle as refused': notProvided('settle as refused'),
    'settle as refused by the peer': notProvided('settle as refused by the peer'),
    'settle as timed out': notProvided('settle as timed out'),
    'settle as cancelled': notProvided('settle as cancelled'),
    'settle as not sent, connection lost': notProvided('settle as not sent, connection lost'),
    'settle as outcome unknown, connection lost': notProvided('settle as outcome unknown, connection lost'),
    'settle as session closed': notProvided('settle as session closed'),
    'drop the late answer': notProvided('drop the late answer'),
    'reset the connection': notProvided('reset the connection'),
  },
  delays: {
    'time left': delayNotProvided('time left', 5_000),
    'late answer grace': delayNotProvided('late answer grace', 30_000),
  },
}).createMachine({
  id: 'pendingRequest',
  description: 'Settles exactly once, and keeps its place in line for as long as its answer may still come.',
  initial: 'queued',
  states: {
    queued: {
      description: 'Waits for a connection, for trust, for room in the output, or for a ghost ahead of it.',
      on: {
        'request.written': 'waiting',
        'message.written': { target: 'sent', actions: 'settle as sent' },
        'message.refused': { target: 'refused', actions: 'settle as refused' },
        'authentication.refused': { target: 'refused', actions: 'settle as refused by the peer' },
        'receive.started': 'listening',
        'request.cancelled': { target: 'cancelled', actions: 'settle as cancelled' },
        'link.closed': { target: 'connectionLost', actions: 'settle as not sent, connection lost' },
        'connection.abandoned': { target: 'connectionLost', actions: 'settle as not sent, connection lost' },
        'session.closed': { target: 'sessionClosed', actions: 'settle as session closed' },
      },
      after: { 'time left': { target: 'timedOut', actions: 'settle as timed out' } },
    },
    waiting: {
      description: 'Written; its answer is on the way.',
      on: {
        'peer.answered': { target: 'answered', actions: 'settle with the answer' },
        'request.cancelled': { target: 'ghost', actions: 'settle as cancelled' },
        'link.closed': { target: 'connectionLost', actions: 'settle as outcome unknown, connection lost' },
        'session.closed': { target: 'sessionClosed', actions: 'settle as session closed' },
      },
      after: { 'time left': { target: 'ghost', actions: 'settle as timed out' } },
    },
    listening: {
      description:
        'A receive: takes the next message that fits and owes nobody an answer. It outlives a connection, if another may come.',
      on: {
        'peer.answered': { target: 'answered', actions: 'settle with the answer' },
        'request.cancelled': { target: 'cancelled', actions: 'settle as cancelled' },
        'connection.abandoned': { target: 'connectionLost', actions: 'settle as not sent, connection lost' },
        'session.closed': { target: 'sessionClosed', actions: 'settle as session closed' },
      },
      after: { 'time left': { target: 'timedOut', actions: 'settle as timed out' } },
    },
    ghost: {
      description:
        'Timed out or cancelled after it was written: its late answer must still be taken by somebody.',
      on: {
        'peer.answered': { target: 'answeredLate', actions: 'drop the late answer' },
        'link.closed': 'forgotten',
        'session.closed': 'forgotten',
      },
      after: { 'late answer grace': { target: 'overdue', actions: 'reset the connection' } },
    },
    answered: { type: 'final' },
    sent: { type: 'final' },
    refused: { type: 'final' },
    timedOut: { type: 'final' },
    cancelled: { type: 'final' },
    connectionLost: { type: 'final' },
    sessionClosed: { type: 'final' },
    answeredLate: { type: 'final', description: 'A ghost that took its answer.' },
    overdue: {
      type: 'final',
      description: 'A ghost whose answer never came: the line cannot be trusted any more.',
    },
    forgotten: { type: 'final', description: 'A ghost whose connection is gone, and with it the line.' },
  },
});
