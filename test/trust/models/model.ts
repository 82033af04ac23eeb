/**
 * A machine as a pure function, derived from the machine itself: no actor, no clock, no effect.
 *
 * The law: nothing about a machine is written here a second time. Its effects are recorded by their names, what it sends
 * to other actors is computed from its own actions, and its timers are those that it sets and cancels. Time is part of
 * the state: a time-out is an event only where it runs, and only when no other is due before it, as in reality.
 */

import type {
  AnyActorScope,
  AnyMachineSnapshot,
  AnyStateMachine,
  AnyTransitionDefinition,
  EventObject,
  StateValue,
} from 'xstate';
import { idOf } from './transitions.js';

/** An event of a machine, with whatever fields it has. */
export interface ModelEvent extends EventObject {
  readonly [field: string]: unknown;
}

/** What is done to a machine: an event happens, the next timer is due, or some time passes and nothing happens. */
export type Stimulus =
  | { readonly type: 'event'; readonly event: ModelEvent }
  | { readonly type: 'time' }
  | { readonly type: 'wait'; readonly ms: number };

/** An effect that a machine asked for. */
export interface Did {
  readonly name: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** An event that a machine sent to another actor; `#_parent` is its parent. */
export interface Sent {
  readonly to: string;
  readonly event: ModelEvent;
}

/** A timer that runs. */
export interface ModelTimer {
  readonly id: string;
  readonly event: ModelEvent;
  readonly dueInMs: number;
}

/** One event that a machine has processed. */
export interface Step {
  readonly event: ModelEvent;
  readonly from: string;
  readonly to: string;
  /** The ids of the transitions that were taken; none: the event was ignored. */
  readonly taken: readonly string[];
  readonly did: readonly Did[];
  readonly sent: readonly Sent[];
}

/** Where a machine stands, and the steps that brought it there from the last state. */
export interface ModelState {
  // what xstate/graph expects of every snapshot
  readonly status: 'active';
  readonly output: undefined;
  readonly error: undefined;
  readonly machine: AnyMachineSnapshot;
  readonly timers: readonly ModelTimer[];
  /** Whether the world has a link: what a machine lets happen to it comes back as an event. */
  readonly isLinked: boolean;
  readonly hasWaited: boolean;
  /** How long it has run. */
  readonly elapsedMs: number;
  /** How long ago it did the last time what its delays are counted from, as far as that makes a difference. */
  readonly sinceOriginMs: number;
  readonly steps: readonly Step[];
}

/** What the world answers to a step at once: events that the machine hears next. */
export type React = (step: Step, isLinked: boolean) => { isLinked: boolean; causes: readonly ModelEvent[] };

/** When a delay begins. */
export interface Moment {
  /** How long the machine has run. */
  readonly elapsedMs: number;
  /** How long ago it did what delays are counted from; see {@link Origin}. */
  readonly sinceOriginMs: number;
  /** What it is hearing. */
  readonly event: ModelEvent;
}

/** A delay in milliseconds. */
export type Delay = (context: Readonly<Record<string, unknown>>, moment: Moment) => number;

/** An effect that delays are counted from. */
export interface Origin {
  readonly action: string;
  /** From here on it makes no difference how long ago it was. */
  readonly forgottenAfterMs: number;
}

/** What a model is made of besides its machine. */
export interface ModelFields {
  readonly input: unknown;
  /** The delays that the machine leaves open, from its context and from the moment. */
  readonly delays?: Readonly<Record<string, Delay>>;
  readonly origin?: Origin;
  readonly react?: React;
  /** What it hears first of all, before anything can be done to it. */
  readonly opening?: readonly ModelEvent[];
  /** States in which it hears nothing any more, besides those that are final. */
  readonly overIn?: readonly string[];
}

interface SendAction {
  readonly to: string;
  readonly event: ModelEvent | ((scope: unknown, params: unknown) => ModelEvent);
}

interface Outcome {
  readonly machine: AnyMachineSnapshot;
  readonly timers: readonly ModelTimer[];
  readonly taken: readonly string[];
  readonly did: readonly Did[];
  readonly sent: readonly Sent[];
}

/** `connected.restricted` for `{ connected: 'restricted' }`. */
export function textOfValue(value: StateValue): string {
  if (typeof value === 'string') return value;
  return Object.entries(value)
    .map(([key, inner]) => (inner === undefined ? key : `${key}.${textOfValue(inner)}`))
    .join('|');
}

/** What an event is called where it is shown: its type and its fields. */
export function textOfStimulus(stimulus: Stimulus): string {
  if (stimulus.type === 'time') return '(the next timer)';
  if (stimulus.type === 'wait') return `(${stimulus.ms} ms)`;
  const { type, ...fields } = stimulus.event;
  return Object.keys(fields).length === 0 ? type : `${type} ${JSON.stringify(fields)}`;
}

/** A machine whose effects are recorded. */
export class MachineModel {
  readonly machine: AnyStateMachine;
  readonly #fields: ModelFields;
  readonly #sends = new Map<string, SendAction>();
  /** Of the step that is being taken. */
  #moment: Moment;
  readonly #beginning: Moment;

