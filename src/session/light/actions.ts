/**
 * The actions of a machine as functions: what XState finds out about an action each time that it runs is found out once,
 * when the chart is derived. Order and arguments are those of XState.
 */

import type { AnyActorLogic, AnyActorRef, AnyStateMachine, EventObject } from 'xstate';
import { relay } from '../asking/relay.js';
import { makeActor } from './actor.js';
import type { Args, Draft } from './draft.js';
import { refuse } from './refusal.js';
import { stopActor, wasStopped } from './stopping.js';

/** An action, with its params, ready to be done. */
export type Act = (draft: Draft) => void;

/** The logic of the actors below. */
export type LogicOf = (source: unknown, where: string) => AnyActorLogic;

/** How a machine names an action or a guard, and what it is to be called with. */
export type Reference = string | Implementation | { readonly type: string; readonly params?: unknown };
type Implementation = (args: Args, params: unknown) => unknown;
type ParamsOf = (args: Args) => unknown;

/** What XState's action creators write on the functions that they return. */
interface BuiltIn {
  readonly type: string;
  readonly resolve: unknown;
  readonly [field: string]: unknown;
}

/** Derives acts from the actions of one machine. */
export class Actions {
  readonly #machine: AnyStateMachine;
  readonly #logicOf: LogicOf;
  /** Those that a function of the machine picked while it ran. */
  readonly #enqueued = new Map<Reference, Act>();

  constructor(machine: AnyStateMachine, logicOf: LogicOf) {
    this.#machine = machine;
    this.#logicOf = logicOf;
  }

  /**
   * Derives one act.
   *
   * @param where the id of the state that has the action
   * @throws Error that names what no act can do
   */
  actOf(action: Reference, where: string): Act {
    const implementation = implementationOf(action, this.#machine.implementations.actions, where, 'action');
    const paramsOf = paramsOfReference(action);
    if (!isBuiltIn(implementation)) return custom(implementation, paramsOf);
    switch (implementation.type) {
      case 'xstate.assign':
        return assigning(implementation, paramsOf);
      case 'xstate.sendTo':
        return this.#sending(implementation, paramsOf, where);
      case 'xstate.emit':
        return emitting(implementation, paramsOf);
      case 'xstate.raise':
        return this.#scheduling(implementation, paramsOf, where);
      case 'xstate.cancel':
        return cancelling(implementation, where);
      case 'xstate.spawnChild':
        return this.#spawning(implementation, where);
      case 'xstate.stopChild':
        return stopping(implementation, where);
      case 'xstate.enqueueActions':
        return this.#enqueueing(implementation, paramsOf, where);
      default:
        return refuse(where, `an action of the type ${implementation.type}`);
    }
  }

  #sending({ to: target, event: sent, delay }: BuiltIn, paramsOf: ParamsOf, where: string): Act {
    if (delay !== undefined) refuse(where, 'an event that is sent with a delay');
    if (typeof sent === 'string') refuse(where, 'an event that is a text');
    if (typeof target === 'string' && target.startsWith('#_')) refuse(where, `a receiver ${target}`);
    const eventOf = resolver<EventObject>(sent);
    const receiverOf = resolver<string | AnyActorRef | undefined>(target);
    const { id } = this.#machine;
    return (draft) => {
      const { args } = draft;
      const params = paramsOf(args);
      const event = eventOf(args, params);
      const receiver = receiverOf(args, params);
      const to = typeof receiver === 'string' ? draft.children[receiver] : (receiver ?? args.self);
      if (to === undefined)
        throw new Error(`Unable to send event to actor '${String(receiver)}' from machine '${id}'.`);
      draft.defer(() => relay(args.self, to, event));
    };
  }

