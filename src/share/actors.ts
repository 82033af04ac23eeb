/** The machines of a share with their effects, made once per process; an effect finds its share by the actor system that it runs in. */

import type { AnyStateMachine } from 'xstate';
import {
  type LeaseEvent,
  leaseMachine,
  type SharedDeviceEvent,
  sharedDeviceMachine,
} from '../../machines/index.js';
import { assertProvided } from '../../machines/not-provided.js';
import type { Clock } from '../base/clock.js';
import type { ActorOwner } from '../session/light/system.js';
import type { Inspector } from '../session/options.js';
import { ownedActor, ownerOf } from '../session/owned-actor.js';

/** Why a lease has ended. */
export type LeaseEnd = 'released' | 'expired' | 'holder-left';

/** What carries out the effects of the lease. */
export interface LeaseEffects extends ActorOwner {
  letBegin(who: 'nobody' | 'everybody'): void;
  letTakeTurns(): void;
  give(fence: number): void;
  takeBack(reason: LeaseEnd): void;
  refuseWaiters(): void;
  restMs(): number;
}

/** What carries out the effects of the shared device. */
export interface DeviceEffects extends ActorOwner {
  beginWaiting(): void;
  lookWhetherUnderWay(): void;
  sayAlone(): void;
}

/** The actor of a machine. */
export interface ShareActor<E> {
  send(event: E): void;
  /** The name of its state. */
  readonly state: string;
}

interface ActionArgs {
  readonly system: object;
  readonly context: { readonly fence?: number };
}

const onLease =
  <P>(run: (effects: LeaseEffects, params: P, fence: number) => void) =>
  ({ system, context }: ActionArgs, params: P): void =>
    run(ownerOf(system), params, context.fence ?? 0);

const onDevice =
  (run: (effects: DeviceEffects) => void) =>
  ({ system }: { readonly system: object }): void =>
    run(ownerOf(system));

const lease = assertProvided(
  leaseMachine.provide({
    actions: {
      'let nothing begin': onLease((effects) => effects.letBegin('nobody')),
      'let everybody begin': onLease((effects) => effects.letBegin('everybody')),
      'let everybody have a turn': onLease((effects) => effects.letTakeTurns()),
      'give the lease to the first who waits': onLease((effects, _, fence) => effects.give(fence)),
      'take the lease back': onLease((effects, { reason }) => effects.takeBack(reason)),
      'refuse those who wait': onLease((effects) => effects.refuseWaiters()),
    },
    delays: {
      'rest of the lease': ({ system }) => ownerOf<LeaseEffects>(system).restMs(),
    },
  }),
);

const sharedDevice = assertProvided(
  sharedDeviceMachine.provide({
    actions: {
      'begin what waits': onDevice((effects) => effects.beginWaiting()),
      'look whether something is under way': onDevice((effects) => effects.lookWhetherUnderWay()),
      'say that the device is alone': onDevice((effects) => effects.sayAlone()),
    },
  }),
);

/** Makes and starts the actor of a lease. */
export function makeLeaseActor(
  effects: LeaseEffects,
  clock: Clock,
  inspect: Inspector | undefined,
): ShareActor<LeaseEvent> {
  return makeActor(lease, 'lease', effects, clock, inspect);
}

/** Makes and starts the actor of a shared device. */
export function makeDeviceActor(
  effects: DeviceEffects,
  clock: Clock,
  inspect: Inspector | undefined,
): ShareActor<SharedDeviceEvent> {
  return makeActor(sharedDevice, 'sharedDevice', effects, clock, inspect);
}

function makeActor<E extends { readonly type: string }>(
  machine: AnyStateMachine,
  id: string,
  effects: ActorOwner,
  clock: Clock,
  inspect: Inspector | undefined,
): ShareActor<E> {
  const actor = ownedActor(machine, { id, input: undefined, clock, owner: effects, inspect });
  actor.start();
  return {
    // XState warns of what comes after the final state
    send: (event) => {
      if (actor.getSnapshot().status === 'active') actor.send(event);
    },
    get state() {
      return String(actor.getSnapshot().value);
    },
  };
}
