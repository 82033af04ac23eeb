import { type ActorRefFromLogic, type AnyStateMachine, createActor } from 'xstate';
import { VirtualClock } from './virtual-clock.js';

/** A machine that runs alone, with every effect recorded instead of carried out. */
export interface RunningMachine {
  readonly actor: ActorRefFromLogic<AnyStateMachine>;
  readonly clock: VirtualClock;
  /** What it did since the last look. */
  did(): string[];
  state(): unknown;
  send(type: string, fields?: object): void;
}

/**
 * Runs a machine on virtual time. Effects are recorded by name: those that throw when they are not provided, and the
 * reports to a parent, which does not exist here.
 *
 * @param keep names of actions that are the machine's own business (assignments, timers) and run as written
 */
export function run(
  machine: AnyStateMachine,
  input: unknown,
  keep: RegExp,
  delays: Record<string, number> = {},
): RunningMachine {
  const clock = new VirtualClock();
  let done: string[] = [];
  const actions = Object.fromEntries(
    Object.keys(machine.implementations.actions)
      .filter((name) => !keep.test(name))
      .map((name) => [
        name,
        (_: unknown, params?: object) =>
          void done.push(params ? `${name} ${Object.values(params).join(' ')}` : name),
      ]),
  );
  const actor = createActor(machine.provide({ actions, delays } as never), { input, clock } as never);
  actor.start();
  return {
    actor: actor as ActorRefFromLogic<AnyStateMachine>,
    clock,
    did: () => {
      const list = done;
      done = [];
      return list;
    },
    state: () => (actor.getSnapshot() as { value: unknown }).value,
    send: (type, fields = {}) => actor.send({ type, ...fields } as never),
  };
}