  /** A timer, as XState raises one for each `after`. */
  #scheduling({ event, delay, id }: BuiltIn, paramsOf: ParamsOf, where: string): Act {
    const { delays } = this.#machine.implementations;
    const resolved = typeof delay === 'string' ? delays[delay] : delay;
    if (typeof resolved !== 'number' && typeof resolved !== 'function')
      refuse(where, `an event that is raised ${delay === undefined ? 'without a delay' : `after ${delay}`}`);
    if (typeof event === 'function' || typeof id !== 'string')
      refuse(where, 'an event that is raised by hand');
    const delayOf = resolver<unknown>(resolved);
    return (draft) => {
      const { args } = draft;
      const delayMs = delayOf(args, paramsOf(args));
      if (typeof delayMs !== 'number') throw new Error(`expected ${delay} to be a number, got ${delayMs}`);
      draft.defer(() =>
        args.system.scheduler.schedule(args.self, args.self, event as EventObject, delayMs, id),
      );
    };
  }

  #spawning({ src, id, systemId, syncSnapshot, input }: BuiltIn, where: string): Act {
    if (typeof id !== 'string') refuse(where, 'an actor without a fixed id');
    if (systemId !== undefined || syncSnapshot === true)
      refuse(where, 'an actor with a name in the system or a parent that follows its snapshots');
    const logic = this.#logicOf(src, where);
    const inputOf = resolver<unknown>(input);
    return (draft) => {
      const { args } = draft;
      const { self } = args;
      const actor = makeActor(logic, { id, src, parent: self, input: inputOf(args) });
      draft.children = { ...draft.children, [id]: actor };
      draft.defer(() => {
        if (!wasStopped(actor)) actor.start();
      });
    };
  }

  /** Of what `enqueueActions` offers, `enqueue(action)` alone: nothing else is there. */
  #enqueueing({ collect }: BuiltIn, paramsOf: ParamsOf, where: string): Act {
    const collectFrom = collect as (args: object, params: unknown) => void;
    return (draft) => {
      const { args } = draft;
      const { context, event, self, system } = args;
      const actions: Reference[] = [];
      const enqueue = (action: Reference): void => void actions.push(action);
      // spread into another object they would get a new shape each time, which stays among the old objects
      collectFrom({ context, event, self, system, enqueue }, paramsOf(args));
      for (const action of actions) this.#enqueuedAct(action, where)(draft);
    };
  }

  #enqueuedAct(action: Reference, where: string): Act {
    const known = this.#enqueued.get(action);
    if (known !== undefined) return known;
    const act = this.actOf(action, where);
    this.#enqueued.set(action, act);
    return act;
  }
}

/** Done at once. */
function custom(implementation: Implementation, paramsOf: ParamsOf): Act {
  return (draft) => {
    const { args } = draft;
    const params = paramsOf(args);
    if (draft.isInitial) draft.execute(() => void implementation(args, params));
    else implementation(args, params);
  };
}

function assigning({ assignment }: BuiltIn, paramsOf: ParamsOf): Act {
  if (typeof assignment === 'function') {
    const changesOf = assignment as Implementation;
    return (draft) => {
      const { args } = draft;
      draft.assign({ ...args.context, ...(changesOf(args, paramsOf(args)) as object) });
    };
  }
  const changes = Object.entries(assignment as object).map(
    ([key, value]) => [key, resolver<unknown>(value)] as const,
  );
  return (draft) => {
    const { args } = draft;
    const params = paramsOf(args);
    const context: Record<string, unknown> = { ...args.context };
    for (const [key, value] of changes) context[key] = value(args, params);
    draft.assign(context);
  };
}

function emitting({ event }: BuiltIn, paramsOf: ParamsOf): Act {
  const eventOf = resolver<EventObject>(event);
  return (draft) => {
    const { args, scope } = draft;
    const emitted = eventOf(args, paramsOf(args));
    draft.defer(() => scope.emit(emitted));
  };
}

function cancelling({ sendId }: BuiltIn, where: string): Act {
  if (typeof sendId !== 'string') refuse(where, 'a cancellation by hand');
  return (draft) => {
    const { self, system } = draft.args;
    draft.defer(() => system.scheduler.cancel(self, sendId));
  };
}

function stopping({ actorRef: id }: BuiltIn, where: string): Act {
  if (typeof id !== 'string') refuse(where, 'an actor without a fixed id');
  return (draft) => {
    const { [id]: actor, ...others } = draft.children;
    draft.children = others;
    if (actor !== undefined) draft.execute(() => stopActor(draft.scope, actor));
  };
}

/**
 * Finds what a reference stands for.
 *
 * @throws Error if it stands for nothing
 */
export function implementationOf(
  reference: Reference,
  implementations: object,
  where: string,
  what: string,
): Implementation | (Implementation & BuiltIn) {
  if (typeof reference === 'function') return reference;
  const name = typeof reference === 'string' ? reference : reference.type;
  const implementation = (implementations as Readonly<Record<string, unknown>>)[name];
  if (typeof implementation !== 'function') refuse(where, `the ${what} "${name}" without a function`);
  return implementation as Implementation;
}

/** The params of a reference, which may depend on the moment. */
export function paramsOfReference(reference: Reference): ParamsOf {
  return resolver(typeof reference === 'object' ? reference.params : undefined);
}

function isBuiltIn(implementation: Implementation): implementation is Implementation & BuiltIn {
  return 'resolve' in implementation;
}

/** A value, or a function of the machine that returns it. */
function resolver<T>(value: unknown): (args: Args, params?: unknown) => T {
  return typeof value === 'function' ? (value as (args: Args, params?: unknown) => T) : () => value as T;
}
