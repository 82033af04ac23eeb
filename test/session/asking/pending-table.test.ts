import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createActor, setup } from 'xstate';
import { type PendingRequestEvent, pendingRequestMachine } from '../../../machines/index.js';
import { deriveTable, type TableState } from '../../../src/session/asking/pending-table.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const DELAY_MS = 10;

/** The names of the machine's actions, each standing for itself. */
const ACTIONS = Object.fromEntries(
  Object.keys(pendingRequestMachine.implementations.actions).map((name) => [name, name]),
);
const INITIAL = deriveTable<PendingRequestEvent['type'], string>(pendingRequestMachine, ACTIONS);
const EVENTS = Object.keys(INITIAL.on) as PendingRequestEvent['type'][];

type Step = PendingRequestEvent['type'] | 'the delay elapses';

function byTable(steps: readonly Step[]): string[] {
  const trace: string[] = [INITIAL.name];
  let state: TableState<PendingRequestEvent['type'], string> = INITIAL;
  for (const step of steps) {
    const transition = step === 'the delay elapses' ? state.after : state.on[step];
    if (transition === undefined) continue;
    trace.push(...transition.actions, transition.target.name);
    state = transition.target;
  }
  return trace;
}

function byXState(steps: readonly Step[]): string[] {
  const clock = new VirtualClock();
  const trace: string[] = [];
  const record = (name: string) => () => void trace.push(name);
  const machine = pendingRequestMachine.provide({
    actions: Object.fromEntries(Object.keys(ACTIONS).map((name) => [name, record(name)])),
    delays: { 'time left': DELAY_MS, 'late answer grace': DELAY_MS },
  });
  const actor = createActor(machine, { clock });
  let last: unknown;
  actor.subscribe(({ value }) => {
    if (value !== last) trace.push(String(value));
    last = value;
  });
  actor.start();
  if (last === undefined) trace.push(String((last = actor.getSnapshot().value)));
  for (const step of steps) {
    if (step === 'the delay elapses') clock.advance(DELAY_MS);
    else if (actor.getSnapshot().status === 'active') actor.send({ type: step });
  }
  return trace;
}

describe('the table of pending requests', () => {
  test("agrees with XState's own interpretation of the machine on every sequence of events", {
    timeout: 30_000,
  }, () => {
    expect(EVENTS.length).toBeGreaterThan(8);
    const step = fc.constantFrom<Step>(...EVENTS, 'the delay elapses');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        expect(byTable(steps)).toEqual(byXState(steps));
      }),
      { numRuns: 3_000 },
    );
  });

  test('settles each request exactly once, and only by a final state or a ghost', () => {
    const settles = (trace: string[]): number => trace.filter((entry) => entry.startsWith('settle ')).length;
    const step = fc.constantFrom<Step>(...EVENTS, 'the delay elapses');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const trace = byTable(steps);
        const isUnsettled = ['queued', 'waiting', 'listening'].includes(trace.at(-1) ?? '');
        expect(settles(trace)).toBe(isUnsettled ? 0 : 1);
      }),
      { numRuns: 3_000 },
    );
  });

  test.each([
    [
      'guards',
      setup({ guards: { g: () => true } }).createMachine({
        initial: 'a',
        states: { a: { on: { e: { guard: 'g', target: 'b' } } }, b: {} },
      }),
    ],
    [
      'nested states',
      setup({}).createMachine({ initial: 'a', states: { a: { initial: 'b', states: { b: {} } } } }),
    ],
    [
      'entry or exit actions',
      setup({ actions: { x: () => {} } }).createMachine({ initial: 'a', states: { a: { entry: 'x' } } }),
    ],
    [
      'eventless transitions',
      setup({}).createMachine({ initial: 'a', states: { a: { always: 'b' }, b: {} } }),
    ],
    [
      'transitions of the root',
      setup({}).createMachine({ initial: 'a', on: { e: '.a' }, states: { a: {} } }),
    ],
    [
      'a transition without one target',
      setup({}).createMachine({ initial: 'a', states: { a: { on: { e: {} } } } }),
    ],
  ])('refuses a machine with %s, which it cannot hold', (what, machine) => {
    expect(() => deriveTable(machine as never, { x: 1 })).toThrow(what);
  });

  test('refuses a machine with an action that nobody implements', () => {
    expect(() => deriveTable(pendingRequestMachine, {})).toThrow(/implementation of "settle/);
  });
});
