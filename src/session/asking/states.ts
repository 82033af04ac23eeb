/** The states of the `pending-request` machine, derived from it when this module loads. */

import { type PendingRequestEvent, pendingRequestMachine } from '../../../machines/index.js';
import { ACTIONS, type Action } from './actions.js';
import { deriveTable, type TableState, type TableStep } from './pending-table.js';

/** An event of the machine, by its name. */
export type RequestEventType = PendingRequestEvent['type'];
/** A state that a request can be in. */
export type RequestState = TableState<RequestEventType, Action>;
/** A transition to such a state. */
export type RequestStep = TableStep<RequestEventType, Action>;

export const INITIAL_STATE: RequestState = deriveTable(pendingRequestMachine, ACTIONS);

const STATES = new Map<string, RequestState>();
collect(INITIAL_STATE);

function collect(state: RequestState): void {
  if (STATES.has(state.name)) return;
  STATES.set(state.name, state);
  for (const step of [...Object.values(state.on), state.after]) if (step !== undefined) collect(step.target);
}

/**
 * A state by its name.
 *
 * @throws Error if the machine has no such state that can be reached
 */
export function stateNamed(name: string): RequestState {
  const state = STATES.get(name);
  if (state === undefined) throw new Error(`The machine of a pending request has no state "${name}"`);
  return state;
}

/** The state whose members keep a line from trusting the next answer. */
export const GHOST = stateNamed('ghost');
