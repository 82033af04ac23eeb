/** The snapshots of actors that a chart rules: they answer what those of XState's machines answer, and weigh less. */

import { type AnyStateMachine, type EventObject, matchesState, type Snapshot, type StateValue } from 'xstate';
import { type ChartState, select } from './chart.js';
import type { Children } from './draft.js';

/** Where an actor stands. */
export class LightSnapshot {
  readonly status: Snapshot<unknown>['status'];
  readonly output = undefined;
  readonly error: unknown;
  readonly state: ChartState;
  readonly value: StateValue;
  readonly context: object;
  readonly children: Children;

  constructor(
    status: Snapshot<unknown>['status'],
    error: unknown,
    state: ChartState,
    context: object,
    children: Children,
  ) {
    this.status = status;
    this.error = error;
    this.state = state;
    this.value = state.value;
    this.context = context;
    this.children = children;
  }

  /** Whether the state is this one, or below it. */
  matches(value: StateValue): boolean {
    return matchesState(value, this.value);
  }

  /** Whether an event would change something, or have an effect. */
  can(event: EventObject): boolean {
    const move = select(this.state.movesOn(event.type), { context: this.context, event });
    return move !== undefined && !move.isForbidden;
  }

  hasTag(): boolean {
    return false;
  }

  toJSON(): object {
    const { status, output, error, value, context, children } = this;
    return { status, output, error, context, value, children, historyValue: {}, tags: [] };
  }

  /** The same as a snapshot of XState's. */
  of(machine: AnyStateMachine): Snapshot<unknown> {
    const { status, error, value, context, children } = this;
    return Object.assign(machine.resolveState({ value, context }), { status, error, children });
  }
}
