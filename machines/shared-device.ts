/**
 * A device that many programs share over one connection (docs/share.md): whose requests may begin.
 *
 * The law: nothing is asked while the device is away, and what was asked once is never asked again. Who may ask is decided by the
 * lease; the device remembers it while it is away.
 *
 * What a state does not list changes nothing there: everybody may ask already (`access.all` while it is idle or asking), or a late answer
 * says that nothing is under way where nobody waits for that.
 */

import { assign, setup } from 'xstate';
import { notProvided } from './not-provided.js';

/** What a shared device hears. */
export type SharedDeviceEvent =
  /** The connection is there, and trusted where a secret is set. */
  | { type: 'device.came' }
  /** The connection is gone, or trusted no more. */
  | { type: 'device.left' }
  /** A request was sent to the device. */
  | { type: 'request.began' }
  /** No request is under way any more. */
  | { type: 'requests.over' }
  /** Everybody may ask. */
  | { type: 'access.all' }
  /** Only the holder of the lease may ask. */
  | { type: 'access.holder' }
  /** Nobody may ask. */
  | { type: 'access.none' }
  /** The share takes no requests any more. */
  | { type: 'share.closed' };

/** A shared device. In a viewer its effects are placeholders. */
export const sharedDeviceMachine = setup({
  types: {
    context: {} as { access: 'all' | 'holder' | 'none' },
    events: {} as SharedDeviceEvent,
  },
  actions: {
    'begin what waits': notProvided('begin what waits'),
    'look whether something is under way': notProvided('look whether something is under way'),
    'say that the device is alone': notProvided('say that the device is alone'),
    'open it to all': assign({ access: 'all' }),
    'keep it for the holder': assign({ access: 'holder' }),
    'keep it from all': assign({ access: 'none' }),
  },
  guards: {
    'everybody may ask': ({ context }) => context.access === 'all',
    'the holder may ask': ({ context }) => context.access === 'holder',
  },
}).createMachine({
  id: 'sharedDevice',
  description: 'Decides whose requests may begin on a device that many programs share.',
  context: { access: 'all' },
  initial: 'away',
  on: {
    'share.closed': '.closed',
  },
  states: {
    away: {
      description: 'There is no connection: requests wait, within their time.',
      on: {
        'device.came': [
          { guard: 'everybody may ask', target: 'asking' },
          { guard: 'the holder may ask', target: 'reserved' },
          { target: 'clearing' },
        ],
        'access.all': { actions: 'open it to all' },
        'access.none': { actions: 'keep it from all' },
      },
    },
    idle: {
      description: 'Nothing is under way.',
      entry: 'begin what waits',
      on: {
        'request.began': 'asking',
        'access.none': { target: 'clearing', actions: 'keep it from all' },
        'device.left': 'away',
      },
    },
    asking: {
      description: 'Requests are under way, and others take their turns.',
      entry: 'look whether something is under way',
      on: {
        'requests.over': 'idle',
        'access.none': { target: 'clearing', actions: 'keep it from all' },
        'device.left': 'away',
      },
    },
    clearing: {
      description: 'What is under way finishes, and nothing begins.',
      entry: 'look whether something is under way',
      on: {
        'requests.over': { actions: 'say that the device is alone' },
        'access.holder': { target: 'reserved', actions: 'keep it for the holder' },
        'access.all': { target: 'asking', actions: 'open it to all' },
        'device.left': 'away',
      },
    },
    reserved: {
      description: 'The holder of the lease has the device alone.',
      entry: 'begin what waits',
      on: {
        'access.none': { target: 'clearing', actions: 'keep it from all' },
        'device.left': 'away',
      },
    },
    closed: {
      description:
        'Nothing begins any more. What is under way finishes, as far as there is time, and the connection closes.',
      type: 'final',
    },
  },
});
