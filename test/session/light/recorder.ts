/** A machine that writes down whatever it calls, and whatever is called with: effects, guards, delays, other actors. */

import {
  type AnyActorLogic,
  type AnyActorRef,
  type AnyStateMachine,
  type EventObject,
  fromTransition,
  StateMachine,
} from 'xstate';
import type { Clock } from '../../../src/base/clock.js';

/** What was called, in order. */
export class Recorder implements Clock {
  readonly lines: string[] = [];
  /** How many more calls go well before one throws; null: all. */
  callsLeft: number | null = null;
  /** What the next effect sends to the actor that has it, while that is in the middle of a step. */
  sentByNextEffect: EventObject | null = null;
  readonly #timers = new Map<number, { readonly dueMs: number; readonly callback: () => void }>();
  #timersSet = 0;
  #nowMs = 0;

  write(line: string): void {
    this.lines.push(line);
  }

  /** Writes a call down, and lets it fail if it is its turn. */
  call(line: string): void {
    this.write(line);
    if (this.callsLeft === null) return;
    if (this.callsLeft === 0) {
      this.callsLeft = null;
      throw new Error('planted');
    }
    this.callsLeft--;
  }

  /** An effect may send its actor something. */
  act(self: AnyActorRef): void {
    const event = this.sentByNextEffect;
    this.sentByNextEffect = null;
    if (event !== null) self.send(event);
  }

  now(): number {
    return this.#nowMs;
  }

  setTimeout(callback: () => void, delayMs: number): number {
    const id = ++this.#timersSet;
    this.write(`timer ${id} set for ${delayMs} ms`);
    this.#timers.set(id, { dueMs: this.#nowMs + delayMs, callback });
    return id;
  }

  clearTimeout(id: unknown): void {
    this.write(`timer ${String(id)} cleared`);
    this.#timers.delete(id as number);
  }

  /** Fires the next timer, if there is one. */
  passToNextTimer(): void {
    const [next] = [...this.#timers].sort(([, one], [, other]) => one.dueMs - other.dueMs);
    if (next === undefined) return;
    const [id, { dueMs, callback }] = next;
    this.#timers.delete(id);
    this.#nowMs = dueMs;
    this.write(`timer ${id} fires`);
    callback();
  }
}

/** What an action, a guard or a delay is called with. */
interface Called {
  readonly context: object;
  readonly event: EventObject;
  readonly self?: AnyActorRef;
  readonly system?: object;
}

type Implementation<T> = (args: Called, params: unknown) => T;

const recordedMachines = new WeakMap<AnyStateMachine, AnyStateMachine>();
/** Whose turn it is: of two sides, only one runs at a time. */
let recorder = new Recorder();

/** From now on, calls are written down here. */
export function recordInto(one: Recorder): void {
  recorder = one;
}

/** The machine with every call recorded; so are the machines that it spawns. */
export function recorded(machine: AnyStateMachine): AnyStateMachine {
  const known = recordedMachines.get(machine) ?? withRecording(machine);
  recordedMachines.set(machine, known);
  return known;
}

/** It is the same for all stories: to read a machine anew takes longer than to tell one. */
function withRecording(machine: AnyStateMachine): AnyStateMachine {
  const { actions, guards, delays, actors } = machine.implementations;
  return machine.provide({
    actions: mapped(actions, (name, action) =>
      'resolve' in (action as object) ? action : recordedAction(name, machine.id),
    ),
    guards: mapped(guards, (name, guard) => (args: Called, params: unknown) => {
      recorder.call(`${machine.id}: guard "${name}" ${textOfCall(args, params)}`);
      return (guard as Implementation<boolean>)(args, params);
    }),
    delays: mapped(delays, (name, delay) => (args: Called, params: unknown) => {
      recorder.call(`${machine.id}: delay "${name}" ${textOfCall(args, params)}`);
      return typeof delay === 'number' || 'placeholderOf' in (delay as object)
        ? 1_000 + name.length
        : (delay as Implementation<number>)(args, params);
    }),
    actors: mapped(actors, (_, logic) => (logic instanceof StateMachine ? recorded(logic) : listener)),
  } as never);
}

/** The logic of an actor that writes down what it hears. */
export const listener: AnyActorLogic = fromTransition((state: object, event: EventObject, { self }) => {
  recorder.write(`${self.id} hears ${JSON.stringify(event)}`);
  return state;
}, {});

function recordedAction(name: string, id: string): Implementation<void> {
  return (args, params) => {
    const { self, system } = args;
    if (self?.system !== system) throw new Error('expected the system of the actor itself');
    recorder.call(`${id} as ${self?.id}: "${name}" ${textOfCall(args, params)}`);
    if (self !== undefined) recorder.act(self);
  };
}

function textOfCall({ context, event }: Called, params: unknown): string {
  return JSON.stringify([params ?? null, context, event]);
}

function mapped(of: object, map: (name: string, value: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, map(name, value)]));
}
