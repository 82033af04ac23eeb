/** The machine of a device's presence with its effects, made once per process; an effect finds its device by the actor system. */

import { type DevicePresenceEvent, devicePresenceMachine } from '../../machines/index.js';
import { assertProvided } from '../../machines/not-provided.js';
import type { Clock } from '../base/clock.js';
import type { LinkReason } from '../protocol/reasons.js';
import type { ActorOwner } from '../session/light/system.js';
import type { Inspector } from '../session/options.js';
import { ownedActor, ownerOf } from '../session/owned-actor.js';
import type { Claim } from './epochs.js';

/** What carries out the effects of a presence. None of these may throw. */
export interface PresenceEffects extends ActorOwner {
  takeNumber(): void;
  /** @param isAgain whether it was there before, and says so again */
  claim(isAgain: boolean): void;
  contest(rival: Claim): void;
  refuse(rival: Claim): void;
  noteHolder(gateway: string): void;
  drain(): void;
  announceLeft(reason: LinkReason): void;
  endSession(reason: LinkReason): void;
  forget(): void;
}

/** The states of a presence. */
export type PresenceState =
  | 'arriving'
  | 'claiming'
  | 'held'
  | 'cutOff'
  | 'yielding'
  | 'refused'
  | 'leaving'
  | 'closing'
  | 'gone';

/** The actor of a presence. */
export interface PresenceActor {
  send(event: DevicePresenceEvent): void;
  getSnapshot(): { readonly value: unknown };
}

interface Args {
  readonly system: object;
}

const effectsOf = ({ system }: Args): PresenceEffects => ownerOf(system);

const machine = assertProvided(
  devicePresenceMachine.provide({
    actions: {
      'take a number above all others': (args) => effectsOf(args).takeNumber(),
      'claim the name': (args) => effectsOf(args).claim(false),
      'claim the name again': (args) => effectsOf(args).claim(true),
      'contest the claim': (args, rival) => effectsOf(args).contest(rival),
      'refuse the claim': (args, rival) => effectsOf(args).refuse(rival),
      'note who has the name': (args, { gateway }) => effectsOf(args).noteHolder(gateway),
      'drain the subscription': (args) => effectsOf(args).drain(),
      'announce that it left': (args, { reason }) => effectsOf(args).announceLeft(reason),
      'end the session': (args, { reason }) => effectsOf(args).endSession(reason),
      'forget the device': (args) => effectsOf(args).forget(),
    },
  }),
);

/**
 * Makes and starts the actor of a device's presence.
 *
 * @param device what it is called, for inspectors
 */
export function makePresenceActor(
  effects: PresenceEffects,
  device: string,
  clock: Clock,
  inspect: Inspector | undefined,
): PresenceActor {
  // the debugger takes the last word for the machine
  const id = inspect === undefined ? 'devicePresence' : `${device} devicePresence`;
  const actor = ownedActor(machine, { id, input: undefined, clock, owner: effects, inspect });
  actor.start();
  return actor;
}
