/**
 * A device that can be reached through a gateway, one of several on a bus (docs/gateways.md): whether the bus brings its
 * messages here.
 *
 * The law: the newest connection of a name has it, on whichever gateway. A new connection claims it with a number above all
 * that its gateway has seen; a holder that has a higher one says so, and the claim is made again above that. After a time
 * without the bus nobody knows who is newer: the higher number keeps the name. The loser stops what the bus brings before
 * the connection is ended, so that no message is lost between the two.
 *
 * What a state does not list comes too late for it: a verdict on a claim that is not made any more, or a claim of another gateway while
 * the messages of this one end. While the bus is away nothing can come, and who is newer is found out when it is back.
 */

import { setup } from 'xstate';
import type { LinkReason } from '../src/protocol/reasons.js';
import { notProvided } from './not-provided.js';

/** What the presence of a device hears. */
export type DevicePresenceEvent =
  /** The gateway reaches the bus: when the device comes, and when the bus is back. */
  | { type: 'bus.up' }
  /** The gateway does not reach the bus: when the device comes, and when the bus is lost. */
  | { type: 'bus.away' }
  /** Another gateway can be heard that could not before, with the bus being there: both may have the name. */
  | { type: 'gateways.met' }
  /** Nobody has contested the claim for long enough. */
  | { type: 'claim.settled' }
  /** Another gateway has the name, with a number that is above that of the claim. */
  | { type: 'claim.contested'; gateway: string }
  /** Another gateway has the name and keeps it: it was taken over too often. */
  | { type: 'claim.refused'; gateway: string }
  /** Another gateway claims the name, with a number that is not above the one here. */
  | { type: 'rival.below'; gateway: string; epoch: number }
  /** Another gateway claims the name with a number above the one here, and the name was taken over too often. */
  | { type: 'rival.jailed'; gateway: string; epoch: number }
  /** Another gateway claims the name with a number above the one here. */
  | { type: 'rival.above'; gateway: string; epoch: number }
  /** The device is here again, on a newer connection of this gateway. */
  | { type: 'session.replaced' }
  /** Its connection is gone. */
  | { type: 'session.lost'; reason: LinkReason }
  /** The gateway takes no more from the bus, and finishes what it has. */
  | { type: 'gateway.closing' }
  /** What the bus had sent before the subscription ended has been given to the gateway. */
  | { type: 'subscription.drained' };

/** A claim: the gateway that made it, and its number. */
interface Claim {
  gateway: string;
  epoch: number;
}

