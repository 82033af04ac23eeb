/** The guards of a machine as functions. */

import type { AnyStateMachine } from 'xstate';
import { implementationOf, paramsOfReference, type Reference } from './actions.js';
import type { Args } from './draft.js';
import { refuse } from './refusal.js';

/** Whether a transition may be taken. */
export type Guard = (args: Pick<Args, 'context' | 'event'>) => boolean;

/**
 * Derives a guard.
 *
 * @param where the id of the state that has the transition
 * @throws Error that names what no chart can hold
 */
export function guardOf(machine: AnyStateMachine, guard: Reference, where: string): Guard {
  const implementation = implementationOf(guard, machine.implementations.guards, where, 'guard');
  if ('check' in implementation) refuse(where, 'a guard that is made of others');
  const isTrue = implementation as (args: Parameters<Guard>[0], params: unknown) => boolean;
  const paramsOf = paramsOfReference(guard);
  return (args) => isTrue(args, paramsOf(args as Args));
}

/** The same for a transition that an event makes: what the guard throws says where, as XState says it. */
export function guardOfEvent(machine: AnyStateMachine, guard: Reference, where: string): Guard {
  const holds = guardOf(machine, guard, where);
  const name = typeof guard === 'string' ? guard : typeof guard === 'object' ? guard.type : undefined;
  return (args) => {
    try {
      return holds(args);
    } catch (error) {
      const what = name === undefined ? 'guard in' : `guard '${name}' in`;
      throw new Error(
        `Unable to evaluate ${what} transition for event '${args.event.type}' in state node '${where}':\n${(error as Error).message}`,
      );
    }
  };
}
