/**
 * Actors whose effects are methods of an owner. Nobody inspects most of them, and they are light; with an inspector, XState
 * itself runs the machine. Either way an effect finds its owner by the system of the actor it runs in.
 */

import { type AnyStateMachine, createActor, type InputFrom } from 'xstate';
import type { Clock } from '../base/clock.js';
import { guarded } from './guarded-inspector.js';
import { type LightActorOf, lightActor } from './light/light-logic.js';
import { type ActorOwner, LightSystem } from './light/system.js';
import type { Inspector } from './options.js';

/** Owners of inspected actors: a map, because inspectors see the system, and must not see more. */
const ownersBySystem = new WeakMap<object, ActorOwner>();

/** What an actor is made of. */
export interface OwnedActorOptions<M extends AnyStateMachine, Owner extends ActorOwner> {
  readonly id: string;
  readonly input: InputFrom<M>;
  readonly clock: Clock;
  /** Hears what the actor does, from its start on. */
  readonly owner: Owner;
  readonly inspect: Inspector | undefined;
}

/**
 * Makes the actor of an owner. The caller starts it.
 *
 * @param machine with its effects, which find the owner with {@link ownerOf}
 * @throws Error that names what the machine has and a chart cannot hold
 */
export function ownedActor<M extends AnyStateMachine, Owner extends ActorOwner>(
  machine: M,
  { id, input, clock, owner, inspect }: OwnedActorOptions<M, Owner>,
): LightActorOf<M> {
  if (inspect === undefined) return lightActor(machine, { id, input, clock, owner });
  const actor = createActor<AnyStateMachine>(machine, { id, input, clock, inspect: guarded(inspect) });
  ownersBySystem.set(actor.system, owner);
  actor.subscribe({ next: () => owner.stepped(), error: (error) => owner.crashed(error) });
  return actor as unknown as LightActorOf<M>;
}

/**
 * The owner of an actor.
 *
 * @param system the actor's
 * @throws Error where {@link ownedActor} has made no actor in this system
 */
export function ownerOf<Owner extends ActorOwner>(system: object): Owner {
  const owner = system instanceof LightSystem ? system.owner : ownersBySystem.get(system);
  if (owner === undefined) throw new Error('this actor system has no owner');
  return owner as Owner;
}