/** The presence of a device. In a viewer its effects are placeholders. */
export const devicePresenceMachine = setup({
  types: {
    events: {} as DevicePresenceEvent,
  },
  actions: {
    'take a number above all others': notProvided('take a number above all others'),
    'claim the name': notProvided('claim the name'),
    'claim the name again': notProvided('claim the name again'),
    'contest the claim': notProvided<Claim>('contest the claim'),
    'refuse the claim': notProvided<Claim>('refuse the claim'),
    'note who has the name': notProvided<{ gateway: string }>('note who has the name'),
    'drain the subscription': notProvided('drain the subscription'),
    'announce that it left': notProvided<{ reason: LinkReason }>('announce that it left'),
    'end the session': notProvided<{ reason: LinkReason }>('end the session'),
    'forget the device': notProvided('forget the device'),
  },
}).createMachine({
  id: 'devicePresence',
  description: 'Decides whether a gateway has a device, and what becomes of its messages.',
  initial: 'arriving',
  states: {
    arriving: {
      description: 'The device has just come: its messages are subscribed to, and nobody has heard of it.',
      on: {
        'bus.up': { target: 'claiming', actions: ['take a number above all others', 'claim the name'] },
        'bus.away': { target: 'cutOff', actions: 'take a number above all others' },
      },
    },
    claiming: {
      description: 'Messages come. A gateway that had the name with a higher number may still say so.',
      on: {
        'claim.settled': 'held',
        'claim.contested': {
          target: 'claiming',
          reenter: true,
          actions: ['take a number above all others', 'claim the name'],
        },
        'claim.refused': {
          target: 'refused',
          actions: [
            { type: 'note who has the name', params: ({ event }) => ({ gateway: event.gateway }) },
            'drain the subscription',
          ],
        },
        'rival.below': {
          actions: {
            type: 'contest the claim',
            params: ({ event }) => ({ gateway: event.gateway, epoch: event.epoch }),
          },
        },
        'rival.jailed': {
          actions: {
            type: 'refuse the claim',
            params: ({ event }) => ({ gateway: event.gateway, epoch: event.epoch }),
          },
        },
        'rival.above': {
          target: 'yielding',
          actions: [
            { type: 'note who has the name', params: ({ event }) => ({ gateway: event.gateway }) },
            'drain the subscription',
          ],
        },
        'gateways.met': { actions: 'claim the name again' },
        'session.replaced': {
          target: 'claiming',
          reenter: true,
          actions: ['take a number above all others', 'claim the name'],
        },
        'session.lost': {
          target: 'leaving',
          actions: [
            { type: 'announce that it left', params: ({ event }) => ({ reason: event.reason }) },
            'drain the subscription',
          ],
        },
        'bus.away': 'cutOff',
        'gateway.closing': { target: 'closing', actions: 'drain the subscription' },
      },
    },
    held: {
      description: 'Messages come. What others claim is judged by number; one that is higher here wins.',
      on: {
        'claim.contested': {
          target: 'yielding',
          actions: [
            { type: 'note who has the name', params: ({ event }) => ({ gateway: event.gateway }) },
            'drain the subscription',
          ],
        },
        'claim.refused': {
          target: 'refused',
          actions: [
            { type: 'note who has the name', params: ({ event }) => ({ gateway: event.gateway }) },
            'drain the subscription',
          ],
        },
        'rival.below': {
          actions: {
            type: 'contest the claim',
            params: ({ event }) => ({ gateway: event.gateway, epoch: event.epoch }),
          },
        },
        'rival.jailed': {
          actions: {
            type: 'refuse the claim',
            params: ({ event }) => ({ gateway: event.gateway, epoch: event.epoch }),
          },
        },
        'rival.above': {
          target: 'yielding',
          actions: [
            { type: 'note who has the name', params: ({ event }) => ({ gateway: event.gateway }) },
            'drain the subscription',
          ],
        },
        'gateways.met': { actions: 'claim the name again' },
        'session.replaced': {
          target: 'claiming',
          actions: ['take a number above all others', 'claim the name'],
        },
        'session.lost': {
          target: 'leaving',
          actions: [
            { type: 'announce that it left', params: ({ event }) => ({ reason: event.reason }) },
            'drain the subscription',
          ],
        },
        'bus.away': 'cutOff',
        'gateway.closing': { target: 'closing', actions: 'drain the subscription' },
      },
    },
    cutOff: {
      description:
        'The bus is away: no message comes, and another gateway may have the name without our knowing.',
      on: {
        'bus.up': { target: 'held', actions: 'claim the name again' },
        'session.replaced': { actions: 'take a number above all others' },
        'session.lost': {
          target: 'leaving',
          actions: [
            { type: 'announce that it left', params: ({ event }) => ({ reason: event.reason }) },
            'drain the subscription',
          ],
        },
        'gateway.closing': { target: 'closing', actions: 'drain the subscription' },
      },
    },
    yielding: {
      description: 'Another gateway has the name: what the bus had sent here is passed on to it.',
      on: {
        'subscription.drained': {
          target: 'gone',
          actions: [
            { type: 'announce that it left', params: { reason: 'name-taken-over' } },
            { type: 'end the session', params: { reason: 'name-taken-over' } },
          ],
        },
      },
    },
    refused: {
      description: 'Another gateway keeps the name: what the bus had sent here is passed on to it.',
      on: {
        'subscription.drained': {
          target: 'gone',
          actions: [
            { type: 'announce that it left', params: { reason: 'name-flapping' } },
            { type: 'end the session', params: { reason: 'name-flapping' } },
          ],
        },
      },
    },
    leaving: {
      description:
        'The connection is gone: what the bus had sent here is passed on, for the device may be elsewhere.',
      on: {
        'subscription.drained': 'gone',
      },
    },
    closing: {
      description: 'The gateway closes: the device still gets what the bus had sent.',
      on: {
        'rival.above': {
          target: 'yielding',
          actions: { type: 'note who has the name', params: ({ event }) => ({ gateway: event.gateway }) },
        },
        'session.lost': 'leaving',
        'subscription.drained': 'gone',
      },
    },
    gone: {
      description: 'Nothing comes any more.',
      type: 'final',
      entry: 'forget the device',
    },
  },
});
