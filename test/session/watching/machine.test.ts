/** Each cell of the machine of a watch: what each state makes of each event, and of its time. */

import { describe, expect, test } from 'vitest';
import { watchMachine } from '../../../machines/index.js';
import { type RunningMachine, run } from '../../support/machine.js';

const EVENTS = ['watch.begin', 'reading.came', 'reading.failed', 'reading.refused', 'watch.end'] as const;
const TIME = 'the time is over';
type Stimulus = (typeof EVENTS)[number] | typeof TIME;

/** How each state is reached. */
const WAYS: Readonly<Record<string, readonly Stimulus[]>> = {
  notBegun: [],
  reading: ['watch.begin'],
  resting: ['watch.begin', 'reading.came'],
  ended: ['watch.end'],
};

/** What is not written here changes nothing and does nothing. */
const CELLS: Readonly<
  Record<string, Partial<Record<Stimulus, readonly [to: string, did: readonly string[]]>>>
> = {
  notBegun: {
    'watch.begin': ['reading', ['begin the clock', 'read']],
    'watch.end': ['ended', []],
  },
  reading: {
    [TIME]: ['reading', ['count the moments that have passed']],
    'reading.came': ['resting', []],
    'reading.failed': ['resting', ['count the reading as missed']],
    'reading.refused': ['ended', []],
    'watch.end': ['ended', ['cancel the reading']],
  },
  resting: {
    [TIME]: ['reading', ['count the moments that have passed', 'read']],
    'watch.end': ['ended', []],
  },
  ended: {},
};

function stimulate(machine: RunningMachine, stimulus: Stimulus): void {
  if (stimulus === TIME) machine.clock.advance(500);
  else if (machine.actor.getSnapshot().status === 'active') machine.send(stimulus);
}

function machineIn(state: string): RunningMachine {
  const machine = run(watchMachine, undefined, /^$/, { 'time to the next moment': 500 });
  for (const stimulus of WAYS[state] ?? []) stimulate(machine, stimulus);
  expect(machine.state()).toBe(state);
  machine.did();
  return machine;
}

const TABLE = Object.keys(watchMachine.states).flatMap((state) =>
  [...EVENTS, TIME].map((stimulus) => ({ state, stimulus: stimulus as Stimulus })),
);

describe('the machine of a watch', () => {
  test.each(TABLE)('in $state, when it hears "$stimulus"', ({ state, stimulus }) => {
    const machine = machineIn(state);
    const [to, did] = CELLS[state]?.[stimulus] ?? [state, []];
    stimulate(machine, stimulus);
    expect([machine.state(), machine.did()]).toEqual([to, did]);
  });

  test('asks anew for the time to the next moment whenever one has passed', () => {
    const machine = machineIn('reading');
    machine.clock.advance(1_500);
    expect(machine.did().length).toBe(3);
    machine.send('watch.end');
    expect(machine.clock.pending).toBe(0);
  });
});
