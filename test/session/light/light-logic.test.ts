/** The door: what is derived when, what is refused, and what the actors of a session run on. */

import { describe, expect, test } from 'vitest';
import {
  type AnyStateMachine,
  and,
  cancel,
  createActor,
  createMachine,
  enqueueActions,
  fromTransition,
  log,
  not,
  raise,
  sendTo,
  spawnChild,
  stopChild,
} from 'xstate';
import { lightLogic } from '../../../src/session/light/light-logic.js';
import { SUBJECTS } from './subjects.js';

const idle = fromTransition((state: object) => state, {});

/** A machine with something in its only state. */
function machineWith(node: object, implementations: object = {}): AnyStateMachine {
  const config = {
    id: 'odd',
    initial: 'here',
    states: { here: node, there: {}, end: { type: 'final' } },
  };
  return createMachine(config as never, implementations as never) as never;
}

const REFUSED: Readonly<Record<string, readonly [object, RegExp, object?]>> = {
  'a parallel state': [
    { type: 'parallel', states: { one: {}, two: {} } },
    /got a parallel state in odd\.here$/,
  ],
  'a history state': [
    { initial: 'in', states: { in: {}, before: { type: 'history' } } },
    /got a history state in odd\.here\.before$/,
  ],
  'an invoked actor': [{ invoke: { src: idle } }, /got an invoked actor in odd\.here$/],
  tags: [{ tags: 'busy' }, /got tags in odd\.here$/],
  'meta data': [{ meta: { colour: 'red' } }, /got meta data in odd\.here$/],
  'a transition by onDone': [
    { initial: 'in', states: { in: {} }, onDone: 'there' },
    /got a transition by onDone or route in odd\.here$/,
  ],
  'a final state inside another': [
    { initial: 'in', states: { in: { type: 'final' } } },
    /got a final state inside another in odd\.here\.in$/,
  ],
  'actions of an initial transition': [
    { initial: { target: 'in', actions: () => {} }, states: { in: {} } },
    /got actions of its initial transition in odd\.here$/,
  ],
  'several targets': [{ on: { go: { target: ['there', 'end'] } } }, /got a transition with several targets/],
  'a wildcard in the middle': [
    { on: { 'a.*.b': 'there' } },
    /got a wildcard in the middle of a\.\*\.b in odd\.here$/,
  ],
  'a guard without a function': [
    { on: { go: { guard: 'unheard of', target: 'there' } } },
    /got the guard "unheard of" without a function in odd\.here$/,
  ],
  'a guard that is made of others': [
    { always: { guard: not('is so'), target: 'there' } },
    /got a guard that is made of others in odd\.here$/,
    { guards: { 'is so': () => true } },
  ],
  'a named guard that is made of others': [
    { on: { go: { guard: 'both', target: 'there' } } },
    /got a guard that is made of others in odd\.here$/,
    { guards: { 'is so': () => true, both: and(['is so', 'is so']) } },
  ],
  'an action without a function': [
    { entry: { type: 'unheard of', params: {} } },
    /got the action "unheard of" without a function in odd\.here$/,
  ],
  'an action of another kind': [{ exit: log('bye') }, /got an action of the type xstate\.log in odd\.here$/],
  'a delay without a function': [
    { after: { 'unheard of': 'there' } },
    /got an event that is raised after unheard of in odd\.here$/,
  ],
  'an event that is raised at once': [
    { on: { go: { actions: raise({ type: 'more' }) } } },
    /got an event that is raised without a delay in odd\.here$/,
  ],
  'an event that is raised by hand': [
    { entry: raise({ type: 'more' }, { delay: 10 }) },
    /got an event that is raised by hand in odd\.here$/,
  ],
  'a cancellation by hand': [{ entry: cancel(() => 'it') }, /got a cancellation by hand in odd\.here$/],
  'an event that is sent with a delay': [
    { entry: sendTo('it', { type: 'go' }, { delay: 10 }) },
    /got an event that is sent with a delay in odd\.here$/,
  ],
  'an event that is a text': [
    { entry: sendTo('it', 'go' as never) },
    /got an event that is a text in odd\.here$/,
  ],
  'a receiver by a special name': [
    { entry: sendTo('#_parent', { type: 'go' }) },
    /got a receiver #_parent in odd\.here$/,
  ],
  'an actor without an id': [{ entry: spawnChild(idle) }, /got an actor without a fixed id in odd\.here$/],
  'an actor without a logic': [
    { entry: spawnChild('unheard of' as never, { id: 'it' }) },
    /got the actor "unheard of" without a logic in odd\.here$/,
  ],
  'an actor with a name in the system': [
    { entry: spawnChild(idle, { id: 'it', systemId: 'it' }) },
    /got an actor with a name in the system or a parent that follows its snapshots in odd\.here$/,
  ],
  'an actor that is stopped by a function': [
    { entry: stopChild(() => 'it') },
    /got an actor without a fixed id in odd\.here$/,
  ],
};

describe('a chart', () => {
  test.each(Object.entries(REFUSED))('does not hold %s', (_, [node, message, implementations]) => {
    expect(() => lightLogic(machineWith(node, implementations))).toThrow(message);
  });

  test('does not hold a transition that enters the root again, an output or a limit of iterations', () => {
    const odd = { id: 'odd', initial: 'here', states: { here: {} } };
    const derive = (fields: object) => () =>
      lightLogic(createMachine({ ...odd, ...fields } as never) as never);
    expect(derive({ on: { go: { target: '.here', reenter: true } } })).toThrow(
      /enters the root again in odd$/,
    );
    expect(derive({ output: { all: 'well' } })).toThrow(/got an output in odd$/);
    expect(derive({ options: { maxIterations: 10 } })).toThrow(/got a limit of iterations in odd$/);
  });

  test('is derived once from each machine', () => {
    for (const { machine } of SUBJECTS) expect(lightLogic(machine)).toBe(lightLogic(machine));
  });

  test('of enqueueActions holds enqueue alone: an actor that wants more fails', () => {
    const machine = machineWith({ entry: enqueueActions(({ enqueue }) => enqueue.assign({})) });
    const actor = createActor(lightLogic(machine));
    expect(String(actor.getSnapshot().error)).toMatch('enqueue.assign is not a function');
  });
});

test('an actor whose delay is no number fails', () => {
  const machine = machineWith({ after: { late: 'there' } }, { delays: { late: () => 'soon' as never } });
  const actor = createActor(lightLogic(machine));
  expect(String(actor.getSnapshot().error)).toBe('Error: expected late to be a number, got soon');
});

test('the snapshots of actors with the same state share its value', () => {
  const { machine, variants } = SUBJECTS.find(({ machine }) => machine.id === 'authentication') as never as {
    machine: AnyStateMachine;
    variants: readonly never[];
  };
  const [one, other] = [0, 0].map(() =>
    createActor(lightLogic(machine), { input: variants[0] }).getSnapshot(),
  );
  expect(one?.value).toEqual({ client: 'untrusted' });
  expect(one?.value).toBe(other?.value);
  expect(Object.isFrozen(one?.value)).toBe(true);
});
