/**
 * The logic of actors that nobody inspects: XState's actors, mailboxes and timers, ruled by a chart instead of XState's
 * interpreter. What it does is what XState does with the same machine, step by step; `lightLogic` is the only door here.
 */

import {
  type ActorLogic,
  type AnyActorLogic,
  type AnyActorRef,
  type AnyActorScope,
  type AnyStateMachine,
  type ContextFrom,
  type EmittedFrom,
  type EventFrom,
  type EventObject,
  type InputFrom,
  type Snapshot,
  StateMachine,
  type StateValue,
} from 'xstate';
import { LightActor } from './actor.js';
import { type ChartState, deriveChart, type Move, select } from './chart.js';
import { type Children, Draft, NO_CHILDREN } from './draft.js';
import { refuse } from './refusal.js';
import { LightSnapshot } from './snapshot.js';
import { stopActor } from './stopping.js';
import { type ActorOwner, LightSystem, type Timers } from './system.js';

const XSTATE_INIT = 'xstate.init';
const XSTATE_STOP = 'xstate.stop';
const ACTOR_FAILED = 'xstate.error.actor';

/** What a snapshot tells, of XState's and of these. */
export type SnapshotOf<M extends AnyStateMachine> = Snapshot<undefined> & {
  readonly value: StateValue;
  readonly context: ContextFrom<M>;
  readonly children: Readonly<Record<string, AnyActorRef | undefined>>;
  matches(value: StateValue): boolean;
};

/** The light logic of a machine. */
export type LightLogic<M extends AnyStateMachine> = ActorLogic<
  SnapshotOf<M>,
  EventFrom<M>,
  InputFrom<M>,
  // biome-ignore lint/suspicious/noExplicitAny: as in XState's own types
  any,
  EmittedFrom<M>
>;

const known = new WeakMap<AnyStateMachine, AnyActorLogic>();

/**
 * Derives the logic of a machine, once; those of the machines that it spawns follow.
 *
 * @param machine with its effects
 * @throws Error that names what the machine has and a chart cannot hold, and the state that has it
 */
export function lightLogic<M extends AnyStateMachine>(machine: M): LightLogic<M> {
  const derived = known.get(machine) ?? new MachineLogic(machine).logic;
  known.set(machine, derived);
  return derived as unknown as LightLogic<M>;
}

/** A light actor of a machine. */
export interface LightActorOf<M extends AnyStateMachine> {
  readonly system: object;
  start(): void;
  send(event: EventFrom<M>): void;
  getSnapshot(): SnapshotOf<M>;
}

/**
 * Makes an actor that nobody inspects, in a system of its own. To be started by the caller.
 *
 * @param machine with its effects
 * @param options `owner` hears what the actor does, from its start on
 * @throws Error that names what the machine has and a chart cannot hold
 */
export function lightActor<M extends AnyStateMachine>(
  machine: M,
  { id, input, clock, owner }: { id: string; input: InputFrom<M>; clock: Timers; owner: ActorOwner },
): LightActorOf<M> {
  const system = new LightSystem(owner, clock);
  const actor = new LightActor(lightLogic(machine), { id, system, parent: null, input });
  return actor as unknown as LightActorOf<M>;
}

class MachineLogic {
  readonly #machine: AnyStateMachine;
  readonly #initial: Move;

  constructor(machine: AnyStateMachine) {
    this.#machine = machine;
    this.#initial = deriveChart(machine, (source, where) => this.#logicOf(source, where));
  }

  get logic(): AnyActorLogic {
    return {
      getInitialSnapshot: (scope: AnyActorScope, input: unknown) => this.#begin(scope, input),
      start: startChildren,
      transition,
      getPersistedSnapshot: (snapshot: LightSnapshot, options) =>
        this.#machine.getPersistedSnapshot(snapshot.of(this.#machine) as never, options),
    };
  }

  #logicOf(source: unknown, where: string): AnyActorLogic {
    const { actors } = this.#machine.implementations;
    const logic = typeof source === 'string' ? (actors as Record<string, unknown>)[source] : source;
    if (logic === undefined) refuse(where, `the actor "${String(source)}" without a logic`);
    return logic instanceof StateMachine ? lightLogic(logic) : (logic as AnyActorLogic);
  }

  #begin(scope: AnyActorScope, input: unknown): LightSnapshot {
    const { to } = this.#initial;
    let context: object = {};
    try {
      context = this.#contextOf(scope, input);
      const draft = new Draft(scope, { type: XSTATE_INIT, input } as EventObject, context, NO_CHILDREN, true);
      return complete(null, draft, take(this.#initial, draft));
    } catch (error) {
      return new LightSnapshot('error', error, to, context, NO_CHILDREN);
    }
  }

  /** XState copies it; here nothing ever writes into a context. */
  #contextOf({ self }: AnyActorScope, input: unknown): object {
    const { context = {} } = this.#machine.config as { context?: unknown };
    return typeof context === 'function' ? context({ input, self }) : (context as object);
  }
}

/** XState starts those that are there before it does what the initial state does. */
function startChildren({ children }: LightSnapshot): void {
  for (const child of Object.values(children)) {
    if (child?.getSnapshot().status === 'active') child.start();
  }
}

function transition(snapshot: LightSnapshot, event: EventObject, scope: AnyActorScope): LightSnapshot {
  const { type } = event;
  const { state, context, children } = snapshot;
  if (type === XSTATE_STOP) {
    stopAll(children, scope);
    return new LightSnapshot('stopped', snapshot.error, state, context, NO_CHILDREN);
  }
  const draft = new Draft(scope, event, context, children, false);
  const move = select(state.movesOn(type), draft.args);
  if (move === undefined && type.startsWith(ACTOR_FAILED)) {
    stopAll(children, scope);
    const { error } = event as EventObject & { error?: unknown };
    return new LightSnapshot('error', error, state, context, NO_CHILDREN);
  }
  return complete(snapshot, draft, move === undefined ? state : take(move, draft));
}

function take({ acts, to }: Move, draft: Draft): ChartState {
  for (const act of acts) act(draft);
  return to;
}

/** Takes the moves that nothing has to happen for, until the actor is at rest. */
function complete(before: LightSnapshot | null, draft: Draft, first: ChartState): LightSnapshot {
  let state = first;
  while (!state.isFinal) {
    const move = state.always.length === 0 ? undefined : select(state.always, draft.args);
    if (move === undefined) break;
    const { args, children } = draft;
    const from = state;
    state = take(move, draft);
    // one that changes nothing would be taken for ever
    if (state === from && draft.args === args && draft.children === children) break;
  }
  const { context } = draft.args;
  const { children } = draft;
  if (state.isFinal) {
    for (const child of Object.values(children))
      if (child !== undefined) draft.execute(() => stopActor(draft.scope, child));
    return new LightSnapshot('done', undefined, state, context, children);
  }
  const isSame =
    before !== null && before.state === state && before.context === context && before.children === children;
  return isSame ? before : new LightSnapshot('active', undefined, state, context, children);
}

function stopAll(children: Children, scope: AnyActorScope): void {
  for (const child of Object.values(children)) if (child !== undefined) stopActor(scope, child);
}