  constructor(original: AnyStateMachine, fields: ModelFields) {
    this.#fields = fields;
    const sinceOriginMs = fields.origin?.forgottenAfterMs ?? 0;
    this.#moment = this.#beginning = { elapsedMs: 0, sinceOriginMs, event: { type: 'xstate.init' } };
    const actions: Record<string, () => void> = {};
    for (const [name, action] of Object.entries(original.implementations.actions)) {
      const kind = (action as { type?: unknown } | undefined)?.type;
      if (kind === 'xstate.assign' || kind === 'xstate.raise' || kind === 'xstate.cancel') continue;
      if (kind === 'xstate.sendTo') this.#sends.set(name, action as unknown as SendAction);
      actions[name] = () => {};
    }
    const delays = Object.fromEntries(
      Object.entries(fields.delays ?? {}).map(([name, delay]) => [
        name,
        ({ context }: { context: Record<string, unknown> }) => delay(context, this.#moment),
      ]),
    );
    this.machine = original.provide({ actions, delays } as never);
  }

  /** Before anything was done to it: it has heard what it hears first of all. */
  initial(): ModelState {
    const { machine, timers, taken, did, sent } = this.#run([], this.#beginning, (scope) =>
      this.machine.getInitialSnapshot(scope, this.#fields.input as never),
    );
    const to = textOfValue(machine.value as StateValue);
    const start: ModelState = {
      status: 'active',
      output: undefined,
      error: undefined,
      machine,
      timers,
      isLinked: false,
      hasWaited: false,
      elapsedMs: this.#beginning.elapsedMs,
      sinceOriginMs: this.#beginning.sinceOriginMs,
      steps: [{ event: this.#beginning.event, from: '', to, taken, did, sent }],
    };
    return this.#take(start, this.#fields.opening ?? []);
  }

  /** Whether it hears nothing any more. */
  isOver({ machine }: ModelState): boolean {
    return (
      machine.status !== 'active' ||
      (this.#fields.overIn ?? []).includes(textOfValue(machine.value as StateValue))
    );
  }

  /** Where a stimulus leads, with all that the world answers to it. */
  apply(state: ModelState, stimulus: Stimulus): ModelState {
    const rested = { ...state, steps: [] };
    if (stimulus.type === 'wait') return { ...this.pass(rested, stimulus.ms), hasWaited: true };
    if (stimulus.type === 'event') return this.isOver(state) ? rested : this.#take(rested, [stimulus.event]);
    let next: ModelState = this.pass(rested, this.nextTimerMs(state) ?? 0);
    for (let due = dueTimer(next); due !== undefined; due = dueTimer(next))
      next = this.#take(next, [due.event]);
    return next;
  }

  /** In how many milliseconds the next timer is due; undefined: none runs. */
  nextTimerMs({ timers }: ModelState): number | undefined {
    return timers.length === 0 ? undefined : Math.min(...timers.map(({ dueInMs }) => dueInMs));
  }

  /** Lets time pass; timers are due afterwards, not fired. */
  pass(state: ModelState, ms: number): ModelState {
    return {
      ...state,
      elapsedMs: state.elapsedMs + ms,
      sinceOriginMs: Math.min(state.sinceOriginMs + ms, this.#fields.origin?.forgottenAfterMs ?? 0),
      timers: state.timers.map((timer) => ({ ...timer, dueInMs: timer.dueInMs - ms })),
    };
  }

  /** Processes one event, whatever the world would answer to it. */
  step(state: ModelState, event: ModelEvent): ModelState {
    const fired = state.timers.find((timer) => timer.dueInMs <= 0 && timer.event.type === event.type);
    const timers = state.timers.filter((timer) => timer !== fired);
    const { elapsedMs, sinceOriginMs } = state;
    const outcome = this.#run(timers, { elapsedMs, sinceOriginMs, event }, (scope) =>
      this.machine.transition(state.machine, event as never, scope),
    );
    const step: Step = {
      event,
      from: textOfValue(state.machine.value as StateValue),
      to: textOfValue(outcome.machine.value as StateValue),
      taken: outcome.taken,
      did: outcome.did,
      sent: outcome.sent,
    };
    const isLinked = this.#fields.react?.(step, state.isLinked).isLinked ?? state.isLinked;
    const isOrigin = outcome.did.some(({ name }) => name === this.#fields.origin?.action);
    return {
      ...state,
      machine: outcome.machine,
      timers: outcome.timers,
      isLinked,
      sinceOriginMs: isOrigin ? 0 : sinceOriginMs,
      steps: [...state.steps, step],
    };
  }

  /** Processes events, and what the world answers to each of them before the next. */
  #take(state: ModelState, events: readonly ModelEvent[]): ModelState {
    const queue = [...events];
    let next = state;
    for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
      if (this.isOver(next)) break;
      const { isLinked } = next;
      next = this.step(next, event);
      const last = next.steps.at(-1);
      if (last !== undefined) queue.unshift(...(this.#fields.react?.(last, isLinked).causes ?? []));
    }
    return next;
  }

  #run(
    running: readonly ModelTimer[],
    moment: Moment,
    transition: (scope: AnyActorScope) => AnyMachineSnapshot,
  ): Outcome {
    const did: Did[] = [];
    const sent: Sent[] = [];
    const taken: string[] = [];
    const timers = new Map(running.map((timer) => [timer.id, timer]));
    this.#moment = moment;
    const machine = transition(
      scopeOf(timers, taken, (name, params, info) => {
        const send = this.#sends.get(name);
        if (send === undefined) did.push({ name, params: (params ?? {}) as Did['params'] });
        else
          sent.push({
            to: send.to,
            event: typeof send.event === 'function' ? send.event(info, params) : send.event,
          });
      }),
    );
    return { machine, timers: [...timers.values()], taken, did, sent };
  }
}

function dueTimer({ timers }: ModelState): ModelTimer | undefined {
  return timers.find(({ dueInMs }) => dueInMs <= 0);
}

/** What a machine sees of the world in which it runs: a scheduler that only writes down, and a listener for its actions. */
function scopeOf(
  timers: Map<string, ModelTimer>,
  taken: string[],
  record: (name: string, params: unknown, info: unknown) => void,
): AnyActorScope {
  const scheduler = {
    schedule: (_source: unknown, _target: unknown, event: ModelEvent, delayMs: number, id: string): void => {
      if (timers.has(id)) throw new Error(`expected one timer ${id} at a time, got a second one`);
      timers.set(id, { id, event, dueInMs: delayMs });
    },
    cancel: (_source: unknown, id: string): void => void timers.delete(id),
  };
  return {
    self: { id: 'model' },
    id: 'model',
    sessionId: 'model',
    logger: () => {},
    defer: (effect: () => void) => effect(),
    emit: () => {},
    stopChild: () => {},
    // an inspector hears of each transition, those that no event takes among them
    system: {
      scheduler,
      _sendInspectionEvent: ({ _transitions = [] }: { _transitions?: AnyTransitionDefinition[] }) =>
        void taken.push(..._transitions.map(idOf)),
    },
    actionExecutor: (action: {
      type: string;
      params: unknown;
      info: unknown;
      exec?: (info: unknown, params: unknown) => void;
    }) => {
      if (action.type.startsWith('xstate.')) action.exec?.(action.info, action.params);
      else record(action.type, action.params, action.info);
    },
  } as unknown as AnyActorScope;
}
