import { type AnyActorRef, type AnyStateMachine, createActor, type InputFrom } from 'xstate';
import { makeLean } from './lean.js';
import { type LightLogic, lightLogic } from './light-logic.js';
import { type ActorOwner, LightSystem, type Timers } from './system.js';

/**
 * Makes an actor that nobody inspects, in a system of its own. To be started by the caller.
 *
 * @param machine with its effects
 * @param options `owner` hears what the actor does, in place of those who subscribe
 * @throws Error that names what the machine has and a chart cannot hold
 */
export function lightActor<M extends AnyStateMachine>(
  machine: M,
  { id, input, clock, owner }: { id: string; input: InputFrom<M>; clock: Timers; owner: ActorOwner<never> },
): ReturnType<typeof createActor<LightLogic<M>>> {
  const parent = new LightSystem(owner, clock) as unknown as AnyActorRef;
  return makeLean(createActor(lightLogic(machine), { id, input, parent } as never));
}
